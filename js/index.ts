// The package's entry point: the WebAssembly module travels inside it, so that every bundler and plain pages can load it.

import type { Metadata } from "./core/core.js";
import { tracingCaller } from "./errors.js";
import { Manager } from "./manager/manager.js";
import type { OpenOptions } from "./manager/open.js";
import { inlinedModule } from "./wasm/inlined-module.js";
import { load } from "./wasm/load.js";

export * from "./public.js";

/**
 * The memory of one user, opened by {@link ConversationManager.open}. `M` is the application's own type of its messages'
 * metadata.
 *
 * Every method but `subscribe` is asynchronous and rejects with a {@link MemoryError}: `invalid-input` before anything is stored
 * when an argument does not fit (its `argument` names it), `not-found` for a conversation or message that this user does not have
 * (somebody else's look the same), `closed` after `close` (open it again), `corrupt` when a stored record cannot be read (call
 * `repair`), `storage-full` when the quota is used up, and `storage` when the browser's storage fails otherwise (see `cause`). A
 * call that stores is one transaction: all of it is stored or nothing. `conversationId` and `messageId` are ids as records have
 * them.
 *
 * @example
 * const memory = await ConversationManager.open({ userId: "ada" });
 * const { id } = await memory.createConversation();
 * await memory.addMessage(id, { role: "user", content: "How healthy is education?" });
 * console.log(await memory.buildConversationContext(id)); // "User: How healthy is education?"
 * await memory.close();
 */
export class ConversationManager<M extends object = Metadata> extends Manager<M> {
  /** The same with messages whose metadata is of a type of the application's own: `open<MyMetadata>({ userId })`. */
  static async open<M extends object = never>(options: [M] extends [never] ? never : OpenOptions): Promise<ConversationManager<M>>;
  /**
   * Loads the module on first use, then opens the user's memory, creating or upgrading the database.
   *
   * @throws `invalid-input` when an option does not fit.
   * @throws `storage-unavailable` when there is no IndexedDB (as in Node.js: ask for `storage: "memory"`), site data is forbidden,
   * or the module or the worker cannot be loaded (the policy of the page needs `'wasm-unsafe-eval'`).
   * @throws `storage-blocked` when another tab keeps an older version of the database open for five seconds: close that tab.
   * @throws `schema-too-new` when a newer release wrote the database, which is left as it is: load that release.
   * @throws `storage-full` or `storage` when the browser cannot create the database.
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
