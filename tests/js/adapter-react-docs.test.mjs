// The examples of docs/adapters/react.md, with React 18 and 19 in a real browser, driven as a person would.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { bundle, REACT } from "./support/bundle.mjs";
import { fileOf } from "./support/documents.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { withPage } = pagesForThisFile();
const guide = await readFile(new URL("../../docs/adapters/react.md", import.meta.url), "utf8");
const example = (name) => new RegExp(`^\`\`\`[jt]sx run ${name}\n(.*?)^\`\`\`$`, "ms").exec(guide)[1];
const linesOf = (source) => source.split("\n").filter((line) => line.trim() !== "").length;

/** In place of "./model.js": an answer that arrives in two pieces. */
const MODEL = `const model = {
  generate: async ({ messages }, { onDelta, signal }) => {
    const text = "I heard: " + messages.at(-1).content;
    onDelta("I heard: ");
    await new Promise((resolve, reject) => { setTimeout(resolve, 400); signal.addEventListener("abort", () => reject(signal.reason)); });
    return { text };
  },
};`;

/** The search of the page, in a memory with a long conversation. */
const searching = `${example("search")}
import { createRoot } from "react-dom/client";
import { ConversationManager } from "conversation-memory";
import { MemoryProvider } from "conversation-memory/react";
globalThis.memory = await ConversationManager.open({ userId: "ada" });
const { id } = await memory.createConversation();
const said = (at) => "message " + at + (at === 30 ? " of swifts" : "");
await memory.addMessages(id, Array.from({ length: 120 }, (_, at) => ({ role: at % 2 ? "assistant" : "user", content: said(at) })));
createRoot(document.getElementById("root")).render(<MemoryProvider memory={memory}><Found /></MemoryProvider>);
`;

/** What the page says of files, in a chat. */
const withFiles = `import { createRoot } from "react-dom/client";
import { useState } from "react";
import { ConversationAgent, ConversationManager } from "conversation-memory";
import { MemoryProvider, useThread, useTurn } from "conversation-memory/react";
${MODEL}
function Chat() {
  const [id, setId] = useState<string>();
  const { messages } = useThread(id);
  const { ask, error } = useTurn(id, { onConversation: setId });
  globalThis.shown = { messages, error };
  ${fileOf("docs/adapters/react.md", "files")}
  return <form onSubmit={(event) => { event.preventDefault(); send(new FormData(event.currentTarget)); event.currentTarget.reset(); }}><input name="question" />{field}<button>Ask</button></form>;
}
createRoot(document.getElementById("root")).render(
  <MemoryProvider open={() => ConversationManager.open({ userId: "ada" })} agent={(manager) => new ConversationAgent({ manager, model })}><Chat /></MemoryProvider>,
);
`;

// All before the first test: what is set up for a file is taken down when no test is left.
const pages = [];
for (const version of [18, 19]) {
  for (const name of ["after", "before"]) {
    pages.push({ version, name, address: await bundle({ source: example(name).replace(/^import \{ model \}.*$/m, MODEL), alias: REACT[version] }) });
  }
}
const [search, files] = [await bundle({ source: searching }), await bundle({ source: withFiles })];

for (const { version, name, address } of pages) {
  test(`React ${version}: the chat ${name === "after" ? "with" : "without"} the adapter`, async () => {
    await withPage(async (page) => {
      const seen = await page.evaluate(async (address) => {
        document.body.innerHTML = '<div id="root"></div>';
        await import(address);
        const until = async (condition) => {
          for (let waited = 0; !condition(); waited += 20) {
            if (waited > 10_000) throw new Error(`${condition}: ${document.body.innerText}`);
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        };
        const said = () => [...document.querySelectorAll("main p")].map((each) => each.textContent).join(" | ");
        const press = (label) => [...document.querySelectorAll("button")].find((each) => each.textContent === label).click();
        const type = (text) => ((document.querySelector("input").value = text), press("Ask"));
        await until(() => document.querySelector("input"));
        type("Hello"); // with the adapter before the memory is open
        await until(() => said() === "Hello | I heard: ");
        await until(() => said() === "Hello | I heard: Hello");
        await until(() => document.querySelector("nav").textContent === "Hello");
        type("More");
        await until(() => said().endsWith("More | I heard: "));
        press("Stop");
        await until(() => [...document.querySelectorAll("button")].some((each) => each.textContent === "Ask"));
        await until(() => said() === "Hello | I heard: Hello | More | I heard: ");
        press("Again");
        await until(() => said() === "Hello | I heard: Hello | More | I heard: More");
        return said();
      }, address);
      assert.equal(seen, "Hello | I heard: Hello | More | I heard: More");
    }, { file: "blank.html" });
  });
}

/** In a page: what a person waits for. */
function waiting() {
  globalThis.until = async (condition) => {
    for (let waited = 0; !condition(); waited += 20) {
      if (waited > 10_000) throw new Error(`${condition}: ${document.body.innerText}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
}

test("a search: the page around the message that was found, in sight, and on from there", async () => {
  await withPage(async (page) => {
    await page.evaluate(waiting);
    const seen = await page.evaluate(async (address) => {
      document.body.innerHTML = '<div id="root" style="height: 300px; overflow: auto; line-height: 40px"></div>';
      await import(address);
      await until(() => document.querySelector("input"));
      const write = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
      write.call(document.querySelector("input"), "swif");
      document.querySelector("input").dispatchEvent(new Event("input", { bubbles: true }));
      await until(() => document.querySelector("nav button"));
      document.querySelector("nav button").click();
      await until(() => document.querySelector("[aria-current=true]"));
      const texts = () => [...document.querySelectorAll("main p")].map((each) => each.textContent.split(" ")[1]);
      const first = [texts().at(0), texts().at(-1)];
      const [box, found] = [document.querySelector("#root"), document.querySelector("[aria-current=true]")].map((each) => each.getBoundingClientRect());
      const isInSight = found.top >= box.top && found.bottom <= box.bottom;
      const press = (label) => [...document.querySelectorAll("button")].find((each) => each.textContent === label).click();
      press("Newer messages");
      await until(() => texts().at(-1) !== first[1]);
      press("Older messages");
      await until(() => texts().at(0) !== first[0]);
      await memory.close();
      return { first, isInSight, found: document.querySelector("[aria-current=true]").textContent, then: [texts().at(0), texts().at(-1)] };
    }, search);
    assert.deepEqual(seen, { first: ["6", "55"], isInSight: true, found: "message 30 of swifts", then: ["0", "105"] });
  }, { file: "blank.html" });
});

test("a form with an input for files: with one, and without", async () => {
  await withPage(async (page) => {
    await page.evaluate(waiting);
    const seen = await page.evaluate(async (address) => {
      document.body.innerHTML = '<div id="root"></div>';
      await import(address);
      await until(() => document.querySelector("form"));
      const { question, files } = document.querySelector("form").elements;
      const asked = async (text, names, count) => {
        question.value = text;
        const chosen = new DataTransfer();
        for (const name of names) chosen.items.add(new File(["abc"], name, { type: "image/png" }));
        files.files = chosen.files;
        document.querySelector("button").click();
        await until(() => shown.messages.length === count && shown.messages.at(-1).status === "complete");
        return shown.messages.at(-2).parts?.map(({ type, name }) => name ?? type) ?? [];
      };
      const parts = [await asked("None", [], 2), await asked("Two", ["a.png", "b.png"], 4), await asked("", ["c.png"], 6)];
      document.querySelector("button").click(); // nothing at all
      await until(() => shown.error);
      return { parts, refused: shown.error.code };
    }, files);
    assert.deepEqual(seen, { parts: [[], ["text", "a.png", "b.png"], ["c.png"]], refused: "invalid-input" });
  }, { file: "blank.html" });
});

test("the numbers of lines that the page tells", () => {
  const [, before, after] = /takes (\d+) lines instead of (\d+)/.exec(guide);
  assert.deepEqual([linesOf(example("before")), linesOf(example("after"))], [Number(before), Number(after)]);
});
