// What recall and search take beside the question.

import type { RecallOptions as CoreOptions, Role } from "../core/core.js";
import * as argument from "../validation/arguments.js";

/** Which messages are recalled. */
export interface RecallOptions {
  /** At most so many. Default 10. */
  limit?: number;
  /** Only those of this conversation. Default: of all conversations of this user. */
  conversationId?: string;
  /** Only those of these roles. Default: of all. */
  roles?: readonly Role[];
  /** Only those said before this time: ISO 8601, with its zone, such as "2026-11-22T15:04:05Z". */
  before?: string;
  /** Only those said at this time or later, given in the same way. */
  after?: string;
}

/** What a search box asks for. */
export interface SearchOptions {
  /** At most so many. Default 20. */
  limit?: number;
  /** Only in this conversation. Default: in all conversations of this user. */
  conversationId?: string;
  /** Whether the last word may go on, as while it is typed. Default true. */
  prefix?: boolean;
}

export function readRecallOptions(options: unknown): CoreOptions {
  const option = argument.options("options", options);
  return {
    limit: option("limit", argument.count(10)),
    conversationId: option("conversationId", argument.optional(argument.string)),
    roles: option("roles", argument.optional((path, value) => argument.list(path, value, argument.oneOf(argument.ROLES)))) ?? [],
    before: option("before", argument.optional(argument.zonedTime)),
    after: option("after", argument.optional(argument.zonedTime)),
  };
}

export function readSearchOptions(options: unknown): { limit: number; conversationId: string | undefined; prefix: boolean } {
  const option = argument.options("options", options);
  return {
    limit: option("limit", argument.count(20)),
    conversationId: option("conversationId", argument.optional(argument.string)),
    prefix: option("prefix", argument.optional(argument.boolean)) ?? true,
  };
}
