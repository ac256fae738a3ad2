// Looks into a database of the package from outside: how large the stored index is, and whether it still grows.

function requested(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function reading(databaseName, work) {
  const database = await requested(indexedDB.open(databaseName));
  const names = [...database.objectStoreNames];
  const transaction = database.transaction(names);
  try {
    return await work(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])));
  } finally {
    database.close();
  }
}

/** The bytes of the rows of the index; 0 of a package that has none. */
export function indexBytes(databaseName) {
  return reading(databaseName, async ({ segments }) => {
    if (!segments) return 0;
    const rows = await requested(segments.getAll());
    return rows.flatMap((row) => Object.values(row)).reduce((sum, value) => sum + (value.byteLength ?? 0), 0);
  });
}

/** Waits until the number of rows of the index has not changed for `rest` milliseconds. */
export async function indexAtRest(databaseName, rest = 5_000) {
  let [count, since] = [-1, performance.now()];
  while (performance.now() - since < rest) {
    await new Promise((waited) => setTimeout(waited, 250));
    const now = await reading(databaseName, ({ segments }) => (segments ? requested(segments.count()) : 0));
    if (now !== count) [count, since] = [now, performance.now()];
  }
}
