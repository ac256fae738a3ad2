// The browser of the benchmark: a profile of its own, the pages it opens, and what they are asked to do.
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchProfile } from "../scripts/lib/browser.mjs";
import { say } from "../scripts/lib/log.mjs";
import { root } from "../scripts/lib/root.mjs";
import { serve } from "../scripts/lib/serve.mjs";
import { bundleLibraries } from "./libraries.mjs";

/** Garbage is collected when a page asks for it, and memory is measured at once and not after some seconds. */
const FLAGS = ["--js-flags=--expose-gc", "--enable-blink-features=ForceEagerMeasureMemory"];
const SQLITE = "--enable-features=IdbSqliteBackingStore,IdbSqliteOnDiskRollout";

/** Without these headers a page's clock ticks every 0.1 ms only, too coarse for work that takes half a millisecond. */
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Starts the browser, does `work` with its pages and ends the browser. `folder` has the package in its node_modules. */
export async function withPages(folder, { sqlite, text, withoutIndex }, work) {
  const [libraries, data] = [join(folder, "libraries"), join(folder, "data")];
  await bundleLibraries(libraries);
  await mkdir(data, { recursive: true });
  await writeFile(join(data, "text.json"), JSON.stringify(text ?? {}));
  const server = await serve({
    routes: [
      ["/node_modules/conversation-memory/", join(folder, "node_modules/conversation-memory")],
      ...(withoutIndex ? [["/without-index/", withoutIndex]] : []),
      ["/libraries/", libraries],
      ["/data/", data],
      ["/", join(root, "benches")],
    ],
    headers: ISOLATED,
  });
  // A profile on disk: in a throw-away context Chromium keeps IndexedDB in memory only.
  const profile = await mkdtemp(join(tmpdir(), "conversation-memory-bench-"));
  let context;
  try {
    context = await launchProfile(profile, { args: [...FLAGS, ...(sqlite ? [SQLITE] : [])] });
    return await work(await pagesOf(context, server, profile));
  } finally {
    await context?.close();
    await server.close();
    await rm(profile, { recursive: true, force: true });
  }
}

async function pagesOf(context, { url, port }, profile) {
  /** A page of the origin `name`: each has its own databases. */
  const newPage = async (name) => {
    const page = await context.newPage();
    page.on("console", (message) => message.type() !== "warning" && say(`  ${message.text()}`)); // RxDB's are advertisements
    await page.goto(`${name ? `http://${name}.localhost:${port}/` : url}page.html`);
    await page.waitForFunction(() => globalThis.runRow);
    return page;
  };
  /** Calls a function of page.js in a new page. */
  const callInNewPage = async (origin, name, ...parameters) => {
    const page = await newPage(origin);
    try {
      return await page.evaluate(([name, parameters]) => globalThis[name](...parameters), [name, parameters]);
    } finally {
      await page.close();
    }
  };
  const page = await newPage();
  const devTools = await context.newCDPSession(page);
  return {
    chromium: (await devTools.send("Browser.getVersion")).product,
    runRow: (row, sizes) => page.evaluate(([name, all]) => globalThis.runRow(name, all), [row, sizes]),
    callInNewPage,
    async startProfile() {
      await devTools.send("Profiler.enable");
      await devTools.send("Profiler.start");
    },
    stopProfile: async () => JSON.stringify((await devTools.send("Profiler.stop")).profile),
    backend: () => findBackend(profile),
  };
}

/** Which backend really stored the data, told by what lies in the profile. */
async function findBackend(profile) {
  const files = await readdir(join(profile, "Default", "IndexedDB"), { recursive: true }).catch(() => []);
  if (files.some((file) => file.endsWith(".indexeddb.leveldb"))) return "LevelDB";
  return files.some((file) => file.endsWith("-wal")) ? "SQLite" : "unknown";
}
