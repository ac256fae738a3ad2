// One at a time, in this tab and in others.

const chains = new Map<string, Promise<unknown>>();
const ignore = (): void => {};

/**
 * Runs `work` while nobody else holds the lock of that name: in no tab of this browser where it has Web Locks, and
 * otherwise in this one. Rejects with the signal's reason when that comes while it still waits.
 */
export async function exclusive<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const locks = webLocks();
  if (locks === undefined) return inTurn(name, signal, work);
  return new Promise((resolve, reject) => {
    let begun = false;
    // Whoever waits for the work need not wait until the lock is given back.
    const begin = () => {
      begun = true;
      // What is not async may throw.
      const own = (async () => work())();
      own.then(resolve, reject);
      return own.then(ignore, ignore);
    };
    // A page whose origin may have no locks is refused before anything has begun.
    const refused = (error: unknown) => {
      if (begun) return;
      if (signal?.aborted) reject(error);
      else inTurn(name, signal, work).then(resolve, reject);
    };
    locks.request(name, signal ? { signal } : {}, begin).catch(refused);
  });
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
  const settled = own.then(ignore, ignore);
  chains.set(name, settled);
  try {
    return await own;
  } finally {
    if (chains.get(name) === settled) chains.delete(name);
  }
}
