// Chromium's LevelDB, the store below its IndexedDB, goes on writing to the log of its last run, also when the end of that
// run tore the last record of it. At the start after the next it then finds the log damaged, and throws away every
// database of the origin. A log that was begun anew in between has no torn record: what was in the old one lies in a table.

const DATABASE_NAME = "conversation-memory: a fresh log";

/** It takes some milliseconds; a tab that sleeps with the database open must not keep others from theirs. */
const TIMEOUT_MS = 1000;

let begun: Promise<void> | undefined;

/**
 * Makes Chromium begin a new log, once for each page: it does when a database is deleted, be it an empty one. Other engines
 * are left alone. Where it fails, all is as it would be without it.
 */
export function beginFreshLog(): Promise<void> {
  if (!/Chrom(e|ium)\//.test(globalThis.navigator?.userAgent)) return Promise.resolve();
  begun ??= withinTimeout(deleteEmpty());
  return begun;
}

async function withinTimeout(work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, TIMEOUT_MS);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

async function deleteEmpty(): Promise<void> {
  try {
    const factory = indexedDB;
    const database = await settled(factory.open(DATABASE_NAME));
    database.close();
    await settled(factory.deleteDatabase(DATABASE_NAME));
  } catch {
    // storage that is missing or full: whoever opens a memory hears of it
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
