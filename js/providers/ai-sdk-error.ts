// What the AI SDK threw, as this package's error.

import { memoryError, textOf, type MemoryError } from "../errors.js";
import { chainOf, isNetworkFailure, isWithoutNetwork, unreachable } from "./offline.js";
import { Secrets } from "./secrets.js";

/** How the SDK words it, beside the words of `fetch`. */
const UNREACHED = /cannot connect to api/i;

/** `isBegun` when a part of the answer had arrived: then it must not be asked again as if nothing had been. */
export function aiSdkError(thrown: unknown, isBegun: boolean): MemoryError {
  const chain = chainOf(thrown);
  const refusal = chain.find((error) => typeof error.statusCode === "number");
  const why = chain.map((error) => error.message).find((message) => typeof message === "string" && message !== "");
  const message = `the AI SDK's model failed: ${why ?? textOf(thrown)}`;
  if (refusal !== undefined) {
    const body = typeof refusal.responseBody === "string" ? new Secrets([]).excerpt(refusal.responseBody) : "";
    return memoryError("model", message, { status: refusal.statusCode, body });
  }
  const error = memoryError("model", message, thrown);
  const isUnreached =
    isWithoutNetwork() || isNetworkFailure(thrown) || chain.some((one) => UNREACHED.test(textOf(one.message)));
  return isUnreached && !isBegun ? unreachable(error) : error;
}
