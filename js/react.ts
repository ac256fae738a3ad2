"use client";
// The entry point for React 18 and 19: hooks on a memory. They take the memory of whichever entry point opened it.

export { MemoryProvider, useMemory, type MemoryProviderProps, type OpenedByApplication, type OpenedByProvider } from "./adapters/react/provider.js";
export type { MemoryState, TurnAgent } from "./adapters/react/turns.js";
export { useAttachment, type ShownAttachment } from "./adapters/react/attachment.js";
export { useChatUpdates, type ChatHelpers } from "./adapters/react/chat-updates.js";
export type { FollowChatOptions } from "./adapters/ai-sdk/follow-chat.js";
export { useConversations, type Conversations } from "./adapters/react/conversations.js";
export { useSearch, type Search, type UseSearchOptions } from "./adapters/react/search.js";
export { useThread, type ShownMessage, type ShownThread, type UseThreadOptions } from "./adapters/react/thread.js";
export { useTurn, type AskOptions, type Turn, type UseTurnOptions } from "./adapters/react/turn.js";
export type { Loading } from "./adapters/react/view.js";
