// The entry point for LangChain: a conversation as its chat message history, and as a store of messages.

export { type ConversationOfManager, MemoryChatMessageHistory } from "./adapters/langchain/chat-history.js";
export { MemoryMessageStore } from "./adapters/langchain/message-store.js";
export type { HistoryManager } from "./adapters/history.js";
