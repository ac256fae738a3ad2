// A browser on a profile that stays, its pages, and how it is killed.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launchProfile } from "../lib/browser.mjs";
import { root } from "../lib/root.mjs";
import { serve } from "../lib/serve.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/**
 * A server for the pages and a folder for the profile, for as long as `work` takes. `folder` has the package in its
 * `node_modules`; with `sqlite` the browser keeps IndexedDB in SQLite, to which Chromium is moving, instead of LevelDB.
 */
export async function withPlace({ folder, sqlite = false }, work) {
  const place = await mkdtemp(join(tmpdir(), "conversation-memory-faults-"));
  const [files, profile] = [join(place, "files"), join(place, "profile")];
  await mkdir(files);
  const server = await serve({
    routes: [
      ["/node_modules/", join(folder, "node_modules")],
      ["/support/", join(root, "tests", "js", "support")],
      ["/fixtures/", join(root, "tests", "fixtures")],
      ["/files/", files],
      ["/faults/", here],
    ],
  });
  try {
    return await work({
      origin: server.url,
      profile,
      args: sqlite ? ["--enable-features=IdbSqliteBackingStore,IdbSqliteOnDiskRollout"] : [],
      url: (database) => `${server.url}faults/page.html?database=${encodeURIComponent(database)}`,
      keep: (name, text) => writeFile(join(files, name), text),
    });
  } finally {
    await server.close();
    await rm(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Starts the browser on the profile. `told` hears what the pages tell. */
export async function startBrowser({ profile, url, args }, told = () => {}) {
  const context = await launchProfile(profile, { args });
  await context.exposeBinding("tell", (_, entry) => told(entry));
  const devTools = await context.browser().newBrowserCDPSession();
  const { processInfo } = await devTools.send("SystemInfo.getProcessInfo");
  const { id } = processInfo.find(({ type }) => type === "browser");
  return {
    context,
    version: `Chromium ${context.browser().version()}`,

    /** A page for a database, new or one that goes there. */
    async newPage(database, used) {
      const page = used ?? (await context.newPage());
      await page.goto(url(database));
      await page.waitForFunction(() => globalThis.works && globalThis.tab && globalThis.full && globalThis.look);
      return page;
    },

    /** Ends all processes of the browser at the same moment, as a power switch would; they are one process group. */
    async kill() {
      const closed = new Promise((resolve) => context.once("close", resolve));
      process.kill(-id, "SIGKILL");
      await closed;
      while (isAlive(-id)) await new Promise((resolve) => setTimeout(resolve, 10));
    },

    close: () => context.close(),
  };
}

function isAlive(id) {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}
