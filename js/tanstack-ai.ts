// The entry point for TanStack AI: where a ChatClient keeps its messages.

export { memoryPersistence, type MemoryPersistenceOptions } from "./adapters/tanstack-ai/persistence.js";
export type { HistoryManager } from "./adapters/history.js";
