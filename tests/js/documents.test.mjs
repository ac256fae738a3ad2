// Every block of README.md and of docs/ that is marked "js run" is executed, each as a module in a fresh page.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();
const root = new URL("../../", import.meta.url);
const documents = readdirSync(new URL("docs/", root)).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);

const blocks = ["README.md", ...documents].flatMap((file) => {
  const text = readFileSync(new URL(file, root), "utf8");
  const found = [...text.matchAll(/^```js run[^\S\n]*\n(.*?)^```[^\S\n]*$/gms)];
  return found.map(({ index, 1: source }) => ({ file, line: text.slice(0, index).split("\n").length, source }));
});

test("README.md has examples that can be run", () => {
  assert.ok(blocks.some(({ file }) => file === "README.md"), 'no block has the info string "js run"');
});

for (const { file, line, source } of blocks) {
  test(`${file}, the example in line ${line}`, async () => {
    await inPage(
      async (source) => {
        const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
        await import(address);
        await new Promise((resolve) => setTimeout(resolve, 50)); // so that a promise nobody awaited can still fail
      },
      source,
      { file: "blank.html" },
    );
  });
}
