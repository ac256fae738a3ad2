// Fresh pages in one Chromium per test file.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { launchBrowser } from "../../../scripts/lib/browser.mjs";
import { serve } from "../../../scripts/lib/serve.mjs";
import { packageFolder } from "./package.mjs";

export const supportFolder = fileURLToPath(new URL(".", import.meta.url));

/** Serves the package and the pages of this folder. */
export const servePages = () =>
  serve({
    routes: [
      ["/node_modules/", join(packageFolder, "node_modules")],
      ["/", supportFolder],
    ],
  });

/** A blocked database would hang a page for ever; a test says so instead. */
const LONGEST_TEST = 120_000;

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
  let browser, server;
  before(async () => {
    [browser, server] = await Promise.all([launchBrowser(), servePages()]);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Runs `work` with `count` tabs of one browser profile, all on the same database name. */
  async function withTabs(count, work, { file = "page.html", prepare } = {}) {
    const context = await browser.newContext();
    const problems = [];
    const address = `${server.url.replace(/\/$/, "")}/${file}?database=test-${randomUUID()}`;
    try {
      const tabs = [];
      for (let index = 0; index < count; index += 1) {
        const page = await context.newPage();
        watchProblems(page, problems);
        if (prepare) await page.addInitScript(prepare);
        await page.goto(address);
        tabs.push(page);
      }
      const result = await within(LONGEST_TEST, work(tabs));
      assert.deepEqual(problems, [], "the page showed errors");
      return result;
    } catch (error) {
      if (problems.length > 0 && error.code !== "ERR_ASSERTION") error.message += `\n${problems.join("\n")}`;
      throw error;
    } finally {
      await context.close();
    }
  }

  /** Runs `work` with one page. */
  const withPage = (work, options) => withTabs(1, ([page]) => work(page), options);

  /** Runs a function inside a fresh page, with everything of `in-page.js` in scope, and returns its result. */
  const inPage = (work, argument, options) => withPage((page) => page.evaluate(work, argument), options);

  return { withTabs, withPage, inPage };
}
