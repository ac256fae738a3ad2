// The chat API: requests during which something fails or is aborted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ada, authenticate, chatForThisFile, memoryError, request, seen } from "./support/chat.mjs";

const chat = chatForThisFile();

/** Routes whose agent fails with an error of this package, or with whatever is given, wherever it is asked. */
function failing(error, where = "processQuery") {
  const fail = () => Promise.reject(error);
  const echo = chat.agents.get("ada");
  const get = (target, name) => (where === "manager" ? fail : target[name].bind(target));
  const manager = new Proxy(echo.manager, { get });
  const processQuery = where === "processQuery" ? fail : echo.processQuery;
  return chat.createChatRoutes({
    authenticate: where === "authenticate" ? fail : authenticate,
    agentFor: where === "agentFor" ? fail : () => ({ manager, processQuery }),
    onError: chat.tell,
  });
}

const answers = [
  ["not-found", 404, "Conversation not found"],
  ["model", 502, "The language model failed"],
  ["aborted", 499, "The request was aborted"],
  ["storage-full", 507, "The storage is full: delete something, then try again"],
  ["storage-unavailable", 503, "The storage is not available"],
  ["storage-blocked", 503, "The storage is blocked by an older version in another tab: close that tab, then try again"],
  ["schema-too-new", 503, "The storage was written by a newer version: load that version"],
  ["closed", 503, "The storage was closed: try again"],
  ["corrupt", 500, "A stored record cannot be read"],
  ["storage", 500, "The storage failed"],
  ["of-another-release", 500, "Internal Server Error"],
];
const calls = [
  ["/message", { method: "POST", token: ada, body: JSON.stringify({ query: "x" }) }],
  ["/conversations", { token: ada }],
  ["/conversations/x", { token: ada }],
  ["/conversations/x", { method: "DELETE", token: ada }],
];

test("every code of a MemoryError has its status, its own words are told to onError only", async () => {
  for (const [code, status, detail] of answers) {
    const error = memoryError(code);
    for (const [index, call] of calls.entries()) {
      const response = await failing(error, index === 0 ? "processQuery" : "manager")(request(...call));
      const { status: got, body } = await seen(response);
      assert.deepEqual([code, got, body], [code, status, { detail }]);
    }
    assert.deepEqual(chat.told.splice(0), status >= 500 ? Array(4).fill(error) : []);
  }
});

test("invalid-input is 422 and keeps its words, which name the field", async () => {
  const places = [
    ["query", ["body", "query"]],
    ["persona", ["body", "persona"]],
    ["conversationId", ["body", "conversation_id"]],
    ["something.else", ["body"]],
    ["", ["body"]],
    [undefined, ["body"]],
  ];
  for (const [argument, loc] of places) {
    const msg = "query must be shorter";
    const error = memoryError("invalid-input", msg, argument);
    const { status, body } = await seen(await failing(error)(request(...calls[0])));
    assert.deepEqual([status, body], [422, { detail: [{ loc, msg, type: "value_error" }] }]);
  }
  assert.deepEqual(chat.told, []);
});

test("a real memory that was closed is 503", async () => {
  await chat.agents.get("ada").manager.close();
  for (const call of calls) assert.equal((await chat.ask(...call)).status, 503);
  assert.equal(chat.told.every((error) => chat.isMemoryError(error) && error.code === "closed"), true);
  assert.equal(chat.told.length, 4);
});

test("anything unexpected, wherever it is thrown, is 500 and leaks nothing", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const throwing = (name) =>
    Object.defineProperty({ name: "MemoryError", code: "invalid-input" }, name, {
      get() {
        throw new Error("sk-123");
      },
    });
  const things = [
    ...[new Error("sk-123"), new TypeError("sk-123"), new DOMException("sk-123", "AbortError"), "sk-123", Symbol("sk-123")],
    ...[undefined, null, 5, { status: 200, detail: "sk-123" }, Object.create(null)],
    ...[proxy, throwing("name"), throwing("code"), throwing("message")],
  ];
  for (const thing of things) {
    for (const where of ["authenticate", "agentFor", "processQuery", "manager"]) {
      const call = where === "manager" ? calls[1] : calls[0];
      const { status, body, headers } = await seen(await failing(thing, where)(request(...call)));
      assert.deepEqual([status, body], [500, { detail: "Internal Server Error" }]);
      assert.ok(!JSON.stringify([...headers]).includes("sk-123"));
    }
  }
  assert.equal(chat.told.length, things.length * 4);
  assert.equal(chat.told.at(2), things[0], "the very error");
});

test("what does not fit in agentFor and authenticate is not the client's fault", async () => {
  for (const where of ["authenticate", "agentFor"]) {
    for (const code of ["invalid-input", "not-found"]) {
      const error = memoryError(code, 'apiKey must be a string, got "sk-123"');
      const { status, body } = await seen(await failing(error, where)(request(...calls[0])));
      assert.deepEqual([status, body], [500, { detail: "Internal Server Error" }]);
      assert.equal(chat.told.pop().cause, error);
    }
    const { status } = await seen(await failing(memoryError("schema-too-new"), where)(request(...calls[0])));
    assert.equal(status, 503);
  }
});

test("an agent that answers nonsense is 500", async () => {
  const nonsense = [undefined, null, { answer: 5n, conversationId: "x", insights: [] }, { visualization: { config: 5n } }];
  const cyclic = { conversationId: "x", answer: "x", insights: [], visualization: { chartType: "bar", config: {} } };
  cyclic.visualization.config.self = cyclic;
  for (const turn of [...nonsense, cyclic]) {
    const routes = chat.createChatRoutes({ authenticate, agentFor: () => ({ manager: {}, processQuery: () => turn }) });
    assert.equal((await routes(request(...calls[0]))).status, 500);
  }
  for (const agent of [undefined, null, {}, { manager: null }]) {
    const routes = chat.createChatRoutes({ authenticate, agentFor: () => agent });
    for (const call of calls) assert.equal((await routes(request(...call))).status, 500);
  }
});

test("an onError that fails changes nothing", async () => {
  const fail = () => {
    throw new Error("in onError");
  };
  for (const onError of [fail, async () => fail(), undefined]) {
    const routes = chat.createChatRoutes({ authenticate, agentFor: () => fail(), onError });
    assert.equal((await routes(request(...calls[1]))).status, 500);
  }
});

test("authenticate may read a clone; the body itself is missed, and onError hears why", async () => {
  const build = (read) =>
    chat.createChatRoutes({
      authenticate: async (request) => (await read(request)) && "ada",
      agentFor: (userId) => chat.agents.get(userId),
      onError: chat.tell,
    });
  assert.equal((await build((request) => request.clone().json())(request(...calls[0]))).status, 200);
  assert.equal((await build((request) => request.json())(request(...calls[0]))).status, 500);
  assert.equal((await build((request) => request.body.getReader())(request(...calls[0]))).status, 500);
  assert.match(chat.told[0].message, /request\.clone\(\)/);
  assert.equal(chat.told.length, 2);
});

test("a request that is aborted aborts the agent's work through its signal", async () => {
  const controller = new AbortController();
  let given;
  chat.agents.get("ada").processQuery = (query, { signal }) =>
    new Promise((_, reject) => {
      given = signal;
      signal.addEventListener("abort", () => reject(signal.reason));
      setTimeout(() => controller.abort(), 5);
    });
  const answer = await chat.post('{"query":"x"}', { signal: controller.signal });
  assert.deepEqual([answer.status, answer.body], [499, { detail: "The request was aborted" }]);
  assert.deepEqual([given.aborted, chat.told], [true, []]);
});

/** Without this nothing but the request itself would hold a silent body, and both could be collected as garbage. */
const silence = [];

test("aborted before or within its body: 499 at once, and the agent is not asked", { timeout: 10_000 }, async () => {
  const silent = () => new ReadableStream({ pull: () => new Promise((resolve) => silence.push(resolve)) });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  assert.equal((await chat.post(silent(), { duplex: "half", signal: controller.signal })).status, 499);
  assert.equal((await chat.post('{"query":"x"}', { signal: AbortSignal.abort() })).status, 499);
  assert.equal((await chat.post(silent(), { duplex: "half", signal: AbortSignal.abort() })).status, 499);
  assert.deepEqual(chat.agents.get("ada").calls, []);
});

test("a failure that has nothing to do with the abort stays one", async () => {
  const controller = new AbortController();
  chat.agents.get("ada").processQuery = async () => {
    controller.abort();
    throw memoryError("storage-full");
  };
  assert.equal((await chat.post('{"query":"x"}', { signal: controller.signal })).status, 507);
  assert.equal(chat.told.length, 1);
});
