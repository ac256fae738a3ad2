// Every block of README.md and of the pages of docs/ that is marked "js run" is executed, each as a module in a fresh page, and
// prints what the comments behind its calls of console.log say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blocksOf, pages } from "./support/documents.mjs";
import { frameworkPage } from "./support/frameworks.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();
const blocks = pages.flatMap(blocksOf).filter(({ language, info }) => language === "js" && info === "run");

/** What an example imports besides the package: a page in which these can be imported by their names. */
const importsOf = ({ source }) => [...source.matchAll(/^import .* from "(.+)";$/gm)].map(([, name]) => name);
const isOfPage = (name) => /^conversation-memory(\/(slim|lazy))?$/.test(name);
const foreign = new Set(blocks.flatMap(importsOf).filter((name) => !name.startsWith("conversation-memory")));
// "stores" is imported by conversation-memory/langchain.
const frameworks = await frameworkPage([...foreign, "@langchain/core/stores"]);

/** A comment that says a value, and no sentence about one. */
const isValue = (comment) => /^(["'[{\d-]|true\b|false\b|undefined\b|null\b)/.test(comment);

/** The calls of console.log with a value behind them: `{ line, expected }`, and the source with calls that are heard. */
function heard(source) {
  const expected = [];
  const lines = source.split("\n").map((text, line) => {
    const [, call, comment] = /^(.*\bconsole\.log\(.*\)\)?;) \/\/ (.+)$/.exec(text) ?? [];
    if (comment === undefined || !isValue(comment)) return text;
    expected.push({ line: line + 1, expected: comment });
    return call.replace("console.log(", `globalThis.hear(${line + 1}, `);
  });
  return { expected, source: lines.join("\n") };
}

/** A comment as an expression: "…" stands for anything. */
const patternOf = (comment) => new RegExp(`^${comment.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`, "su");

test("there are examples, and most of them say what they print", () => {
  assert.ok(blocks.some(({ path }) => path === "README.md"), 'README.md has no block "js run"');
  const silent = blocks.filter(({ source }) => heard(source).expected.length === 0);
  assert.ok(blocks.length > 25 && silent.length < blocks.length / 5, `${silent.length} of ${blocks.length} say nothing`);
});

for (const block of blocks) {
  const { path, line } = block;
  test(`${path}, the example in line ${line}`, async () => {
    const { expected, source } = heard(block.source);
    const printed = await inPage(
      async (source) => {
        const shown = (value) => {
          if (typeof value === "string") return JSON.stringify(value);
          if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
          if (typeof value !== "object" || value === null) return String(value);
          const fields = Object.entries(value).filter(([, field]) => field !== undefined);
          return fields.length === 0 ? "{}" : `{ ${fields.map(([name, field]) => `${name}: ${shown(field)}`).join(", ")} }`;
        };
        const printed = [];
        globalThis.hear = (line, ...values) => printed.push([line, values.map(shown).join(" ")]);
        await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
        await new Promise((resolve) => setTimeout(resolve, 50)); // so that a promise nobody awaited can still fail
        return printed;
      },
      source,
      importsOf(block).every(isOfPage) ? { file: "blank.html" } : frameworks,
    );
    for (const { line: at, expected: comment } of expected) {
      const [, text] = printed.findLast(([line]) => line === at) ?? [at, "nothing"];
      assert.match(text, patternOf(comment), `line ${line + at}`);
    }
  });
}
