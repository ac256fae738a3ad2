// The TypeScript face of the package, read from the declarations that its users get.

import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

/** What a manager and its errors are made of: named by declarations, and nobody's to use. */
const INSIDE = new Set(["Core", "Internals", "Opened"]);

/** The texts of the declarations in a folder, by path. */
export function readDeclarations(dist) {
  const files = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith(".d.ts"));
  return new Map(files.map((file) => [file.replaceAll(sep, "/"), readFileSync(join(dist, file), "utf8")]));
}

/** The names that a file exports, also by way of other files. */
export function exportsOf(declarations, file) {
  const text = declarations.get(file);
  const named = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list]) => list.split(",").map((name) => name.replace(/^\s*(type )?/, "").trim()));
  const declared = [...text.matchAll(/^export (?:declare )?(?:class|function|interface|type|const) (\w+)/gm)].map(([, name]) => name);
  const handed = [...text.matchAll(/^export (?:type )?\* from "\.\/(.*)\.js";/gm)].flatMap(([, path]) => exportsOf(declarations, `${path}.d.ts`));
  return [...new Set([...named, ...declared, ...handed].filter((name) => name !== ""))];
}

/** Each entry point with its names, then everything that they lead to, in the order of the alphabet and without comments. */
export function publicFace(declarations, entries) {
  const byName = new Map();
  for (const [file, text] of declarations) {
    const code = text.replaceAll(/\/\*[^]*?\*\/|^ *\/\/.*$/gm, "").replaceAll(/\n\s*\n/g, "\n");
    for (const part of code.split(/^(?=export|declare|interface|type|class|import)/m)) {
      const [, name] = /^(?:export )?(?:declare )?(?:abstract )?(?:class|function|interface|type|const|let) (\w+)/.exec(part) ?? [];
      if (name) byName.set(name, [...(byName.get(name) ?? []), { file, part }]);
    }
  }
  // Two entry points may each declare a name, which is then none of an inner file.
  for (const [name, all] of byName) {
    const own = all.filter(({ file }) => entries.includes(file));
    byName.set(name, own.length > 0 ? own.map(({ file, part }) => `// ${file}\n${part}`) : all.map(({ part }) => part));
  }
  const lists = entries.map((file) => [file, exportsOf(declarations, file).sort()]);
  const found = new Set();
  const left = lists.flatMap(([, names]) => names);
  // Types are written large; a field may have the name of an inner function.
  while (left.length > 0) {
    const name = left.pop();
    if (found.has(name) || INSIDE.has(name) || !byName.has(name)) continue;
    found.add(name);
    for (const part of byName.get(name)) left.push(...part.match(/\b[A-Z]\w+\b/g) ?? []);
  }
  const head = lists.map(([file, names]) => `// ${file}: ${names.join(", ")}`);
  return `${head.join("\n")}\n\n${[...found].sort().flatMap((name) => byName.get(name)).map((part) => part.trim()).join("\n\n")}\n`;
}
