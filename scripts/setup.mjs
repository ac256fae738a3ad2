// Installs what building and testing need and this machine lacks, and nothing twice.
// It runs before `npm install` ever has, so it may use what Node.js brings and nothing else.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { findGeckodriver } from "./lib/browser.mjs";
import { ENGINES, missingSentence } from "./lib/engines.mjs";
import { canMakeEnvironments, installLiteLLM, missingLiteLLM } from "./lib/litellm.mjs";
import { Failure, say, step } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { root } from "./lib/root.mjs";
import { answerOf, run, toolsFolder } from "./lib/run.mjs";

const TARGET = "wasm32-unknown-unknown";
const WASM_PACK = "0.15.1";

/** Makes the machine ready to build; with `tests` also to check, lint and drive a browser, with `litellm` to ask that. */
export async function setUp({ tests = false, engines = ["chromium"], litellm = false } = {}) {
  await npmPackages();
  await rust();
  if (tests) await component("clippy", ["clippy", "--version"]);
  if (tests) await component("rustfmt", ["fmt", "--version"]);
  if (tests) await cargoTool("wasm-pack", "wasm-pack", WASM_PACK);
  await cargoTool("wasm-bindgen", "wasm-bindgen-cli", await wasmBindgenVersion());
  if (tests) await browsers(engines.map((name) => ENGINES[name]));
  if (litellm) await modelProxy();
}

/** Installs what the lock file of `folder` names, when something of it is missing. */
export async function npmPackages(folder = root) {
  const wanted = (await packagesIn(join(folder, "package-lock.json"))) ?? {};
  const installed = (await packagesIn(join(folder, "node_modules", ".package-lock.json"))) ?? {};
  // Optional packages are builds for other machines; "" is this package itself.
  const missing = Object.keys(wanted).some(
    (path) => path !== "" && !wanted[path].optional && installed[path]?.version !== wanted[path].version,
  );
  if (!missing) return;
  // `ci` and not `install`: it never rewrites the lock file. The rest undoes what an outer `npm pack --dry-run`
  // or a production environment would hand down.
  const env = { npm_config_dry_run: "false" };
  const options = ["--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  await step("npm packages", () => run("npm", ["ci", ...options], { env, cwd: folder }));
}

async function packagesIn(lockFile) {
  const text = await readFile(lockFile, "utf8").catch(() => undefined);
  return text && JSON.parse(text).packages;
}

async function rust() {
  const sysroot = await answerOf("rustc", ["--print", "sysroot"]);
  if (!sysroot) throw new Failure("Rust is needed: install it with rustup (https://rustup.rs), then try again.");
  if (existsSync(join(sysroot, "lib", "rustlib", TARGET))) return;
  await step(`Rust target ${TARGET}`, () => run("rustup", ["target", "add", TARGET]));
}

async function component(name, check) {
  if (await answerOf("cargo", check)) return;
  await step(name, () => run("rustup", ["component", "add", name]));
}

/** wasm-pack uses the wasm-bindgen on PATH only when it is exactly the version that the crate was resolved to. */
async function wasmBindgenVersion() {
  const lock = await readFile(join(root, "Cargo.lock"), "utf8").catch(() => "");
  const version = /^name = "wasm-bindgen"\r?\nversion = "([^"]+)"/m.exec(lock)?.[1];
  if (!version) throw new Failure("Cargo.lock names no wasm-bindgen: run `cargo generate-lockfile`, then try again.");
  return version;
}

async function cargoTool(command, crate, version) {
  const found = (await answerOf(command, ["--version"]))?.split(" ")[1];
  if (found === version) return;
  // Another version may serve another project of this machine: it stays, and ours goes into the repository's folder.
  const place = found ? ["--root", toolsFolder, "--force"] : [];
  await step(`${crate} ${version}, a few minutes, once`, () =>
    run("cargo", ["install", crate, "--version", version, ...place]),
  );
}

/** The engines that are wanted must be there; of several, those that are missing are told, unless it is all of them. */
async function browsers(wanted) {
  const missing = wanted.filter(({ isFound }) => !isFound());
  if (missing.length > 0 && (await isDebianAsRoot())) await installBrowsers(missing);
  const sentence = missingSentence(wanted);
  if (sentence && !wanted.some(({ isFound }) => isFound())) throw new Failure(sentence);
  if (sentence) say(sentence);
}

async function installBrowsers(engines) {
  const titles = engines.map(({ title }) => title).join(", ");
  const packages = engines.flatMap(({ packages }) => packages);
  try {
    await step(`${titles} and their drivers`, () => installPackages(packages));
    // Debian has none.
    const lacksDriver = engines.includes(ENGINES.firefox) && !findGeckodriver();
    if (lacksDriver) await step("geckodriver, a few minutes, once", () => run("cargo", ["install", "geckodriver"]));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(error.message); // what that means is said by the caller
  }
}

/** One test can do without it, and then says that it was skipped. */
async function modelProxy() {
  if (!(await missingLiteLLM())) return;
  try {
    const lacksPython = !(await canMakeEnvironments()) && (await isDebianAsRoot());
    if (lacksPython) await step("python3-venv", () => installPackages(["python3-venv"]));
    if (await canMakeEnvironments()) await step("LiteLLM, a minute, once", installLiteLLM);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(error.message);
  }
  const missing = await missingLiteLLM();
  if (missing) say(`${missing} Its test is skipped.`);
}

async function installPackages(packages) {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-q"], { env });
  await run("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...packages], { env });
}

async function isDebianAsRoot() {
  const system = await readFile("/etc/os-release", "utf8").catch(() => "");
  return process.getuid?.() === 0 && /^ID=debian$/m.test(system);
}

await main(import.meta.url, () => setUp({ tests: true }));
