// The TypeScript declarations: what an application touches is exported and named in docs/, and nothing that may be
// missing refuses undefined.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { typedEntries } from "../../scripts/declarations.mjs";
import { exportsOf as namesOf, publicFace, readDeclarations } from "../../scripts/lib/declarations.mjs";
import { strictFields, withUndefined } from "../../scripts/lib/optional-fields.mjs";
import { importPackage } from "./support/models.mjs";
import { packageFolder } from "./support/package.mjs";

const dist = join(packageFolder, "node_modules/conversation-memory/dist");
const page = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const pages = ["README.md", ...readdirSync(new URL("../../docs", import.meta.url), { recursive: true }).filter((file) => file.endsWith(".md")).map((file) => `docs/${file}`)];
const words = pages.map(page).join("\n");
const declarations = readDeclarations(dist);
const files = [...declarations.keys()];
const entries = typedEntries(JSON.parse(readFileSync(join(dist, "../package.json"), "utf8")));
const exportsOf = (file) => namesOf(declarations, file);

test("no field that may be missing refuses undefined", () => {
  assert.ok(files.includes("core/core.d.ts"));
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

test("every name that the entry points export is in the README or in docs/", () => {
  // Adapters say in their own pages what one writes; the types of its pieces are in their declarations.
  const names = new Set(["index.d.ts", "slim.d.ts", "lazy.d.ts", "service-worker.d.ts"].flatMap(exportsOf));
  assert.ok(names.size > 40, `${names.size} names`);
  const missing = [...names].filter((name) => !new RegExp(`\`[^\`\n]*\\b${name}\\b`).test(words));
  assert.deepEqual(missing, []);
});

test("every method is in the tables of docs/methods.md, and no other", async () => {
  const { ConversationAgent, ConversationManager } = await importPackage();
  const told = (heading) => {
    const part = page("docs/methods.md").split(/^## /m).find((text) => text.startsWith(heading));
    return [...part.matchAll(/^\| `(\w+)\(/gm)].map(([, name]) => name).sort();
  };
  const methodsOf = (type) => {
    const own = Object.entries(Object.getOwnPropertyDescriptors(type.prototype)).filter(([name, { value }]) => typeof value === "function" && name !== "constructor");
    const above = Object.getPrototypeOf(type);
    return [...own.map(([name]) => name), ...(above.prototype ? methodsOf(above) : [])].sort();
  };
  assert.deepEqual(told("The memory\n"), methodsOf(ConversationManager));
  assert.deepEqual(told("The agent\n"), methodsOf(ConversationAgent));
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

test("the face is the one that was agreed on", () => {
  const agreed = readFileSync(new URL("../fixtures/declarations.d.ts", import.meta.url), "utf8");
  const now = publicFace(declarations, entries);
  const hint = "the public declarations have changed: if that is meant, run `npm run declarations`, read the difference, and tell it in CHANGELOG.md";
  assert.equal(now, agreed, hint);
});
