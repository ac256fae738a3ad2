// What both entrances export besides the manager.

export type {
  ChatMessage,
  Conversation,
  ConversationSummary,
  Json,
  Message,
  MessageStatus,
  Metadata,
  NewMessage,
  NewPersona,
  PastResult,
  Persona,
  Prompt,
  PromptReport,
  Role,
  User,
  UserProfile,
} from "./core/core.js";
export { isMemoryError, type MemoryError, type MemoryErrorCode } from "./errors.js";
export type { OpenOptions, Page, PromptOptions } from "./manager.js";
