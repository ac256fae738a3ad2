// Every check of the repository, in the order in which a fault is cheapest to find.

import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { findChromedriver } from "./lib/browser.mjs";
import { Failure, say, step } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { root } from "./lib/root.mjs";
import { run } from "./lib/run.mjs";
import { installTarball } from "./lib/tarball.mjs";
import { checkTypes } from "./lib/types.mjs";
import { setUp } from "./setup.mjs";

const GROUPS = { rust, browser, package: packaged };
const USAGE = `usage: npm test -- [--long] [--only ${Object.keys(GROUPS).join("|")}]`;

const tests = { passed: 0, failed: 0 };

await main(import.meta.url, async () => {
  const { long, only } = options();
  process.on("exit", () => console.log(`tests: ${tests.passed} passed, ${tests.failed} failed`));
  await step("set-up", () => setUp({ tests: true }));
  for (const group of only ? [only] : Object.keys(GROUPS)) await GROUPS[group](long);
});

function options() {
  try {
    const { values } = parseArgs({ options: { long: { type: "boolean" }, only: { type: "string" } } });
    if (values.only === undefined || Object.hasOwn(GROUPS, values.only)) return values;
  } catch {
    // an option that is none of ours; the usage says which there are
  }
  throw new Failure(USAGE);
}

async function rust(long) {
  const clippy = (...args) => run("cargo", ["clippy", "--features", "testing", ...args, "--", "-D", "warnings"]);
  await step("formatting", () => run("cargo", ["fmt", "--check"]));
  await step("clippy, native", () => clippy("--all-targets"));
  await step("clippy, wasm32", () => clippy("--target", "wasm32-unknown-unknown", "--tests"));
  const env = long ? { HISTORIES: "10000" } : {};
  await counted("native tests", "cargo", ["test", "--features", "testing"], env);
}

async function browser() {
  const driver = ["--headless", "--chrome", "--chromedriver", findChromedriver()];
  const only = ["--features", "testing", "--test", "browser"];
  // The default of 20 seconds for all tests together is short for a slow machine.
  const env = { WASM_BINDGEN_TEST_TIMEOUT: "300" };
  await counted("browser tests", "wasm-pack", ["test", ...driver, "--", ...only], env);
}

async function packaged() {
  await step("build", build);
  const folder = await step("tarball", installTarball);
  if (existsSync(join(root, "tests", "types"))) await step("types", () => checkTypes(folder));
  else say("- types: there is no tests/types/ to check");
  const files = await readdir(join(root, "tests", "js"), { recursive: true });
  const paths = files.filter((file) => file.endsWith(".test.mjs")).map((file) => join("tests", "js", file));
  if (paths.length === 0) throw new Failure("tests/js/ has no *.test.mjs.");
  await counted("package tests", process.execPath, ["--test", "--test-reporter=spec", ...paths], { PACKAGE: folder });
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
