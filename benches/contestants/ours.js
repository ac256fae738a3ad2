// The package, as an application uses it.
import { ConversationManager } from "conversation-memory";
import { USER } from "../records.js";

export async function openOurs(databaseName) {
  const manager = await ConversationManager.open({ userId: USER, databaseName });
  return {
    async create(messages) {
      const { id } = await manager.createConversation();
      await manager.addMessages(id, messages);
      return id;
    },
    /** A list of { messages }; gives the ids of the new conversations. */
    async bulkAdd(filled) {
      const ids = [];
      for (const { messages } of filled) ids.push(await this.create(messages));
      return ids;
    },
    append: (id, message) => manager.addMessage(id, message),
    newest: (id, count) => manager.getRecentMessages(id, count),
    list: (limit) => manager.listConversations({ limit }),
    context: (id) => manager.buildConversationContext(id),
    manager,
    prompt: (id) => manager.buildPrompt(id, "How healthy is education?"),
    readAll: (id, limit) => manager.getMessages(id, { limit }),
    remove: (id) => manager.deleteConversation(id),
    async countMessages() {
      const conversations = await manager.listConversations({ limit: 1_000_000 });
      return conversations.reduce((sum, each) => sum + each.messageCount, 0);
    },
    close: () => manager.close(),
  };
}
