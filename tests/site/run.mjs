// `npm run test:site`: builds the documentation and reads it in a browser as a person would; with `-- --built` what is there.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchBrowser } from "../../scripts/lib/browser.mjs";
import { step } from "../../scripts/lib/log.mjs";
import { main } from "../../scripts/lib/main.mjs";
import { serve } from "../../scripts/lib/serve.mjs";
import { buildSite, site } from "../../site/build.mjs";
import { checkLinks } from "../../site/links.mjs";

const SIZES = [{ width: 1280, height: 900 }, { width: 360, height: 740 }];
const SCHEMES = ["light", "dark"];

/** Waits until the page has that heading. */
const headed = (page, title) => page.locator("h1", { hasText: title }).waitFor();

/** Steps of a reader, each on a page of its own that begins with the overview. */
const STEPS = {
  "the overview has the name of the package": async (page) => {
    await headed(page, "conversation-memory");
  },

  "the search finds a word, and leads to its page": async (page) => {
    await page.locator(".VPNavBarSearch button").first().click();
    await page.locator(".VPLocalSearchBox input").fill("TanStack");
    const found = page.locator(".VPLocalSearchBox .result").first();
    await found.waitFor();
    assert.match(await found.innerText(), /TanStack/);
    await found.click();
    await page.waitForURL(/\/adapters\/tanstack-ai\.html/);
    await headed(page, "TanStack AI");
  },

  "the search finds a method of the API reference": async (page) => {
    await page.locator(".VPNavBarSearch button").first().click();
    await page.locator(".VPLocalSearchBox input").fill("applyRetention");
    await page.locator(".VPLocalSearchBox .result", { hasText: "ConversationManager" }).first().waitFor();
  },

  "a link of the API reference leads from a class to a type": async (page, address) => {
    await page.goto(`${address}api/conversation-memory/classes/ConversationManager.html`);
    await page.locator("main a", { hasText: "OpenOptions" }).first().click();
    await page.waitForURL(/\/interfaces\/OpenOptions\.html/);
    await headed(page, "OpenOptions");
    assert.match(await page.locator("main").innerText(), /Whose memory this is/);
  },

  "the reference of the crate is there": async (page, address) => {
    await page.goto(`${address}api/`);
    await page.locator("main a", { hasText: "rustdoc" }).click();
    await page.waitForURL(/\/rust\/conversation_memory\/index\.html/);
    await headed(page, "conversation_memory");
  },
};

/** The check of the links finds what it is for, and nothing else. */
async function checkTheCheck() {
  const folder = await mkdtemp(join(tmpdir(), "site-links-"));
  try {
    await writeFile(join(folder, "a.html"), '<h1 id="top">A</h1><a href="/b.html#here">b</a><a href="b.html">b</a><a href="https://example.org/">c</a>');
    await writeFile(join(folder, "b.html"), '<h2 id="here">B</h2><a href="a.html#top">a</a>');
    await checkLinks(folder);
    for (const wrong of ['<a href="/none.html">x</a>', '<a href="b.html#none">x</a>', '<img src="https://example.org/x.png">', '<script src="//example.org/x.js"></script>']) {
      await writeFile(join(folder, "c.html"), wrong);
      await assert.rejects(checkLinks(folder), /^Error: c\.html: /, wrong);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main(import.meta.url, async () => {
  await step("links that lead nowhere are found", checkTheCheck);
  const folder = process.argv.includes("--built") ? site : await buildSite();
  const server = await serve({ routes: [["/", folder]] });
  const browser = await launchBrowser();
  try {
    for (const viewport of SIZES) {
      for (const colorScheme of SCHEMES) {
        for (const [name, work] of Object.entries(STEPS)) {
          await step(`${viewport.width} px, ${colorScheme}: ${name}`, () => readAs({ viewport, colorScheme }, work));
        }
      }
    }
  } finally {
    await browser.close();
    await server.close();
  }

  /** A reader with a profile of their own. Nothing is asked of another origin, nothing fails, and nothing is wider than the screen. */
  async function readAs(reader, work) {
    const context = await browser.newContext(reader);
    const problems = [];
    context.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(server.url) && !/^(data|blob):/.test(url)) problems.push(`asks for ${url}`);
    });
    context.on("response", (response) => response.status() >= 400 && problems.push(`${response.status()} for ${response.url()}`));
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      page.on("pageerror", ({ message }) => problems.push(message));
      page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
      await page.goto(server.url);
      await work(page, server.url);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wider <= 0, `${page.url()} is ${wider} px wider than the screen`);
      assert.deepEqual(problems, []);
    } finally {
      await context.close();
    }
  }
});
