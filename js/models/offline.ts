// Telling "there is no way to the model now" from every other failure: such a call may be repeated later.

import { isMemoryError, type MemoryError } from "../errors.js";

/** The error of a call that never reached the model. */
export interface OfflineError extends MemoryError {
  code: "model";
  offline: true;
}

/**
 * Whether a caught error says that the model could not be reached, so that the same call may work later.
 *
 * A browser does not tell a page why a request failed: a wrong address, and a server that does not allow the page's
 * origin, look like a missing network.
 *
 * @example
 * try { await model.generate(prompt, call); }
 * catch (error) { if (isOffline(error)) askAgainWhenOnline(prompt); else throw error; }
 */
export function isOffline(error: unknown): error is OfflineError {
  return isMemoryError(error) && "offline" in error && error.offline === true;
}

/** Marks the error of a call that did not reach the model. */
export function offline(error: MemoryError): MemoryError {
  return Object.assign(error, { offline: true as const });
}

/** Whether the browser knows that it has no network. */
export function isWithoutNetwork(): boolean {
  return globalThis.navigator?.onLine === false;
}

/** How browsers and Node.js word it when `fetch` reaches nobody; there is no other mark. */
const UNREACHED = /failed to fetch|fetch failed|networkerror|load failed/i;

/** Whether a call reached no model, as an error of this package or of an application's own `fetch` says it. */
export function isUnreached(error: unknown): boolean {
  if (isOffline(error)) return true;
  const cause = isMemoryError(error) ? error.cause : error;
  return cause instanceof TypeError && UNREACHED.test(cause.message);
}
