// The public face as agreed, in short: what the package's own declarations are compared with.

export type Role = "user" | "assistant" | "system" | "tool";
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Metadata = { [key: string]: Json };
export type MessageStatus = "complete" | "streaming" | "interrupted" | "queued" | "failed";

export interface User {
  id: string;
  email?: string | undefined;
  fullName?: string | undefined;
  createdAt: string;
  updatedAt: string;
}

export interface RecallHit { message: Message; score: number; matched: string[]; ranges: [from: number, to: number][] }
export interface SearchHit { conversationId: string; title: string; message?: Message | undefined; snippet: string; ranges: [from: number, to: number][] }

export interface Persona {
  name: string;
  displayName: string;
  description: string;
  systemPrompt: string;
  colorHex: string;
  icon: string;
  isActive: boolean;
  createdAt: string;
}

export interface Conversation {
  id: string;
  userId: string;
  personaName: string;
  title: string;
  createdAt: string;
  updatedAt: string;
  messageCount: number;
  headId?: string | undefined;
  pinned: boolean;
}

export type Part =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  | { type: "tool"; toolCallId: string; toolName: string; state: string; input?: Json | undefined; output?: Json | undefined; errorText?: string | undefined }
  | { type: "file"; attachment: string; name?: string | undefined; mediaType: string; size: number }
  | { type: string; [field: string]: Json };
export interface NewFile {
  readonly type: "file";
  readonly blob: Blob;
  readonly name?: string | undefined;
  readonly mediaType?: string | undefined;
}
export type NewPart = Part | NewFile | { readonly type: string };

export interface Message {
  id: string;
  conversationId: string;
  parentId?: string | undefined;
  seq: number;
  role: Role;
  author?: string | undefined;
  content: string;
  parts?: Part[] | undefined;
  metadata: Metadata;
  status: MessageStatus;
  createdAt: string;
}

export interface NewMessage {
  id?: string | undefined;
  role: Role;
  author?: string | undefined;
  content?: string | undefined;
  parts?: readonly NewPart[] | undefined;
  metadata?: Metadata | undefined;
  parentId?: string | null | undefined;
  status?: MessageStatus | undefined;
  createdAt?: string | undefined;
}

export interface MessageChange {
  content?: string | undefined;
  parts?: readonly NewPart[] | undefined;
  metadata?: Metadata | undefined;
  status?: MessageStatus | undefined;
}

export interface ThreadMessage extends Message {
  siblings: { index: number; count: number; ids: string[] };
}

export interface Thread {
  messages: ThreadMessage[];
  before?: string | undefined;
  after?: string | undefined;
  arriving?: { messageId: string; parentId: string; content: string } | undefined;
}

export interface Tree {
  headId?: string | undefined;
  messages: Message[];
}

export interface ConversationSummary {
  id: string;
  title: string;
  persona: string;
  messageCount: number;
  createdAt: string;
  updatedAt: string;
}

export interface PastResult {
  messageId: string;
  content: string;
  metadata: Metadata;
  overlap: string[];
  createdAt: string;
}

export interface Page {
  limit?: number | undefined;
  offset?: number | undefined;
}

export interface ListPage extends Page {
  before?: { id: string; updatedAt: string } | undefined;
}

export interface OpenOptions {
  userId: string;
  databaseName?: string | undefined;
  storage?: "indexeddb" | "memory" | undefined;
  durability?: "relaxed" | "strict" | undefined;
  onClosed?: ((reason: "upgraded" | "deleted" | "evicted") => void) | undefined;
  defaultPersona?: string | undefined;
  worker?: boolean | (() => Worker) | undefined;
  embed?: ((texts: string[]) => PromiseLike<readonly ArrayLike<number>[]>) | undefined;
  embedModel?: string | undefined;
}

export interface NewPersona {
  name: string;
  displayName: string;
  systemPrompt: string;
  description?: string | undefined;
  colorHex?: string | undefined;
  icon?: string | undefined;
}

export interface Manager {
  readonly userId: string;
  getUser(): Promise<User>;
  updateUser(changes: { email?: string | undefined; fullName?: string | undefined }): Promise<User>;
  definePersona(persona: NewPersona): Promise<Persona>;
  getPersona(name: string): Promise<Persona | undefined>;
  listPersonas(): Promise<Persona[]>;
  createConversation(options?: { persona?: string | undefined; title?: string | undefined }): Promise<Conversation>;
  getConversation(conversationId: string): Promise<Conversation | undefined>;
  listConversations(page?: ListPage): Promise<Conversation[]>;
  renameConversation(conversationId: string, title: string): Promise<Conversation>;
  pinConversation(conversationId: string, pinned: boolean): Promise<Conversation>;
  deleteConversation(conversationId: string): Promise<boolean>;
  getConversationSummary(conversationId: string): Promise<ConversationSummary | undefined>;
  listConversationSummaries(page?: ListPage): Promise<ConversationSummary[]>;
  addMessage(conversationId: string, message: NewMessage): Promise<Message>;
  addMessages(conversationId: string, messages: readonly NewMessage[]): Promise<Message[]>;
  getMessages(conversationId: string, page?: Page): Promise<Message[]>;
  getRecentMessages(conversationId: string, count?: number): Promise<Message[]>;
  updateMessageMetadata(conversationId: string, messageId: string, metadata: Metadata): Promise<Message>;
  getThread(conversationId: string, options?: { before?: string | undefined; after?: string | undefined; limit?: number | undefined }): Promise<Thread>;
  getTree(conversationId: string): Promise<Tree>;
  getAttachment(id: string): Promise<Blob | undefined>;
  updateMessage(conversationId: string, messageId: string, change: MessageChange): Promise<Message>;
  deleteMessage(conversationId: string, messageId: string): Promise<boolean>;
  buildConversationContext(conversationId: string, options?: { maxMessages?: number | undefined; maxCharacters?: number | undefined }): Promise<string>;
  getRelevantPastResults(conversationId: string, entities: readonly string[], options?: { limit?: number | undefined; scope?: "conversation" | "user" | undefined }): Promise<PastResult[]>;
  recall(query: string, options?: { limit?: number | undefined; conversationId?: string | undefined; roles?: readonly Role[] | undefined; before?: string | undefined; after?: string | undefined }): Promise<RecallHit[]>;
  search(text: string, options?: { limit?: number | undefined; conversationId?: string | undefined }): Promise<SearchHit[]>;
  extractEntities(text: string): Promise<string[]>;
  storeVisualizationConfig(conversationId: string, chartType: string, config: Json): Promise<Message | undefined>;
  subscribe(listener: (change: MemoryChange) => void): () => void;
  subscribe(listener: (changes: MemoryChange[]) => void, options: { batch: true }): () => void;
  close(): Promise<void>;
}

export type MemoryChange =
  | { type: "conversation-created" | "conversation-updated" | "conversation-deleted"; conversationId: string }
  | { type: "message-added" | "message-updated" | "message-deleted"; conversationId: string; messageId: string }
  | { type: "answer-progress"; conversationId: string; messageId: string; content: string }
  | { type: "everything-forgotten" };

export type MemoryErrorCode =
  | "not-found"
  | "invalid-input"
  | "storage-unavailable"
  | "storage-full"
  | "storage-blocked"
  | "schema-too-new"
  | "closed"
  | "corrupt"
  | "model"
  | "aborted"
  | "storage";

export interface MemoryError extends Error {
  name: "MemoryError";
  code: MemoryErrorCode;
  cause?: unknown;
  argument?: string | undefined;
  record?: string | undefined;
  messageId?: string | undefined;
  conversationId?: string | undefined;
  unreachable?: true | undefined;
  offline?: true | undefined;
}
