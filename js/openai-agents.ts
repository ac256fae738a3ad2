// The entry point for the OpenAI Agents SDK: a conversation as its Session.

export { type Compact, type Compacted, MemorySession, type MemorySessionOptions } from "./adapters/openai-agents/session.js";
export type { HistoryManager } from "./adapters/history.js";
