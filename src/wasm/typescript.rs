//! Types that TypeScript is told of by hand: they have no record in Rust, or say more than its declaration.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
/** Anything JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** The JSON object an application keeps beside a message; stored and returned exactly. */
export type Metadata = { [key: string]: Json };
/**
 * What a message is made of. A part of a type that is not here is kept as it is: every framework has its own.
 *
 * `attachment` of a file is its id; `state` of a tool's call is the application's own word for how far it has come.
 */
export type Part =
  | { type: \"text\"; text: string }
  | { type: \"reasoning\"; text: string }
  | { type: \"tool\"; toolCallId: string; toolName: string; state: string; input?: Json; output?: Json; errorText?: string }
  | { type: \"file\"; attachment: string; name?: string; mediaType: string; size: number }
  | { type: string; [field: string]: Json };
/** What a model's answer holds. */
export interface Analysis {
  answer: string;
  dimensions: { name: string; [field: string]: Json }[];
  insights: string[];
  visualization?: Visualization;
  /** The reply as it came, where the answer is not all of it. */
  reply?: string;
  metadata?: Metadata;
}
/** A conversation of another product, read from its export. */
export interface ImportedConversation {
  source: \"chatgpt\" | \"claude\" | \"deepseek\" | \"gemini\" | \"grok\" | \"librechat\" | \"nextchat\" | \"openwebui\";
  id: string;
  title: string;
  createdAt: string;
  updatedAt: string;
  headId?: string;
  pinned: boolean;
  messages: { id: string; parentId?: string; role: Role; content: string; status: string; metadata: Metadata; createdAt: string }[];
  problems: string[];
}
/** A message on the screen: where it stands among its alternatives. */
export type ThreadMessage = Message & { siblings: Siblings };
/** A message that was recalled, before it is the application's own. */
export interface RecallHit { message: Message; score: number; matched: string[]; ranges: [from: number, to: number][] }
/** The same of what a search box shows. */
export interface SearchHit { conversationId: string; title: string; message?: Message; snippet: string; ranges: [from: number, to: number][] }
/** A change; messages that were added one behind the other are one, whose numbers are those of the first. */
export type BroadcastChange = Change & { messageIds?: string[] };
/**
 * A file that goes to a model with a message: an attachment by its id, or a data URL that a part of the message had. `blob` is
 * the file itself, which providers send.
 */
export interface PromptFile { mediaType: string; name?: string; size?: number; attachment?: string; url?: string; blob?: Blob }
/** What a language model is given: a message, its files, and the fields that a provider wants back as they were. */
export interface ChatMessage { role: Role; content: string; files?: PromptFile[]; [providerField: string]: Json | PromptFile[] | undefined }
";
