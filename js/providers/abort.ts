// Calls of models that a signal ends, with the error `aborted`.

import { raceAbort } from "../concurrency/abort.js";
import { memoryError, type MemoryError } from "../errors.js";

/** The error of a call that its caller ended. */
export function aborted(signal: AbortSignal): MemoryError {
  return memoryError("aborted", "the call was aborted", signal.reason);
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw aborted(signal);
}

/** The work's result, or `aborted` as soon as the signal says so. `onLate` is given what then still arrives, to dispose of it. */
export async function untilAborted<T>(work: PromiseLike<T>, signal: AbortSignal, onLate?: (result: T) => void): Promise<T> {
  try {
    return await raceAbort(work, signal, onLate ? { onLate } : {});
  } catch (error) {
    throw signal.aborted ? aborted(signal) : error;
  }
}

/** Waits so many milliseconds, or rejects with `aborted`. */
export function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  return untilAborted(elapsed, signal).finally(() => clearTimeout(timer));
}
