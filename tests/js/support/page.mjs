// Fresh pages in one browser per test file.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../../scripts/lib/serve.mjs";
import { launchBrowser } from "./engine.mjs";
import { packageFolder } from "./package.mjs";

/** Whether the memories that `openMemory` opens run in a worker: the environment variable WORKER says so. */
export const inWorker = process.env.WORKER === "1";

/** A test's options when it changes the page's own storage or its Blobs, to see or to break what the memory does with them. */
export const onThisThread = { skip: inWorker && "the memory is in a worker, which has others" };

const supportFolder = fileURLToPath(new URL(".", import.meta.url));

/** Serves the package and the pages of this folder, with these headers besides. */
export const servePages = ({ headers } = {}) =>
  serve({
    headers,
    routes: [
      ["/node_modules/", join(packageFolder, "node_modules")],
      ["/", supportFolder],
    ],
  });

/**
 * The address of a server under a new name. Names below `localhost` lead to this machine and are origins of their own,
 * with storage of their own also where all tests share a profile; below one name more, they share a process too.
 */
export const newOrigin = ({ port }) => `http://${randomUUID()}.test.localhost:${port}/`;

/** The same of plain http, as on an intranet: its pages have no Web Locks. Only in Chromium. */
export const newInsecureOrigin = ({ port }) => `http://${randomUUID()}.insecure.test:${port}/`;

/** A blocked database would hang a page for ever; a test says so instead. */
const TEST_TIMEOUT_MS = 120_000;

async function within(milliseconds, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished after ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Collects what a page must never show: uncaught errors, unhandled rejections and console errors. */
export function watchProblems(page, problems) {
  if (!page.on) return; // by WebDriver; its pages collect them themselves, see problems.js
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
}

/**
 * One browser and one server for the test file that calls this. Every call of the functions it returns gets
 * storage of its own and a new database name, and fails when a page shows an uncaught error.
 */
export function pagesForThisFile() {
  let browser, server, context;
  // Windows that a test has done with: the next one takes them, because a new one takes longer than most tests.
  const free = [];
  before(async () => {
    [browser, server] = await Promise.all([launchBrowser(), servePages()]);
    context = await browser.newContext();
  });
  after(async () => {
    await context?.close();
    await browser?.close();
    await server?.close();
  });

  /** Ends what a page does, and forgets what was to be done in it. */
  async function giveBack(page, origin, script) {
    if (page.isClosed()) return;
    page.removeAllListeners?.();
    await script?.dispose();
    await page.goto(`${origin}left.html`);
    free.push(page);
  }

  /** Runs `work` with `count` tabs of one browser profile, all on the same database name. */
  async function withTabs(count, work, { file = "page.html", prepare, insecure = false } = {}) {
    const tabs = [];
    const scripts = [];
    const problems = [];
    const origin = insecure ? newInsecureOrigin(server) : newOrigin(server);
    const address = `${origin}${file}?database=test-${randomUUID()}${inWorker ? "&worker" : ""}`;
    try {
      for (let index = 0; index < count; index += 1) {
        const page = free.pop() ?? (await context.newPage());
        tabs.push(page);
        watchProblems(page, problems);
        if (prepare) scripts.push(await page.addInitScript(prepare));
        await page.goto(address);
      }
      const result = await within(TEST_TIMEOUT_MS, work(tabs));
      for (const tab of tabs) problems.push(...((await tab.problems?.()) ?? []));
      assert.deepEqual(problems, [], "the page showed errors");
      return result;
    } catch (error) {
      if (problems.length > 0 && error.code !== "ERR_ASSERTION") error.message += `\n${problems.join("\n")}`;
      throw error;
    } finally {
      await Promise.all(tabs.map((page, index) => giveBack(page, origin, scripts[index])));
    }
  }

  /** Runs `work` with one page. */
  const withPage = (work, options) => withTabs(1, ([page]) => work(page), options);

  /** Runs a function inside a fresh page, with everything of `in-page.js` in scope, and returns its result. */
  const inPage = (work, argument, options) => withPage((page) => page.evaluate(work, argument), options);

  return { withTabs, withPage, inPage };
}
