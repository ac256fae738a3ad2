// The chat API: requests that are not fulfilled because of what they are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ada, chatForThisFile, request, UNKNOWN } from "./support/chat.mjs";

const MEBIBYTE = 1024 * 1024;
const chat = chatForThisFile();

test("401 for a request of nobody, whatever else is wrong with it", async () => {
  const requests = [
    ["/conversations", {}],
    ["/conversations?limit=x", { token: "unknown" }],
    [`/conversations/${UNKNOWN}`, { method: "DELETE" }],
    ["/conversations/%ff", {}],
    ["/message", { method: "POST", body: "{" }],
  ];
  for (const [path, options] of requests) {
    const { status, body, headers } = await chat.ask(path, options);
    assert.deepEqual([status, body], [401, { detail: "Not authenticated" }]);
    assert.equal(headers.get("www-authenticate"), "Bearer");
  }
  for (const nobody of [undefined, null, "", "  ", 0, {}, Promise.resolve(""), Promise.resolve(undefined)]) {
    const routes = chat.createChatRoutes({ authenticate: () => nobody, agentFor: () => assert.fail("asked") });
    assert.equal((await routes(request("/conversations"))).status, 401);
  }
});

test("405 with what is allowed, before anybody is asked who it is", async () => {
  const wrong = {
    "/message": ["GET", "HEAD", "PUT", "PATCH", "DELETE", "constructor", "post1"],
    "/conversations": ["POST", "PUT", "DELETE", "toString"],
    "/conversations/x": ["POST", "PUT", "PATCH", "get1"],
  };
  const allowed = {
    "/message": "POST, OPTIONS",
    "/conversations": "GET, HEAD, OPTIONS",
    "/conversations/x": "GET, DELETE, HEAD, OPTIONS",
  };
  for (const [path, methods] of Object.entries(wrong)) {
    for (const method of methods) {
      const { status, body, headers } = await chat.ask(path, { method });
      assert.deepEqual([method, status, headers.get("allow")], [method, 405, allowed[path]]);
      assert.deepEqual(body, method === "HEAD" ? undefined : { detail: "Method Not Allowed" });
    }
  }
});

test("404 for what is not there, also for ids that no id can be", async () => {
  const ids = [
    ...[UNKNOWN, "x", "1".repeat(5000), "__proto__", "constructor"],
    ...["%", "%ff", "%E0%A4%A", "%00", "a%2Fb", "..%2f..%2f", "%F0%9F%99%82"],
  ];
  for (const id of ids) {
    for (const method of ["GET", "DELETE"]) {
      const { status, body } = await chat.ask(`/conversations/${id}`, { method, token: ada });
      assert.deepEqual([id, status, body], [id, 404, { detail: "Conversation not found" }]);
    }
  }
  for (const conversation_id of [UNKNOWN, "", " ", "\u0000", "a\ud800", "x".repeat(5000), "__proto__"]) {
    const { status, body } = await chat.send({ query: "x", conversation_id });
    assert.deepEqual([status, body], [404, { detail: "Conversation not found" }]);
  }
  assert.deepEqual(chat.agents.get("ada").calls, []);
});

const missing = [{ loc: ["body", "query"], msg: "Field required", type: "missing" }];
const blank = (name) => ({ loc: ["body", name], msg: "String should not be blank", type: "string_too_short" });
const noString = (name) => ({ loc: ["body", name], msg: "Input should be a valid string", type: "string_type" });
const noObject = [{ loc: ["body"], msg: "Input should be a valid dictionary or object", type: "model_attributes_type" }];
const noJson = [{ loc: ["body"], msg: "JSON decode error", type: "json_invalid" }];

const unfit = [
  ["no query", "{}", missing],
  ["query null", '{"query":null}', [noString("query")]],
  ["query empty", '{"query":""}', [blank("query")]],
  ["query blank", '{"query":" \\n\\t\\u00a0\\u3000"}', [blank("query")]],
  ...["5", "true", "[]", "{}", '["x"]', "1e999"].map((value) => [`query ${value}`, `{"query":${value}}`, [noString("query")]]),
  ["conversation_id a number", '{"query":"x","conversation_id":5}', [noString("conversation_id")]],
  ["persona a list", '{"query":"x","persona":["a"]}', [noString("persona")]],
  ["persona blank", '{"query":"x","persona":" "}', [blank("persona")]],
  ["everything", '{"conversation_id":{},"persona":false}', [...missing, noString("conversation_id"), noString("persona")]],
  ["the query in a prototype", '{"__proto__":{"query":"x"}}', missing],
  ["an array", '[{"query":"x"}]', noObject],
  ["a number", "5", noObject],
  ["a string", '"query"', noObject],
  ["null", "null", noObject],
  ["no JSON", "query=x", noJson],
  ["half of it", '{"query":"x"', noJson],
  ["two of it", '{"query":"x"}{}', noJson],
  ["single quotes", "{'query':'x'}", noJson],
  ["NaN", '{"query":NaN}', noJson],
  ["blank", " ", noJson],
  ["empty", "", [{ loc: ["body"], msg: "Field required", type: "missing" }]],
  ["nothing", undefined, [{ loc: ["body"], msg: "Field required", type: "missing" }]],
  ["UTF-16", new Uint8Array(Buffer.from('\ufeff{"query":"x"}', "utf16le")), noJson],
  ["Latin-1", new Uint8Array(Buffer.from('{"query":"ü"}', "latin1")), noJson],
  ["half a letter at its end", new Uint8Array([...Buffer.from('{"query":"x"}'), 0xc3]), noJson],
  ["a surrogate in UTF-8", new Uint8Array([...Buffer.from('{"query":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]), noJson],
  ["gzip", new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), noJson],
  ["a form", new URLSearchParams({ query: "x" }), noJson],
  ["brackets without an end", "[".repeat(MEBIBYTE), noJson],
  ["half a million brackets", "[".repeat(MEBIBYTE / 2) + "]".repeat(MEBIBYTE / 2), noObject],
  ["a deep query", `{"query":${"[".repeat(400_000)}${"]".repeat(400_000)}}`, [noString("query")]],
  ["a deep object", `${'{"query":'.repeat(90_000)}1${"}".repeat(90_000)}`, [noString("query")]],
];
for (const [what, body, detail] of unfit) {
  test(`422: ${what}`, async () => {
    const answer = await chat.post(body);
    assert.deepEqual([answer.status, answer.body], [422, { detail }]);
    assert.deepEqual(await chat.agents.get("ada").manager.listConversations(), []);
    assert.deepEqual([chat.agents.get("ada").calls, chat.told], [[], []]);
  });
}

test("a deep field that is not known is left alone", async () => {
  assert.equal((await chat.post(`{"query":"x","deep":${"[".repeat(400_000)}${"]".repeat(400_000)}}`)).status, 200);
});

test("422: what the memory finds unfit, with the field that it names", async () => {
  const { status, body } = await chat.send({ query: "x", persona: "p".repeat(501) });
  assert.equal(status, 422);
  const [{ loc, msg, type }] = body.detail;
  assert.deepEqual([body.detail.length, loc, type], [1, ["body", "persona"], "value_error"]);
  assert.match(msg, /^persona must be .*500/);
  const surrogate = await chat.post('{"query":"x","persona":"\\ud800"}');
  assert.deepEqual([surrogate.status, surrogate.body.detail[0].loc], [422, ["body", "persona"]]);
  assert.deepEqual(chat.told, []);
});

test("422: limit and offset that are no whole numbers from 0", async () => {
  const problem = (name) => ({ loc: ["query", name], msg: "Input should be a whole number from 0", type: "int_parsing" });
  for (const value of ["", "-1", "1.5", "x", "1e3", "0x10", "%2B1", "+1", "1%20", "٣", "NaN", "Infinity", "null", "1,2"]) {
    for (const name of ["limit", "offset"]) {
      const { status, body } = await chat.ask(`/conversations?${name}=${value}`, { token: ada });
      assert.deepEqual([value, status, body], [value, 422, { detail: [problem(name)] }]);
    }
  }
  const both = await chat.ask("/conversations?limit=a&offset=b", { token: ada });
  assert.deepEqual(both.body, { detail: [problem("limit"), problem("offset")] });
});
