// The package's entry point: the WebAssembly module travels inside it, so that every bundler and plain pages can load it.

import type { Metadata } from "./core/core.js";
import { tracingCaller } from "./errors.js";
import { Manager } from "./manager/manager.js";
import type { OpenOptions } from "./manager/open.js";
import { inlinedModule } from "./wasm/inlined-module.js";
import { load } from "./wasm/load.js";

export * from "./public.js";

/** The memory of one user; see {@link Manager} for what it can do. */
export class ConversationManager<M extends object = Metadata> extends Manager<M> {
  /** The same with messages whose metadata is of a type of the application's own: `open<MyMetadata>({ userId })`. */
  static async open<M extends object = never>(options: [M] extends [never] ? never : OpenOptions): Promise<ConversationManager<M>>;
  /**
   * Loads the module on first use, then opens the user's memory, creating or upgrading the database.
   *
   * Rejects with `invalid-input`, `storage-unavailable` (no IndexedDB, as in Node.js without `storage: "memory"`),
   * `storage-blocked`, `schema-too-new`, `storage-full` or `storage`.
   *
   * @example
   * const memory = await ConversationManager.open({ userId: "ada" });
   * const own = await ConversationManager.open<MyMetadata>({ userId: "ada" }); // where messages have metadata of your type
   */
  static async open(options: OpenOptions): Promise<ConversationManager>;
  static async open(options: OpenOptions): Promise<ConversationManager> {
    return new ConversationManager(await tracingCaller(Manager.openCore(() => load(inlinedModule), options)));
  }
}
