// Writes dist/: the Rust crate as WebAssembly, and the TypeScript around it with the glue as a few ES modules.

import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fingerprint, isFresh } from "./lib/fingerprint.mjs";
import { DOCUMENTED, importSizes } from "./lib/imports.mjs";
import { locked } from "./lib/lock.mjs";
import { Failure, say, step } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { compileModule, generated, MODULE_INPUTS } from "./lib/module.mjs";
import { allowUndefined } from "./lib/optional-fields.mjs";
import { root } from "./lib/root.mjs";
import { answerOf, run } from "./lib/run.mjs";
import { sizesOf, sizeTable, sumOf } from "./lib/sizes.mjs";
import { setUp } from "./setup.mjs";

/**
 * After gzip, in bytes: a little more than they take, so that a change that costs much is seen. The aims of 180 KB for
 * memory.wasm with its glue, and of 250 KB for all that the documented import adds, are not met; docs/decisions/ has what
 * costs what, and `npm run size`.
 */
const BUDGETS = { module: 366 * 1024, documented: 380 * 1024 };

/** Of a file that lazy.js loads: webpack warns of more than 250,000 bytes. Add a third to `LOADED` and js/lazy.ts then. */
const LARGEST_PART = 249_000;

/** The modules that users import: js/<name>.ts becomes dist/<name>.js. */
const ENTRY_POINTS = ["index", "slim", "service-worker", "worker", "react", "ai-sdk", "assistant-ui", "langchain", "openai-agents", "tanstack-ai"];

/** What users of an adapter have installed: it is not copied into the package. */
const FRAMEWORKS = ["react", "@langchain/*"];

/** Those that load others when they are used. They share no file with them, of which a page would load one more. */
const LOADERS = ["lazy"];

/** What loaders load beside entry points, under the same name. */
const LOADED = ["core/inlined-1", "core/inlined-2"];

/** Of the libraries that are copied into the package. */
const LICENCES = [
  ["eventsource-parser/LICENSE", "eventsource-parser"],
  ["@foxglove/crc/LICENSE.md", "crc"],
  ["@noble/hashes/LICENSE", "noble-hashes"],
  ["client-zip/LICENSE.txt", "client-zip"],
  ["birpc/LICENSE", "birpc"],
  ["uuid/LICENSE.md", "uuid"],
];

/** Of the crates in the module that cannot be had under Apache-2.0, whose notice is in every copy of it. */
const LICENCES_OF_CRATES = { libm: "LICENSE.txt", "rust-stemmers": "LICENSE", talc: "LICENSE.md", tokio: "LICENSE" };

const INPUTS = [...MODULE_INPUTS, "js", "scripts/build.mjs", "scripts/lib/optional-fields.mjs", "package-lock.json", "tsconfig.json"];

const glue = join(root, "js", "core"); // the part of it that the TypeScript imports; ignored by git
const staged = join(root, "target", "dist"); // dist/ until it is whole
const dist = join(root, "dist");
const stamp = join(dist, ".stamp");

/** Builds when an input has changed since dist/ was written, or when there is no dist/. */
export function build() {
  return locked(join(root, "target", "build.lock"), buildWhenStale);
}

async function buildWhenStale() {
  if (await isFresh(stamp, INPUTS, "js/core/")) {
    say("✓ dist/ is up to date");
    return;
  }
  await setUp();
  // Taken before: what is edited meanwhile may not be built.
  const built = await fingerprint(INPUTS, "js/core/");
  await compileModule();
  await step("glue", layGlue);
  await step("TypeScript", typeScript);
  await step("modules", modules);
  await checkSizes();
  await writeFile(join(staged, ".stamp"), built);
  await rm(dist, { recursive: true, force: true });
  await rename(staged, dist);
}

async function layGlue() {
  await rm(staged, { recursive: true, force: true });
  await mkdir(staged, { recursive: true });
  await cp(join(generated, "memory.wasm"), join(staged, "memory.wasm"));
  await rm(glue, { recursive: true, force: true });
  await mkdir(glue);
  const code = await readFile(join(generated, "core.js"), "utf8");
  // Without its comments, which no user loads, so that its size is told as it is.
  await writeFile(join(glue, "core.js"), guard(code).replaceAll(/^ *\/\*\*[^]*?\*\/\n/gm, ""));
  // What the crate brings of its own JavaScript; the glue imports it.
  await cp(join(generated, "snippets"), join(glue, "snippets"), { recursive: true });
  // The glue's own disposal is not part of the face, and would ask every user's compiler for the newest library.
  const types = await readFile(join(generated, "core.d.ts"), "utf8");
  await writeFile(join(glue, "core.d.ts"), types.replaceAll(/^ *\[Symbol\.dispose\]\(\): void;\n/gm, ""));
  const base64 = (await readFile(join(generated, "memory.wasm.gz"))).toString("base64");
  const half = Math.ceil(base64.length / 2);
  // In two files, so that a bundler that loads them when they are needed makes no chunk of which it warns.
  for (const [number, part] of [base64.slice(0, half), base64.slice(half)].entries()) {
    if (part.length > LARGEST_PART) throw new Failure(`A half of the module is ${part.length} characters, ${LARGEST_PART} are the most.`);
    await writeFile(join(glue, `inlined-${number + 1}.js`), `export default "${part}";\n`);
    const types = "/** A half of memory.wasm, after gzip, in base64. */\ndeclare const base64: string;\nexport default base64;\n";
    await writeFile(join(glue, `inlined-${number + 1}.d.ts`), types);
  }
  await cp(join(glue, "core.d.ts"), join(staged, "core", "core.d.ts"));
}

/** The glue with js/wasm/wasm-panic-guard.ts around every way into the module. */
function guard(code) {
  const replaced = [
    [/wasm = (wasmInstance|instance)\.exports;/g, "wasm = guarded($1.exports);", 2],
    [/throw new Error\('Invalid stale object from previous Wasm instance'\);/g, "throw stale(this);", 20],
    [/throw new Error\('Cannot invoke closure from previous WASM instance'\);/g, "return left(args[0]);", 1],
  ];
  for (const [pattern, own, atLeast] of replaced) {
    const found = code.match(pattern)?.length ?? 0;
    if (found < atLeast) throw new Failure(`wasm-bindgen's glue has changed: ${pattern} is there ${found} times.`);
    code = code.replaceAll(pattern, own);
  }
  return `import { guarded, left, stale } from "../wasm/wasm-panic-guard.js";\n${code}`;
}

async function typeScript() {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  await run(process.execPath, [compiler, "--project", "tsconfig.json", "--outDir", staged, "--emitDeclarationOnly"]);
  await allowUndefined(staged);
}

/**
 * Each entry point is one file, with what several of them need in files beside it: a page without a bundler would fetch sixty
 * modules one after the other. The libraries in it have no need of being installed then.
 */
async function modules() {
  const { build: bundle } = await import("esbuild"); // not there before set-up
  const options = { absWorkingDir: root, outdir: staged, outbase: "js", bundle: true, format: "esm", target: "es2022", logLevel: "warning" };
  const entryPoints = [...ENTRY_POINTS.map((name) => `js/${name}.ts`), ...LOADED.map((name) => `js/${name}.js`)];
  const { metafile } = await bundle({ ...options, entryPoints, external: FRAMEWORKS, splitting: true, chunkNames: "shared-[hash]", metafile: true });
  const external = [...ENTRY_POINTS, ...LOADED].map((name) => `./${name}.js`);
  await bundle({ ...options, entryPoints: LOADERS.map((name) => `js/${name}.ts`), external });
  await writeFile(join(staged, "files.json"), `${JSON.stringify(filesOf(metafile.outputs), null, 2)}\n`);
  for (const [file, name] of LICENCES) await cp(join(root, "node_modules", file), join(staged, `${name}.LICENSE`));
  const { packages } = JSON.parse(await answerOf("cargo", ["metadata", "--format-version", "1", "--locked"]));
  for (const [name, file] of Object.entries(LICENCES_OF_CRATES)) {
    const { manifest_path: manifest } = packages.find((crate) => crate.name === name);
    await cp(join(dirname(manifest), file), join(staged, `${name}.LICENSE`));
  }
}

/**
 * Which files of dist/ a page without a bundler loads with each entry point, for a service worker that keeps them: the names of
 * those that are shared change with their content.
 */
function filesOf(outputs) {
  const folder = "target/dist/";
  const reached = (path, seen = new Set()) => {
    if (seen.has(path)) return seen;
    seen.add(path);
    for (const { path: next, external } of outputs[path].imports) if (!external) reached(next, seen);
    return seen;
  };
  const filesOf = (name) => [...reached(`${folder}${name}.js`)].map((path) => path.slice(folder.length));
  const files = Object.fromEntries(ENTRY_POINTS.map((name) => [name, filesOf(name)]));
  const loaded = new Set(["slim", ...LOADED].flatMap(filesOf));
  return { ...files, slim: [...files.slim, "memory.wasm"], ...Object.fromEntries(LOADERS.map((name) => [name, [`${name}.js`, ...loaded]])) };
}

async function checkSizes() {
  const sizeOf = async (...path) => sizesOf(await readFile(join(...path)));
  const [wasm, core] = [await sizeOf(staged, "memory.wasm"), await sizeOf(glue, "core.js")];
  const imports = await importSizes(staged);
  say(sizeTable([["memory.wasm", wasm], ["its glue", core], ...imports]));
  const taken = { module: sumOf([wasm, core]).gzip, documented: imports.find(([name]) => name === DOCUMENTED)[1].gzip };
  const what = { module: "memory.wasm and its glue take", documented: `an import of ${DOCUMENTED} adds` };
  for (const [name, gzip] of Object.entries(taken)) {
    if (gzip > BUDGETS[name]) throw new Failure(`target/dist/: ${what[name]} ${gzip} bytes after gzip, the budget is ${BUDGETS[name]}.`);
  }
}

await main(import.meta.url, build);
