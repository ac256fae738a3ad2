// In the page, after a fault: what is there, past the package and through it.
import { ConversationManager } from "conversation-memory";

/** Opens the memory as any application would, and gives everything of a user, raw and as the package reads it. */
globalThis.look = async (databaseName, userId = "ada") => {
  const memory = await ConversationManager.open({ userId, databaseName });
  const records = await storedRecords(databaseName, { withIndex: true });
  const conversations = await all((page) => memory.listConversations(page));
  const read = [];
  for (const { id } of conversations) {
    const messages = await all((page) => memory.getMessages(id, page));
    read.push({ id, messages: messages.map(({ id, content }) => [id, content]) });
  }
  const repair = await memory.repair();
  await memory.close();
  // Bytes would not come through to the harness, and are not what it asks for.
  records.chunks = records.chunks.map(({ bytes, ...chunk }) => ({ ...chunk, size: bytes.length }));
  return { records, read, repair, left: await leftIn(databaseName, userId) };
};

/** How many of a user's bytes are there after a repair that belong to files, and how many in all. */
async function leftIn(databaseName, userId) {
  const records = await storedRecords(databaseName, { withIndex: true });
  const own = (store) => records[store].filter((row) => row.userId === userId);
  const [uploads, chunks, files] = [own("uploads"), own("chunks"), own("files")];
  const known = new Set(files.map(({ content }) => content?.upload));
  return { uploads: uploads.length, chunks: chunks.length, ofFiles: chunks.filter(({ upload }) => known.has(upload)).length };
}

async function all(list) {
  const found = [];
  for (let part; part === undefined || part.length === 1000; found.push(...part)) {
    part = await list({ limit: 1000, offset: found.length });
  }
  return found;
}
