// What both entry points export besides the manager.

export type {
  Analysis,
  ChatMessage,
  Conversation,
  ConversationSummary,
  Intent,
  Json,
  MessageStatus,
  Metadata,
  NewPersona,
  Persona,
  Arriving,
  Part,
  Prompt,
  PromptFile,
  PromptReport,
  Reference,
  Role,
  Siblings,
  User,
  UserProfile,
  Visualization,
} from "./core/core.js";
export { ConversationAgent } from "./agent/agent.js";
export type { AgentOptions, QueryOptions, TurnBegun, TurnOptions } from "./agent/options.js";
export type { Layers, TurnContext } from "./agent/layers.js";
export type { TurnResult } from "./agent/turn.js";
export { isMemoryError, type MemoryError, type MemoryErrorCode } from "./errors.js";
export type { ImportOptions, ImportProgress } from "./import-export/import.js";
export type { ImportReport } from "./import-export/merge.js";
export type { MemoryChange } from "./changes/change-feed.js";
export type { ContextOptions, ConversationOptions, ExportOptions, ListPage, Page, RepairReport, RetentionPolicy, ThreadOptions } from "./manager/options.js";
export { isFilePart, type FilePart } from "./manager/file-part.js";
export type { JsonOf, Message, MessageChange, NewFile, NewMessage, NewPart, PastResult, RecallHit, SearchHit, Thread, ThreadMessage, Tree } from "./manager/records.js";
export type { OpenOptions } from "./manager/open.js";
export type { RecallOptions, SearchOptions } from "./manager/recall-options.js";
export type { Embed } from "./recall/embedding.js";
export type { PromptOptions } from "./manager/prompt-options.js";
export type { StorageStatus } from "./storage/storage-status.js";
export {
  type Agent,
  type AgentCall,
  type AgentTurn,
  type ChatRoutes,
  type ChatRoutesOptions,
  createChatRoutes,
} from "./routes/chat-routes.js";
export { aiSdkModel, type AiSdkOptions, type StreamText } from "./providers/ai-sdk.js";
export { browserModel, type BrowserModelOptions } from "./providers/browser.js";
export { isOffline, type OfflineError } from "./providers/offline.js";
export { openAICompatible, type OpenAICompatibleOptions } from "./providers/openai.js";
export type { Completion, LanguageModel, ModelCall } from "./providers/types.js";
