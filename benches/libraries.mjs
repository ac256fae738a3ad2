// The libraries that the package is measured against: their own package.json, so that nobody else installs them.
import { join } from "node:path";
import { root } from "../scripts/lib/root.mjs";
import { npmPackages } from "../scripts/setup.mjs";

const folder = join(root, "benches");

/** What contestants import of each, by the name in the import map of page.html. PGlite and SQLite load files beside them and are served as they are. */
const BUNDLED = {
  dexie: `export { Dexie } from "dexie/dist/modern/dexie.min.mjs";`,
  flexsearch: `export { Index } from "flexsearch";`,
  idb: `export { openDB } from "idb";`,
  minisearch: `export { default as MiniSearch } from "minisearch";`,
  orama: `export { create, insert, insertMultiple, load, save, search } from "@orama/orama";`,
  pouchdb: `import PouchDB from "pouchdb-browser"; import find from "pouchdb-find"; PouchDB.plugin(find); export { PouchDB };`,
  rxdb: `export { createRxDatabase } from "rxdb/plugins/core"; export { getRxStorageDexie } from "rxdb/plugins/storage-dexie";`,
};

export const installLibraries = () => npmPackages(folder);

/** Writes a module of each library to `target`, as an application's bundler would: one file, minified. */
export async function bundleLibraries(target) {
  const { build } = await import("esbuild"); // not above: the first run installs it
  for (const [name, contents] of Object.entries(BUNDLED)) {
    await build({
      stdin: { contents, resolveDir: folder },
      outfile: join(target, `${name}.js`),
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      define: { global: "globalThis", "process.env.NODE_ENV": '"production"' },
      tsconfigRaw: {}, // not the package's own
      logLevel: "warning",
    });
  }
}
