// The chat API, as a client sees it that was written for a FastAPI service.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ada, bob, chatForThisFile, ORIGIN, UNKNOWN } from "./support/chat.mjs";

const chat = chatForThisFile();

/** A client as one writes it for a FastAPI service: it knows the addresses and the shapes, nothing of this package. */
function fastApiClient(fetch, token) {
  async function call(method, path, body) {
    const headers = { accept: "application/json", authorization: `Bearer ${token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const init = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };
    const response = await fetch(new Request(`${ORIGIN}/api/v1/chat${path}`, init));
    const json = await response.json();
    if (response.ok) return json;
    const problems = Array.isArray(json.detail)
      ? json.detail.map(({ loc, msg, type }) => `${loc.join(".")}: ${msg} (${type})`).join("; ")
      : json.detail;
    throw Object.assign(new Error(problems), { status: response.status });
  }
  return {
    sendMessage: (query, { conversationId = null, persona = null } = {}) =>
      call("POST", "/message", { query, conversation_id: conversationId, persona }),
    listConversations: async ({ limit = 50, offset = 0 } = {}) =>
      (await call("GET", `/conversations?${new URLSearchParams({ limit, offset })}`)).conversations,
    openConversation: (id) => call("GET", `/conversations/${encodeURIComponent(id)}`),
    deleteConversation: async (id) => (await call("DELETE", `/conversations/${encodeURIComponent(id)}`)).message,
  };
}

test("a client holds a whole conversation", async () => {
  const client = fastApiClient(chat.routes, ada);
  const { conversation_id: conversationId, message } = await client.sendMessage("How healthy is education?");
  assert.equal(message, "You said: How healthy is education?");
  const answer = await client.sendMessage("And as a chart?", { conversationId });
  assert.deepEqual([answer.conversation_id, answer.visualization.chart_type], [conversationId, "bar"]);
  const [listed] = await client.listConversations({ limit: 10 });
  const { id, title, message_count } = listed;
  assert.deepEqual([id, title, message_count], [conversationId, "How healthy is education?", 4]);
  const { conversation, messages } = await client.openConversation(conversationId);
  assert.deepEqual([conversation.id, messages.length], [conversationId, 4]);
  assert.equal(messages[3].content, "You said: And as a chart?");
  const blank = { status: 422, message: "body.query: String should not be blank (string_too_short)" };
  await assert.rejects(client.sendMessage(" "), blank);
  assert.equal(await client.deleteConversation(conversationId), "Conversation deleted");
  await assert.rejects(client.openConversation(conversationId), { status: 404, message: "Conversation not found" });
  await assert.rejects(fastApiClient(chat.routes, "wrong").listConversations(), { status: 401, message: "Not authenticated" });
});

test("a client of another user sees and changes nothing", async () => {
  const [mine, theirs] = [fastApiClient(chat.routes, ada), fastApiClient(chat.routes, bob)];
  const { conversation_id: conversationId } = await mine.sendMessage("a secret");
  const before = await mine.openConversation(conversationId);
  const answers = async (id) => {
    const calls = [
      () => theirs.openConversation(id),
      () => theirs.deleteConversation(id),
      () => theirs.sendMessage("x", { conversationId: id }),
    ];
    return Promise.all(calls.map((call) => call().catch(({ status, message }) => [status, message])));
  };
  assert.deepEqual(await answers(conversationId), await answers(UNKNOWN));
  assert.deepEqual(await answers(conversationId), Array(3).fill([404, "Conversation not found"]));
  assert.deepEqual(await theirs.listConversations(), []);
  assert.deepEqual(chat.agents.get("bob").calls, [], "the agent is not asked");
  assert.deepEqual(await mine.openConversation(conversationId), before);
});
