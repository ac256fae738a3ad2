// Which module may use which. A module uses those below it in these orders, never one above it or beside it; and the files
// of a folder do not use each other in a circle. A new folder of js/ or module of src/ is to be entered here.

import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { Failure } from "./log.mjs";
import { main } from "./main.mjs";
import { root } from "./root.mjs";

/** The folders and files of js/, from the lowest up. js/core/ is generated. */
const TYPESCRIPT = [
  ["core"],
  ["errors"],
  ["wasm"],
  ["validation"],
  ["concurrency"],
  ["attachments"],
  ["storage", "changes", "providers", "import-export", "recall", "running-turns"],
  ["remote"],
  ["manager"],
  ["agent", "routes"],
  ["public", "adapters"],
  ["index", "slim", "service-worker", "worker", "react", "ai-sdk", "assistant-ui", "langchain", "openai-agents", "tanstack-ai"],
  ["lazy"],
];

/** The modules of src/, from the lowest up. src/lib.rs is the crate and stands above all. */
const RUST = [
  ["error", "environment", "hashing", "order"],
  ["value"],
  ["text"],
  ["records"],
  ["recall"],
  ["context", "agent", "importers"],
  ["store"],
  ["ledger"],
  ["manager"],
  ["wasm"],
];

/** Fails with a line for every use that goes up, and for every circle. `folder` holds js/ and src/. */
export function checkLayers(folder = root) {
  const typeScript = typeScriptUses(folder);
  const rust = rustUses(folder);
  const faults = [
    ...upward(TYPESCRIPT, "js", typeScript),
    ...upward(RUST, "src", rust),
    ...circles("js", typeScript.filter(({ isType }) => !isType)),
    ...circles("src", rust),
  ];
  if (faults.length > 0) throw new Failure(`${faults.join("\n")}\nThe orders are in scripts/lib/layers.mjs.`);
}

/** What is used where it must not be. Modules are lists of names: ["ledger", "turns", "ask"]. */
function upward(order, side, uses) {
  const levelOf = new Map(order.flatMap((names, level) => names.map((name) => [name, level])));
  const faults = new Set();
  for (const { file, from: [from], to: [to] } of uses) {
    if (from === to || to === undefined) continue;
    const missing = [from, to].find((name) => !levelOf.has(name));
    if (missing !== undefined) faults.add(`${file}: ${side}/${missing} stands in no order`);
    else if (levelOf.get(to) >= levelOf.get(from)) faults.add(`${file}: ${from} uses ${to}, which does not stand below it`);
  }
  return [...faults];
}

function circles(side, uses) {
  // By folder: which of its files and folders uses which. What a folder says for itself (mod.rs) is in no circle.
  const folders = new Map();
  for (const { from, to } of uses) {
    let depth = 0;
    while (from[depth] !== undefined && from[depth] === to[depth]) depth++;
    // Between the top folders the order decides.
    if (depth === 0 || from[depth] === undefined || to[depth] === undefined) continue;
    const folder = [side, ...from.slice(0, depth)].join("/");
    if (!folders.has(folder)) folders.set(folder, new Map());
    const graph = folders.get(folder);
    if (!graph.has(from[depth])) graph.set(from[depth], new Set());
    graph.get(from[depth]).add(to[depth]);
  }
  const faults = [];
  for (const [folder, graph] of folders) {
    const circle = findCircle(graph);
    if (circle) faults.push(`${folder}: ${circle.join(" uses ")}`);
  }
  return faults;
}

/** A way from a name back to it; undefined when there is none. */
function findCircle(graph) {
  const done = new Set();
  const visit = (name, way) => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const next of graph.get(name) ?? []) {
      const circle = visit(next, [...way, name]);
      if (circle) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of graph.keys()) {
    const circle = visit(name, []);
    if (circle) return circle;
  }
  return undefined;
}

// TypeScript: what stands in an import or an export between the keyword and the address.

const IMPORT = /\b(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"(\.[^"]+)"|\bimport\(\s*"(\.[^"]+)"/g;

function typeScriptUses(folder) {
  return filesUnder(folder, "js", ".ts").flatMap((file) => {
    if (file.startsWith("js/core/")) return [];
    const code = readFileSync(join(folder, file), "utf8").replaceAll(/^ *(\/\/|\/?\*).*$/gm, "");
    return [...code.matchAll(IMPORT)].map(([, type, address, dynamic]) => {
      const target = posix.join(posix.dirname(file), address ?? dynamic);
      return { file, from: partsOf(file), to: partsOf(target), isType: type !== undefined };
    });
  });
}

/** "js/agent/turn.ts" is ["agent", "turn"]. */
function partsOf(path) {
  return path.replace(/\.[a-z]+$/, "").split("/").slice(1);
}

// Rust: every path that begins with `crate`, `super` or `self`, and in a `use` also with a module below the file's own. A name
// that a module has from another one (`pub use messages::Draft` in mod.rs) is that one's.

function rustUses(folder) {
  const modules = new Map();
  for (const file of filesUnder(folder, "src", ".rs")) {
    const parts = partsOf(file);
    if (["mod", "lib"].includes(parts.at(-1))) parts.pop();
    modules.set(parts.join("::"), { file, parts, paths: pathsIn(readFileSync(join(folder, file), "utf8")) });
  }
  return [...modules.values()].flatMap(({ file, parts, paths }) => {
    // src/lib.rs, which is the crate itself.
    if (parts.length === 0) return [];
    const found = paths.map(({ path, isUse }) => resolve(modules, parts, path, isUse));
    return found.filter((to) => to !== undefined).map((to) => ({ file, from: parts, to }));
  });
}

/** The module that a path in the module `from` leads to; undefined when it begins elsewhere. */
function resolve(modules, from, path, isUse, depth = 0) {
  let [at, left] = [from, path];
  const [first] = path;
  if (first === "crate") [at, left] = [[], path.slice(1)];
  else if (first === "self") left = path.slice(1);
  else if (first === "super") {
    while (left[0] === "super") [at, left] = [at.slice(0, -1), left.slice(1)];
  } else if (!isUse || !modules.has([...from, first].join("::"))) return undefined;
  while (left.length > 0 && modules.has([...at, left[0]].join("::"))) [at, left] = [[...at, left[0]], left.slice(1)];
  // Deeper than that nobody hands a name on; and a module may name itself.
  if (left.length === 0 || depth > 4) return at;
  const named = modules.get(at.join("::"))?.paths.filter(({ isUse }) => isUse) ?? [];
  const source = named.find(({ name }) => name === left[0]) ?? globOf(named, left[0]);
  const handed = source && resolve(modules, at, source.path, true, depth + 1);
  return handed ?? at;
}

/** `pub use records::*` stands for every name that is none of a module: types are written large. */
function globOf(named, name) {
  return /^[A-Z]/.test(name) ? named.find((each) => each.name === "*" && each.path[0] !== "super") : undefined;
}

function pathsIn(source) {
  const code = source
    .replaceAll(/\/\/.*$/gm, "")
    .replaceAll(/"(?:\\.|[^"\\])*"/g, '""')
    // Tests stand at the end of a file and may use whatever they like.
    .replace(/#\[cfg\(test\)\]\s*mod tests? \{[^]*$/, "");
  const paths = [];
  const rest = code.replaceAll(/\buse\s+([^;]+);/g, (_, tree) => {
    for (const path of flatten(tree)) paths.push({ path, name: path.at(-1), isUse: true });
    return "";
  });
  for (const [path] of rest.matchAll(/\b(?:crate|super|self)(?:\s*::\s*\w+)+/g)) {
    paths.push({ path: path.split(/\s*::\s*/), isUse: false });
  }
  return paths;
}

/** The paths of a `use`: `a::{b, c::{d, e}}` is a::b, a::c::d and a::c::e. */
function flatten(tree) {
  const text = tree.replaceAll(/\s+as\s+\w+/g, "").replaceAll(/\s/g, "");
  const open = text.indexOf("{");
  if (open === -1) return [text.split("::").filter((name, at) => name !== "self" || at === 0)];
  const before = text.slice(0, open).split("::").filter((name) => name !== "");
  const parts = [];
  let [depth, start] = [0, open + 1];
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === "{") depth++;
    const isEnd = text[at] === "}" && depth-- === 0;
    if (isEnd || (text[at] === "," && depth === 0)) {
      if (at > start) parts.push(text.slice(start, at));
      start = at + 1;
    }
    if (isEnd) break;
  }
  return parts.flatMap(flatten).map((path) => [...before, ...(path[0] === "self" && before.length > 0 ? path.slice(1) : path)]);
}

function filesUnder(folder, path, ending) {
  const entries = readdirSync(join(folder, path), { recursive: true, withFileTypes: true });
  // `parentPath` is called `path` in the first releases of Node.js 20.
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return files.map((file) => relative(folder, file).replaceAll(sep, "/")).filter((file) => file.endsWith(ending)).sort();
}

await main(import.meta.url, async () => checkLayers(process.argv[2]));
