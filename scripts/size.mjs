// `npm run size`: who costs what. What an application's imports add, and what the JavaScript and the module are made of.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "./build.mjs";
import { importSizes } from "./lib/imports.mjs";
import { main } from "./lib/main.mjs";
import { namedModule } from "./lib/module.mjs";
import { rooms } from "./lib/rooms.mjs";
import { root } from "./lib/root.mjs";
import { sizesOf, sizeTable } from "./lib/sizes.mjs";

await main(import.meta.url, async () => {
  await build();
  const module = await namedModule();
  const imports = await importSizes(join(root, "dist"));
  console.log(`What an import adds, bundled and minified:\n${sizeTable(imports)}\n`);
  console.log(`The JavaScript of everything, minified, each folder of js/ by itself:\n${sizeTable(await folders())}\n`);
  console.log(`The module, each part's share of it:\n${sizeTable(rooms(module).map(({ name, ...sizes }) => [name, sizes]))}`);
});

/** Of all that index.ts and service-worker.ts need, but for the module itself. */
async function folders() {
  const { build: bundle, transform } = await import("esbuild"); // not there before set-up
  const entryPoints = ["js/index.ts", "js/service-worker.ts"];
  const options = { bundle: true, format: "esm", target: "es2022", write: false, metafile: true, outdir: "out" };
  const { metafile } = await bundle({ ...options, entryPoints, absWorkingDir: root, external: ["ai"] });
  const byFolder = new Map();
  for (const path of Object.keys(metafile.inputs)) {
    if (path.includes("/inlined-")) continue;
    const { code } = await transform(await readFile(join(root, path), "utf8"), { loader: path.endsWith(".ts") ? "ts" : "js", minify: true });
    const [, package_] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
    const folder = package_ ?? path.split("/").slice(0, 2).join("/");
    byFolder.set(folder, (byFolder.get(folder) ?? "") + code);
  }
  return [...byFolder].map(([folder, code]) => [folder, sizesOf(Buffer.from(code))]).sort(([, one], [, other]) => other.gzip - one.gzip);
}
