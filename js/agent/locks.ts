// One at a time, in this tab and in others.

const chains = new Map<string, Promise<unknown>>();

/**
 * Runs `work` while nobody else holds the lock of that name: in no tab of this browser where it has Web Locks, and
 * otherwise in this one. Rejects with the signal's reason when that comes while it still waits.
 */
export async function exclusive<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const locks = webLocks();
  if (locks === undefined) return inTurn(name, signal, work);
  let begun = false;
  const begin = () => {
    begun = true;
    return work();
  };
  try {
    return await locks.request(name, signal ? { signal } : {}, begin);
  } catch (error) {
    // A page whose origin may have no locks is refused before anything has begun.
    if (begun || signal?.aborted) throw error;
    return inTurn(name, signal, work);
  }
}

/** Runs `work` if nobody holds the lock now; otherwise does nothing. */
export async function ifFree(name: string, work: () => Promise<void>): Promise<void> {
  const locks = webLocks();
  if (locks === undefined) {
    if (!chains.has(name)) await inTurn(name, undefined, work);
    return;
  }
  await locks.request(name, { ifAvailable: true }, async (lock) => {
    if (lock !== null) await work();
  });
}

function webLocks(): LockManager | undefined {
  // Node.js has them since 24, but nothing there shares a memory with another process.
  return "document" in globalThis || "WorkerGlobalScope" in globalThis ? globalThis.navigator?.locks : undefined;
}

async function inTurn<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const before = chains.get(name) ?? Promise.resolve();
  const own = before.then(() => {
    signal?.throwIfAborted();
    return work();
  });
  const settled = own.then(
    () => undefined,
    () => undefined,
  );
  chains.set(name, settled);
  try {
    return await own;
  } finally {
    if (chains.get(name) === settled) chains.delete(name);
  }
}
