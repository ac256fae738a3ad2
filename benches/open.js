// Opening in a page that has loaded nothing yet: first the module, then the database, which already exists.

const MODULES = {
  ours: async () => (await import("./contestants/ours.js")).openOurs,
  Dexie: async () => (await import("./contestants/dexie.js")).openDexie,
};

/** The milliseconds until the module was there, and until the database was open. */
export async function openCold(name) {
  const start = performance.now();
  const open = await MODULES[name]();
  const loaded = performance.now();
  const database = await open(`cold-${name}`);
  const opened = performance.now();
  await database.close();
  return { load: loaded - start, open: opened - loaded };
}
