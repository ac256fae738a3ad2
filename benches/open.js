// Opening in a page that has loaded nothing yet: first the module, then the database, which already exists.
import { STORAGE } from "./contestants.js";

/** The milliseconds until the module was there, and until the database was open. */
export async function openCold(name, databaseName) {
  const start = performance.now();
  const open = await STORAGE[name]();
  const loaded = performance.now();
  const database = await open(databaseName);
  const opened = performance.now();
  await database.close();
  return { load: loaded - start, open: opened - loaded };
}
