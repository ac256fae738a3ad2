// Tries one example: copies it, installs the tarball into the copy as its README says, builds it, and uses it in a browser.

import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { root } from "../../scripts/lib/root.mjs";
import { serve } from "../../scripts/lib/serve.mjs";
import { environment, finished, withServer } from "../packaging/driver.mjs";
import { playOffline, playReloaded } from "./offline.mjs";
import { play, playFound } from "./play.mjs";

const WAIT_TIMEOUT_MS = 20_000;

/** What is there of an example that was tried by hand. */
const NOT_COPIED = ["node_modules", "dist", ".next", "package-lock.json"];

/** Fails when it does not do what it should. `packageFolder` is the one of `installTarball`; with `isLight` nothing is fetched. */
export async function tryExample(each, packageFolder, browser, { isLight = false } = {}) {
  // Below the tarball, where its package.json looks for it.
  const place = await mkdtemp(join(packageFolder, "examples-"));
  const folder = join(place, each.name);
  try {
    await cp(join(root, "examples", each.name), folder, { recursive: true, filter: (path) => !NOT_COPIED.includes(basename(path)) });
    const context = { folder, env: environment({}, folder) };
    if (isLight) return await tryLightly(each, packageFolder, folder, browser);
    await finished(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], { ...context, env: { ...context.env, npm_config_dry_run: "false" } });
    if (each.build) await finished(["npm", "run", "build"], context);
    if (each.start) await withServer(each, context, (address) => inBrowser(each, browser, { address }));
    else await served(each, join(folder, each.www), browser);
  } finally {
    await rm(place, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function tryLightly(each, packageFolder, folder, browser) {
  const name = join("node_modules", "conversation-memory");
  await cp(join(packageFolder, name), join(folder, name), { recursive: true });
  if (each.light === "bundled") await bundle(each, folder);
  await served(each, folder, browser);
}

/** With the repository's own React in place of the one that it installs. */
async function bundle({ main }, folder) {
  const { build } = await import("esbuild");
  await build({
    absWorkingDir: folder,
    entryPoints: { main },
    outdir: ".",
    bundle: true,
    format: "esm",
    jsx: "automatic",
    nodePaths: [join(root, "node_modules")],
    define: { "process.env.NODE_ENV": '"development"' },
    logLevel: "error",
  });
  const page = await readFile(join(folder, "index.html"), "utf8");
  const head = '<link rel="stylesheet" href="/main.css"></head>';
  await writeFile(join(folder, "index.html"), page.replace(`/${main}`, "/main.js").replace("</head>", head).replace("/icon.svg", "data:,"));
}

async function served(each, www, browser) {
  const options = { routes: [["/", www]] };
  let server = await serve(options);
  const { url: address, port } = server;
  const stop = () => server.close();
  const start = async () => void (server = await serve({ ...options, port }));
  /** A newer version of what is served. */
  const release = async () => {
    const worker = await readFile(join(www, "sw.js"), "utf8");
    await writeFile(join(www, "sw.js"), worker.replace(/"version":"\w+"/, '"version":"newer"'));
    const page = await readFile(join(www, "index.html"), "utf8");
    await writeFile(join(www, "index.html"), page.replace("<h1>Chats</h1>", "<h1>Newer chats</h1>"));
  };
  try {
    await inBrowser(each, browser, { address, stop, start, release });
  } finally {
    await server.close();
  }
}

async function inBrowser({ picture, offline, opens }, browser, { address, ...server }) {
  const context = await browser.newContext();
  context.setDefaultTimeout(WAIT_TIMEOUT_MS);
  const problems = [];
  try {
    const page = await context.newPage();
    page.on("pageerror", ({ stack }) => problems.push(stack));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await page.goto(address);
    await play(page, { picture });
    if (offline) await playOffline(page, server);
    if (opens) await playFound(page);
    if (opens) await playReloaded(page, server);
    assert.deepEqual(problems, [], "the page showed errors");
  } catch (error) {
    if (problems.length > 0 && error.code !== "ERR_ASSERTION") error.message += `\nthe page shows: ${problems.join("\n")}`;
    throw error;
  } finally {
    await context.close();
  }
}
