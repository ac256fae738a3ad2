// The entry point for those who serve memory.wasm themselves: a quarter smaller, but to be loaded by hand.

import type { InitInput, Metadata } from "./core/core.js";
import { memoryError, tracingCaller } from "./errors.js";
import { Manager } from "./manager/manager.js";
import type { OpenOptions } from "./manager/open.js";
import { load } from "./wasm/load.js";

export * from "./public.js";
export type { InitInput } from "./core/core.js";

let given: InitInput | Promise<InitInput> | undefined;

/**
 * Loads the module from its bytes, a `WebAssembly.Module`, a `Response` (or a promise of one) or a URL; to be called
 * before `open`.
 *
 * @throws `storage-unavailable` when it cannot be loaded: check the address and the policy of the page. It can then be called
 * again.
 *
 * @example
 * await init(fetch("/assets/memory.wasm"));
 */
export async function init(source: InitInput | Promise<InitInput>): Promise<void> {
  given = source;
  await tracingCaller(load(() => source));
}

/**
 * The memory of one user, with the methods and errors of the main entry point's. `M` is the application's own type of its
 * messages' metadata.
 */
export class ConversationManager<M extends object = Metadata> extends Manager<M> {
  /** The same with messages whose metadata is of a type of the application's own: `open<MyMetadata>({ userId })`. */
  static async open<M extends object = never>(options: [M] extends [never] ? never : OpenOptions): Promise<ConversationManager<M>>;
  /**
   * Opens the user's memory, as the main entry point does, and with its errors.
   *
   * @throws `invalid-input` also when {@link init} was not called before.
   */
  static async open(options: OpenOptions): Promise<ConversationManager>;
  static async open(options: OpenOptions): Promise<ConversationManager> {
    const source = given;
    if (source === undefined) {
      throw memoryError("invalid-input", "init(source) must be called before open: this entry point does not contain memory.wasm");
    }
    return new ConversationManager(await tracingCaller(Manager.openCore(() => load(() => source), options)));
  }
}
