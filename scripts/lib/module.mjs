// The Rust crate as WebAssembly with its glue, in target/pkg. A file of its own, so that a change of the rest of the build, or
// of another npm package, does not compile it again.

import { readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fingerprint, isFresh } from "./fingerprint.mjs";
import { namedByOrder } from "./function-order.mjs";
import { say, step } from "./log.mjs";
import { panicsAsTraps } from "./panic-traps.mjs";
import { root } from "./root.mjs";
import { run } from "./run.mjs";

/** What memory.wasm and its glue are made of. */
export const MODULE_INPUTS = ["src", "Cargo.toml", "Cargo.lock", "scripts/lib/module.mjs", "scripts/lib/panic-traps.mjs", "scripts/lib/function-order.mjs", "scripts/lib/wasm-sections.mjs"];

/** Only what every browser of the last years has: with more, some of them would reject the module. */
const FEATURES = [
  "bulk-memory",
  "sign-ext",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "multivalue",
];

const built = join(root, "target", "package"); // cargo's; apart, because its flags differ from those of the tests
const binaryen = join(root, "node_modules", "binaryen");

/** The folder of core.js, core.d.ts, memory.wasm and memory.wasm.gz. */
export const generated = join(root, "target", "pkg");

/** Compiles when the crate, how it is compiled, or the version of wasm-opt has changed. */
export async function compileModule() {
  const inputs = [...MODULE_INPUTS, "node_modules/binaryen/package.json"]; // which is there after set-up
  const stamp = join(generated, ".stamp");
  if (await isFresh(stamp, inputs)) {
    say("✓ the module is up to date");
    return;
  }
  // Taken before: what is edited meanwhile may not be compiled.
  const compiled = await fingerprint(inputs);
  await step("Rust to WebAssembly", webAssembly);
  await step("wasm-opt", () => optimise("optimised.wasm"));
  await step("order of functions", () => order("optimised.wasm", "memory.wasm"));
  await step("zopfli", compress);
  await writeFile(stamp, compiled);
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
  const module = join(generated, "core_bg.wasm");
  await writeFile(module, panicsAsTraps(await readFile(module)));
}

/** The same module with the names of its functions, which the sizes of its parts are told by. */
export async function namedModule() {
  await step("wasm-opt, with names", () => optimise("named.wasm"));
  return readFile(join(generated, "named.wasm"));
}

/** As small as it gets, with the names of its functions. */
function optimise(output) {
  return wasmOpt("core_bg.wasm", output, [
    // Nothing lies in the first kilobyte: there is the end of the stack, below which the program fails.
    "--low-memory-unused",
    // Twice over flattened code, as binaryen's documents advise for size: 1 % less than once.
    ...["--flatten", "--rereloop", "-Oz", "-Oz"],
    "--debuginfo",
  ]);
}

/** Puts functions next to those that are like them. */
async function order(input, output) {
  const module = join(generated, input);
  await writeFile(module, namedByOrder(await readFile(module)));
  // The levels of -Oz by themselves: what it does while it writes, and no passes.
  await wasmOpt(input, output, ["--optimize-level", "2", "--shrink-level", "2", "--reorder-functions-by-name"]);
}

function wasmOpt(input, output, options) {
  const features = FEATURES.map((feature) => `--enable-${feature}`);
  const files = [join(generated, input), "--output", join(generated, output)];
  return run(process.execPath, [join(binaryen, "bin", "wasm-opt"), ...options, ...features, ...files]);
}

/** As it travels inside the package: 5 % smaller than by gzip itself, for some seconds of work. */
async function compress() {
  const { default: zopfli } = await import("@gfx/zopfli"); // not there before set-up
  const module = await readFile(join(generated, "memory.wasm"));
  await writeFile(join(generated, "memory.wasm.gz"), await zopfli.gzipAsync(module, {}));
}
