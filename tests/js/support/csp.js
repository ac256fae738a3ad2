// A strict policy forbids an inline import map, so the package is imported by its address. The work is done here, not
// in a function sent by the test, because the browser exempts such functions from the policy.
import { ConversationManager } from "/node_modules/conversation-memory/dist/index.js";

async function work() {
  const worker = new URLSearchParams(location.search).has("worker");
  const memory = await ConversationManager.open({ userId: "user-1", worker });
  const { id } = await memory.createConversation();
  await memory.addMessage(id, { role: "user", content: "hello" });
  return memory.buildConversationContext(id);
}

location.hash = encodeURIComponent(await work().catch((error) => `${error.name}: ${error.message}`));
