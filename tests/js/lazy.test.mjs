// The lazy entry point: nothing of the package is loaded before it is used.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launchBrowser, onlyIn } from "./support/engine.mjs";
import { pagesForThisFile, servePages } from "./support/page.mjs";

const { inPage } = pagesForThisFile();
const options = { file: "blank.html" };

test("a page that has imported it has loaded less than 10 KB, and has everything once a memory is open", async () => {
  const { before, contents, after } = await inPage(
    async () => {
      const loaded = () => {
        const own = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/conversation-memory/"));
        return own.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0);
      };
      const { ConversationManager } = await import("conversation-memory/lazy");
      const before = loaded();
      const memory = await ConversationManager.open({ userId: "user-1" });
      const { id } = await memory.createConversation();
      await memory.addMessage(id, { role: "user", content: "hello" });
      return { before, contents: (await memory.getMessages(id)).map(({ content }) => content), after: loaded() };
    },
    undefined,
    options,
  );
  assert.ok(before > 0 && before < 10_000, `${before} bytes before`);
  assert.ok(after > 300_000, `${after} bytes after`);
  assert.deepEqual(contents, ["hello"]);
});

test("load() gives what the package exports, and the same each time", async () => {
  const { names, isSame, answer } = await inPage(
    async () => {
      const lazy = await import("conversation-memory/lazy");
      const [own, again] = [await lazy.load(), await lazy.load()];
      const manager = await lazy.ConversationManager.open({ userId: "user-1" });
      const model = { generate: async () => ({ text: "hello" }) };
      const { answer } = await new own.ConversationAgent({ manager, model }).processQuery("hi");
      const names = Object.keys(await import("conversation-memory")).filter((name) => !(name in own));
      return { names, isSame: own === again, answer };
    },
    undefined,
    options,
  );
  assert.deepEqual(names, []);
  assert.equal(isSame, true);
  assert.equal(answer, "hello");
});

test("what is refused is refused with the same errors, whose stack has the caller", onlyIn(["chromium"], "tell asynchronous callers"), async () => {
  const { code, own, stack } = await inPage(
    async () => {
      const { ConversationManager, isMemoryError } = await import("conversation-memory/lazy");
      async function ofTheApplication() {
        const memory = await ConversationManager.open({ userId: "" });
        return memory;
      }
      const error = await ofTheApplication().catch((reason) => reason);
      return { code: error.code, own: isMemoryError(error), stack: error.stack };
    },
    undefined,
    options,
  );
  assert.deepEqual([code, own], ["invalid-input", true]);
  assert.match(stack, /ofTheApplication/);
});

test("a file that did not arrive is storage-unavailable, and the next call loads it", onlyIn(["chromium"], "keep a file from a page"), async () => {
  // A page of its own: the browser writes an error of the lost file to its console.
  const [browser, server] = await Promise.all([launchBrowser(), servePages()]);
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}blank.html`);
    const open = () =>
      page.evaluate(async () => {
        const { ConversationManager } = await import("conversation-memory/lazy");
        return ConversationManager.open({ userId: "user-1" }).then((memory) => memory.userId, ({ code, message }) => `${code}: ${message}`);
      });
    await page.route(/dist\/slim\.js/, (route) => route.abort());
    assert.match(await open(), /^storage-unavailable: a file .* could not be loaded.*try again/);
    await page.unroute(/dist\/slim\.js/);
    assert.equal(await open(), "user-1");
  } finally {
    await browser.close();
    await server.close();
  }
});
