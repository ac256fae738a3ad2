// Every link of a document to a place in the repository leads there, and every page of docs/ can be found.
import assert from "node:assert/strict";
import { test } from "node:test";
import { adapterPages, anchorsOf, documents, isThere, linksOf, pages } from "./support/documents.mjs";

test("links lead to files and headings that are there", () => {
  const links = documents.flatMap((path) => linksOf(path).map((link) => ({ path, ...link })));
  assert.ok(links.length > 150, `${links.length} links`);
  const isRight = ({ file, anchor }) => isThere(file) && (anchor === undefined || (file.endsWith(".md") && anchorsOf(file).has(anchor)));
  const broken = links.filter((link) => !isRight(link)).map(({ path, target }) => `${path}: ${target}`);
  assert.deepEqual(broken, []);
});

test("README leads to the index of docs/, and that to every page", () => {
  assert.ok(linksOf("README.md").some(({ file }) => file === "docs/README.md"));
  const named = new Set(linksOf("docs/README.md").map(({ file }) => file));
  const missing = [...pages, ...adapterPages].filter((path) => path.startsWith("docs/") && path !== "docs/README.md" && !named.has(path));
  assert.deepEqual(missing, []);
});

test("what is looked for as an anchor is what GitHub makes of a heading", () => {
  const anchors = anchorsOf("docs/turns.md");
  assert.ok(anchors.has("the-four-layers") && anchors.has("one-turn-at-a-time"), [...anchors].join());
  assert.ok(anchorsOf("docs/adapters/react.md").has("memoryprovider"), "of `MemoryProvider`");
});
