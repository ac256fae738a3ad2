// Writes dist/: the Rust crate as WebAssembly, and the TypeScript around it with the glue as a few ES modules.

import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fingerprint } from "./lib/fingerprint.mjs";
import { locked } from "./lib/lock.mjs";
import { Failure, say, step } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { allowUndefined } from "./lib/optional-fields.mjs";
import { root } from "./lib/root.mjs";
import { run } from "./lib/run.mjs";
import { sizesOf, sizeTable, sumOf } from "./lib/sizes.mjs";
import { setUp } from "./setup.mjs";

/**
 * For memory.wasm with its glue, after gzip, in bytes: a little more than they take, so that a change that costs much is seen.
 * The aim of 180 KB is not met; docs/decisions/ has what costs what.
 */
const BUDGET = 272 * 1024;

/** Only what every browser of the last years has: with more, some of them would reject the module. */
const FEATURES = [
  "bulk-memory",
  "sign-ext",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "multivalue",
];

/** The modules that users import: js/<name>.ts becomes dist/<name>.js. */
const ENTRY_POINTS = ["index", "slim", "service-worker", "react", "ai-sdk", "assistant-ui"];

/** What users of an adapter have installed: it is not copied into the package. */
const FRAMEWORKS = ["react"];

/** Of the libraries that are copied into the package. */
const LICENCES = [
  ["eventsource-parser/LICENSE", "eventsource-parser"],
  ["@foxglove/crc/LICENSE.md", "crc"],
  ["@noble/hashes/LICENSE", "noble-hashes"],
  ["client-zip/LICENSE.txt", "client-zip"],
];

/** What memory.wasm and its glue are made of. */
const MODULE_INPUTS = ["src", "Cargo.toml", "Cargo.lock", "scripts/build.mjs", "package-lock.json"];
const INPUTS = [...MODULE_INPUTS, "js", "scripts/lib/optional-fields.mjs", "tsconfig.json"];

const built = join(root, "target", "package"); // cargo's; apart, because its flags differ from those of the tests
const generated = join(root, "target", "pkg"); // what wasm-bindgen and wasm-opt write
const generatedStamp = join(generated, ".stamp");
const glue = join(root, "js", "core"); // the part of it that the TypeScript imports; ignored by git
const staged = join(root, "target", "dist"); // dist/ until it is whole
const dist = join(root, "dist");
const stamp = join(dist, ".stamp");

/** Builds when an input has changed since dist/ was written, or when there is no dist/. */
export function build() {
  return locked(join(root, "target", "build.lock"), buildWhenStale);
}

async function buildWhenStale() {
  if (await isFresh(stamp, INPUTS)) {
    say("✓ dist/ is up to date");
    return;
  }
  await setUp();
  if (await isFresh(generatedStamp, MODULE_INPUTS)) {
    say("✓ the module is up to date");
  } else {
    await step("Rust to WebAssembly", webAssembly);
    await step("wasm-opt", optimise);
    await writeFile(generatedStamp, await stampOf(MODULE_INPUTS));
  }
  await step("glue", layGlue);
  await step("TypeScript", typeScript);
  await step("modules", modules);
  await checkSizes();
  await writeFile(join(staged, ".stamp"), await stampOf(INPUTS));
  await rm(dist, { recursive: true, force: true });
  await rename(staged, dist);
}

function stampOf(inputs) {
  return fingerprint(inputs, "js/core/");
}

async function isFresh(stamp, inputs) {
  return (await readFile(stamp, "utf8").catch(() => undefined)) === (await stampOf(inputs));
}

/**
 * Not with `wasm-pack build`: it builds the rlib along with the cdylib, and cargo then leaves link-time optimisation out
 * without a word, which costs 27 KB after gzip. Paths of this machine are kept out of the panic messages.
 */
async function webAssembly() {
  await rm(generated, { recursive: true, force: true });
  const home = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const flags = `${process.env.RUSTFLAGS ?? ""} --remap-path-prefix=${home}=/cargo --remap-path-prefix=${root}=/crate`;
  const target = "wasm32-unknown-unknown";
  const kind = ["--release", "--lib", "--crate-type", "cdylib", "--target", target, "--target-dir", built];
  await run("cargo", ["rustc", ...kind], { env: { RUSTFLAGS: flags.trim() } });
  // Without a default path the glue has no `import.meta`, so that no bundler looks for a .wasm beside it.
  // After a failure the module is instantiated anew, see js/wasm/wasm-panic-guard.ts.
  const options = ["--target", "web", "--omit-default-module-path", "--experimental-reset-state-function", "--out-dir", generated, "--out-name", "core"];
  await run("wasm-bindgen", [...options, join(built, target, "release", "conversation_memory.wasm")]);
}

async function optimise() {
  await run(process.execPath, [
    join(root, "node_modules", "binaryen", "bin", "wasm-opt"),
    // Nothing lies in the first kilobyte: there is the end of the stack, below which the program fails.
    "--low-memory-unused",
    // Twice over flattened code, as binaryen's documents advise for size: 1 % less than once.
    ...["--flatten", "--rereloop", "-Oz", "-Oz"],
    ...FEATURES.map((feature) => `--enable-${feature}`),
    join(generated, "core_bg.wasm"),
    "--output",
    join(generated, "memory.wasm"),
  ]);
}

async function layGlue() {
  await rm(staged, { recursive: true, force: true });
  await mkdir(staged, { recursive: true });
  await cp(join(generated, "memory.wasm"), join(staged, "memory.wasm"));
  const base64 = (await readFile(join(staged, "memory.wasm"))).toString("base64");
  await rm(glue, { recursive: true, force: true });
  await mkdir(glue);
  const code = await readFile(join(generated, "core.js"), "utf8");
  // Without its comments, which no user loads, so that its size is told as it is.
  await writeFile(join(glue, "core.js"), guard(code).replaceAll(/^ *\/\*\*[^]*?\*\/\n/gm, ""));
  // The glue's own disposal is not part of the face, and would ask every user's compiler for the newest library.
  const types = await readFile(join(generated, "core.d.ts"), "utf8");
  await writeFile(join(glue, "core.d.ts"), types.replaceAll(/^ *\[Symbol\.dispose\]\(\): void;\n/gm, ""));
  await writeFile(join(glue, "inlined.js"), `export default "${base64}";\n`);
  await writeFile(
    join(glue, "inlined.d.ts"),
    "/** memory.wasm in base64. */\ndeclare const base64: string;\nexport default base64;\n",
  );
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
  await bundle({
    absWorkingDir: root,
    entryPoints: ENTRY_POINTS.map((name) => `js/${name}.ts`),
    outdir: staged,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    chunkNames: "shared-[hash]",
    external: FRAMEWORKS,
    logLevel: "warning",
  });
  for (const [file, name] of LICENCES) await cp(join(root, "node_modules", file), join(staged, `${name}.LICENSE`));
}

async function checkSizes() {
  const sizeOf = async (...path) => sizesOf(await readFile(join(...path)));
  const wasm = await sizeOf(staged, "memory.wasm");
  const core = await sizeOf(glue, "core.js");
  const files = (await readdir(staged)).filter((file) => file.endsWith(".js"));
  const modules = await Promise.all(files.map(async (file) => [file, await sizeOf(staged, file)]));
  say(sizeTable([["memory.wasm", wasm], ["its glue", core], ...modules]));
  const { gzip } = sumOf([wasm, core]);
  if (gzip > BUDGET) {
    throw new Failure(`target/dist/: memory.wasm and its glue take ${gzip} bytes after gzip, the budget is ${BUDGET}.`);
  }
}

await main(import.meta.url, build);
