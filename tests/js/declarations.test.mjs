// The TypeScript declarations: what an application touches is exported and named in the README, and nothing that may be
// missing refuses undefined.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { strictFields, withUndefined } from "../../scripts/lib/optional-fields.mjs";
import { packageFolder } from "./support/package.mjs";

const dist = join(packageFolder, "node_modules/conversation-memory/dist");
const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const files = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith(".d.ts"));
const declarations = new Map(files.map((file) => [file, readFileSync(join(dist, file), "utf8")]));

/** The names that an entry point exports, also by way of other files. */
function exportsOf(file) {
  const text = declarations.get(file);
  const named = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list]) => list.split(",").map((name) => name.replace(/^\s*(type )?/, "").trim()));
  const declared = [...text.matchAll(/^export (?:declare )?(?:class|function|interface|type|const) (\w+)/gm)].map(([, name]) => name);
  const handed = [...text.matchAll(/^export (?:type )?\* from "\.\/(.*)\.js";/gm)].flatMap(([, path]) => exportsOf(`${path}.d.ts`));
  return [...named, ...declared, ...handed].filter((name) => name !== "");
}

test("no field that may be missing refuses undefined", () => {
  assert.ok(files.includes(join("core", "core.d.ts")));
  for (const [file, text] of declarations) {
    const strict = strictFields(text).map(({ start }) => text.slice(text.lastIndexOf("\n", start) + 1, start));
    assert.deepEqual(strict, [], file);
  }
});

test("undefined is added to the types of fields, and to nothing else", () => {
  const pairs = [
    ["a?: string;", "a?: string | undefined;"],
    ["a?: string | undefined;", "a?: string | undefined;"],
    ["a?: (b?: string) => void;", "a?: ((b?: string) => void) | undefined;"],
    ["a?: { b?: [c: 1]; };", "a?: { b?: [c: 1] | undefined; } | undefined;"],
    ["type A = { a?: \"x;\" | 'y' }", "type A = { a?: \"x;\" | 'y' | undefined }"],
    ["type A = { [B in C]?: D[B]; };", "type A = { [B in C]?: D[B] | undefined; };"],
    ["a?: B extends C ? D : E;", "a?: (B extends C ? D : E) | undefined;"],
    ["a?: Map<string, undefined>;", "a?: Map<string, undefined> | undefined;"],
    ["/** Where a?: string; stands. */ f(a?: string, b?: Map<A, B>): void;", "/** Where a?: string; stands. */ f(a?: string, b?: Map<A, B>): void;"],
  ];
  for (const [given, expected] of pairs) assert.equal(withUndefined(given), expected);
});

test("every name that the entry points export is in the README", () => {
  const names = new Set(["index.d.ts", "slim.d.ts", "lazy.d.ts", "service-worker.d.ts"].flatMap(exportsOf));
  assert.ok(names.size > 40, `${names.size} names`);
  const missing = [...names].filter((name) => !new RegExp(`\`[^\`\n]*\\b${name}\\b`).test(readme));
  assert.deepEqual(missing, []);
});

test("every type that a public declaration names is exported", () => {
  const names = new Set(exportsOf("index.d.ts"));
  const own = new Set([...declarations.values()].flatMap((text) => [...text.matchAll(/^(?:export )?(?:declare )?(?:interface|type|class) (\w+)/gm)].map(([, name]) => name)));
  // What a reader sees through: the shapes behind a name that is exported.
  const inside = new Set(["Manager", "AnyManager", "Code", "Details", "Failure", "Progress", "Given", "JsonObjectOf", "Opened", "Internals", "Core", "AnyMessage"]);
  const missing = new Set();
  for (const text of declarations.values()) {
    const code = text.replaceAll(/\/\*[^]*?\*\//g, "");
    for (const [, name, body] of code.matchAll(/^export (?:declare )?(?:class|interface|type|function) (\w+)([^]*?)(?=^export|^declare|^interface|^type|(?![^]))/gm)) {
      if (!names.has(name)) continue;
      for (const [used] of body.matchAll(/\b[A-Z]\w+\b/g)) if (own.has(used) && !names.has(used) && !inside.has(used)) missing.add(`${name}: ${used}`);
    }
  }
  assert.deepEqual([...missing], []);
});
