// What an application's imports add to it, bundled and minified as an application is.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./root.mjs";
import { sizesOf, sumOf } from "./sizes.mjs";

/** What the README's first example imports. */
export const DOCUMENTED = "the memory alone";

const IMPORTS = [
  [DOCUMENTED, 'export { ConversationManager } from "conversation-memory"'],
  ["+ agent + one model", 'export { ConversationAgent, ConversationManager, openAICompatible } from "conversation-memory"'],
  ["everything", 'export * from "conversation-memory"'],
  ["/slim, the memory alone", 'export { ConversationManager, init } from "conversation-memory/slim"'],
  ["/lazy, what a page loads first", 'export { ConversationManager } from "conversation-memory/lazy"'],
];
const COUNTED = [".", "./slim", "./lazy"];

/** Pairs of a name and its sizes, of the entry points in `folder`: those above, and each other one as a whole. */
export async function importSizes(folder) {
  const { exports, peerDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const entries = Object.entries(exports).filter(([, { default: file }]) => file?.endsWith(".js"));
  const alias = Object.fromEntries(entries.map(([key, { default: file }]) => [`conversation-memory${key.slice(1)}`, join(folder, file.replace("./dist/", ""))]));
  const others = entries.map(([key]) => key).filter((key) => !COUNTED.includes(key));
  const all = [...IMPORTS, ...others.map((key) => [key.slice(1), `export * from "conversation-memory${key.slice(1)}"`])];
  return Promise.all(all.map(async ([name, code]) => [name, await sizeOf(code, alias, Object.keys(peerDependencies))]));
}

async function sizeOf(contents, alias, external) {
  const { build } = await import("esbuild"); // not there before set-up
  const options = { bundle: true, splitting: true, minify: true, format: "esm", target: "es2022", write: false, metafile: true };
  const { outputFiles, metafile } = await build({ ...options, stdin: { contents, resolveDir: root }, alias, external, absWorkingDir: root, outdir: "out" });
  const byPath = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
  const first = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === "<stdin>")[0];
  return sumOf([...withStatic(first, metafile.outputs)].map((path) => sizesOf(byPath.get(join(root, path)))));
}

/** A chunk and those that it cannot be run without. */
function withStatic(path, outputs, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const { path: other, kind, external } of outputs[path].imports) {
    if (kind === "import-statement" && !external) withStatic(other, outputs, found);
  }
  return found;
}
