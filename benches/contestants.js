// Who is measured. Each is loaded when its turn comes, so that a page can also show a cold start.

/** What stores conversations: a function that loads it and gives its `open(databaseName)`. */
export const STORAGE = {
  ours: async () => (await import("./contestants/ours.js")).openOurs,
  idb: async () => (await import("./contestants/idb.js")).openIdb,
  Dexie: async () => (await import("./contestants/dexie.js")).openDexie,
  "RxDB, Dexie storage": async () => (await import("./contestants/rxdb.js")).openRxdb,
  PouchDB: async () => (await import("./contestants/pouchdb.js")).openPouchdb,
  "PGlite, IndexedDB": async () => (await import("./contestants/pglite.js")).openPglite,
  "SQLite, OPFS": async () => (await import("./contestants/sqlite.js")).openSqlite,
  "SQLite, OPFS, no flush": async () => {
    const { openSqlite } = await import("./contestants/sqlite.js");
    return (databaseName) => openSqlite(databaseName, "off");
  },
};

/** What finds messages, in the same way. */
export const RECALL = {
  ours: async () => (await import("./contestants/ours-recall.js")).openOursRecall,
  MiniSearch: async () => (await import("./contestants/minisearch.js")).openMinisearch,
  FlexSearch: async () => (await import("./contestants/flexsearch.js")).openFlexsearch,
  Orama: async () => (await import("./contestants/orama.js")).openOrama,
};
