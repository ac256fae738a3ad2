// Errors: every failing call of this package throws a MemoryError with a stable code.

import type { Code } from "./core/core.js";

/**
 * The stable name of a kind of error, its cause and its cure:
 *
 * | code | cause | cure |
 * |---|---|---|
 * | `not-found` | this user has no such conversation or message | take an id from one of this user's lists |
 * | `invalid-input` | an argument does not fit; nothing was stored | the message names the argument and what fits |
 * | `storage-unavailable` | no IndexedDB, site data is forbidden, or the module or the worker could not be loaded | allow it; in Node.js ask for `storage: "memory"` |
 * | `storage-full` | the quota is used up; nothing of the call was stored | delete data, then repeat the call |
 * | `storage-blocked` | another tab keeps an older version of the database open | close that tab, open again |
 * | `schema-too-new` | a newer release wrote the database | load the newer release |
 * | `closed` | `close` was called, or the database was upgraded, deleted or evicted | open again |
 * | `corrupt` | a stored record cannot be read; the message names it | call `repair`, or delete this conversation |
 * | `model` | the language model or a layer of the turn failed, or could not be reached | see `cause`; ask again |
 * | `aborted` | the signal of the call was aborted | none is needed |
 * | `storage` | any other failure of the browser's storage | see `cause` |
 */
export type MemoryErrorCode = Code | "model" | "aborted";

/** What some errors have beside their code. */
interface Details {
  /** The argument that does not fit, as a path such as `message.content`; of `storage-full` the file that was too large. */
  argument?: string;
  /** The record: the id of one that is not there, the object store and key of one that cannot be read. */
  record?: string;
  /** The question that waits, where one does: for `cancelQueued`. */
  messageId?: string;
  /** The conversation of that question. */
  conversationId?: string;
  /** Whether a model could not be reached. */
  unreachable?: true;
  /** Whether that is because the network is away. */
  offline?: true;
}

/** An error of one of these codes. What it has not may be asked for all the same. */
type Failure<Code extends MemoryErrorCode, Own extends keyof Details = never> = Error & {
  name: "MemoryError";
  code: Code;
  /** What the browser, the server or the application threw. */
  cause?: unknown;
} & Pick<Details, Own> & { [Name in Exclude<keyof Details, Own>]?: undefined };

/**
 * What every failing call throws: an `Error` with the name "MemoryError", whose `message` says what happened and what to do.
 * `cause` is what the browser, the server or the application threw, `stack` ends with the call of the application. `code` says
 * which error it is, and what else it has:
 *
 * - `invalid-input` has `argument`: the argument that does not fit, as a path such as `message.content`. So has `storage-full`
 *   where one file was too large.
 * - `not-found` and `corrupt` have `record`: the id of what is not there, or the object store and key of what cannot be read.
 * - `model` has `unreachable: true` where the model could not be reached, `offline: true` where that is because the network is
 *   away, and `messageId` and `conversationId` of a question that is kept and asked again.
 *
 * @example
 * if (isMemoryError(error) && error.code === "model" && error.offline) showThatItWaits(error.messageId);
 */
export type MemoryError =
  | Failure<"invalid-input" | "storage-full", "argument">
  | Failure<"not-found" | "corrupt", "record">
  | Failure<"model", "messageId" | "conversationId" | "unreachable" | "offline">
  | Failure<"storage-unavailable" | "storage-blocked" | "schema-too-new" | "closed" | "storage" | "aborted">;

/**
 * Whether a caught value is an error of this package, also of another copy of it.
 *
 * @example
 * try { await memory.addMessage(id, message); }
 * catch (error) { if (isMemoryError(error) && error.code === "storage-full") offerToDelete(); else throw error; }
 */
export function isMemoryError(value: unknown): value is MemoryError {
  if (typeof value !== "object" || value === null) return false;
  try {
    const { name, code, message } = value as Record<string, unknown>;
    return name === "MemoryError" && typeof code === "string" && typeof message === "string";
  } catch {
    // A proxy or a getter: what threw it was no call of this package.
    return false;
  }
}

/** A new error with that code. */
export function memoryError(code: MemoryErrorCode, message: string, cause?: unknown): MemoryError {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause });
  return Object.assign(error, { name: "MemoryError" as const, code }) as MemoryError;
}

/** Any caught value as text for a message, whatever it is: its own text may throw, and a symbol has none. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "an unreadable error";
  }
}

/** What an Error of the application says; undefined when it is none, says nothing, or cannot be read. */
export function messageOf(cause: unknown): string | undefined {
  try {
    const message: unknown = cause instanceof Error ? cause.message : undefined;
    return typeof message === "string" && message !== "" ? message : undefined;
  } catch {
    return undefined;
  }
}

/** The error for an argument that does not fit: `limit must be a whole number from 0, got -1`. */
export function invalid(argument: string, expected: string, value: unknown): MemoryError {
  return misfit(argument, `be ${expected}, got ${describe(value)}`);
}

/** The error for an argument whose getter or proxy threw. */
export function unreadable(argument: string, cause: unknown): MemoryError {
  return misfit(argument, "be readable, but reading it threw an error", cause);
}

/** The same, of which nothing is repeated: says what the argument must do. */
export function misfit(argument: string, must: string, cause?: unknown): MemoryError {
  return Object.assign(memoryError("invalid-input", `${argument} must ${must}`, cause), { argument });
}

/** Errors that say already where they were called from. */
const traced = new WeakSet<object>();

/** The same promise, whose error says which call of the application it is of: the storage answers from a stack of its own. */
export function tracingCaller<T>(answer: Promise<T>): Promise<T> {
  // Its text is made when it is asked for, which takes far longer than the call.
  const site = new Error();
  return answer.catch((error: unknown) => {
    if (isMemoryError(error) && !traced.has(error)) trace(error, site);
    throw error;
  });
}

/** Has every method of a class do so: those that its prototype has. */
export function traceCallers(prototype: object): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const method: unknown = property.value;
    if (name === "constructor" || typeof method !== "function") continue;
    const value = function (this: unknown, ...given: unknown[]): unknown {
      const answer: unknown = method.apply(this, given);
      return answer instanceof Promise ? tracingCaller(answer) : answer;
    };
    Object.defineProperty(prototype, name, { ...property, value });
  }
}

function trace(error: MemoryError, site: Error): void {
  traced.add(error);
  // The first is our own. Some engines begin with a line that names the error.
  const frames = (site.stack ?? "").split("\n").filter((line) => /^\s+at |@/.test(line)).slice(1);
  const stack = error.stack ?? "";
  const known = new Set(stack.split("\n"));
  // What was refused at once has the caller in its stack. (A frame without name and place says nothing.)
  if (frames.length === 0 || frames.some((frame) => frame !== "@" && known.has(frame))) return;
  try {
    error.stack = `${stack.trimEnd()}\n  called from:\n${frames.join("\n")}`;
  } catch {
    // It is frozen: it stays as it is.
  }
}

function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value.length > 40 ? `a string of ${value.length} characters` : JSON.stringify(value);
    case "object":
      return value === null ? "null" : kindOf(value);
    case "number":
    case "boolean":
    case "undefined":
      return Object.is(value, -0) ? "-0" : String(value);
    default:
      return `a ${typeof value}`;
  }
}

function kindOf(value: object): string {
  try {
    return Array.isArray(value) ? "an array" : "an object";
  } catch {
    return "a revoked proxy";
  }
}
