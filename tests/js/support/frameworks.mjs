// Pages for the tests of adapters: the frameworks' own packages, bundled as applications bundle them, beside the package.
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after } from "node:test";
import { pathToFileURL } from "node:url";
import { startBrowser } from "../../../scripts/faults/browser.mjs";
import { root } from "../../../scripts/lib/root.mjs";
import { packageFolder } from "./package.mjs";
import { servePages } from "./page.mjs";

const installed = join(packageFolder, "node_modules", "conversation-memory");

/** The entrances of the package as an import map has them. */
async function entrances() {
  const { name, exports } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  const modules = Object.entries(exports).filter(([, target]) => target.default?.endsWith(".js"));
  return modules.map(([path, target]) => [name + path.slice(1), `/node_modules/conversation-memory/${target.default.slice(2)}`]);
}

/**
 * A page in which these modules of npm, and those of the package, can be imported by their names, with everything of
 * `in-page.js`: it is the options of `inPage` and `withTabs`. `extra` is put into its head.
 */
export async function frameworkPage(modules, { extra = "" } = {}) {
  const { build } = await import("esbuild");
  const folder = join(packageFolder, "node_modules", ".frameworks");
  await mkdir(folder, { recursive: true });
  const place = await mkdtemp(join(folder, "page-"));
  after(() => rm(place, { recursive: true, force: true }));
  const entryPoints = await Promise.all(
    modules.map(async (module, index) => {
      const path = join(place, `entry-${index}.mjs`);
      await writeFile(path, `export * from ${JSON.stringify(module)};\n`);
      return { in: path, out: `module-${index}` };
    }),
  );
  await build({
    absWorkingDir: root,
    nodePaths: [join(root, "node_modules")],
    entryPoints,
    outdir: place,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
  });
  const address = `/node_modules/.frameworks/${basename(place)}`;
  const imports = Object.fromEntries([...(await entrances()), ...modules.map((module, index) => [module, `${address}/module-${index}.js`])]);
  const head = ['<link rel="icon" href="data:,">', '<script src="/problems.js"></script>', `<script type="importmap">${JSON.stringify({ imports })}</script>`, extra];
  await writeFile(join(place, "page.html"), ["<!doctype html>", '<meta charset="utf-8">', ...head, '<script type="module" src="/in-page.js"></script>', ""].join("\n"));
  return {
    file: `${address.slice(1)}/page.html`,
    /** Puts a module beside the page; gives its address. */
    async put(name, text) {
      await writeFile(join(place, name), text);
      return `${address}/${name}`;
    },
  };
}

/** An entrance of the package in Node.js, where the frameworks that it imports are those of this repository. */
export async function importEntrance(name, frameworks) {
  for (const framework of frameworks) {
    const link = join(packageFolder, "node_modules", framework);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, "node_modules", framework), link, "dir").catch((error) => {
      if (error.code !== "EEXIST") throw error; // another test file was first
    });
  }
  const { exports } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  return import(pathToFileURL(join(installed, exports[`./${name}`].default)));
}

/**
 * Begins `work` in a page, kills the browser after so many milliseconds of it, and gives what `look` then finds in a new one.
 * Both get `argument`; `work` calls `tell("begun")` once there is something to interrupt.
 */
export async function afterKill({ file }, { work, look, argument, delay }) {
  const profile = await mkdtemp(join(tmpdir(), "conversation-memory-kill-"));
  const server = await servePages();
  const newPage = async ({ context }) => {
    const page = await context.newPage();
    await page.goto(`${server.url}${file}?database=killed`);
    return page;
  };
  let begun;
  const hasBegun = new Promise((resolve) => (begun = resolve));
  let browser = await startBrowser({ profile, args: [] }, begun);
  try {
    const page = await newPage(browser);
    const failed = page.evaluate(work, argument).then(() => "it came to an end", (error) => error.message);
    const early = await Promise.race([hasBegun.then(() => undefined), failed]);
    if (early !== undefined) throw new Error(`the work did not begin: ${early}`);
    await new Promise((resolve) => setTimeout(resolve, delay));
    await browser.kill();
    browser = await startBrowser({ profile, args: [] });
    return await (await newPage(browser)).evaluate(look, argument);
  } finally {
    await browser.close();
    await server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** The blocks of a page of docs/ that say this behind their fence, with the numbers of their lines. */
export function examplesOf(path, info) {
  const text = readFileSync(join(root, "docs", path), "utf8");
  const blocks = [...text.matchAll(/^```([^\n]*)\n(.*?)^```[^\S\n]*$/gms)].filter(([, own]) => (info instanceof RegExp ? info.test(own) : own.trim() === info));
  return blocks.map(({ index, 2: source }) => ({ line: text.slice(0, index).split("\n").length, source }));
}

/** Runs the source of a module in the page. To be given to `inPage`. */
export async function runModule(source) {
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  await import(address);
  await new Promise((resolve) => setTimeout(resolve, 50)); // so that a promise nobody awaited can still fail
}
