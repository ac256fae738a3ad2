// What the tests of the chat API share: users with agents but no models, and requests.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";
import { writeFile, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageFolder } from "./package.mjs";

/** The package as an application beside it imports it, and what removes the traces of that. */
export async function importPackage(name = "conversation-memory") {
  const folder = await mkdtemp(join(packageFolder, "chat-test-"));
  const path = join(folder, "reexport.mjs");
  await writeFile(path, `export * from "${name}";\n`);
  const module = await import(pathToFileURL(path));
  await rm(folder, { recursive: true });
  return module;
}

/** An agent that stores what it is asked and answers without a model, as an application might write one. */
export class EchoAgent {
  constructor(manager) {
    this.manager = manager;
    this.calls = [];
  }

  async processQuery(query, options) {
    this.calls.push({ query, ...options });
    const id = options.conversationId ?? (await this.manager.createConversation({ persona: options.persona })).id;
    const answer = `You said: ${query}`;
    const [, message] = await this.manager.addMessages(id, [
      { role: "user", content: query },
      { role: "assistant", content: answer, metadata: { entities: ["Education"] } },
    ]);
    const turn = { conversationId: id, messageId: message.id, answer };
    if (!query.includes("chart")) return { ...turn, insights: [] };
    return { ...turn, visualization: { chartType: "bar", config: { xAxis: ["2025", null] } }, insights: ["It grows."] };
  }
}

/** An id that nothing has. */
export const UNKNOWN = "01890000-0000-7000-8000-000000000000";

/** The bearer tokens of the two users. */
export const [ada, bob] = ["token-of-ada", "token-of-bob"];
const TOKENS = new Map([
  [ada, "ada"],
  [bob, "bob"],
]);

/** The user whose token a request bears. */
export const authenticate = (request) => TOKENS.get(request.headers.get("authorization")?.replace("Bearer ", ""));

export const ORIGIN = "https://chat.example";

/** A request for a path of the chat API. */
export function request(path, { method = "GET", token, ...rest } = {}) {
  const headers = { ...(token && { authorization: `Bearer ${token}` }), ...rest.headers };
  return new Request(`${ORIGIN}/api/v1/chat${path}`, { method, ...rest, headers });
}

/** A stream of bytes whose length nobody says beforehand. */
export function streaming(chunks) {
  const iterator = chunks[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(typeof value === "string" ? new TextEncoder().encode(value) : value);
    },
  });
}

/** Numbers from 0 to 1 that are the same every time. */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An error as this package throws it. */
export function memoryError(code, message = "a secret: sk-123", argument = undefined) {
  return Object.assign(new Error(message), { name: "MemoryError", code, ...(argument !== undefined && { argument }) });
}

/** What a client sees of a response, after a look at what all of them have in common. */
export async function seen(response) {
  assert.ok(response instanceof Response);
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("content-type"), response.status === 204 ? null : "application/json");
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text), headers: response.headers };
}

/**
 * Two users with new memories before every test of the file that calls this, and routes to them. A test fails when a
 * promise was rejected that nobody looks after.
 */
export function chatForThisFile() {
  const chat = { agents: new Map(), told: [] };
  const rejections = [];
  const onRejection = (reason) => rejections.push(reason);

  before(async () => {
    process.on("unhandledRejection", onRejection);
    Object.assign(chat, await importPackage());
  });
  after(() => process.off("unhandledRejection", onRejection));

  beforeEach(async () => {
    chat.told = [];
    for (const userId of TOKENS.values()) {
      const manager = await chat.ConversationManager.open({ userId, storage: "memory" });
      chat.agents.set(userId, new EchoAgent(manager));
    }
    chat.routes = chat.createChatRoutes({ authenticate, agentFor: (userId) => chat.agents.get(userId), onError: chat.tell });
  });
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(rejections.splice(0), [], "unhandled rejections");
  });

  chat.tell = (error) => chat.told.push(error);
  chat.ask = (path, options) => chat.routes(request(path, options)).then(seen);
  chat.post = (body, options) => chat.ask("/message", { method: "POST", token: ada, body, ...options });
  chat.send = (body) => chat.post(JSON.stringify(body));
  return chat;
}
