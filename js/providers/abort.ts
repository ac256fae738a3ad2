// Waiting that a signal can end.

import { memoryError, type MemoryError } from "../errors.js";

/** The error of a call that its caller ended. */
export function aborted(signal: AbortSignal): MemoryError {
  return memoryError("aborted", "the call was aborted", signal.reason);
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw aborted(signal);
}

/**
 * The work's result, or `aborted` as soon as the signal says so, also when the work itself does not listen to it.
 * `late` is given what then still arrives, to dispose of it.
 */
export function untilAborted<T>(work: PromiseLike<T>, signal: AbortSignal, late?: (result: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const stop = () => {
      isOver = true;
      reject(aborted(signal));
    };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    work.then(
      (result) => {
        signal.removeEventListener("abort", stop);
        if (isOver) late?.(result);
        else resolve(result);
      },
      (error: unknown) => {
        signal.removeEventListener("abort", stop);
        reject(signal.aborted ? aborted(signal) : error);
      },
    );
  });
}

/** Waits so many milliseconds, or rejects with `aborted`. */
export function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  return untilAborted(elapsed, signal).finally(() => clearTimeout(timer));
}
