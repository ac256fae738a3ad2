// The chat API: what is fulfilled, with every field; which addresses are its own; its options.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ada, authenticate, chatForThisFile, ORIGIN, UNKNOWN } from "./support/chat.mjs";
import { isoTime, uuid7 } from "./support/shapes.mjs";

const chat = chatForThisFile();

test("POST message begins a conversation, and goes on with it", async () => {
  const first = await chat.send({ query: "How healthy is education?", persona: "digital_twin_designer" });
  assert.equal(first.status, 200);
  const id = first.body.conversation_id;
  assert.match(id, uuid7);
  assert.deepEqual(first.body, {
    conversation_id: id,
    message: "You said: How healthy is education?",
    visualization: null,
    insights: [],
  });
  const second = await chat.send({ query: "As a chart", conversation_id: id });
  assert.deepEqual(second.body, {
    conversation_id: id,
    message: "You said: As a chart",
    visualization: { chart_type: "bar", config: { xAxis: ["2025", null] } },
    insights: ["It grows."],
  });
  const { manager, calls } = chat.agents.get("ada");
  assert.equal((await manager.getConversation(id)).personaName, "digital_twin_designer");
  assert.equal((await manager.getMessages(id)).length, 4);
  const given = calls.map(({ signal, ...call }) => [call, signal instanceof AbortSignal]);
  assert.deepEqual(given, [
    [{ query: "How healthy is education?", conversationId: undefined, persona: "digital_twin_designer" }, true],
    [{ query: "As a chart", conversationId: id, persona: undefined }, true],
  ]);
});

test("optional fields may be null, other fields are left alone, the content type is not looked at", async () => {
  const query = "hello \u0000 🙂 \u{1F469}\u200D\u{1F52C} ünï\n";
  for (const body of [{ query, conversation_id: null, persona: null }, { query, stream: true, user_id: "bob", extra: [1] }]) {
    const { status, body: answer } = await chat.send(body);
    assert.deepEqual([status, answer.message], [200, `You said: ${query}`]);
  }
  const body = `\ufeff{"query":"with a byte order mark"}`;
  assert.equal((await chat.post(body, { headers: { "content-type": "text/plain" } })).status, 200);
  assert.equal((await chat.agents.get("bob").manager.listConversations()).length, 0);
});

test("a lone surrogate in a query is a letter like another", async () => {
  assert.equal((await chat.post('{"query":"a\\ud800"}')).status, 200);
});

test("GET conversations: every field, the newest first, in pages", async () => {
  assert.deepEqual((await chat.ask("/conversations", { token: ada })).body, { conversations: [] });
  const ids = [];
  for (const query of ["one", "two", "three"]) ids.push((await chat.send({ query })).body.conversation_id);
  await chat.send({ query: "again", conversation_id: ids[0] });
  const { status, body } = await chat.ask("/conversations", { token: ada });
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body), ["conversations"]);
  assert.deepEqual(body.conversations.map(({ title }) => title), ["one", "three", "two"]);
  const stored = await chat.agents.get("ada").manager.getConversation(ids[0]);
  assert.deepEqual(body.conversations[0], {
    id: ids[0],
    title: "one",
    persona: "Transformation Analyst",
    message_count: 4,
    created_at: stored.createdAt,
    updated_at: stored.updatedAt,
  });
  const titles = async (query) =>
    (await chat.ask(`/conversations${query}`, { token: ada })).body.conversations.map(({ title }) => title);
  assert.deepEqual(await titles("?limit=1"), ["one"]);
  assert.deepEqual(await titles("?limit=1&offset=1"), ["three"]);
  assert.deepEqual(await titles("?offset=2"), ["two"]);
  assert.deepEqual(await titles("?limit=0"), []);
  assert.deepEqual(await titles("?limit=9&limit=2"), ["one", "three"], "the last one counts");
  assert.deepEqual(await titles(`?limit=${"9".repeat(400)}`), ["one", "three", "two"]);
  assert.deepEqual(await titles(`?offset=${"9".repeat(400)}`), []);
  assert.deepEqual(await titles("?page=7"), ["one", "three", "two"]);
});

test("GET conversations gives 50 unless it is asked for another number", async () => {
  for (let count = 0; count < 51; count += 1) await chat.agents.get("ada").manager.createConversation();
  assert.equal((await chat.ask("/conversations", { token: ada })).body.conversations.length, 50);
  assert.equal((await chat.ask("/conversations?limit=60", { token: ada })).body.conversations.length, 51);
});

test("GET conversations/{id}: every field, in order of time", async () => {
  const { manager } = chat.agents.get("ada");
  const { conversation_id: id } = (await chat.send({ query: "first" })).body;
  const metadata = { entities: ["Education"], camelCase: { "snake_case": [1, null] } };
  await manager.addMessage(id, { role: "system", content: "Error: none", metadata });
  await manager.addMessage(id, { role: "tool", content: "" });
  const { status, body } = await chat.ask(`/conversations/${id}`, { token: ada });
  assert.equal(status, 200);
  const conversation = await manager.getConversation(id);
  const messages = await manager.getMessages(id);
  assert.deepEqual(body, {
    conversation: { id, title: "first", persona: "Transformation Analyst", created_at: conversation.createdAt },
    messages: messages.map((message) => ({
      id: message.id,
      conversation_id: id,
      role: message.role,
      content: message.content,
      metadata: message.metadata,
      created_at: message.createdAt,
    })),
  });
  assert.match(body.conversation.created_at, isoTime);
  assert.deepEqual(body.messages.map(({ role }) => role), ["user", "assistant", "system", "tool"]);
  assert.deepEqual(body.messages[2].metadata, metadata);
});

test("GET conversations/{id} gives all messages of the active branch, also thousands, and of no other", async () => {
  const { manager } = chat.agents.get("ada");
  const batch = (name, count) => Array.from({ length: count }, (_, index) => ({ role: "user", content: `${name} ${index}` }));
  const contents = async (id) => (await chat.ask(`/conversations/${id}`, { token: ada })).body.messages.map(({ content }) => content);
  for (const count of [0, 1, 100, 101, 5000]) {
    const { id } = await manager.createConversation({ title: "long" });
    const messages = batch("first", count);
    const stored = count > 0 ? await manager.addMessages(id, messages) : [];
    assert.deepEqual(await contents(id), messages.map(({ content }) => content));
    if (count === 0) continue;
    const [begin, ...others] = batch("second", 300);
    await manager.addMessages(id, [{ ...begin, parentId: stored[0].id }, ...others]);
    assert.deepEqual(await contents(id), ["first 0", ...[begin, ...others].map(({ content }) => content)]);
  }
});

test("DELETE removes it; what is gone is not found", async () => {
  const { conversation_id: id } = (await chat.send({ query: "x" })).body;
  const { status, body } = await chat.ask(`/conversations/${id}`, { method: "DELETE", token: ada });
  assert.deepEqual([status, body], [200, { message: "Conversation deleted" }]);
  for (const method of ["GET", "DELETE"]) {
    const { status, body } = await chat.ask(`/conversations/${id}`, { method, token: ada });
    assert.deepEqual([status, body], [404, { detail: "Conversation not found" }]);
  }
  assert.deepEqual((await chat.ask("/conversations", { token: ada })).body, { conversations: [] });
});

test("a slash at the end and an encoded id are the same address", async () => {
  const { conversation_id: id } = (await chat.send({ query: "x" })).body;
  const encoded = [...id].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join("");
  for (const path of [`/conversations/${id}/`, `/conversations/${encoded}`, `/conversations/${encoded}/?x=1`]) {
    assert.equal((await chat.ask(path, { token: ada })).body.conversation.id, id);
  }
  assert.equal((await chat.ask("/conversations/", { token: ada })).body.conversations.length, 1);
  const { status } = await chat.ask("/message/", { method: "POST", token: ada, body: '{"query":"x"}' });
  assert.equal(status, 200);
});

test("HEAD is GET without its body", async () => {
  const { conversation_id: id } = (await chat.send({ query: "x" })).body;
  for (const path of ["/conversations", `/conversations/${id}`, `/conversations/${UNKNOWN}`, "/conversations?limit=x"]) {
    const [head, get] = [await chat.ask(path, { method: "HEAD", token: ada }), await chat.ask(path, { token: ada })];
    assert.deepEqual([head.status, [...head.headers], head.body], [get.status, [...get.headers], undefined]);
  }
  const nobody = await chat.ask("/conversations", { method: "HEAD" });
  assert.deepEqual([nobody.status, nobody.body], [401, undefined]);
});

test("OPTIONS says what there is, to anybody", async () => {
  const allowed = {
    "/message": "POST, OPTIONS",
    "/conversations": "GET, HEAD, OPTIONS",
    "/conversations/x": "GET, DELETE, HEAD, OPTIONS",
  };
  for (const [path, allow] of Object.entries(allowed)) {
    const { status, body, headers } = await chat.ask(path, { method: "OPTIONS" });
    assert.deepEqual([status, body, headers.get("allow")], [204, undefined, allow]);
  }
});

test("another address: undefined, and nobody is asked who it is", async () => {
  const quiet = chat.createChatRoutes({ authenticate: () => assert.fail("asked"), agentFor: () => assert.fail("asked") });
  const chats = ["", "/", "/messages", "/message/x", "/message//", "//message", "/%6dessage", "/conversations//"];
  const paths = [
    ...[...chats, "/conversations/a/b", "/conversations/.."].map((path) => `/api/v1/chat${path}`),
    ...["", "/", "/api/v1/chatter/message", "/API/v1/chat/message", "/x/api/v1/chat/message"],
  ];
  for (const path of paths) {
    for (const method of ["GET", "POST", "OPTIONS", "DELETE"]) {
      assert.equal(await quiet(new Request(`${ORIGIN}${path}`, { method })), undefined, `${method} ${path}`);
    }
  }
  assert.equal(await quiet(new Request("about:blank")), undefined);
  assert.equal(await quiet(new Request("data:,/api/v1/chat/message")), undefined);
});

test("the prefix may be any path, with or without a slash at its end, spelled as people do", async () => {
  const reach = async (prefix, path) => {
    const routes = chat.createChatRoutes({ prefix, authenticate: () => undefined, agentFor: () => assert.fail("asked") });
    return (await routes(new Request(`${ORIGIN}${path}`)))?.status;
  };
  assert.equal(await reach("/chat/", "/chat/conversations"), 401);
  assert.equal(await reach("/chat", "/api/v1/chat/conversations"), undefined);
  assert.equal(await reach("", "/conversations"), 401);
  assert.equal(await reach("/", "/conversations"), 401);
  assert.equal(await reach("/gespräch öffnen", "/gespräch öffnen/conversations"), 401);
  assert.equal(await reach("//double", "//double/conversations"), 401);
  assert.equal(await reach("/a.c", "/abc/conversations"), undefined, "a prefix is no pattern");
});

/** Whether a caught value is the error for an argument of that name. */
const isUnfit = (error, name) => chat.isMemoryError(error) && error.code === "invalid-input" && error.message.startsWith(name);

test("options that do not fit are refused with invalid-input naming them", () => {
  const wrong = {
    authenticate: [undefined, null, "ada", {}],
    agentFor: [undefined, null, {}],
    onError: [null, "x"],
    prefix: ["api", "api/v1", "https://chat.example/api", "/a?b", "/a#b", 5, null, ["/a"]],
  };
  const fitting = { authenticate, agentFor: () => chat.agents.get("ada") };
  const refuses = (options, name) =>
    assert.throws(() => chat.createChatRoutes(options), (error) => isUnfit(error, name), `${name} ${options?.[name]}`);
  for (const options of [undefined, null, 5, []]) refuses(options, "options");
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) refuses({ ...fitting, [name]: value }, name);
  }
});

test("what is no request is refused with invalid-input", async () => {
  for (const thing of [undefined, null, 5, "/api/v1/chat/message", {}, { url: "/api/v1/chat/message" }, new URL(ORIGIN)]) {
    const error = await chat.routes(thing).then(() => undefined, (error) => error);
    assert.ok(isUnfit(error, "request"), String(error));
  }
});

test("options may be an object with methods of its own", async () => {
  class Service {
    prefix = "/chat";
    user = "ada";
    errors = [];
    authenticate() {
      return this.user;
    }
    agentFor(userId) {
      return userId === this.user && chat.agents.get(this.user);
    }
    onError(error) {
      this.errors.push(error);
    }
  }
  const service = new Service();
  const routes = chat.createChatRoutes(service);
  assert.equal((await routes(new Request(`${ORIGIN}/chat/conversations`))).status, 200);
  service.agentFor = undefined; // read once
  assert.equal((await routes(new Request(`${ORIGIN}/chat/conversations`))).status, 200);
  await chat.agents.get("ada").manager.close();
  assert.equal((await routes(new Request(`${ORIGIN}/chat/conversations`))).status, 503);
  assert.equal(service.errors.length, 1);
});
