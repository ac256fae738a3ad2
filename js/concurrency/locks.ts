// One at a time, in this tab and in others. A lock is a courtesy: what must not happen twice is asked in the transaction.

import { raceAbort } from "./abort.js";

// The names of all locks. `scope` names a memory among all of this origin's.

/** One turn of a conversation at a time. */
export const turnLock = (scope: string, conversationId: string): string =>
  `conversation-memory: turn ${scope} ${conversationId}`;

/** One at a time goes through what waits in a memory. */
export const queueLock = (scope: string): string => `conversation-memory: queue ${scope}`;

/** Held while a call stores files: whoever finds bytes of it and the lock free knows that its tab is gone. */
export const uploadLock = (scope: string, owner: string): string => `conversation-memory: upload ${scope} ${owner}`;

/** One adapter at a time changes a history by what it has read of it. */
export const historyLock = (conversationId: string): string => `conversation-memory: history ${conversationId}`;

/** One tab at a time has vectors made of a memory. */
export const vectorsLock = (scope: string): string => `conversation-memory: vectors ${scope}`;

/** One tab at a time opens a database. */
export const openingLock = (databaseName: string): string => `conversation-memory: opening ${databaseName}`;

const chains = new Map<string, Promise<unknown>>();
const ignore = (): void => {};

/** Whether the browser has refused Web Locks to this page's origin. */
let areRefused = false;

/**
 * Runs `work` while nobody else holds the lock of that name: in no tab of this browser where it has Web Locks, and
 * otherwise in this one. Rejects with the signal's reason when that comes while it still waits.
 */
export async function exclusive<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  return requested(name, signal ? { signal } : {}, work, () => inTurn(name, signal, work)) as Promise<T>;
}

/** Runs `work` if nobody holds the lock now; undefined otherwise. */
export async function ifFree<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
  return requested(name, { ifAvailable: true }, work, async () => (chains.has(name) ? undefined : inTurn(name, undefined, work)));
}

/** Runs `work` while no other tab holds the lock of that name. Where there are no Web Locks (an insecure page) at once. */
export async function exclusiveWhereShared<T>(name: string, work: () => Promise<T>): Promise<T> {
  return requested(name, {}, work, work) as Promise<T>;
}

/** Whether a lock holds for all tabs: a page of plain http has none that do. */
export function areShared(): boolean {
  return webLocks() !== undefined;
}

/** Whether somebody holds the lock of that name, in whatever tab; only where locks hold for all of them. */
export async function isHeld(name: string): Promise<boolean> {
  const { held = [] } = await webLocks()!.query();
  return held.some((lock) => lock.name === name);
}

/** Holds the lock of that name for as long as this thread lives. Whether it does: not where there are no Web Locks. */
export function heldForLife(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const hold = () => {
      resolve(true);
      return new Promise<never>(() => {});
    };
    const locks = webLocks();
    if (locks === undefined) resolve(false);
    else locks.request(name, hold).catch(() => resolve(false));
  });
}

/** Calls back when nobody holds the lock of that name any more, unless the signal comes before; only where locks hold for all. */
export function whenFree(name: string, signal: AbortSignal, callback: () => void): void {
  webLocks()?.request(name, { signal }, callback).catch(ignore);
}

function requested<T>(
  name: string,
  options: LockOptions,
  work: () => Promise<T>,
  otherwise: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const locks = webLocks();
  if (locks === undefined) return otherwise();
  return new Promise((resolve, reject) => {
    let begun = false;
    // Whoever waits for the work need not wait until the lock is given back.
    const begin = (lock: Lock | null) => {
      begun = true;
      if (lock === null) return resolve(undefined);
      // What is not async may throw.
      const own = (async () => work())();
      own.then(resolve, reject);
      return own.then(ignore, ignore);
    };
    locks.request(name, options, begin).catch((error: unknown) => {
      if (begun) return;
      if (options.signal?.aborted) return reject(error);
      // A page whose origin may have no locks is refused before anything has begun.
      areRefused ||= (error as { name?: unknown } | undefined)?.name === "SecurityError";
      otherwise().then(resolve, reject);
    });
  });
}

function webLocks(): LockManager | undefined {
  if (areRefused) return undefined;
  // Node.js has them since 24, but nothing there shares a memory with another process.
  return "document" in globalThis || "WorkerGlobalScope" in globalThis ? globalThis.navigator?.locks : undefined;
}

async function inTurn<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const before = chains.get(name) ?? Promise.resolve();
  let begun = false;
  const own = before.then(() => {
    signal?.throwIfAborted();
    begun = true;
    return work();
  });
  const settled = own.then(ignore, ignore);
  chains.set(name, settled);
  settled.then(() => {
    if (chains.get(name) === settled) chains.delete(name);
  });
  if (signal === undefined) return own;
  // Whoever gives up need not wait until those before it have ended.
  return raceAbort(own, signal, { mayGiveUp: () => !begun });
}
