// The signal that stops an import.

import { memoryError } from "../errors.js";

/** To be asked of every piece that is read, and before anything is stored. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw memoryError("aborted", "the import was aborted; what was imported so far stays, and importing again goes on", signal.reason);
}
