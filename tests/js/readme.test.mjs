// Every block of README.md marked "js run" is executed, each as a module in a fresh page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();
const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const lineOf = (index) => readme.slice(0, index).split("\n").length;
const blocks = [...readme.matchAll(/^```js run[^\S\n]*\n(.*?)^```[^\S\n]*$/gms)].map((match) => ({
  line: lineOf(match.index),
  source: match[1],
}));

test("README.md has examples that can be run", () => {
  assert.ok(blocks.length > 0, 'no block has the info string "js run"');
});

for (const { line, source } of blocks) {
  test(`README.md, the example in line ${line}`, async () => {
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
