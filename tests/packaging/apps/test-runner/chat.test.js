import { ConversationManager } from "conversation-memory";

test("a message is read", async () => {
  const memory = await ConversationManager.open({ userId: "ada", storage: "memory" });
  const { id } = await memory.createConversation();
  await memory.addMessage(id, { role: "user", content: "hello" });
  expect((await memory.getMessages(id))[0].content).toBe("hello");
});
