// The records that hold metadata, with the application's own type of it.

import type {
  Json,
  Message as AnyMessage,
  MessageChange as AnyMessageChange,
  Metadata,
  NewMessage as AnyNewMessage,
  Part,
  PastResult as AnyPastResult,
  Siblings,
  Thread as AnyThread,
  Tree as AnyTree,
} from "../core/core.js";

/** A message, as it is stored. `M` is the application's own type of its metadata. */
export interface Message<M extends object = Metadata> extends Omit<AnyMessage, "metadata"> {
  /** What the application keeps beside it; `{}` when none was given. */
  metadata: M;
}

/**
 * A file to store with its message, at most 256 MiB. The part is stored with the file's id as its `attachment`, for
 * `getAttachment`, and its `size` in the place of `blob`.
 */
export interface NewFile {
  /** Says that the part is a file. */
  readonly type: "file";
  /** Its bytes: a `Blob`, or a `File` of an `<input type="file">`. */
  readonly blob: Blob;
  /** Its name. By default that of a `File`. */
  readonly name?: string;
  /** Its media type. By default the Blob's own, or "application/octet-stream". */
  readonly mediaType?: string;
}

/**
 * A part of a message to store: one of those that the memory knows, a file, or a framework's own, whatever else is in it:
 * JSON, of which a property that is undefined is left out.
 */
export type NewPart =
  | Part
  | NewFile
  | {
      /** What kind of part it is, in the framework's own word. */
      readonly type: string;
    };

/** A message to add: content, or parts. `M` is the application's own type of its metadata. */
export interface NewMessage<M extends object = Metadata> extends Omit<AnyNewMessage, "metadata" | "parts"> {
  /** What it is made of, kept as it is given, at most 8 MiB of JSON. `content` is then what the parts of type "text" say. */
  parts?: readonly NewPart[];
  /** What to keep beside it: JSON. A property that is undefined is left out. */
  metadata?: M;
}

/** What to change of a message: what is named. `M` is the application's own type of its metadata. */
export interface MessageChange<M extends object = Metadata> extends Omit<AnyMessageChange, "metadata" | "parts"> {
  /** What it is made of from now on, in place of what was; its content is then what they say. */
  parts?: readonly NewPart[];
  /** What is kept beside it from now on, in place of what was. */
  metadata?: M;
}

/** A message on the screen, and where it stands among its alternatives. */
export interface ThreadMessage<M extends object = Metadata> extends Message<M> {
  /** The message and its alternatives: which of them it is, of how many, and their ids. */
  siblings: Siblings;
}

/** A screen of the active branch. */
export interface Thread<M extends object = Metadata> extends Omit<AnyThread, "messages"> {
  /** In chronological order. */
  messages: ThreadMessage<M>[];
}

/** All branches of a conversation. */
export interface Tree<M extends object = Metadata> extends Omit<AnyTree, "messages"> {
  /** Every message, parents before their children. */
  messages: Message<M>[];
}

/** An earlier answer about the same entities. `M` is the application's own type of its metadata. */
export interface PastResult<M extends object = Metadata> extends Omit<AnyPastResult, "metadata"> {
  /** That of the message. */
  metadata: M;
}

/** A message that answers a question. */
export interface RecallHit<M extends object = Metadata> {
  /** The message, as it is stored. */
  message: Message<M>;
  /** How well it does: higher is better. Scores of different questions cannot be compared. */
  score: number;
  /**
   * The words of the question by which it was found, as the question spells them, and its author's name if that is among them;
   * none when it was found by what is around it, or by its time.
   */
  matched: string[];
  /** Where the message has them in its content, in UTF-16 code units, in order and without overlaps. */
  ranges: [from: number, to: number][];
}

/** What a search box shows: a message, or without one the title of a conversation. */
export interface SearchHit<M extends object = Metadata> {
  /** The conversation in which it was found. */
  conversationId: string;
  /** The title of that conversation. */
  title: string;
  /** The message; undefined where it is the title that matches. */
  message?: Message<M>;
  /** What to show of the message or of the title, with "…" where something is left out. */
  snippet: string;
  /** Where the words stand in the snippet, in UTF-16 code units, in order and without overlaps. */
  ranges: [from: number, to: number][];
}

/**
 * The same type where JSON can hold it: interfaces, readonly arrays, and properties that may be undefined. In the place of
 * what cannot be stored, such as a `Date` or a function, stands `never`.
 */
export type JsonOf<T> = [T] extends [Json]
  ? T
  : T extends null | boolean | number | string
    ? T
    : T extends (...given: never[]) => unknown
      ? never
      : T extends readonly unknown[]
        ? { [Index in keyof T]: JsonOf<T[Index]> }
        : T extends object
          ? { [Name in keyof T]: T[Name] extends infer Field ? (Field extends undefined ? Field : JsonOf<Field>) : never }
          : never;

/** The same of metadata, which is an object and no list. */
export type JsonObjectOf<T> = T extends readonly unknown[] ? never : JsonOf<T>;

/** What metadata may be given as: of a manager without a type of its own whatever JSON can hold, otherwise nothing else. */
export type Given<M extends object> = Metadata extends M ? object : never;
