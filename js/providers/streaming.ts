// How much of streaming a server can do: some know no usage at the end of a stream, and some cannot stream at all.

import { isMemoryError, memoryError, type MemoryError } from "../errors.js";

/** What a request says of it, the most first. */
export const STREAMING: readonly object[] = [{ stream: true, stream_options: { include_usage: true } }, { stream: true }, {}];
const [WITH_USAGE, NONE] = [0, STREAMING.length - 1];

/** Refusals that have another reason, whatever words they use: the key, the address, too much at once. */
const UNRELATED_STATUSES: readonly unknown[] = [401, 403, 429, 502, 503, 504];

/** With these statuses a server says what is wrong with the request. */
const INVALID_STATUSES: readonly unknown[] = [400, 422];

const NAMES_OPTIONS = /stream[\s_-]?options|include_usage/i;
const NAMES_STREAM = /\bstream(s|ed|ing)?\b/i;
const DENIES = /\b(not|no|cannot|can't|doesn't|isn't|unable|only|without|disabled)\b|un(supported|available|known|expected|recogni[sz]ed)/i;

/** How servers word it that they do not know a field, also where they do not name it. */
const UNKNOWN_FIELD =
  /(unknown|unrecogni[sz]ed|unexpected|unsupported|extra|additional)[\s\w"'`-]{0,40}(field|argument|param|input|key|propert|option)|(field|argument|param\w*|input|key|propert\w*|option)s?\b.{0,60}(not (allowed|permitted|supported|recogni[sz]ed|known|expected)|unknown|unexpected|unsupported)|extra_forbidden/i;

/**
 * What to ask for in place of this, by its number in STREAMING, after a refusal; undefined when the refusal has another
 * reason, or nothing less is left.
 */
export function lessStreaming(asked: number, error: unknown): number | undefined {
  const refusal = refusalOf(error);
  if (asked === NONE || refusal === undefined || UNRELATED_STATUSES.includes(refusal.status)) return undefined;
  const { status, body } = refusal;
  const isInvalid = INVALID_STATUSES.includes(status);
  if (asked === WITH_USAGE && NAMES_OPTIONS.test(body)) return asked + 1;
  if (NAMES_STREAM.test(body) && (isInvalid || DENIES.test(body))) return NONE;
  return isInvalid && UNKNOWN_FIELD.test(body) ? asked + 1 : undefined;
}

/** Whether a refusal is of the kind that the next question would get too: a server that fails may also speak of streams. */
export function isLasting(error: unknown): boolean {
  const { status = 0, body = "" } = refusalOf(error) ?? {};
  return status < 500 || status === 501 || NAMES_OPTIONS.test(body) || UNKNOWN_FIELD.test(body);
}

/** The error of a question that was asked again for less and refused again: the first reason is not lost. */
export function refusedAgain(first: MemoryError, error: unknown): unknown {
  const { message } = Object(error) as { message?: unknown };
  if (refusalOf(error) === undefined) return error;
  return message === first.message ? first : memoryError("model", `${first.message}. Asked for less: ${message}`, first.cause);
}

function refusalOf(error: unknown): { status: number; body: string } | undefined {
  if (!isMemoryError(error) || error.code !== "model") return undefined;
  const { status, body } = Object(error.cause) as { status?: unknown; body?: unknown };
  // A page says nothing of what the server can do.
  const isRefusal = typeof status === "number" && typeof body === "string" && !body.trimStart().startsWith("<");
  return isRefusal ? { status, body } : undefined;
}
