// The demo page, as a person uses it: in a real browser, with the package as its users have it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test as nodeTest } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../scripts/lib/serve.mjs";
import { engine, launchBrowser, onlyIn } from "./support/engine.mjs";
import { answers, modelServer, saying } from "./support/model-server.mjs";
import { packageFolder } from "./support/package.mjs";
import { watchProblems } from "./support/page.mjs";

const folder = fileURLToPath(new URL("../../www", import.meta.url));
let browser, server;

const test = (name, work) => nodeTest(name, onlyIn(["chromium"], "be driven by Playwright"), work);

before(async () => {
  if (engine !== "chromium") return;
  server = await serve({ routes: [["/node_modules/", join(packageFolder, "node_modules")], ["/", folder]] });
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Runs `work` with the page on storage of its own; `allowed` are console errors that the browser itself writes. */
async function withDemo(work, { allowed = /^$/, ...options } = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(20_000);
  const problems = [];
  try {
    const page = await context.newPage();
    watchProblems(page, problems);
    await page.goto(server.url);
    await ready(page);
    await work(page, context);
    assert.deepEqual(problems.filter((problem) => !allowed.test(problem)), []);
  } finally {
    await context.close();
  }
}

const ready = (page) => page.locator("body[data-ready]").waitFor();

async function ask(page, question) {
  await page.fill("#content", question);
  await page.press("#content", "Enter");
}

/** Until the answer is stored. */
async function answered(page, question) {
  await ask(page, question);
  await page.locator("#messages .live").waitFor();
  await page.locator("#messages .live").waitFor({ state: "detached" });
}

/** Until so many words have come. */
const arriving = (page, length) => page.waitForFunction((length) => document.querySelector("#messages .live .content")?.textContent.length > length, length);

/** What the thread shows: [role, status, words] of each message. */
const shown = (page) => page.locator("#messages > li").evaluateAll((rows) => rows.map((row) => [
  row.querySelector("strong").textContent.toLowerCase(),
  row.querySelector(".status")?.textContent ?? "complete",
  row.querySelector(".content").textContent,
]));

/** Waits until the thread shows messages with these statuses. */
async function withStatuses(page, wanted) {
  await page.waitForFunction((wanted) => {
    const rows = [...document.querySelectorAll("#messages > li")];
    return JSON.stringify(rows.map((row) => row.querySelector(".status")?.textContent ?? "complete")) === JSON.stringify(wanted);
  }, wanted).catch(async () => assert.deepEqual((await shown(page)).map(([, status]) => status), wanted));
}

const place = (page) => page.locator("#messages .place").allTextContents();
const focused = (page) => page.evaluate(() => document.activeElement.id);

test("a question is answered word by word, without the block of JSON, and with a chart", () => withDemo(async (page) => {
  await page.evaluate(() => {
    globalThis.seen = [];
    new MutationObserver(() => {
      const text = document.querySelector("#messages .live .content")?.textContent;
      if (text) seen.push(text);
    }).observe(document.querySelector("#messages"), { subtree: true, childList: true, characterData: true });
  });
  await answered(page, "How healthy is Education?");
  const [[, , question], [role, status, answer]] = await shown(page);
  assert.deepEqual([question, role, status], ["How healthy is Education?", "assistant", "complete"]);
  assert.match(answer, /74/);
  const seen = await page.evaluate(() => seen);
  assert.ok(new Set(seen).size > 5, "came in pieces");
  assert.ok(seen.every((text) => answer.startsWith(text)), "nothing but the beginning of the answer was seen");
  assert.deepEqual(await page.locator("#messages .chart.line text.figure").allTextContents(), ["61", "64", "70", "74"]);
  assert.match(await page.locator("#spoken").textContent(), /invented/);
  assert.equal(await focused(page), "content");
}));

test("a suggestion begins a conversation; what the model does not know it says", () => withDemo(async (page) => {
  await page.locator("#suggestions button").first().click();
  await page.locator("#messages .live").waitFor();
  await page.locator("#messages .live").waitFor({ state: "detached" });
  await answered(page, "Wie spät ist es? 🕰️ كم الساعة");
  const messages = await shown(page);
  assert.equal(messages.length, 4);
  assert.match(messages[3][2], /demonstration model/);
}));

test("Stop and Escape end an answer and keep the part that had arrived", () => withDemo(async (page) => {
  for (const stop of [() => page.click("#stop"), () => page.keyboard.press("Escape")]) {
    await ask(page, "Compare all sectors");
    await arriving(page, 10);
    await stop();
    await page.locator("#send").waitFor();
    assert.equal(await focused(page), "content");
  }
  await withStatuses(page, ["complete", "interrupted", "complete", "interrupted"]);
  const [, [, , one], , [, , other]] = await shown(page);
  assert.ok(one.length > 9 && other.length > 9 && !other.includes("invented"));
}));

test("a reload in the middle leaves the part, marked", () => withDemo(async (page) => {
  await ask(page, "Compare all sectors");
  await arriving(page, 50);
  // What has arrived is saved four times a second. (`waitForFunction` takes the promise of a function for its answer.)
  await page.evaluate(async () => {
    const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    const database = await done(indexedDB.open("conversation-memory-workbench"));
    for (const start = performance.now(); ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const [draft] = await done(database.transaction("drafts").objectStore("drafts").getAll());
      if (draft?.content?.includes("Finance")) break;
      if (draft === undefined || performance.now() - start > 20_000) throw new Error("nothing of the answer was saved while it arrived");
    }
    database.close();
  });
  await page.reload();
  await ready(page);
  await withStatuses(page, ["complete", "interrupted"]);
  assert.match((await shown(page))[1][2], /Finance/);
}));

test("Regenerate and Edit make branches, and the arrows lead from one to the other", () => withDemo(async (page) => {
  await answered(page, "Compare all sectors");
  const first = (await shown(page))[1][2];
  await page.getByRole("button", { name: "Answer this question again" }).click();
  assert.equal(await focused(page), "stop");
  await page.locator("#messages .live").waitFor({ state: "detached" });
  assert.equal(await focused(page), "content");
  assert.deepEqual(await place(page), ["2 / 2"]);
  assert.notEqual((await shown(page))[1][2], first);
  await page.getByRole("button", { name: "Previous branch" }).click();
  await page.locator(".place", { hasText: "1 / 2" }).waitFor();
  assert.equal((await shown(page))[1][2], first);
  assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), "Next branch");

  await page.getByRole("button", { name: "Edit this question" }).click();
  await page.keyboard.press("Escape");
  assert.equal((await shown(page))[0][2], "Compare all sectors");
  await page.getByRole("button", { name: "Edit this question" }).click();
  await page.locator(".edit textarea").fill("How healthy is Energy?");
  await page.keyboard.press("Enter");
  await page.locator("#messages .live").waitFor({ state: "detached" });
  assert.deepEqual(await place(page), ["2 / 2"]);
  assert.equal((await shown(page))[0][2], "How healthy is Energy?");
  await page.getByRole("button", { name: "Previous branch" }).click();
  await page.locator(".place").nth(1).waitFor();
  // Its newest continuation is the other answer.
  assert.deepEqual(await place(page), ["1 / 2", "2 / 2"]);
}));

test("offline questions wait; one is cancelled; back online the other is answered", () => withDemo(async (page, context) => {
  await answered(page, "How healthy is Finance?");
  await context.setOffline(true);
  await page.locator("#offline", { hasText: "Offline" }).waitFor();
  await ask(page, "How healthy is Energy?");
  await withStatuses(page, ["complete", "complete", "waiting"]);
  await ask(page, "And Healthcare?");
  await withStatuses(page, ["complete", "complete", "waiting", "waiting"]);
  await page.getByRole("button", { name: "Cancel this question" }).last().click();
  await withStatuses(page, ["complete", "complete", "waiting", "failed"]);
  await context.setOffline(false);
  await withStatuses(page, ["complete", "complete", "complete", "failed", "complete"]);
  assert.match((await shown(page))[4][2], /Energy/);
  assert.equal(await page.locator("#offline").textContent(), "");
}));

test("older messages come on request, also on a branch", () => withDemo(async (page) => {
  await page.click("#new-conversation button");
  await page.locator("#open-conversation").waitFor();
  await page.evaluate(async () => {
    const { ConversationManager } = await import("conversation-memory");
    const memory = await ConversationManager.open({ userId: "workbench", databaseName: "conversation-memory-workbench" });
    const id = location.hash.slice(1);
    const stored = await memory.addMessages(id, Array.from({ length: 70 }, (_, index) => ({ role: "user", content: `old ${index}` })));
    await memory.addMessage(id, { role: "user", content: "branch 0", parentId: stored[9].id });
    await memory.addMessages(id, Array.from({ length: 60 }, (_, index) => ({ role: "user", content: `branch ${index + 1}` })));
    await memory.close();
  });
  await page.reload();
  await ready(page);
  const contents = async () => (await shown(page)).map(([, , content]) => content);
  assert.equal((await contents()).length, 50);
  await page.click("#older");
  await page.locator("#older").waitFor({ state: "hidden" });
  assert.deepEqual(await contents(), [...Array.from({ length: 10 }, (_, index) => `old ${index}`), ...Array.from({ length: 61 }, (_, index) => `branch ${index}`)]);
  assert.deepEqual(await place(page), ["2 / 2"]);
}));

test("a server's model: its failure stands in the thread, its key is stored nowhere, its answer streams", async () => {
  const model = await modelServer();
  try {
    await withDemo(async (page) => {
      await page.click("#model-button");
      await page.check('[name="kind"][value="server"]');
      await page.fill('[name="baseURL"]', model.url);
      await page.fill('[name="name"]', "little-model");
      await page.fill('[name="key"]', "sk-very-secret-key");
      await page.keyboard.press("Enter");
      await page.locator("#model").waitFor({ state: "hidden" });
      assert.match(await page.locator("#where").textContent(), /127\.0\.0\.1/);
      model.plan(answers.json({ error: { message: "bad key" } }, 401));
      await ask(page, "Hello?");
      await withStatuses(page, ["complete", "failed"]);
      assert.match((await shown(page))[1][2], /^Error: .*bad key/);
      model.plan(answers.stream(saying("Hel", "lo ", "<b>you</b>")));
      await page.getByRole("button", { name: "Answer this question again" }).click();
      await withStatuses(page, ["complete", "complete"]);
      assert.equal((await shown(page))[1][2], "Hello <b>you</b>");
      assert.equal(model.requests[0].headers.authorization, "Bearer sk-very-secret-key");
      const kept = await page.evaluate(async () => {
        const { ConversationManager } = await import("conversation-memory");
        const memory = await ConversationManager.open({ userId: "workbench", databaseName: "conversation-memory-workbench" });
        const messages = await memory.getMessages(location.hash.slice(1));
        await memory.close();
        return JSON.stringify([{ ...sessionStorage }, { ...localStorage }, messages, document.cookie]) + document.documentElement.outerHTML;
      });
      assert.ok(!kept.includes("very-secret"));
      await page.reload();
      await ready(page);
      assert.equal(await page.locator("#model-name").textContent(), "little-model");
      await page.getByRole("button", { name: "Enter it" }).click();
      assert.equal(await page.inputValue('[name="key"]'), "");
    }, { allowed: /401/ });
  } finally {
    await model.close();
  }
});

test("on a phone nothing is wider than the screen, and a long text without spaces breaks", () => withDemo(async (page) => {
  await page.locator("#composer").waitFor();
  await answered(page, `${"longwordwithoutspaces".repeat(20)} 👩‍👩‍👧‍👦 שלום`);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 375);
  const widest = await page.locator("#messages-scroll").evaluate((scroll) => scroll.scrollWidth - scroll.clientWidth);
  assert.equal(widest, 0);
}, { viewport: { width: 375, height: 740 } }));
