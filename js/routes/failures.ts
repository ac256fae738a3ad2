// What is answered when the agent or the memory fails.

import { isMemoryError, type MemoryError } from "../errors.js";
import { aborted, internal, notFound, Refusal, unfit } from "./refusal.js";

/**
 * The answer to a request during which something was thrown. Its words are ours: what an error says may come from a
 * model's server or from the application. The exception is `invalid-input`, which says what would fit.
 */
export function refusalOf(error: unknown, signal: AbortSignal): Refusal {
  try {
    if (error instanceof Refusal) return error;
    if (isMemoryError(error)) return ofMemory(error);
    return isAbortOf(signal, error) ? aborted() : internal();
  } catch {
    return internal(); // the error cannot even be looked at: a revoked proxy, a getter that throws
  }
}

function ofMemory(error: MemoryError): Refusal {
  switch (error.code) {
    case "not-found":
      return notFound();
    case "invalid-input":
      return unfit({ loc: placeOf(error.argument), msg: `${error.message}`, type: "value_error" });
    case "aborted":
      return aborted();
    case "model":
      return new Refusal(502, "The language model failed");
    case "storage-full":
      return new Refusal(507, "The storage is full: delete something, then try again");
    case "storage-unavailable":
      return new Refusal(503, "The storage is not available");
    case "storage-blocked":
      return new Refusal(503, "The storage is blocked by an older version in another tab: close that tab, then try again");
    case "schema-too-new":
      return new Refusal(503, "The storage was written by a newer version: load that version");
    case "closed":
      return new Refusal(503, "The storage was closed: try again");
    case "corrupt":
      return new Refusal(500, "A stored record cannot be read");
    case "storage":
      return new Refusal(500, "The storage failed");
    default:
      return internal(); // of another release of this package
  }
}

/** The field of the body that an argument was taken from. */
const FIELDS = new Map([
  ["query", "query"],
  ["persona", "persona"],
  ["conversationId", "conversation_id"],
]);

/** Where the argument stands that an `invalid-input` names. */
function placeOf(argument: string | undefined): string[] {
  const field = FIELDS.get(argument ?? "");
  return field === undefined ? ["body"] : ["body", field];
}

/** Whether something ended because the request was aborted, as `fetch` with its signal does. */
function isAbortOf(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === "AbortError"));
}
