// What is known of an answer without any text: its reasoning, and what it took.

import type { MemoryError } from "../errors.js";
import type { Completion } from "./types.js";

/** Beside the error, not in it: what a server has said may repeat a key. */
const completions = new WeakMap<object, Completion>();

/** The error of an answer with nothing to show, with what came in its place. */
export function unanswered<E extends Error>(error: E, completion: Completion): E {
  completions.set(error, completion);
  return error;
}

/** What came in place of an answer, where the error is of that. */
export function completionOf(error: MemoryError): Completion | undefined {
  return completions.get(error);
}
