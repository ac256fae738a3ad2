// Where the search libraries keep their index between visits: as text, in one object store. MiniSearch and Orama leave that to
// the application. FlexSearch could also search in a database; here its index is in memory, as those of the others are.
import { openDB } from "idb";

const STORE = "index";

function open(databaseName) {
  return openDB(databaseName, 1, { upgrade: (database) => database.createObjectStore(STORE) });
}

/** Keeps texts by key, and gives their size in bytes of UTF-8. */
export async function keep(databaseName, texts) {
  const database = await open(databaseName);
  const transaction = database.transaction(STORE, "readwrite");
  await Promise.all([...Object.entries(texts).map(([key, text]) => transaction.store.put(text, key)), transaction.done]);
  database.close();
  return new Blob(Object.values(texts)).size;
}

/** What was kept, as a list of [key, text]. */
export async function kept(databaseName) {
  const database = await open(databaseName);
  const { store } = database.transaction(STORE);
  const [keys, texts] = await Promise.all([store.getAllKeys(), store.getAll()]);
  database.close();
  return keys.map((key, index) => [key, texts[index]]);
}
