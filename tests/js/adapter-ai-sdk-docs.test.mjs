// The examples of docs/adapters/ai-sdk.md, with useChat in a real browser, driven as a person would.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { bundle } from "./support/bundle.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { withPage } = pagesForThisFile();
const guide = await readFile(new URL("../../docs/adapters/ai-sdk.md", import.meta.url), "utf8");
const example = (name) => new RegExp(`^\`\`\`jsx run ${name}\n(.*?)^\`\`\`$`, "ms").exec(guide)[1];

/** In place of "./model.js" and "./transport.js": answers that arrive in two pieces. */
const MODEL = `const model = {
  generate: async ({ messages }, { onDelta }) => {
    const text = "I heard: " + messages.at(-1).content;
    onDelta("I heard: ");
    await new Promise((resolve) => setTimeout(resolve, 600));
    return { text };
  },
};`;
const TRANSPORT = `const transport = {
  sendMessages: async ({ messages }) => new ReadableStream({
    async start(controller) {
      const text = messages.at(-1).parts.map(({ text }) => text).join("");
      controller.enqueue({ type: "start", messageId: crypto.randomUUID() });
      controller.enqueue({ type: "text-start", id: "t" });
      controller.enqueue({ type: "text-delta", id: "t", delta: "I heard: " });
      await new Promise((resolve) => setTimeout(resolve, 200));
      controller.enqueue({ type: "text-delta", id: "t", delta: text });
      controller.enqueue({ type: "text-end", id: "t" });
      controller.enqueue({ type: "finish" });
      controller.close();
    },
  }),
  reconnectToStream: async () => null,
};`;

// All before the first test: what is set up for a file is taken down when no test is left.
const pages = [];
for (const name of ["after", "save", "before"]) {
  const source = example(name).replace(/^import \{ model \}.*$/m, MODEL).replace(/^import \{ transport \}.*$/m, TRANSPORT);
  pages.push({ name, address: await bundle({ source }) });
}

for (const { name, address } of pages) {
  test(`a chat with useChat: ${name}`, async () => {
    await withPage(async (page) => {
      const start = () => page.evaluate(async (address) => {
        document.body.innerHTML = '<div id="root"></div>';
        await import(address);
        Object.assign(globalThis, {
          said: () => [...document.querySelectorAll("main p")].map((each) => each.textContent).join(" | "),
          press: (label) => [...document.querySelectorAll("button")].find((each) => each.textContent === label).click(),
          until: async (condition) => {
            for (let waited = 0; !condition(); waited += 20) {
              if (waited > 10_000) throw new Error(`${condition}: ${said()}`);
              await new Promise((resolve) => setTimeout(resolve, 20));
            }
          },
        });
        await until(() => document.querySelector("input"));
      }, address);
      await start();
      await page.evaluate(async () => {
        document.querySelector("input").value = "Hello";
        press("Ask");
        await until(() => said() === "Hello | I heard: ");
        await until(() => said() === "Hello | I heard: Hello");
        await new Promise((resolve) => setTimeout(resolve, 300)); // until it is ready again, and saved
        press("Again");
        await until(() => said() === "Hello | I heard: ");
        await until(() => said() === "Hello | I heard: Hello");
        await new Promise((resolve) => setTimeout(resolve, 300));
      });
      await page.reload();
      await start();
      assert.equal(await page.evaluate(async () => (await until(() => said() !== ""), said())), "Hello | I heard: Hello");
      const stored = await page.evaluate(async () => {
        const { ConversationManager } = await import("conversation-memory");
        const memory = await ConversationManager.open({ userId: "ada" });
        const [{ id, messageCount }] = await memory.listConversations();
        return [messageCount, (await memory.getMessages(id)).length];
      });
      assert.deepEqual(stored, [3, 2], "answered anew: both answers are there, one is shown");
    }, { file: "blank.html" });
  });
}

test("the numbers of lines that the page tells", () => {
  const [, before, save] = /takes (\d+) lines instead of (\d+)/.exec(guide);
  const linesOf = (source) => source.split("\n").filter((line) => line.trim() !== "").length;
  assert.deepEqual([linesOf(example("before")), linesOf(example("save"))], [Number(before), Number(save)]);
});
