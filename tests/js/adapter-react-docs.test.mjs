// The examples of docs/adapters/react.md, with React 18 and 19 in a real browser, driven as a person would.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { bundle, REACT } from "./support/bundle.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { withPage } = pagesForThisFile();
const guide = await readFile(new URL("../../docs/adapters/react.md", import.meta.url), "utf8");
const example = (name) => new RegExp(`^\`\`\`jsx run ${name}\n(.*?)^\`\`\`$`, "ms").exec(guide)[1];
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

// All before the first test: what is set up for a file is taken down when no test is left.
const pages = [];
for (const version of [18, 19]) {
  for (const name of ["after", "before"]) {
    pages.push({ version, name, address: await bundle({ source: example(name).replace(/^import \{ model \}.*$/m, MODEL), alias: REACT[version] }) });
  }
}

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

test("the numbers of lines that the page tells", () => {
  const [, before, after] = /takes (\d+) lines instead of (\d+)/.exec(guide);
  assert.deepEqual([linesOf(example("before")), linesOf(example("after"))], [Number(before), Number(after)]);
});
