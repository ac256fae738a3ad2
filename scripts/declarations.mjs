// `npm run declarations`: writes the package's TypeScript face as it is now into tests/fixtures/declarations.d.ts, where a
// change of it is read in a review. tests/js/package.test.mjs fails as long as the two differ.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "./build.mjs";
import { publicFace, readDeclarations } from "./lib/declarations.mjs";
import { main } from "./lib/main.mjs";
import { root } from "./lib/root.mjs";

/** The declarations of every entry point, as package.json names them. */
export function typedEntries({ exports }) {
  return Object.values(exports).flatMap(({ types }) => (types ? [types.replace("./dist/", "")] : []));
}

await main(import.meta.url, async () => {
  await build();
  const entries = typedEntries(JSON.parse(await readFile(join(root, "package.json"), "utf8")));
  await writeFile(join(root, "tests", "fixtures", "declarations.d.ts"), publicFace(readDeclarations(join(root, "dist")), entries));
});
