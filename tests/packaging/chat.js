// What every app does with the package: it writes a message, and reads it with another opening. Copied into each of them.
import { ConversationManager } from "conversation-memory";

/** Whether the memory runs in a worker: written here for each app. */
const worker = false;

export async function chat() {
  const writing = await ConversationManager.open({ userId: "ada", worker });
  const { id } = await writing.createConversation();
  await writing.addMessage(id, { role: "user", content: "hello" });
  await writing.close();
  const reading = await ConversationManager.open({ userId: "ada", worker });
  const [message] = await reading.getRecentMessages(id, 1);
  await reading.close();
  return `read: ${message.content}`;
}
