// The demo's REST client: a frontend made for a server, answered by a service worker, in a real browser, with the package as
// its users have it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test as nodeTest } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../scripts/lib/serve.mjs";
import { engine, launchBrowser, onlyIn } from "./support/engine.mjs";
import { packageFolder } from "./support/package.mjs";
import { watchProblems } from "./support/page.mjs";

const folder = fileURLToPath(new URL("../../www", import.meta.url));
let browser;

const test = (name, work) => nodeTest(name, onlyIn(["chromium"], "be driven by Playwright"), work);

before(async () => {
  if (engine === "chromium") browser = await launchBrowser();
});
after(() => browser?.close());

/** Runs `work` with the page on storage and a server of its own; `allowed` are console errors that the browser itself writes. */
async function withClient(work, { allowed = /^$/, prepare, ...options } = {}) {
  const server = await serve({ routes: [["/node_modules/", join(packageFolder, "node_modules")], ["/", folder]] });
  const context = await browser.newContext(options);
  context.setDefaultTimeout(20_000);
  const problems = [];
  try {
    const page = await context.newPage();
    watchProblems(page, problems);
    if (prepare) await page.addInitScript(prepare);
    await page.goto(`${server.url}rest/`);
    await work(page, { context, server });
    assert.deepEqual(problems.filter((problem) => !allowed.test(problem)), []);
  } finally {
    await context.close();
    await server.close();
  }
}

const ready = (page) => page.locator("body[data-ready]").waitFor();

/** Asks, and waits until the answer is there. */
async function answered(page, question) {
  const before = await page.locator("#messages > li").count();
  await page.fill("#content", question);
  await page.press("#content", "Enter");
  await page.locator(`#messages > li:nth-child(${before + 2})`, { hasNotText: "Answering…" }).waitFor();
  await page.locator("#send:enabled").waitFor();
}

const contents = (page) => page.locator("#messages .content").allTextContents();
const titles = (page) => page.locator("#conversations .name").allTextContents();

/** Waits until the newest requests are these: "method url status", with {id} for an identifier. */
async function logged(page, wanted) {
  const lines = async () => (await page.locator("#log summary").evaluateAll((rows) => rows.map((row) => [...row.children]
    .map(({ textContent }) => textContent.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "{id}")).join(" ")))).slice(0, wanted.length);
  for (let left = 100; left > 0 && String(await lines()) !== String(wanted); left -= 1) await page.waitForTimeout(50);
  assert.deepEqual(await lines(), wanted);
}

const LIST = "GET /api/v1/chat/conversations 200";

test("a question, a reload, then without a network and a server: reload, open, ask, delete", () => withClient(async (page, { context, server }) => {
  await ready(page);
  await logged(page, [LIST]);
  await answered(page, "How healthy is Education?");
  const [question, answer] = await contents(page);
  assert.equal(question, "How healthy is Education?");
  assert.match(answer, /74/);
  assert.ok(!answer.includes("```"));
  assert.equal(await page.locator("#spoken").textContent(), answer);
  assert.match(await page.locator("#messages .insights").innerText(), /Best year of Education: 2025/);
  assert.deepEqual(await page.locator("#messages .chart text.figure").allTextContents(), ["61", "64", "70", "74"]);
  assert.equal(await page.locator("#title").textContent(), "How healthy is Education?");
  await logged(page, [LIST, "POST /api/v1/chat/message 200", LIST]);

  await page.reload();
  await ready(page);
  assert.deepEqual(await titles(page), ["How healthy is Education?"]);
  assert.deepEqual(await contents(page), [question, answer], "the address opens it again");
  assert.equal(await page.locator("#messages .insights li").count(), 1);
  assert.equal(await page.locator("#messages .chart").count(), 1);

  await context.setOffline(true);
  await page.locator("#offline", { hasText: "Offline" }).waitFor();
  await server.close();
  await page.goto(`${server.url}rest/`);
  await ready(page);
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector(".bar")).display), "flex", "with its styles");
  await page.locator("#conversations a").click();
  await page.locator("#messages > li").nth(1).waitFor();
  await answered(page, "And in 2024?");
  assert.match((await contents(page))[3], /Education.* 70 /);
  await logged(page, [LIST, "POST /api/v1/chat/message 200", "GET /api/v1/chat/conversations/{id} 200", LIST]);

  await page.click("#delete");
  await page.click("#question-yes");
  await page.locator("#no-conversations").waitFor();
  assert.deepEqual(await titles(page), []);
  assert.deepEqual(await contents(page), []);
  await logged(page, [LIST, "DELETE /api/v1/chat/conversations/{id} 200"]);
}));

test("what the API refuses is told in its words, and stands in the log", () => withClient(async (page) => {
  await ready(page);
  await page.click("#send");
  await page.locator("#notices .error", { hasText: "422: body.query: String should not be blank" }).waitFor();
  await logged(page, ["POST /api/v1/chat/message 422", LIST]);
  await page.locator("#log summary").first().click();
  const bodies = await page.locator("#log > li:first-child pre").allTextContents();
  assert.deepEqual(bodies.map((body) => Object.keys(JSON.parse(body))), [["query"], ["detail"]]);
  await page.evaluate(() => { location.hash = "unknown"; });
  await page.locator("#notices .error", { hasText: "404: Conversation not found" }).waitFor();
  await logged(page, ["GET /api/v1/chat/conversations/unknown 404"]);
  await answered(page, "Compare all sectors");
}, { allowed: /422|404/ }));

test("what people write stays text", () => withClient(async (page) => {
  await ready(page);
  const markup = "<img src=x onerror=alert(1)> <b>Energy</b>";
  await answered(page, markup);
  assert.equal((await contents(page))[0], markup);
  assert.deepEqual(await titles(page), [markup]);
  await page.reload();
  await ready(page);
  assert.equal((await contents(page))[0], markup);
  assert.equal(await page.locator("main :is(img, b)").count(), 0);
}));

test("a reload that goes past the worker does not end the page", () => withClient(async (page, { context }) => {
  await ready(page);
  const devTools = await context.newCDPSession(page);
  await Promise.all([page.waitForEvent("load"), devTools.send("Page.reload", { ignoreCache: true })]);
  await ready(page);
  await answered(page, "Which sector grew most?");
}));

test("where there are no service workers the page says so", () => withClient(async (page) => {
  await page.locator("#notices .error", { hasText: "This page needs a service worker" }).waitFor();
  assert.equal(await page.locator("#where").textContent(), "Nobody answers here.");
}, { prepare: () => delete Navigator.prototype.serviceWorker }));

test("the chat page leads here and back, and on a phone nothing is wider than the screen", () => withClient(async (page) => {
  await ready(page);
  await page.click("a.back");
  await page.locator("body[data-ready]").waitFor();
  await page.click('[data-show="conversations"]');
  await page.click("a[href='rest/']");
  await ready(page);
  await answered(page, "longwordwithoutspaces".repeat(20));
  for (const pane of ["conversations", "thread", "inspector"]) {
    await page.click(`[data-show="${pane}"]`);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 375, pane);
    assert.deepEqual(await page.locator(".scroll:visible").evaluateAll((all) => all.map((one) => one.scrollWidth - one.clientWidth)), [0], pane);
  }
}, { viewport: { width: 375, height: 740 } }));
