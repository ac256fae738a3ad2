// The example of docs/adapters/assistant-ui.md, with the two files that it says to copy, in a real browser, driven as a person would.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { bundle } from "./support/bundle.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { withTabs } = pagesForThisFile();
const guide = await readFile(new URL("../../docs/adapters/assistant-ui.md", import.meta.url), "utf8");
const example = /^```jsx run after\n(.*?)^```$/ms.exec(guide)[1];

/** In place of "./model.js": an answer in pieces, the second of which comes when it is told to. */
const MODEL = `const model = {
  generate: async ({ messages }, { onDelta }) => {
    onDelta("I heard: ");
    if (globalThis.waits) await new Promise((resolve) => (globalThis.goOn = resolve));
    return { text: "I heard: " + messages.at(-1).content };
  },
};`;

const source = example
  .replace(/^import \{ model \}.*$/m, MODEL)
  .replace('"./Side.js"', '"./examples/assistant-ui/src/Side.tsx"')
  .replace('"./Thread.js"', '"./examples/assistant-ui/src/Thread.tsx"');
const address = await bundle({ source });

const start = (page, hash = "") =>
  page.evaluate(async ([address, hash]) => {
    location.hash = hash;
    document.body.innerHTML = '<div id="root"></div>';
    await import(address);
    const wordsOf = (selector) => [...document.querySelectorAll(selector)].map((each) => each.textContent);
    Object.assign(globalThis, {
      said: () => wordsOf(".message .text").join(" | "),
      titles: () => wordsOf("nav .item button:first-child").join(),
      press: (label) => [...document.querySelectorAll("button")].find((each) => each.textContent === label).click(),
      // As typed: React hears of what is set past its own property.
      type: (input, text) => {
        Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), "value").set.call(input, text);
        input.dispatchEvent(new Event("input", { bubbles: true }));
      },
      ask: async (text) => {
        type(document.querySelector(".ask textarea"), text);
        await until(() => document.querySelector(".ask .primary")?.disabled === false);
        press("Ask");
      },
      until: async (condition) => {
        for (let waited = 0; !(await condition()); waited += 20) {
          if (waited > 10_000) throw new Error(`${condition}: ${said()}, ${titles()}`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
      shows: (words) => until(() => said() === words),
      memory: await (await import("conversation-memory")).ConversationManager.open({ userId: "ada" }),
    });
    globalThis.stored = async () => {
      const [{ id } = {}] = await memory.listConversations();
      return id === undefined ? [] : (await memory.getTree(id)).messages.map(({ content, status }) => `${content} (${status})`);
    };
    await until(() => document.querySelector("textarea"));
  }, [address, hash]);

const isStored = (page, ...messages) => page.evaluate((messages) => until(async () => (await stored()).join(" | ") === messages), messages.join(" | "));

test("threads that are kept, in several tabs, with a search and a picker of branches", async () => {
  await withTabs(2, async ([page, other]) => {
    await start(page);
    await start(other);
    await page.evaluate(async () => {
      await ask("Hello");
      await shows("Hello | I heard: Hello");
      await until(() => titles() === "Hello");
    });
    await isStored(page, "Hello (complete)", "I heard: Hello (complete)");
    // The other tab has heard of it, and a question there comes behind it.
    await other.evaluate(async () => {
      await until(() => titles() === "Hello");
      press("Hello");
      await shows("Hello | I heard: Hello");
      await ask("And you?");
      await shows("Hello | I heard: Hello | And you? | I heard: And you?");
    });
    await page.evaluate(() => shows("Hello | I heard: Hello | And you? | I heard: And you?"));
    await isStored(page, "Hello (complete)", "I heard: Hello (complete)", "And you? (complete)", "I heard: And you? (complete)");

    // A page that goes away while an answer arrives.
    await page.evaluate(async () => {
      globalThis.waits = true;
      await ask("Still there?");
      await until(async () => (await stored()).at(-1) === "I heard:  (interrupted)");
    });
    const hash = await page.evaluate(() => location.hash);
    await page.reload();
    await start(page, hash);
    await page.evaluate(() => until(() => said().endsWith("Still there? | I heard: ")));

    await page.evaluate(async () => {
      press("Again");
      await until(() => [...document.querySelectorAll(".branches span")].some(({ textContent }) => textContent === "2 / 2"));
      type(document.querySelector("[type=search]"), "hel");
      await until(() => document.querySelector("nav mark")?.textContent === "Hello");
      document.querySelector("nav mark").closest("button").click();
    });
    assert.equal(await page.evaluate(() => location.hash), hash);
  }, { file: "blank.html" });
});

test("the numbers of lines that the page tells", () => {
  const told = [...guide.matchAll(/\b(?:Before|After), (\d+)(?: lines)?:\n\n```js\n(.*?)^```$/gms)];
  assert.equal(told.length, 2);
  for (const [, number, source] of told) assert.equal(source.split("\n").filter((line) => line.trim() !== "").length, Number(number));
});
