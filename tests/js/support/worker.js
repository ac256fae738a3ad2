// A module worker with a memory of its own. Workers have no import map, so the package is imported by its address.
import { ConversationManager } from "/node_modules/conversation-memory/dist/index.js";

self.onmessage = async ({ data: { databaseName, contents } }) => {
  try {
    const memory = await ConversationManager.open({ userId: "user-1", databaseName });
    const { id } = await memory.createConversation();
    for (const content of contents) await memory.addMessage(id, { role: "user", content });
    const context = await memory.buildConversationContext(id);
    await memory.close();
    self.postMessage({ id, context });
  } catch (error) {
    self.postMessage({ error: `${error.code}: ${error.message}` });
  }
};
