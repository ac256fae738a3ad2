// The examples of docs/adapters/ai-sdk.md, with useChat in a real browser, driven as a person would.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { bundle } from "./support/bundle.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { withPage, withTabs } = pagesForThisFile();
const guide = await readFile(new URL("../../docs/adapters/ai-sdk.md", import.meta.url), "utf8");
const example = (name) => new RegExp(`^\`\`\`[jt]sx run ${name}\n(.*?)^\`\`\`$`, "ms").exec(guide)[1];

/** In place of "./model.js" and "./transport.js": answers that arrive in two pieces. */
const MODEL = `const model = {
  mediaTypes: ["image/*"],
  generate: async ({ messages }, { onDelta }) => {
    if (globalThis.isIll) throw new Error("the model is ill");
    const pictures = messages.at(-1).files?.map(({ name }) => " " + name).join("") ?? "";
    const text = "I heard: " + messages.at(-1).content + pictures;
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

/** The whole chat, put on the page as Next.js would. */
const WHOLE = `${example("whole").replace(/^import \{ model \}.*$/m, MODEL).replace("export default function Chat", "function Chat")}
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
createRoot(document.getElementById("root")).render(<StrictMode><Chat /></StrictMode>);
`;

// All before the first test: what is set up for a file is taken down when no test is left.
const pages = [];
for (const name of ["after", "save", "before"]) {
  const source = example(name).replace(/^import \{ model \}.*$/m, MODEL).replace(/^import \{ transport \}.*$/m, TRANSPORT);
  pages.push({ name, address: await bundle({ source }) });
}
const newest = await bundle({
  source: example("after")
    .replace(/^import \{ model \}.*$/m, MODEL)
    .replace("loadUIMessages(memory, id)", "loadUIMessages(memory, id, { limit: 1 })")
    .replace("useChatUpdates(memory, chat)", "useChatUpdates(memory, chat, { limit: 1 })"),
});
const whole = await bundle({ source: WHOLE, loader: "tsx" });

for (const { name, address } of pages) {
  test(`a chat with useChat: ${name}`, async () => {
    await withPage(async (page) => {
      const start = () => page.evaluate(async (address) => {
        document.body.innerHTML = '<div id="root"></div>';
        await import(address);
        const { ConversationManager } = await import("conversation-memory");
        const memory = await ConversationManager.open({ userId: "ada" });
        Object.assign(globalThis, {
          said: () => [...document.querySelectorAll("main p")].map((each) => each.textContent).join(" | "),
          press: (label) => [...document.querySelectorAll("button")].find((each) => each.textContent === label).click(),
          // An answer is seen before it is stored, and before the chat is ready again.
          isStored: async (count) => {
            await until(async () => (await memory.listConversations())[0]?.messageCount === count);
            await new Promise((resolve) => setTimeout(resolve, 300));
          },
          until: async (condition) => {
            for (let waited = 0; !(await condition()); waited += 20) {
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
        await isStored(2);
        press("Again");
        await until(() => said() === "Hello | I heard: ");
        await until(() => said() === "Hello | I heard: Hello");
        await isStored(3);
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

const after = pages.find(({ name }) => name === "after").address;

/** Shows an example in a page; what follows can be used there. */
const start = (page, address, hash = "") =>
  page.evaluate(async ([address, hash]) => {
    location.hash = hash;
    document.body.innerHTML = '<div id="root"></div>';
    await import(address);
    Object.assign(globalThis, {
      said: () => [...document.querySelectorAll("main p")].map((each) => each.textContent).join(" | "),
      press: (label, place = document) => [...place.querySelectorAll("button")].find((each) => each.textContent === label).click(),
      ask: (text) => {
        document.querySelector("[name=question]").value = text;
        press("Ask");
      },
      until: async (condition) => {
        for (let waited = 0; !(await condition()); waited += 20) {
          if (waited > 10_000) throw new Error(`${condition}: ${document.body.innerText}`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
      shows: (words) => until(() => said() === words),
      pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      memory: await (await import("conversation-memory")).ConversationManager.open({ userId: "ada" }),
    });
    await until(() => document.querySelector("[name=question]"));
    globalThis.newest = async () => (await memory.listConversations({ limit: 1 }))[0];
    globalThis.isStored = (count) => until(async () => (await newest()).messageCount === count);
  }, [address, hash]);

for (const [name, address] of [["the short one", after], ["the whole one", whole]]) {
  test(`two tabs and no network: ${name}`, async () => {
    await withTabs(2, async ([one, other]) => {
      await start(one, address);
      const hash = await one.evaluate(() => location.hash);
      await start(other, address, hash);
      await one.evaluate(async () => {
        ask("  ");
        await pause(100);
        ask("Hello");
        await shows("Hello | I heard: ");
      });
      await other.evaluate(async () => {
        await shows("Hello | I heard: ");
        await shows("Hello | I heard: Hello");
        await isStored(2);
        await pause(300); // until it is at rest
        ask("And you?");
        await shows("Hello | I heard: Hello | And you? | I heard: And you?");
      });
      await one.evaluate(async () => {
        await shows("Hello | I heard: Hello | And you? | I heard: And you?");
        await isStored(4);
        await pause(300);
        // The package's own calls are those of this page.
        Object.defineProperty(navigator, "onLine", { value: false, configurable: true });
        ask("Later?");
        await until(() => document.querySelector("[role=alert]"));
        delete navigator.onLine;
        dispatchEvent(new Event("online"));
        await shows("Hello | I heard: Hello | And you? | I heard: And you? | Later? | I heard: Later?");
        await until(() => !document.querySelector("[role=alert]"));
      });
      await other.evaluate(() => shows("Hello | I heard: Hello | And you? | I heard: And you? | Later? | I heard: Later?"));
      const stored = await other.evaluate(async () => {
        await isStored(6);
        const { id } = await newest();
        return [(await memory.getTree(id)).messages.length, (await memory.getMessages(id)).length, document.querySelector("[name=question]").value];
      });
      assert.deepEqual(stored, [6, 6, ""], "no branch, nothing of the blank question, and the field is empty");
    }, { file: "blank.html" });
  });
}

test("the whole chat: a list, a search, branches, a picture, a reload, one that is gone", async () => {
  await withPage(async (page) => {
    await start(page, whole);
    await page.evaluate(async () => {
      ask("Owls");
      await shows("Owls | I heard: Owls");
      await until(() => document.querySelector(".assistant button"));
      press("Again");
      await until(() => said() === "Owls | I heard: ");
      await shows("Owls | I heard: Owls");
      await until(() => document.querySelector(".assistant button")?.textContent === "2 / 2");
      press("2 / 2");
      await until(() => document.querySelector(".assistant button")?.textContent === "1 / 2");
      globalThis.prompt = () => "Bats";
      press("Edit");
      await shows("Bats | I heard: Bats");
      await until(() => [...document.querySelectorAll(".user button")].some(({ textContent }) => textContent === "2 / 2"));
      press("2 / 2", document.querySelector(".user"));
      await shows("Owls | I heard: Owls");
      press("New chat");
      await shows("");
    });
    await page.evaluate((base64) => {
      const files = new DataTransfer();
      files.items.add(new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], "red.png", { type: "image/png" }));
      document.querySelector("[name=pictures]").files = files.files;
    }, "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==");
    await page.evaluate(async () => {
      ask("");
      await until(() => /I heard: +red\.png$/.test(said()));
      if (document.querySelector("[name=pictures]").files.length > 0) throw new Error("the picture is still chosen");
    });
    const hash = await page.evaluate(() => location.hash);
    await page.reload();
    await start(page, whole, hash);
    await page.evaluate(async () => {
      await until(() => document.querySelector("main img")?.naturalWidth === 1);
      const search = document.querySelector("[type=search]");
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(search, "owl");
      search.dispatchEvent(new Event("input", { bubbles: true }));
      await until(() => [...document.querySelectorAll("nav button")].some(({ textContent }) => /: .*Owls/.test(textContent)));
      [...document.querySelectorAll("nav button")].at(1).click();
      await shows("Owls | I heard: Owls");
      await memory.deleteConversation(location.hash.slice(1));
      await until(() => document.body.innerText.includes("This chat is gone."));
      const deleted = location.hash;
      press("Begin another");
      await until(() => location.hash !== deleted && document.querySelector("[name=question]"));
    });
    const gone = await page.evaluate(() => location.hash);
    await page.reload();
    await start(page, whole, "no-such-conversation");
    assert.equal(await page.evaluate(() => location.hash), gone, "the empty one that is there");
  }, { file: "blank.html" });
});

test("the whole chat: a question that the model failed at is asked again, also after a reload", async () => {
  await withPage(async (page) => {
    await start(page, whole);
    await page.evaluate(async () => {
      globalThis.isIll = true;
      ask("Owls");
      await until(() => document.querySelector(".system button")?.textContent === "Again");
    });
    const hash = await page.evaluate(() => location.hash);
    await page.reload();
    await start(page, whole, hash);
    await page.evaluate(async () => {
      await until(() => document.querySelector(".system button"));
      press("Again");
      await shows("Owls | I heard: Owls");
      await until(() => document.querySelector(".assistant button")?.textContent === "2 / 2");
    });
  }, { file: "blank.html" });
});

test("useChatUpdates leaves a chat that shows only the newest messages as it is", async () => {
  await withPage(async (page) => {
    const id = await page.evaluate(async () => {
      const memory = await (await import("conversation-memory")).ConversationManager.open({ userId: "ada" });
      const { id } = await memory.createConversation();
      await memory.addMessages(id, [{ role: "user", content: "old" }, { role: "assistant", content: "new" }]);
      return id;
    });
    await start(page, newest);
    const shown = await page.evaluate(async (id) => {
      await shows("new");
      const { messages: [, { id: answer }] } = await memory.getThread(id);
      await memory.updateMessage(id, answer, { content: "newer" });
      await shows("newer");
      await pause(300);
      return said();
    }, id);
    assert.equal(shown, "newer");
  }, { file: "blank.html" });
});

test("the numbers of lines that the page tells", () => {
  const [, before, save] = /takes (\d+) lines instead of (\d+)/.exec(guide);
  const linesOf = (source) => source.split("\n").filter((line) => line.trim() !== "").length;
  assert.deepEqual([linesOf(example("before")), linesOf(example("save"))], [Number(before), Number(save)]);
});
