// Files to import as editors, copies and broken downloads leave them: arrays of conversations, and lines of our own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chatgpt, claude, importer, linesOf, numberedChat, titlesOf } from "./support/foreign.mjs";
import { pagesForThisFile } from "./support/page.mjs";
import { zip } from "./support/zip-writer.mjs";

const { inPage } = pagesForThisFile();
const importEach = importer(inPage);

const BOM = "\uFEFF";
const one = (number, text) => JSON.stringify(numberedChat(number, text));
const reasonsOf = ({ report }) => report.problems.map(({ reason }) => reason);

test("arrays of conversations in every layout are read whole", async () => {
  const list = [numberedChat(1), chatgpt, numberedChat(2), claude, numberedChat(3)];
  const [line, pretty] = [JSON.stringify(list), JSON.stringify(list, null, 2)];
  const files = {
    "one line": line,
    pretty,
    tabs: JSON.stringify(list, null, "\t"),
    "a byte order mark": BOM + line,
    "a byte order mark, pretty": BOM + pretty,
    "CR LF": pretty.replaceAll("\n", "\r\n"),
    "a byte order mark and CR LF": BOM + pretty.replaceAll("\n", "\r\n"),
    "space around it": ` \r\n\t${pretty}\n\n \t`,
    "one on each line": `[\n${list.map((each) => JSON.stringify(each)).join(",\n")}\n]\n`,
    "commas before them": `[${list.map((each) => JSON.stringify(each)).join("\n, ")}]`,
    "no array around them": list.map((each) => JSON.stringify(each)).join("\n"),
  };
  const found = await importEach(files);
  for (const [layout, outcome] of Object.entries(found)) {
    assert.equal(outcome.error, undefined, layout);
    assert.deepEqual(outcome.report, { conversations: 5, messages: 13, skipped: 0, problems: [] }, layout);
    const { done, total } = outcome.told.at(-1);
    assert.deepEqual([done, total], [Buffer.byteLength(files[layout]), Buffer.byteLength(files[layout])], layout);
  }
  const { single } = await importEach({ single: JSON.stringify(claude, null, 2) });
  assert.deepEqual(single.report, { conversations: 1, messages: 5, skipped: 0, problems: [] });
});

test("brackets, quotes and escapes in texts are text, wherever pieces of the file begin", async () => {
  const texts = ["]}", '"]}],[{"', "\\", '\\"', "\\\\", "\\\\\"]", "\b\f\n\r\t\u2028", "🙂é\u0000", "{[\"", "\\u005d", "]", "]\\"];
  const list = texts.map((text, index) => numberedChat(index + 1, text));
  // Texts of backslashes and of brackets that no piece of the file holds whole, beginning at all places in one.
  const long = [0, 1, 2, 3].map((shift) => numberedChat(13 + shift, `${" ".repeat(shift)}${'\\"]}'.repeat(40_000)}`));
  const files = { line: JSON.stringify([...list, ...long]), pretty: JSON.stringify([...list, ...long], null, 1) };
  const found = await importEach(files);
  for (const [layout, { report, conversations }] of Object.entries(found)) {
    assert.deepEqual(report, { conversations: 16, messages: 16, skipped: 0, problems: [] }, layout);
    const contents = new Map(conversations.map(({ id, messages }) => [id, messages[0]?.content]));
    for (const { uuid, chat_messages: [{ text }] } of [...list, ...long]) {
      assert.equal(contents.get(uuid), text, `${layout}: ${uuid}`);
    }
  }
});

test("what is no conversation is told with its line, and the conversations around it are imported", async () => {
  const elements = ["null", one(1), "1", '"x"', one(2), "[1, [2]]", "{}", '{"a": ]', one(3), "nonsense", "true false", one(4)];
  const { spread, line } = await importEach({ spread: `[\n${elements.join(",\n")}\n]`, line: `[${elements.join(", ")}]` });
  assert.deepEqual(titlesOf(spread), ["Chat 1", "Chat 2", "Chat 3", "Chat 4"]);
  assert.deepEqual(linesOf(spread), [2, 4, 5, 7, 8, 9, 11, 12]);
  const reasons = reasonsOf(spread);
  for (const reason of reasons) assert.match(reason, /^the conversation is left out: it is /);
  for (const index of [0, 1, 2, 3]) assert.match(reasons[index], /is an object, and this is none/);
  assert.match(reasons[4], /neither the object `mapping`/);
  for (const index of [5, 6, 7]) assert.match(reasons[index], /is not JSON/);
  assert.deepEqual(titlesOf(line), titlesOf(spread));
  assert.ok(linesOf(line).every((number) => number === 1));
});

test("a file of nothing but what is unknown is refused, with the reason of the first", async () => {
  const expected = {
    "an empty list": ["[]", /it is empty/],
    "an empty list, pretty": [`${BOM}[\r\n]\r\n`, /it is empty/],
    "only space": [" \n ", /it is empty/],
    "only a byte order mark": [BOM, /it is empty/],
    "a bracket": ["[", /no end: the file is torn/],
    "null": ["[null, 1]", /is an object, and this is none/],
    "an object": ['{"conversations": []}', /neither the object/],
    "cut in the first": [`[${one(1).slice(0, -3)}`, /no end: the file is torn/],
    "UTF-16": [Buffer.from(`${BOM}[${one(1)}]`, "utf16le"), /begins it/],
    "not UTF-8": [Buffer.from(`[${one(1, "é")}]`, "latin1"), /not UTF-8/],
  };
  const files = Object.fromEntries(Object.entries(expected).map(([kind, [file]]) => [kind, file]));
  const found = await importEach(files, { together: true });
  for (const [kind, { error, report, conversations }] of Object.entries(found)) {
    assert.equal(error?.code, "invalid-input", `${kind}: ${JSON.stringify(report)}`);
    assert.match(error.message, expected[kind][1], kind);
    assert.deepEqual(conversations, [], kind);
  }
});

test("of a file that was cut off all whole conversations are imported, and one problem names the line", async () => {
  const list = [numberedChat(1), numberedChat(2), numberedChat(3, 'a "quoted" \\ word')];
  const pretty = JSON.stringify(list, null, 2);
  const lines = `[\n${list.map((each) => JSON.stringify(each)).join(",\n")}\n]`;
  const lineOf = (text, at) => text.slice(0, at).split("\n").length;
  const third = pretty.indexOf('"chat-3"');
  const thirdBegins = lineOf(pretty, pretty.lastIndexOf("{", third) + 1);
  const cuts = {
    "inside a string": [pretty.slice(0, third + 4), thirdBegins, 2],
    "behind a backslash": [pretty.slice(0, pretty.indexOf('\\"quoted') + 1), thirdBegins, 2],
    "between two backslashes": [pretty.slice(0, pretty.indexOf("\\\\ word") + 1), thirdBegins, 2],
    "behind two backslashes": [pretty.slice(0, pretty.indexOf("\\\\ word") + 2), thirdBegins, 2],
    "inside a key": [pretty.slice(0, pretty.lastIndexOf('"text"') + 3), thirdBegins, 2],
    "before the last brace": [pretty.slice(0, -3), thirdBegins, 2],
    "before the bracket": [pretty.slice(0, -1), lineOf(pretty, pretty.length), 3],
    "before the last line": [pretty.slice(0, -2), lineOf(pretty, pretty.length - 2), 3],
    "between elements": [lines.slice(0, lines.indexOf("\n", 3)), 2, 1],
    "behind a comma and a line break": [lines.slice(0, lines.indexOf("\n", 3) + 1), 3, 1],
    "behind an element": [lines.slice(0, lines.indexOf(",\n")), 2, 1],
    "inside a character": [Buffer.concat([Buffer.from(`[${one(1)},\n{"uuid": "`), Buffer.from([0xc3])]), 2, 1],
  };
  const found = await importEach(Object.fromEntries(Object.entries(cuts).map(([kind, [file]]) => [kind, file])));
  for (const [kind, outcome] of Object.entries(found)) {
    const [, line, count] = cuts[kind];
    assert.equal(outcome.error, undefined, kind);
    assert.deepEqual(titlesOf(outcome), ["Chat 1", "Chat 2", "Chat 3"].slice(0, count), kind);
    assert.deepEqual(linesOf(outcome), [line], kind);
    assert.match(reasonsOf(outcome)[0], /has no end: the file is torn/, kind);
  }
});

test("a torn file that is imported whole later is completed", async () => {
  const whole = JSON.stringify([numberedChat(1), chatgpt, claude]);
  const files = { torn: whole.slice(0, whole.indexOf('"chat_messages":[', 400) + 100), whole };
  const { torn, whole: completed } = await importEach(files, { together: true });
  assert.deepEqual([torn.report.conversations, torn.report.messages, torn.report.problems.length], [2, 6, 1]);
  assert.deepEqual(completed.report, { conversations: 1, messages: 5, skipped: 6, problems: [] });
});

test("of the problems of a file the first thousand are told, and how many more there are", async () => {
  const ones = "1,".repeat(2_500);
  const own = await inPage(async () => {
    const memory = await openMemory("owner");
    const { id } = await memory.createConversation({ title: "Own" });
    await memory.addMessage(id, { role: "user", content: "mine" });
    return (await memory.exportAll()).text();
  });
  const found = await importEach({
    array: `[${ones}\n${one(1)},\n${ones}${one(2)}]`,
    lines: own + "nonsense\n".repeat(1_500),
    few: `[${"1,".repeat(1_000)}${one(1)}]`,
    torn: own.split("\n").slice(0, -2).join("\n") + "\nnonsense".repeat(1_500),
    archive: zip([{ name: "conversations-1.json", data: `[${ones}${one(1)}]` }, { name: "conversations-2.json", data: `[1,${one(2)}]` }]),
  });
  const toldOf = (name) => [titlesOf(found[name]), found[name].report.problems.length, found[name].report.problems.at(-1)];
  assert.deepEqual(toldOf("array"), [["Chat 1", "Chat 2"], 1_001, { line: 1, reason: "4000 more problems are not listed" }]);
  assert.deepEqual(toldOf("lines"), [["Own"], 1_001, { line: own.split("\n").length + 1_000, reason: "500 more problems are not listed" }]);
  assert.deepEqual([found.few.report.problems.length, linesOf(found.few).at(-1)], [1_000, 1]);
  // What is wrong with all of a file is told in any case.
  assert.ok(found.torn.report.problems.some(({ reason }) => /the file ends before its last line/.test(reason)));
  const { problems } = found.archive.report;
  assert.deepEqual([titlesOf(found.archive), problems.length], [["Chat 1", "Chat 2"], 1_002]);
  assert.deepEqual(problems[1_000], { line: 1, reason: "conversations-1.json: 1500 more problems are not listed" });
  assert.match(problems[1_001].reason, /^conversations-2\.json: the conversation is left out/);
});
