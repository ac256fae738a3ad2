// A service worker that answers the chat API. It has no import map, so the package is imported by its address.
import { ConversationManager } from "/node_modules/conversation-memory/dist/index.js";
import { serveChat } from "/node_modules/conversation-memory/dist/service-worker.js";

const parameters = new URL(self.location).searchParams;
const databaseName = parameters.get("database");
let made = 0;

serveChat({
  async agentFor(userId) {
    made += 1;
    if (made === 1 && parameters.has("fails")) throw new Error("not at the first time");
    const manager = await ConversationManager.open({ userId, databaseName });
    return { manager, processQuery: (query, options) => answer(manager, query, options) };
  },
});

/** Stores the query and what tells how many agents were made. */
async function answer(manager, query, { conversationId, persona }) {
  if (query === "slow") {
    new BroadcastChannel("asked").postMessage("slow");
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const id = conversationId ?? (await manager.createConversation({ persona })).id;
  const stored = { role: "assistant", content: `agent ${made}` };
  const [, { content }] = await manager.addMessages(id, [{ role: "user", content: query }, stored]);
  return { conversationId: id, answer: content, insights: [manager.userId] };
}
