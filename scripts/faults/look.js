// In the page, after a fault: what is there, past the package and through it.
import { ConversationManager } from "conversation-memory";

/** Opens the memory as any application would, and gives everything of a user, raw and as the package reads it. */
globalThis.look = async (databaseName, userId = "ada") => {
  const memory = await ConversationManager.open({ userId, databaseName });
  const records = await storedRecords(databaseName);
  const conversations = await all((page) => memory.listConversations(page));
  const read = [];
  for (const { id } of conversations) {
    const messages = await all((page) => memory.getMessages(id, page));
    read.push({ id, messages: messages.map(({ id, content }) => [id, content]) });
  }
  const repair = await memory.repair();
  await memory.close();
  return { records, read, repair };
};

async function all(list) {
  const found = [];
  for (let part; part === undefined || part.length === 1000; found.push(...part)) {
    part = await list({ limit: 1000, offset: found.length });
  }
  return found;
}
