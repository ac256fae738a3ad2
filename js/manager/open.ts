// Opening a memory: the options, the store that was asked for, and what belongs to it for as long as it is open.

import { ChangeFeed } from "../changes/change-feed.js";
import { exclusiveWhereShared, openingLock } from "../concurrency/locks.js";
import type { Core } from "../core/core.js";
import { invalid } from "../errors.js";
import { BackgroundIndex } from "../recall/background-index.js";
import { type Embed, Embedding } from "../recall/embedding.js";
import { type CloseReason, here, type Home } from "../remote/home.js";
import { startWorker } from "../remote/start.js";
import { RunningTurns } from "../running-turns/running-turns.js";
import { beginFreshLog } from "../storage/chromium-log-workaround.js";
import * as argument from "../validation/arguments.js";
import { letGo } from "../wasm/wasm-panic-guard.js";

/** What an agent works with: the core, and the turns that are under way. */
export interface Internals {
  core: Core;
  runningTurns: RunningTurns;
  files: ReturnType<Home["fileCalls"]>;
  /** None where nothing is kept and there is no model. */
  index?: BackgroundIndex;
}

/** What a manager is made of. */
export interface Opened extends Internals {
  changes: ChangeFeed;
  /** Lets go of all of it. */
  close: () => Promise<void>;
  userId: string;
}

/** Which memory is opened, and how. */
export interface OpenOptions {
  /** Whose memory this is, 1 to 500 characters. Every read and write of this manager stays inside this user. It authenticates nobody. */
  userId: string;
  /** The name of the IndexedDB database, 1 to 500 characters. Default "conversation-memory". */
  databaseName?: string;
  /** Where it is stored. Default "indexeddb". "memory" keeps nothing after close and must be asked for by name, as in Node.js. */
  storage?: "indexeddb" | "memory";
  /** "relaxed" (default) or "strict": wait for the disk on every write. */
  durability?: "relaxed" | "strict";
  /**
   * Told once when the database goes away under this manager: another tab upgrades or deletes it, or the browser evicts it
   * (or closes it for good: one that is still there is opened again first; or ends the memory's worker).
   */
  onClosed?: (reason: "upgraded" | "deleted" | "evicted") => void;
  /** The persona of conversations that name none, or none that can be read. Default "transformation_analyst"; one that is unknown is created like it. */
  defaultPersona?: string;
  /**
   * Whether the memory runs in a worker of its own, with the same methods, answers and errors: then its work never keeps the
   * page from answering. Default false. `close` ends the worker. If the browser ends it, calls under way reject with `storage`,
   * and `onClosed` is called with "evicted".
   *
   * A function makes the worker itself, where a bundler does not find the package's script or a policy forbids it. That
   * worker's script imports "conversation-memory/worker" and does nothing else.
   *
   * `open` rejects with `storage-unavailable` when the worker does not start, and where there are none: in Node.js and in
   * service workers.
   *
   * @example
   * // memory-worker.js has one line: import "conversation-memory/worker";
   * const worker = () => new Worker(new URL("./memory-worker.js", import.meta.url), { type: "module" });
   * const memory = await ConversationManager.open({ userId: "ada", worker });
   */
  worker?: boolean | (() => Worker);
  /**
   * A model of the application that makes vectors of texts: with it `recall` finds by meaning, too. It gets at most 32 texts and
   * resolves to a vector for each, all of one length. In the background it is asked for those of messages, which are stored with
   * them; `recall` asks it for that of the query, and waits for at most two seconds. It runs on the page, also with `worker`.
   *
   * What it does wrong is never a reason for an error: what has no vector is found by words alone, and after a failure it is
   * left alone for a while (5 s, then twice as long each time, up to 5 minutes).
   *
   * @example
   * const extract = await pipeline("feature-extraction", "Xenova/bge-small-en-v1.5"); // of @huggingface/transformers
   * const embed = async (texts: string[]) => (await extract(texts, { pooling: "cls", normalize: true })).tolist();
   * const memory = await ConversationManager.open({ userId: "ada", embed, embedModel: "bge-small-en-v1.5" });
   */
  embed?: Embed;
  /**
   * What the application calls the model of `embed`, as "bge-small-en-v1.5". Vectors that were stored under another name, or are of
   * another length, are made anew. Default "default".
   */
  embedModel?: string;
}

/** Checks the options, loads the module, opens the store that was asked for. */
export async function openMemory(load: () => Promise<void>, given: OpenOptions): Promise<Opened> {
  const option = argument.options("options", given ?? null);
  const userId = option("userId", argument.name);
  const databaseName = option("databaseName", argument.optional(argument.name)) ?? "conversation-memory";
  const storage = option("storage", argument.optional(argument.oneOf(["indexeddb", "memory"]))) ?? "indexeddb";
  const durability = option("durability", argument.optional(argument.oneOf(["relaxed", "strict"]))) ?? "relaxed";
  const onClosed = option("onClosed", argument.optional(argument.callback<NonNullable<OpenOptions["onClosed"]>>));
  const defaultPersona = option("defaultPersona", argument.optional(argument.name));
  const embed = option("embed", argument.optional(argument.callback<Embed>));
  const embedModel = option("embedModel", argument.optional(argument.name)) ?? "default";
  const worker = option("worker", argument.optional(readWorker)) ?? false;
  // What takes long begins at once, the one beside the other.
  const freshLog = storage === "memory" ? undefined : beginFreshLog();
  const loading = load();
  const home = worker === false ? here : await startWorker(worker === true ? undefined : worker, loading);
  await loading;
  if (storage === "memory") {
    const core = await home.openInMemory(userId, defaultPersona);
    const scope = `memory ${core.newId()}`;
    const runningTurns = new RunningTurns(core, scope, false);
    const files = home.fileCalls(core, scope);
    const index = embed && new BackgroundIndex(core, new Embedding(core, embed, embedModel, scope));
    const changes = new ChangeFeed(core, runningTurns.answers, () => index?.changed());
    const close = closing(core, changes, runningTurns, index);
    return { core, runningTurns, files, changes, ...(index && { index }), close, userId };
  }
  let close: Opened["close"] | undefined;
  const tell = (reason: CloseReason) => {
    close?.().catch(() => {});
    queueMicrotask(() => onClosed?.(reason));
  };
  const open = () => home.openInIndexedDb(userId, databaseName, durability === "strict", tell, defaultPersona);
  // A database without a schema may have to be deleted and made anew; two tabs at it together could delete what the other one
  // has just made. What is acknowledged from here on does not come behind a torn record.
  const core = await exclusiveWhereShared(openingLock(databaseName), open).finally(() => freshLog);
  const scope = JSON.stringify([databaseName, userId]);
  const runningTurns = new RunningTurns(core, scope, true);
  const files = home.fileCalls(core, scope);
  const index = new BackgroundIndex(core, embed && new Embedding(core, embed, embedModel, scope));
  const changes = new ChangeFeed(core, runningTurns.answers, () => index.changed(), scope);
  close = closing(core, changes, runningTurns, index);
  if (core.waited) await runningTurns.recover();
  return { core, runningTurns, files, changes, index, close, userId };
}

function readWorker(path: string, value: unknown): boolean | (() => Worker) {
  if (typeof value !== "boolean" && typeof value !== "function") throw invalid(path, "true, false or a function", value);
  return value as boolean | (() => Worker);
}

/** The function that lets go of a memory, once: later calls are refused at once, and what is under way is waited for. */
function closing(core: Core, changes: ChangeFeed, runningTurns: RunningTurns, index?: BackgroundIndex): Opened["close"] {
  let closed: Promise<void> | undefined;
  const close = async () => {
    index?.close();
    const turns = runningTurns.close();
    if (turns) await turns;
    changes.end();
    try {
      await core.close();
    } finally {
      // The changes of the last call are told by now.
      changes.close();
    }
    letGo(core);
  };
  return () => (closed ??= close());
}
