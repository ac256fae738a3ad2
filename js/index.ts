// The package's entrance: the WebAssembly module travels inside it, so that every bundler and plain pages can load it.

import base64 from "./core/inlined.js";
import { load } from "./wasm/load.js";
import { Manager, type OpenOptions } from "./manager/manager.js";

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
    return new ConversationManager(await Manager.openCore(() => load(decode), options));
  }
}

/** With `atob`, because a Content-Security-Policy forbids `fetch` of a data: address more often than not. */
function decode(): Uint8Array<ArrayBuffer> {
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  // A plain loop: `Uint8Array.from` with a function takes ten times as long.
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = characters.charCodeAt(index);
  return bytes;
}
