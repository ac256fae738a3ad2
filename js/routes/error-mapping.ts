// The HTTP error that is answered when the agent or the memory fails.

import { isMemoryError, type MemoryError } from "../errors.js";
import { aborted, internalError, notFound, HttpError, unprocessable } from "./http-error.js";

/**
 * The answer to a request during which something was thrown. Its words are ours: what an error says may come from a
 * model's server or from the application. The exception is `invalid-input`, which says what would fit.
 */
export function toHttpError(error: unknown, signal: AbortSignal): HttpError {
  try {
    if (error instanceof HttpError) return error;
    if (isMemoryError(error)) return ofMemoryError(error);
    return isAbortOf(signal, error) ? aborted() : internalError();
  } catch {
    return internalError(); // the error cannot even be looked at: a revoked proxy, a getter that throws
  }
}

function ofMemoryError(error: MemoryError): HttpError {
  switch (error.code) {
    case "not-found":
      return notFound();
    case "invalid-input":
      return unprocessable({ loc: locationOf(error.argument), msg: `${error.message}`, type: "value_error" });
    case "aborted":
      return aborted();
    case "model":
      return new HttpError(502, "The language model failed");
    case "storage-full":
      return new HttpError(507, "The storage is full: delete something, then try again");
    case "storage-unavailable":
      return new HttpError(503, "The storage is not available");
    case "storage-blocked":
      return new HttpError(503, "The storage is blocked by an older version in another tab: close that tab, then try again");
    case "schema-too-new":
      return new HttpError(503, "The storage was written by a newer version: load that version");
    case "closed":
      return new HttpError(503, "The storage was closed: try again");
    case "corrupt":
      return new HttpError(500, "A stored record cannot be read");
    case "storage":
      return new HttpError(500, "The storage failed");
    default:
      return internalError(); // of another release of this package
  }
}

/** The field of the body that an argument was taken from. */
const FIELDS = new Map([
  ["query", "query"],
  ["persona", "persona"],
  ["conversationId", "conversation_id"],
]);

/** Where the argument stands that an `invalid-input` names. */
function locationOf(argument: string | undefined): string[] {
  const field = FIELDS.get(argument ?? "");
  return field === undefined ? ["body"] : ["body", field];
}

/** Whether something ended because the request was aborted, as `fetch` with its signal does. */
function isAbortOf(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === "AbortError"));
}
