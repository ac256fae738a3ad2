// Errors on their way from one thread to another. The browser's own copies have neither our name nor our fields.

import { textOf } from "../errors.js";

/** What an error is made of. */
export interface ErrorCopy {
  name: string;
  message: string;
  stack: string | undefined;
  /** What else it has: `code`, `argument`, `record`. */
  fields: Record<string, unknown>;
  /** An error that is none of the browser's, or another value. */
  cause?: { error: ErrorCopy } | { value: unknown };
}

export function copyOf(thrown: unknown): ErrorCopy {
  if (!(thrown instanceof Error)) return { name: "Error", message: textOf(thrown), stack: undefined, fields: {} };
  const { name, message, stack, cause } = thrown;
  const { name: _, cause: __, ...fields } = { ...thrown } as Record<string, unknown>;
  return { name, message, stack, fields, ...(cause !== undefined && { cause: causeOf(cause) }) };
}

/** An error like the one that was copied. */
export function errorOf({ name, message, stack, fields, cause }: ErrorCopy): Error {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause: "error" in cause ? errorOf(cause.error) : cause.value });
  // An error of ours says which thread it comes from; whoever reads it wants to see both.
  if (stack !== undefined) error.stack = stack;
  return Object.assign(error, { name }, fields);
}

function causeOf(cause: unknown): ErrorCopy["cause"] {
  const isCopiedByUs = cause instanceof Error && !(cause instanceof DOMException);
  try {
    if (!isCopiedByUs) return { value: structuredClone(cause) };
  } catch {
    // Not everything can be copied.
  }
  return { error: copyOf(cause) };
}
