// What the methods of a manager take besides ids and texts.

import * as argument from "../validation/arguments.js";

/** Which part of a list. Both are whole numbers from 0. */
export interface Page {
  /** At most so many. The method says the default. */
  limit?: number;
  /** How many to pass over before these. Default 0. */
  offset?: number;
}

/** Which part of the list of conversations. */
export interface ListPage extends Page {
  /** What stands behind this conversation, the last one of the page before, as it was given: faster than an offset. */
  before?: {
    /** Its id. */
    id: string;
    /** When it had been updated, as the page has it. */
    updatedAt: string;
  };
}

/** How a conversation begins. */
export interface ConversationOptions {
  /** The persona's name. Default: the `defaultPersona` of `open`. */
  persona?: string;
  /** Default "New Conversation", until the first user message names it. */
  title?: string;
}

/** How much of a history a context has. */
export interface ContextOptions {
  /** The most messages, counted from the newest. Default 10. */
  maxMessages?: number;
  /** The most code points of each message. Default 200. */
  maxCharacters?: number;
}

/** Which screen of the active branch. */
export interface ThreadOptions {
  /** Those before it: the `before` of the screen behind. */
  before?: string;
  /** Those behind it: the `after` of the screen before. */
  after?: string;
  /** At most so many messages. Default 50. */
  limit?: number;
}

/** What an export holds. */
export interface ExportOptions {
  /** Whether the files of messages come along: the export is a zip archive then. Default false: they are only named. */
  files?: boolean;
}

/** Which conversations are removed. */
export interface RetentionPolicy {
  /** Those that were last updated so many days ago or longer; a fraction is a part of a day, 0 means all. */
  maxAgeDays: number;
  /** Whether pinned ones stay. Default true. */
  keepPinned?: boolean;
}

/** What `repair` came to. */
export interface RepairReport {
  /** How many conversations, or of what is beside them, were not as they should be. */
  rebuilt: number;
  /** What was set aside. */
  damaged: {
    /** The object store and the key. */
    record: string;
    /** Why it could not be read. */
    reason: string;
  }[];
}

/** The part of a list; `byDefault` is how long it is where nothing is said. */
export function readPage(page: unknown, byDefault: number): { limit: number; offset: number } {
  const option = argument.options("page", page);
  return { limit: option("limit", argument.count(byDefault)), offset: option("offset", argument.count(0)) };
}

/** The same of a list of conversations; with `before` its id and its time. */
export function readListPage(page: unknown): { limit: number; offset: number; before: string[] | undefined } {
  const before = argument.options("page", page)("before", argument.optional((path, value) => {
    const field = argument.fields(path, value);
    return [field("id", argument.string), field("updatedAt", argument.string)];
  }));
  return { ...readPage(page, 50), before };
}
