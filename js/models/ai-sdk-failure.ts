// What the AI SDK threw, as this package's error.

import { memoryError, type MemoryError } from "../errors.js";
import { isWithoutNetwork, offline } from "./offline.js";
import { Secrets } from "./secrets.js";

/** How browsers and Node.js word it when `fetch` reaches nobody; there is no other mark. */
const UNREACHED = /failed to fetch|fetch failed|networkerror|load failed|cannot connect to api/i;

interface Thrown {
  name?: unknown;
  message?: unknown;
  statusCode?: unknown;
  responseBody?: unknown;
  cause?: unknown;
  lastError?: unknown;
}

/** `isBegun` when a part of the answer had arrived: then it must not be asked again as if nothing had been. */
export function sdkFailure(thrown: unknown, isBegun: boolean): MemoryError {
  const chain = chainOf(thrown);
  const refusal = chain.find((error) => typeof error.statusCode === "number");
  const why = chain.map((error) => error.message).find((message) => typeof message === "string" && message !== "");
  const message = `the AI SDK's model failed: ${why ?? String(thrown)}`;
  if (refusal !== undefined) {
    const body = typeof refusal.responseBody === "string" ? new Secrets([]).excerpt(refusal.responseBody) : "";
    return memoryError("model", message, { status: refusal.statusCode, body });
  }
  const error = memoryError("model", message, thrown);
  const isUnreached = isWithoutNetwork() || chain.some((one) => UNREACHED.test(String(one.message)));
  return isUnreached && !isBegun ? offline(error) : error;
}

/** The error and those in it: what the SDK tried last, and what that was caused by. */
function chainOf(thrown: unknown): Thrown[] {
  const chain: Thrown[] = [];
  for (let error = thrown; typeof error === "object" && error !== null && chain.length < 5; ) {
    const one = error as Thrown;
    chain.push(one);
    error = one.lastError ?? one.cause;
  }
  return chain;
}
