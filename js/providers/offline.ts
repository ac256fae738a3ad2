// Telling "there is no way to the model now" from every other failure: such a call may be repeated later.

import { isMemoryError, textOf, type MemoryError } from "../errors.js";

/** The error of a call that never reached the model: `unreachable`, and `offline` where the browser knows that it has no network. */
export type OfflineError = Extract<MemoryError, { code: "model" }>;

/**
 * Whether a caught error says that the model could not be reached, so that the same call may work later. `offline` is true
 * where the browser knows that it has no network, `unreachable` also where something else is in the way.
 *
 * A browser does not tell a page what that is: a wrong address, a server that does not run, and one that does not allow
 * the page's origin look alike.
 *
 * @example
 * try { await model.generate(prompt, call); }
 * catch (error) { if (isOffline(error)) askAgainLater(prompt); else throw error; }
 */
export function isOffline(error: unknown): error is OfflineError {
  if (!isMemoryError(error)) return false;
  return error.offline === true || error.unreachable === true;
}

/** Marks the error of a call that did not reach the model. */
export function unreachable(error: MemoryError): MemoryError {
  return isWithoutNetwork() ? offline(error) : Object.assign(error, { unreachable: true as const });
}

/** Marks the error of a call for which there was no network. */
function offline(error: MemoryError): MemoryError {
  return Object.assign(error, { unreachable: true as const, offline: true as const });
}

/** Whether the browser knows that it has no network. */
export function isWithoutNetwork(): boolean {
  return globalThis.navigator?.onLine === false;
}

/** How the engines word it when `fetch` reaches nobody: Chromium, Node.js, Firefox, Safari. There is no other mark. */
const UNREACHED = /failed to fetch|fetch failed|networkerror when|load failed|network (request failed|connection was lost)|internet connection/i;

/** What Node.js says of connections. */
const CODES = /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|ETIMEDOUT|UND_ERR_(CONNECT|SOCKET|HEADERS_TIMEOUT))/;

/** Whether something that was thrown, or what caused it, says that a request reached nobody, in whatever engine. */
export function isNetworkFailure(thrown: unknown): boolean {
  return chainOf(thrown).some(({ name, message, code }) => {
    const isWorded = (name === "TypeError" || name === "Error") && UNREACHED.test(textOf(message));
    return isWorded || name === "NetworkError" || (typeof code === "string" && CODES.test(code));
  });
}

/** Whether a call reached no model, as this package's models say it, or an application's own `fetch`. */
export function isUnreached(error: unknown): boolean {
  return isOffline(error) || (isMemoryError(error) && error.code === "model" && isNetworkFailure(error.cause));
}

export interface Thrown {
  name?: unknown;
  message?: unknown;
  code?: unknown;
  statusCode?: unknown;
  responseBody?: unknown;
  cause?: unknown;
  lastError?: unknown;
}

/** What the error and those in it say: what the AI SDK tried last, and what that was caused by. */
export function chainOf(thrown: unknown): Thrown[] {
  const chain: Thrown[] = [];
  try {
    for (let error = thrown; typeof error === "object" && error !== null && chain.length < 5; ) {
      const { name, message, code, statusCode, responseBody, cause, lastError } = error as Thrown;
      chain.push({ name, message, code, statusCode, responseBody });
      error = lastError ?? cause;
    }
  } catch {
    // A proxy or a getter of the application threw: what was read before it counts.
  }
  return chain;
}
