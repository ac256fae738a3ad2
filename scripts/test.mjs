// Every check of the repository, in the order in which a fault is cheapest to find.

import { existsSync } from "node:fs";
import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { build } from "./build.mjs";
import { openDisplay, openSession } from "./lib/driver.mjs";
import { ENGINES, foundEngines } from "./lib/engines.mjs";
import { checkLayers } from "./lib/layers.mjs";
import { Failure, say, step } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { root } from "./lib/root.mjs";
import { run } from "./lib/run.mjs";
import { installTarball } from "./lib/tarball.mjs";
import { checkTypes } from "./lib/types.mjs";
import { setUp } from "./setup.mjs";

const GROUPS = { rust, browser, package: packaged };
const USAGE =
  `usage: npm test -- [--long] [--only ${Object.keys(GROUPS).join("|")}] ` +
  `[--engine ${Object.keys(ENGINES).join("|")}|all]`;

/** What engines most go ways of their own in: in all of them every time, the rest with `--engine`. */
const OF_EVERY_ENGINE = [
  "answer-progress",
  "attachments",
  "closed-by-browser",
  "closed-from-outside",
  "export-import",
  "in-worker",
  "life-of-data",
  "recall-scripts",
  "repair",
  "subscribe",
  "tabs",
  "worker",
].map((name) => join("tests", "js", `${name}.test.mjs`));

/** In the first engine also with memories in a worker: one file for each kind of thing that goes between the threads. */
const IN_WORKER = ["branches", "errors", "export-import", "metadata", "tabs", "turn-files"].map((name) => join("tests", "js", `${name}.test.mjs`));

/** What compares times runs when nothing else does. */
const ALONE = [join("tests", "js", "scaling.test.mjs")];

/** So many test files are run at once: those of the others share a window manager and a driver. */
const AT_ONCE = { chromium: 2, firefox: 1, webkit: 1 };

const tests = { passed: 0, failed: 0 };

await main(import.meta.url, async () => {
  const { long, only, engine } = options();
  process.on("exit", () => console.log(`tests: ${tests.passed} passed, ${tests.failed} failed`));
  const wanted = engine && engine !== "all" ? [engine] : Object.keys(ENGINES);
  const litellm = !only || only === "package";
  await step("set-up", () => setUp({ tests: true, engines: wanted, litellm }));
  const engines = foundEngines().filter((name) => wanted.includes(name));
  const everywhere = engine !== undefined;
  for (const group of only ? [only] : Object.keys(GROUPS)) await GROUPS[group]({ long, engines, everywhere, only });
});

function options() {
  try {
    const known = { long: { type: "boolean" }, only: { type: "string" }, engine: { type: "string" } };
    const { values } = parseArgs({ options: known });
    const fits = (value, names) => value === undefined || Object.hasOwn(names, value);
    if (fits(values.only, GROUPS) && fits(values.engine, { ...ENGINES, all: true })) return values;
  } catch {
    // an option that is none of ours; the usage says which there are
  }
  throw new Failure(USAGE);
}

async function rust({ long }) {
  const clippy = (...args) => run("cargo", ["clippy", "--features", "testing", ...args, "--", "-D", "warnings"]);
  await step("layers", () => checkLayers());
  await step("formatting", () => run("cargo", ["fmt", "--check"]));
  await step("clippy, native", () => clippy("--all-targets"));
  await step("clippy, wasm32", () => clippy("--target", "wasm32-unknown-unknown", "--tests"));
  // As users compile it, without the ways in that only the tests have.
  await step("clippy, what is released", () => run("cargo", ["clippy", "--lib", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"]));
  const env = long ? { HISTORIES: "10000" } : {};
  await counted("native tests", "cargo", ["test", "--features", "testing"], env);
}

/** In the other engines it has its turn beside the package tests, unless it is all that is wanted. */
async function browser({ engines, only }) {
  for (const engine of only ? engines : engines.slice(0, 1)) await suite(engine);
}

/** The tests of the crate in a browser. With an `output` the results go into that file. */
async function suite(engine, output) {
  const { wasmPack } = ENGINES[engine];
  const title = `browser tests, ${ENGINES[engine].title}`;
  const display = engine === "webkit" ? await openDisplay() : { env: {}, close() {} };
  const args = ["test", "--headless", ...wasmPack(), "--", "--features", "testing", "--test", "browser", "--test", "witness"];
  // The default of 20 seconds for all tests together is short for a slow machine.
  const env = { WASM_BINDGEN_TEST_TIMEOUT: "300", ...display.env };
  const file = output && (await open(output, "w"));
  try {
    if (file) await step(title, () => run("wasm-pack", args, { env, stdio: ["ignore", file.fd, file.fd] }));
    else await counted(title, "wasm-pack", args, env);
  } finally {
    await display.close();
    await file?.close();
  }
}

async function packaged({ long, engines, everywhere, only }) {
  if (long) process.env.LONG = "1";
  await step("build", build);
  const folder = await step("tarball", installTarball);
  if (existsSync(join(root, "tests", "types"))) await step("types", () => checkTypes(folder));
  else say("- types: there is no tests/types/ to check");
  const files = await readdir(join(root, "tests", "js"), { recursive: true });
  const paths = files.filter((file) => file.endsWith(".test.mjs")).map((file) => join("tests", "js", file));
  if (paths.length === 0) throw new Failure("tests/js/ has no *.test.mjs.");
  // The first engine is used beside the others: on two processors that takes hardly longer than it alone.
  const [first, ...others] = engines;
  const chosen = everywhere ? paths : OF_EVERY_ENGINE;
  const beside = inOtherEngines(others, chosen, folder, only ? [] : [suite]);
  const results = await Promise.allSettled([packageTests(first, paths.filter((path) => !ALONE.includes(path)), folder), beside]);
  const after = [];
  for (const some of [IN_WORKER, ALONE]) after.push(...(await Promise.allSettled([packageTests(first, some, folder)])));
  for (const { reason } of [...results, ...after]) if (reason) throw reason;
}

/** What needs no page runs once, and so does what starts Chromium itself. */
async function inOtherEngines(engines, paths, folder, before) {
  const withPages = [];
  for (const path of paths) {
    const source = await readFile(join(root, path), "utf8");
    if (source.includes("/support/page.mjs") && !source.includes("/lib/browser.mjs")) withPages.push(path);
  }
  let failure;
  const parts = [...before, (engine, output) => packageTests(engine, withPages, folder, output)];
  for (const engine of engines) {
    for (const [number, part] of parts.entries()) {
      const output = join(folder, `${engine}-${number}.txt`);
      await part(engine, output).catch((error) => (failure ??= error));
      const text = await readFile(output, "utf8").catch(() => "");
      process.stdout.write(text);
      for (const line of text.split("\n")) count(stripVTControlCharacters(line));
    }
  }
  if (failure) throw failure;
}

/** With an `output` the results go into that file, for two reports at once cannot be read. */
async function packageTests(engine, paths, folder, output) {
  const titles = new Map([[ALONE, "package tests that compare times"], [IN_WORKER, "package tests with memories in a worker"]]);
  const title = titles.get(paths) ?? `package tests, ${ENGINES[engine].title}`;
  const session = await openSession(engine);
  const args = ["--test", `--test-concurrency=${AT_ONCE[engine]}`, "--test-reporter=spec", ...paths];
  if (output) args.splice(1, 0, `--test-reporter-destination=${output}`);
  const env = { PACKAGE: folder, ENGINE: engine, BROWSER_SESSION: session.url, ...(paths === IN_WORKER && { WORKER: "1" }) };
  try {
    if (output) await step(title, () => run(process.execPath, args, { env }));
    else await counted(title, process.execPath, args, env);
  } finally {
    await session.close();
  }
}

/** Runs a command that runs tests, adds what it counts, and takes one that counts none for a failure. */
async function counted(title, command, args, env) {
  const before = tests.passed;
  await step(title, async () => {
    await run(command, args, { env, onLine: count });
    if (tests.passed === before) throw new Failure(`${title}: no test was run.`);
  });
}

/** Knows the closing lines of cargo's and wasm-bindgen's test runners, and of Node's. */
function count(line) {
  const rust = /^test result: .*?(\d+) passed; (\d+) failed/.exec(line);
  const node = /^ℹ (pass|fail|cancelled) (\d+)$/.exec(line);
  if (rust) tests.passed += Number(rust[1]);
  if (rust) tests.failed += Number(rust[2]);
  if (node) tests[node[1] === "pass" ? "passed" : "failed"] += Number(node[2]);
}
