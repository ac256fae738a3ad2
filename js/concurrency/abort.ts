// Waiting that a signal can end.

export interface RaceOptions<T> {
  /** Asked when the signal comes: whether to go without the work's end. By default always. */
  mayGiveUp?: () => boolean;
  /** Given what the work comes to after it was given up, to dispose of it. */
  onLate?: (result: T) => void;
}

/**
 * What the work comes to; or a rejection with the signal's reason as soon as that comes, also when the work itself does not
 * listen to it.
 */
export function raceAbort<T>(work: PromiseLike<T>, signal: AbortSignal, options: RaceOptions<T> = {}): Promise<T> {
  const { mayGiveUp = () => true, onLate } = options;
  return new Promise((resolve, reject) => {
    let isGivenUp = false;
    const giveUp = () => {
      if (!mayGiveUp()) return;
      isGivenUp = true;
      reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    const ended = () => signal.removeEventListener("abort", giveUp);
    work.then(
      (result) => {
        ended();
        if (isGivenUp) onLate?.(result);
        else resolve(result);
      },
      (error: unknown) => {
        ended();
        reject(error);
      },
    );
  });
}
