// The entry point that loads the rest when it is used: nothing of it is in a page's first chunk, and no chunk is large.

import type { Metadata } from "./core/core.js";
import { isMemoryError, memoryError } from "./errors.js";
import { isFilePart } from "./manager/file-part.js";
import type { Manager } from "./manager/manager.js";
import { unpacked } from "./wasm/unpacked.js";

export type * from "./public.js";
export { isFilePart, isMemoryError };

/** What {@link load} gives: everything that the package exports. */
export type Package = Omit<typeof import("./slim.js"), "init">;

let loading: Promise<Package> | undefined;

/**
 * Loads the package, once for a page: for what `ConversationManager` is not enough for, or to have it loaded before it is used.
 *
 * @throws `storage-unavailable` when a file could not be loaded (check the network), or the policy of the page does not allow the
 * module. It can then be called again.
 *
 * @example
 * const { ConversationAgent, openAICompatible } = await load();
 */
export function load(): Promise<Package> {
  loading ??= loadAll().catch((cause: unknown) => {
    loading = undefined;
    if (isMemoryError(cause)) throw cause;
    throw memoryError("storage-unavailable", `a file of the package could not be loaded: ${cause}; check the network and try again`, cause);
  });
  return loading;
}

async function loadAll(): Promise<Package> {
  const [slim, first, second] = await Promise.all([
    import("./slim.js"),
    import("./core/inlined-1.js"),
    import("./core/inlined-2.js"),
  ]);
  await slim.init(unpacked(first.default + second.default));
  return slim;
}

/** The memory of one user, with the methods and errors of the main entry point's `ConversationManager`. */
export type ConversationManager<M extends object = Metadata> = Manager<M>;

/**
 * Opens memories, as the main entry point does, once the rest of the package was loaded.
 *
 * @example
 * const memory = await ConversationManager.open({ userId: "ada" }); // loads the package now
 */
export const ConversationManager: Pick<Package["ConversationManager"], "open"> = {
  open: async (options: never) => (await load()).ConversationManager.open(options),
};
