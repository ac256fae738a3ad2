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
  | {
      /** Words of the message. */
      type: \"text\";
      /** What is said. */
      text: string;
    }
  | {
      /** What a model has told of its reasoning: never part of a prompt. */
      type: \"reasoning\";
      /** The reasoning. */
      text: string;
    }
  | {
      /** A call of a tool. */
      type: \"tool\";
      /** The call's id: the model's own. */
      toolCallId: string;
      /** Which tool is called. */
      toolName: string;
      /** How far the call has come, in the application's own word. */
      state: string;
      /** What the tool is given. */
      input?: Json;
      /** What it has given back. */
      output?: Json;
      /** Why it failed, in place of `output`. */
      errorText?: string;
    }
  | {
      /** A picture or a file. */
      type: \"file\";
      /** The file's id, for `getAttachment`: the SHA-256 of its bytes in hexadecimal digits. */
      attachment: string;
      /** Its name, where it has one. */
      name?: string;
      /** Its media type, such as \"image/png\". */
      mediaType: string;
      /** Its size in bytes. */
      size: number;
    }
  | {
      /** The framework's own word for what kind of part it is. */
      type: string;
      [field: string]: Json;
    };
/** What a model's answer holds. */
export interface Analysis {
  /** The text of the answer; not blank. */
  answer: string;
  /** What the answer is about, each with whatever the model says of it; their names are entities of the message. */
  dimensions: {
    /** What it is called. */
    name: string;
    [field: string]: Json;
  }[];
  /** What the answer points out, in sentences. */
  insights: string[];
  /** The chart that the model has made, where it has made one. */
  visualization?: Visualization;
  /** The reply as it came, where the answer is not all of it. */
  reply?: string;
  /** What is kept in the metadata of the answer besides. */
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
export interface PromptFile {
  /** Its media type, such as \"image/png\". */
  mediaType: string;
  /** Its name, where it has one. */
  name?: string;
  /** Its size in bytes. */
  size?: number;
  /** The id of an attachment, for `getAttachment`. */
  attachment?: string;
  /** The data URL that a part had. */
  url?: string;
  /** The file itself. */
  blob?: Blob;
}
/** What a language model is given: a message, its files, and the fields that a provider wants back as they were. */
export interface ChatMessage {
  /** Who speaks. */
  role: Role;
  /** What is said. */
  content: string;
  /** Pictures and files of the message, where the prompt was asked for them (`mediaTypes`). */
  files?: PromptFile[];
  [providerField: string]: Json | PromptFile[] | undefined;
}
";
