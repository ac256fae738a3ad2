// The browser of the benchmark: a profile of its own, the pages it opens, and what they are asked to do.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchProfile } from "../scripts/lib/browser.mjs";
import { say } from "../scripts/lib/log.mjs";
import { root } from "../scripts/lib/root.mjs";
import { serve } from "../scripts/lib/serve.mjs";

const SQLITE = "--enable-features=IdbSqliteBackingStore,IdbSqliteOnDiskRollout";

/** Starts the browser, does `work` with its pages and ends the browser. `folder` has the package in its node_modules. */
export async function withPages(folder, { sqlite }, work) {
  const server = await serve({
    routes: [
      ["/node_modules/conversation-memory/", join(folder, "node_modules/conversation-memory")],
      ["/node_modules/dexie/", join(root, "node_modules/dexie")],
      ["/", join(root, "benches")],
    ],
  });
  // A profile on disk: in a throw-away context Chromium keeps IndexedDB in memory only.
  const profile = await mkdtemp(join(tmpdir(), "conversation-memory-bench-"));
  let context;
  try {
    context = await launchProfile(profile, { args: ["--js-flags=--expose-gc", ...(sqlite ? [SQLITE] : [])] });
    await isolate(context);
    return await work(await pagesOf(context, `${server.url}page.html`, profile));
  } finally {
    await context?.close();
    await server.close();
    await rm(profile, { recursive: true, force: true });
  }
}

async function pagesOf(context, url, profile) {
  const newPage = async () => {
    const page = await context.newPage();
    page.on("console", (message) => say(`  ${message.text()}`));
    await page.goto(url);
    await page.waitForFunction(() => globalThis.openCold && globalThis.runRow);
    return page;
  };
  const page = await newPage();
  const devTools = await context.newCDPSession(page);
  return {
    chromium: (await devTools.send("Browser.getVersion")).product,
    runRow: (row, sizes) => page.evaluate(([name, all]) => globalThis.runRow(name, all), [row, sizes]),
    openCold: (opens) => openCold(newPage, opens),
    async startProfile() {
      await devTools.send("Profiler.enable");
      await devTools.send("Profiler.start");
    },
    stopProfile: async () => JSON.stringify((await devTools.send("Profiler.stop")).profile),
    backend: () => findBackend(profile),
  };
}

/** Without these headers a page's clock ticks every 0.1 ms only, too coarse for work that takes half a millisecond. */
async function isolate(context) {
  await context.route("**/page.html", async (route) => {
    const response = await route.fetch();
    const headers = {
      ...response.headers(),
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    };
    await route.fulfill({ response, headers });
  });
}

/** A new page for every start, in turns. The first round creates the databases and does not count. */
async function openCold(newPage, opens) {
  const times = { "ours, module and database": [], "Dexie, module and database": [], "ours, module alone": [], "Dexie, module alone": [] };
  for (let round = 0; round <= opens; round++) {
    for (const name of round % 2 ? ["ours", "Dexie"] : ["Dexie", "ours"]) {
      const page = await newPage();
      const { load, open } = await page.evaluate((each) => globalThis.openCold(each), name);
      await page.close();
      if (round === 0) continue;
      times[`${name}, module and database`].push(load + open);
      times[`${name}, module alone`].push(load);
    }
  }
  return { work: "open in a page that has loaded nothing", times };
}

/** Which backend really stored the data, told by what lies in the profile. */
async function findBackend(profile) {
  const files = await readdir(join(profile, "Default", "IndexedDB"), { recursive: true }).catch(() => []);
  if (files.some((file) => file.endsWith(".indexeddb.leveldb"))) return "LevelDB";
  return files.some((file) => file.endsWith("-wal")) ? "SQLite" : "unknown";
}
