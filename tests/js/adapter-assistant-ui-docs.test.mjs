// The example of docs/adapters/assistant-ui.md, with assistant-ui's own primitives in a real browser, driven as a person would.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { bundle } from "./support/bundle.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { withPage } = pagesForThisFile();
const guide = await readFile(new URL("../../docs/adapters/assistant-ui.md", import.meta.url), "utf8");
const example = /^```jsx run after\n(.*?)^```$/ms.exec(guide)[1];

/** In place of "./components.js" and "./model.js". */
const COMPONENTS = `
import { ComposerPrimitive, MessagePrimitive, ThreadListItemPrimitive, ThreadListPrimitive, ThreadPrimitive } from "@assistant-ui/react";
const Message = () => <MessagePrimitive.Root><MessagePrimitive.Parts /></MessagePrimitive.Root>;
const Thread = () => (
  <ThreadPrimitive.Root>
    <ThreadPrimitive.Messages components={{ Message }} />
    <ComposerPrimitive.Root><ComposerPrimitive.Input /><ComposerPrimitive.Send>Ask</ComposerPrimitive.Send></ComposerPrimitive.Root>
  </ThreadPrimitive.Root>
);
const Item = () => <ThreadListItemPrimitive.Root><ThreadListItemPrimitive.Trigger><b><ThreadListItemPrimitive.Title fallback="New" /></b></ThreadListItemPrimitive.Trigger></ThreadListItemPrimitive.Root>;
const ThreadList = () => <nav><ThreadListPrimitive.Items components={{ ThreadListItem: Item }} /></nav>;
`;
const MODEL = `const model = { generate: async ({ messages }) => ({ text: "I heard: " + messages.at(-1).content }) };`;

const source = example.replace(/^import \{ Thread, .*$/m, COMPONENTS).replace(/^import \{ model \}.*$/m, MODEL);
const address = await bundle({ source });

test("threads that are kept", async () => {
  await withPage(async (page) => {
    const start = () => page.evaluate(async (address) => {
      document.body.innerHTML = '<div id="root"></div>';
      await import(address);
      Object.assign(globalThis, {
        said: () => [...document.querySelectorAll("p")].map((each) => each.textContent).join(" | "),
        titles: () => [...document.querySelectorAll("b")].map((each) => each.textContent).join(),
        until: async (condition) => {
          for (let waited = 0; !(await condition()); waited += 20) {
            if (waited > 10_000) throw new Error(`${condition}: ${said()}, ${titles()}`);
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        },
      });
      await until(() => document.querySelector("textarea"));
    }, address);
    await start();
    await page.evaluate(async () => {
      // As typed: React hears of what is set past its own property.
      const input = document.querySelector("textarea");
      Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(input, "Hello");
      input.dispatchEvent(new Event("input", { bubbles: true }));
      await until(() => !document.querySelector("form button").disabled);
      document.querySelector("form button").click();
      await until(() => said() === "Hello | I heard: Hello");
      await until(() => titles() === "Hello");
      const { ConversationManager } = await import("conversation-memory");
      const memory = await ConversationManager.open({ userId: "ada" });
      await until(async () => (await memory.listConversations())[0]?.messageCount === 2);
    });
    await page.reload();
    await start();
    const again = await page.evaluate(async () => {
      await until(() => titles() === "Hello");
      document.querySelector("nav button").click();
      await until(() => said() !== "");
      return said();
    });
    assert.equal(again, "Hello | I heard: Hello");
  }, { file: "blank.html" });
});
