// Opening a memory: the options, the store that was asked for, and what belongs to it for as long as it is open.

import { Attachments } from "../attachments/attachments.js";
import { ChangeFeed } from "../changes/change-feed.js";
import { exclusiveWhereShared, openingLock } from "../concurrency/locks.js";
import { Core } from "../core/core.js";
import { BackgroundIndex } from "../recall/background-index.js";
import { RunningTurns } from "../running-turns/running-turns.js";
import { beginFreshLog } from "../storage/chromium-log-workaround.js";
import * as argument from "../validation/arguments.js";
import { letGo } from "../wasm/wasm-panic-guard.js";

/** What an agent works with: the core, and the turns that are under way. */
export interface Internals {
  core: Core;
  runningTurns: RunningTurns;
}

/** What a manager is made of. */
export interface Opened extends Internals {
  attachments: Attachments;
  changes: ChangeFeed;
  /** None where nothing is kept. */
  index?: BackgroundIndex;
  /** Lets go of all of it. */
  close: () => Promise<void>;
  userId: string;
}

export interface OpenOptions {
  /** Whose memory this is. Every read and write of this manager stays inside this user. */
  userId: string;
  /** Default "conversation-memory". */
  databaseName?: string;
  /** Default "indexeddb". "memory" keeps nothing after close and must be asked for by name. */
  storage?: "indexeddb" | "memory";
  /** "relaxed" (default) or "strict": wait for the disk on every write. */
  durability?: "relaxed" | "strict";
  /**
   * Told once when the database goes away under this manager: another tab upgrades or deletes it, or the browser evicts it
   * (or closes it for good: one that is still there is opened again first).
   */
  onClosed?: (reason: "upgraded" | "deleted" | "evicted") => void;
  /** The persona of conversations that name none. Default "transformation_analyst"; one that is unknown is created like it. */
  defaultPersona?: string;
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
  // What takes long begins at once, the one beside the other.
  const freshLog = storage === "memory" ? undefined : beginFreshLog();
  await load();
  if (storage === "memory") {
    const core = await Core.openInMemory(userId, defaultPersona);
    const place = `memory ${core.newId()}`;
    const runningTurns = new RunningTurns(core, place, false);
    const attachments = new Attachments(core, place);
    const changes = new ChangeFeed(core, runningTurns.answers, () => {});
    return { core, runningTurns, attachments, changes, close: closing(core, changes, runningTurns), userId };
  }
  let close: Opened["close"] | undefined;
  const tell: OpenOptions["onClosed"] = (reason) => {
    close?.().catch(() => {});
    queueMicrotask(() => onClosed?.(reason));
  };
  const open = () => Core.openInIndexedDb(userId, databaseName, durability === "strict", tell, defaultPersona);
  // A database without a schema may have to be deleted and made anew; two tabs at it together could delete what the other one
  // has just made. What is acknowledged from here on does not come behind a torn record.
  const core = await exclusiveWhereShared(openingLock(databaseName), open).finally(() => freshLog);
  const place = JSON.stringify([databaseName, userId]);
  const runningTurns = new RunningTurns(core, place, true);
  const attachments = new Attachments(core, place);
  const index = new BackgroundIndex(core);
  const changes = new ChangeFeed(core, runningTurns.answers, () => index.wake(), place);
  close = closing(core, changes, runningTurns, index);
  if (core.waited) await runningTurns.recover();
  return { core, runningTurns, attachments, changes, index, close, userId };
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
