// The tarball as a registry and other people's tools judge it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/lib/root.mjs";
import { packageFolder } from "./support/package.mjs";

const tarball = join(packageFolder, readdirSync(packageFolder).find((file) => file.endsWith(".tgz")));
const place = join(packageFolder, "node_modules/conversation-memory");

/** What a command prints; its failure has that in the message. */
async function printedBy(command, ...args) {
  const answer = await promisify(execFile)(command, args, { cwd: root }).catch((error) => error);
  if (answer instanceof Error) assert.fail(`${command} ${args.join(" ")}\n${answer.stdout}${answer.stderr}`);
  return answer.stdout + answer.stderr;
}

const tool = (name) => join(root, "node_modules", ".bin", name);

test("publint finds nothing, not even a suggestion", async () => {
  assert.match(await printedBy(tool("publint"), "run", tarball, "--strict"), /All good!/);
});

test("the types are right wherever the package can be imported", async () => {
  // ES modules alone, as decided (docs/packaging.md); memory.wasm has no types: each bundler makes something else of it.
  await printedBy(tool("attw"), tarball, "--profile", "esm-only", "--exclude-entrypoints", "memory.wasm");
});

test("npm would publish it without a warning", async () => {
  const printed = await printedBy("npm", "publish", place, "--dry-run", "--ignore-scripts"); // of a tarball it corrects nothing
  const warnings = printed.split("\n").filter((line) => /npm (warn|error)/i.test(line) && !/logged in/.test(line));
  assert.deepEqual(warnings, []);
});

test("every file that package.json names is there, and no source map", () => {
  const { exports, main } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
  const named = [main, ...Object.values(exports).flatMap((entry) => (typeof entry === "string" ? [entry] : Object.values(entry)))];
  const files = readdirSync(place, { recursive: true });
  for (const file of named) assert.ok(files.includes(join(file)), `${file} is missing`);
  assert.deepEqual(files.filter((file) => file.endsWith(".map")), []);
});

test("files.json names what each entry point loads, and nothing else", () => {
  const dist = join(place, "dist");
  const files = JSON.parse(readFileSync(join(dist, "files.json"), "utf8"));
  const { exports } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
  const names = Object.values(exports).flatMap(({ default: file }) => (file ? [file.slice("./dist/".length, -".js".length)] : []));
  assert.deepEqual(Object.keys(files).sort(), names.sort());
  const importsOf = (file) => [...readFileSync(join(dist, file), "utf8").matchAll(/^(?:import|export|} from) ?(?:.*from )?"(\.[^"]+)";$|\bimport\("(\.[^"]+)"\)/gm)];
  const reached = (file, seen = new Set()) => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const [, first, later] of importsOf(file)) reached(join(dirname(file), first ?? later), seen);
    return seen;
  };
  for (const name of names) assert.deepEqual(files[name].filter((file) => file !== "memory.wasm").sort(), [...reached(`${name}.js`)].sort(), name);
  assert.ok(files.index.length > 3 && files.lazy.length > files.slim.length && files.slim.includes("memory.wasm"), JSON.stringify(files));
});

test("the module in the package is the one beside it", async () => {
  const load = (number) => import(join(place, `dist/core/inlined-${number}.js`));
  const base64 = (await load(1)).default + (await load(2)).default;
  const body = new Response(Buffer.from(base64, "base64")).body.pipeThrough(new DecompressionStream("gzip"));
  assert.ok(Buffer.from(await new Response(body).arrayBuffer()).equals(readFileSync(join(place, "dist/memory.wasm"))));
});
