// What happens when the WebAssembly module fails: a panic, a trap, memory that ran out. Nothing in it can be trusted from
// then on. The build puts this around everything through which JavaScript enters the module.

import { type MemoryError, memoryError } from "../errors.js";

let failure: MemoryError | undefined;
const waiting = new Set<(error: MemoryError) => void>();

/** What a callback that did nothing gives to its glue: no value, and no error in its place. */
const NOTHING = [0, 0];

type WasmFunction = (...args: unknown[]) => unknown;

/** The exports of an instance, with every way into it watched. */
export function guarded(exports: WebAssembly.Exports): WebAssembly.Exports {
  const own: Record<string, WebAssembly.ExportValue> = {};
  for (const [name, value] of Object.entries(exports)) {
    // Two names for bookkeeping that cannot fail are called far more often than all others.
    const isEntry = typeof value === "function" && !/^__(externref|wbindgen_free)/.test(name);
    own[name] = isEntry ? watched(value as WasmFunction, /closures?_/.test(name)) : value;
  }
  return own;
}

function watched(entry: WasmFunction, isCallback: boolean): WasmFunction {
  return (...args) => {
    if (failure !== undefined) {
      if (!isCallback) throw failure;
      left(args.at(-1));
      return NOTHING;
    }
    let result: unknown;
    try {
      result = entry(...args);
    } catch (error) {
      fail(error);
      if (!isCallback) throw failure;
      return NOTHING;
    }
    return result instanceof Promise ? unlessFailed(result) : result;
  };
}

/** A call that the module will never answer any more is answered here. */
function unlessFailed(answer: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    waiting.add(reject);
    const settled = <T>(settle: (value: T) => void) => (value: T) => {
      waiting.delete(reject);
      settle(value);
    };
    answer.then(settled(resolve), settled(reject));
  });
}

function fail(cause: unknown): void {
  const message =
    "the WebAssembly module of conversation-memory has failed, please report it; what was stored is untouched: " +
    "open the memory again, and what did not resolve may be repeated";
  failure = memoryError("storage", message, cause);
  console.error(failure);
  for (const reject of waiting) reject(failure);
  waiting.clear();
}

/** An event that is meant for an instance that failed. Its database must not be in anybody's way. */
export function left(event: unknown): void {
  const { type, target } = (event ?? {}) as { type?: string; target?: { close?: () => void } };
  if (type === "versionchange") target?.close?.();
}

/** The error of an object that was let go of, or belongs to an instance that failed, when there is a new one. */
export function stale({ __wbg_ptr }: { __wbg_ptr?: number }): MemoryError {
  const what = __wbg_ptr === 0 ? "the memory was closed" : "the WebAssembly module has failed since this memory was opened";
  return memoryError("closed", `${what}; open it again`);
}

/** Frees what an object has in the module. Whoever uses it from now on hears that it is closed. */
export function letGo(object: { free(): void }): void {
  object.free();
  // The glue compares it with the number of the instance before every call.
  (object as { __wbg_inst?: number }).__wbg_inst = -1;
}

/** Whether the instance has failed; from then on a new one is to be used. */
export function hasFailed(): boolean {
  return failure !== undefined;
}

/** There is a new instance. */
export function forgetFailure(): void {
  failure = undefined;
}
