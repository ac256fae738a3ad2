// The entry point for TanStack AI: where a ChatClient keeps its messages, and what a chat recalls of others.

export { memoryAdapter, type MemoryAdapter, type MemoryAdapterOptions, type MemoryScope } from "./adapters/tanstack-ai/memory.js";
export { memoryPersistence, type MemoryPersistenceOptions } from "./adapters/tanstack-ai/persistence.js";
export type { HistoryManager } from "./adapters/history.js";
