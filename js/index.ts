// The package's entry point: the WebAssembly module travels inside it, so that every bundler and plain pages can load it.

import { Manager } from "./manager/manager.js";
import type { OpenOptions } from "./manager/open.js";
import { inlinedModule } from "./wasm/inlined-module.js";
import { load } from "./wasm/load.js";

export * from "./public.js";

/** The memory of one user; see {@link Manager} for what it can do. */
export class ConversationManager extends Manager {
  /**
   * Loads the module on first use, then opens the user's memory, creating or upgrading the database.
   *
   * Rejects with `invalid-input`, `storage-unavailable` (no IndexedDB, as in Node.js without `storage: "memory"`),
   * `storage-blocked`, `schema-too-new`, `storage-full` or `storage`.
   *
   * @example
   * const memory = await ConversationManager.open({ userId: "ada" });
   */
  static async open(options: OpenOptions): Promise<ConversationManager> {
    return new ConversationManager(await Manager.openCore(() => load(inlinedModule), options));
  }
}
