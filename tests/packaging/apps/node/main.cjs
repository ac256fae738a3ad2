const { ConversationManager } = require("conversation-memory");

async function chat() {
  const memory = await ConversationManager.open({ userId: "ada", storage: "memory" });
  const { id } = await memory.createConversation();
  await memory.addMessage(id, { role: "user", content: "hello" });
  console.log(`read: ${(await memory.getMessages(id))[0].content}`);
}

chat();
