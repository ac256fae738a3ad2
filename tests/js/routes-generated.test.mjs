// The chat API: generated requests, most of which do not fit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ada, bob, chatForThisFile, seeded, streaming, UNKNOWN } from "./support/chat.mjs";

const ROUNDS = 600;
const chat = chatForThisFile();

/** Makes requests, some of which go on with the conversation `known`. */
function generator(known) {
  const random = seeded(20261122);
  const below = (limit) => Math.floor(random() * limit);
  const pick = (...choices) => choices[below(choices.length)];
  const times = (limit, make) => Array.from({ length: below(limit) }, make);

  const string = () =>
    pick("", " ", "x", "chart", known, UNKNOWN, "librarian", "\u0000", "\ud800", "🙂", "__proto__", "p".repeat(501));
  const key = () => pick("query", "conversation_id", "persona", "extra", "__proto__", "");
  const list = (depth) => times(4, () => value(depth));
  const object = (depth) => Object.fromEntries(times(5, () => [key(), value(depth)]));
  const value = (depth) => {
    const [inList, inObject] = depth > 0 ? [() => list(depth - 1), () => object(depth - 1)] : [() => [], () => ({})];
    return pick(() => pick(null, true, -0, 1e308), string, string, inList, inObject)();
  };
  const fitting = () => ({
    query: pick("x", "chart", "🙂"),
    conversation_id: pick(known, null, undefined),
    persona: pick("librarian", null, undefined),
  });
  const body = () => pick(() => value(3), () => object(3), () => ({ ...fitting(), ...object(1) }), fitting)();

  /** The body as text, as bytes some of which were changed or cut off, or as a stream of them. */
  function written() {
    const text = JSON.stringify(body());
    if (random() < 0.5) return { body: text };
    const bytes = new TextEncoder().encode(text);
    for (let count = below(3); count > 0; count -= 1) bytes[below(bytes.length)] = below(256);
    const cut = random() < 0.3 ? bytes.slice(0, below(bytes.length)) : bytes;
    return random() < 0.5 ? { body: cut } : { body: streaming([cut]), duplex: "half" };
  }

  return () => {
    const token = pick(ada, ada, ada, bob, undefined);
    if (random() < 0.8) return ["/message", { method: "POST", token, ...written() }];
    const path = pick("/message", "/conversations", `/conversations/${pick(known, UNKNOWN, "%", "%00")}`);
    const method = pick("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH");
    const address = `${path}${pick("", "/")}${pick("", "?limit=1", "?offset=-1", "?limit=%")}`;
    // The known conversation stays.
    return [address, { method, token: method === "DELETE" ? bob : token }];
  };
}

test("generated requests: always an answer, of a documented status, and the memory stays whole", async () => {
  const { conversation_id: known } = (await chat.send({ query: "known" })).body;
  const generate = generator(known);
  const statuses = new Set();
  for (let round = 0; round < ROUNDS; round += 1) {
    const [path, options] = generate();
    const { status, body } = await chat.ask(path, options);
    const label = `${round}: ${options.method} ${path} ${options.body} ${status}`;
    statuses.add(status);
    if (status < 400 || options.method === "HEAD") continue;
    assert.deepEqual(Object.keys(body), ["detail"], label);
    if (status !== 422) assert.equal(typeof body.detail, "string", label);
    else for (const { loc, msg, type } of body.detail) assert.ok(Array.isArray(loc) && msg && type, label);
  }
  assert.deepEqual([...statuses].sort(), [200, 204, 401, 404, 405, 422]);
  assert.deepEqual(chat.told, []);
  const { messages } = (await chat.ask(`/conversations/${known}`, { token: ada })).body;
  assert.equal(messages[0].content, "known");
  assert.ok(messages.length > 10);
  assert.deepEqual(messages.map(({ role }) => role), messages.map((_, index) => (index % 2 === 0 ? "user" : "assistant")));
});
