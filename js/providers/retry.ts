// Asking again, as long as no answer has begun.

import { isMemoryError } from "../errors.js";
import { throwIfAborted, untilAborted, delay } from "./abort.js";

const MAX_ATTEMPTS = 3;

/** Every further one is twice as long. */
const FIRST_DELAY_MS = 300;

/** Whatever a server asks for: somebody sits before the page. */
const MAX_DELAY_MS = 20_000;

/** The refusals that pass: too many requests, and no room at the moment. */
const RETRYABLE_STATUSES: readonly number[] = [429, 503];

/** The response of the last of up to three attempts; a failed network is met like a refusal that passes. */
export async function retryWithBackoff(ask: () => Promise<Response>, signal: AbortSignal): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    throwIfAborted(signal);
    const isLast = attempt === MAX_ATTEMPTS;
    let retryAfter: string | null = null;
    try {
      const response = await untilAborted(ask(), signal, discard);
      if (isLast || !RETRYABLE_STATUSES.includes(response.status)) return response;
      retryAfter = response.headers.get("retry-after");
      discard(response);
    } catch (error) {
      if (isLast || isMemoryError(error)) throw error;
    }
    await delay(delayBeforeNext(attempt, retryAfter), signal);
  }
}

function delayBeforeNext(attempt: number, retryAfter: string | null): number {
  const asked = retryAfter === null ? NaN : millisecondsOf(retryAfter);
  if (!Number.isNaN(asked)) return Math.min(Math.max(asked, 0), MAX_DELAY_MS);
  // Jitter, so that clients that were refused together do not come back together.
  return FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
}

/** `Retry-After` is a number of seconds or a date. */
function millisecondsOf(retryAfter: string): number {
  return /^\s*\d+(\.\d+)?\s*$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
}

/** Lets go of the connection without reading what it still brings. */
function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}
