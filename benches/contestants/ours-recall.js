// The package's recall, as an application uses it: messages are added, the index is made in the background and read when it is
// first asked for. What it gives are the messages.
import { ConversationManager } from "conversation-memory";
import { USER } from "../records.js";
import { indexAtRest, indexBytes } from "../stored-index.js";

const CONVERSATION = 100;

export async function openOursRecall(databaseName) {
  const memory = await ConversationManager.open({ userId: USER, databaseName });
  return {
    fill: (documents) => fillMemory(memory, documents),
    /** The index is stored in the background. */
    async save() {
      await indexAtRest(databaseName);
      return indexBytes(databaseName);
    },
    /** Nothing is read before it is needed. */
    async load() {},
    recall: (question, limit) => memory.recall(question, { limit }),
    search: memory.search && ((text, limit) => memory.search(text, { limit })),
    close: () => memory.close(),
  };
}

/** Stores messages in conversations of a hundred. */
export async function fillMemory(memory, documents) {
  for (let start = 0; start < documents.length; start += CONVERSATION) {
    const { id } = await memory.createConversation();
    await memory.addMessages(id, documents.slice(start, start + CONVERSATION).map(toMessage));
  }
}

/** A minute between messages, so that conversations have times like those of people. */
function toMessage({ id, text }) {
  return { role: id % 2 === 0 ? "user" : "assistant", content: text, createdAt: new Date(1_700_000_000_000 + id * 60_000).toISOString() };
}
