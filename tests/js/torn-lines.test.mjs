// Exports of this package as editors, copies and broken downloads leave them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { importer, linesOf } from "./support/foreign.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();
const importEach = importer(inPage);

const BOM = "\uFEFF";
const CONTENTS = ["short", "é🙂\u2028 line", "x".repeat(70_000), "y]}".repeat(400_000), "last"];

/** An export with a message of each of these contents, its lines, and the place of the first message among them. */
let exported;
async function ownExport() {
  exported ??= await inPage(async (contents) => {
    const memory = await openMemory("owner");
    const { id } = await memory.createConversation({ title: "Own" });
    await memory.addMessages(id, contents.map((content) => ({ role: "user", content })));
    return (await memory.exportAll()).text();
  }, CONTENTS);
  const lines = exported.trimEnd().split("\n");
  return { own: exported, lines, first: lines.findIndex((line) => line.includes('"content":"short"')) };
}

const contentsOf = ({ conversations }) => conversations[0]?.messages.map(({ content }) => content);
const all = { conversations: 1, messages: CONTENTS.length, skipped: 0, problems: [] };

test("byte order marks, line breaks and empty lines change nothing", async () => {
  const { own, lines } = await ownExport();
  const found = await importEach({
    "as it was": own,
    "a byte order mark": BOM + own,
    "CR LF": own.replaceAll("\n", "\r\n"),
    "a byte order mark and CR LF": BOM + own.replaceAll("\n", "\r\n"),
    "no last line break": own.trimEnd(),
    "CR LF, no last line break": lines.join("\r\n"),
    "empty lines": own.replaceAll("\n", "\n\n\n"),
    "empty lines with CR": `\r\n\n${own.replaceAll("\n", "\r\n\r\n")}\n\r\n`,
  });
  for (const [kind, outcome] of Object.entries(found)) {
    assert.equal(outcome.error, undefined, kind);
    assert.deepEqual(outcome.report, all, kind);
    assert.deepEqual(contentsOf(outcome), CONTENTS, kind);
  }
});

test("lines are counted as an editor counts them, empty ones with the others", async () => {
  const { lines, first } = await ownExport();
  const damaged = lines.with(first, lines[first].replace("short", "SHORT"));
  const inEditor = (text) => text.split("\n").findIndex((line) => line.includes("SHORT")) + 1;
  const files = {
    "as it was": damaged.join("\n"),
    "CR LF and a byte order mark": BOM + damaged.join("\r\n"),
    "empty lines": `\n\r\n${damaged.join("\n\n")}`,
    "many empty lines": damaged.join("\n".repeat(200_000)),
  };
  const found = await importEach(files);
  for (const [kind, outcome] of Object.entries(found)) {
    assert.deepEqual(contentsOf(outcome), CONTENTS.slice(1), kind);
    // The line itself; what followed it; and the number of records at the end.
    const [line, next, end] = linesOf(outcome);
    assert.equal(line, inEditor(files[kind]), kind);
    assert.ok(line < next && next < end, kind);
    assert.equal(outcome.report.problems.length, 3, kind);
    assert.equal(end, files[kind].trimEnd().split("\n").length, kind);
  }
});

test("a line that is not UTF-8, or not a line of an export, costs only itself", async () => {
  const { lines, first } = await ownExport();
  const bytesAt = (bytes, index) => Buffer.concat(lines.flatMap((line, at) => [at === index ? bytes : Buffer.from(line), Buffer.from("\n")]));
  const line = Buffer.from(lines[first]);
  const broken = Buffer.from(line);
  broken[line.indexOf("short")] = 0xff;
  const kinds = {
    "not UTF-8": [broken, /it is not UTF-8/],
    "cut in its middle": [line.subarray(0, 50), /no checksum at its end/],
    "its middle missing": [Buffer.concat([line.subarray(0, 40), line.subarray(50)]), /checksum does not fit/],
    zeros: [Buffer.alloc(200), /no checksum/],
    "another export": [Buffer.from("{}"), /no checksum/],
    "a long line of nothing": [Buffer.alloc(1_500_000, "x"), /no checksum/],
  };
  const files = Object.entries(kinds).map(([kind, [bytes]]) => [kind, bytesAt(bytes, first)]);
  const found = await importEach(Object.fromEntries(files));
  for (const [kind, outcome] of Object.entries(found)) {
    assert.deepEqual(contentsOf(outcome), CONTENTS.slice(1), kind);
    assert.deepEqual(linesOf(outcome), [first + 1, first + 2, lines.length], kind);
    assert.match(outcome.report.problems[0].reason, kinds[kind][1], kind);
  }
});

test("of a file that was cut off anywhere the whole lines are imported", async () => {
  const { own, lines, first } = await ownExport();
  const bytes = Buffer.from(own);
  const start = Buffer.byteLength(lines.slice(0, first).join("\n"));
  const ends = [start - 20, start, start + 1, start + 30, start + 400, 400_000, bytes.length - 200, bytes.length - 20, bytes.length - 2];
  const files = Object.fromEntries(ends.map((end) => [`${end} bytes`, bytes.subarray(0, end)]));
  const found = await importEach(files);
  for (const [kind, outcome] of Object.entries(found)) {
    assert.equal(outcome.error, undefined, kind);
    const contents = contentsOf(outcome) ?? [];
    assert.deepEqual(contents, CONTENTS.slice(0, contents.length), kind);
    const whole = files[kind].toString().split("\n").filter((line) => lines.includes(line));
    assert.equal(contents.length, whole.filter((line) => line.startsWith('{"type":"message"')).length, kind);
    assert.match(outcome.report.problems.at(-1).reason, /ends before its last line/, kind);
    assert.ok(outcome.report.problems.length <= 2, kind);
  }
  const completed = await importEach({ torn: files[`${start + 400} bytes`], whole: own }, { together: true });
  assert.equal(completed.whole.report.messages + completed.whole.report.skipped, CONTENTS.length);
  assert.deepEqual(completed.whole.report.problems, []);
  assert.deepEqual(contentsOf(completed.whole), CONTENTS);
});
