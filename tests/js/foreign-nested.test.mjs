// Archives in archives, and archives behind something else.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { importer, numberedChat, titlesOf } from "./support/foreign.mjs";
import { pagesForThisFile } from "./support/page.mjs";
import { bomb, cut, zip } from "./support/zip-writer.mjs";

const { inPage } = pagesForThisFile();
const importEach = importer(inPage);

const chats = (...numbers) => JSON.stringify(numbers.map((number) => numberedChat(number)));
const file = (number, name = "conversations.json") => ({ name, data: chats(number) });
const whole = (count) => ({ conversations: count, messages: count, skipped: 0, problems: [] });

test("conversations are found in the archives of an archive, whatever these are called", async () => {
  const inner = zip([file(1), { name: "chat.html", data: "<html></html>" }]);
  // What people sent may have such names too, and be large; it is not opened when it need not be.
  const sent = { name: "User Online Activity/Files_ab12-files-0001.zip", data: zip([file(9)]), wrong: { crc: "wrong" } };
  const portal = { name: "User Online Activity/Conversations_ab12-chatgpt-0001.zip", data: inner };
  const second = { name: "User Online Activity/Conversations_ab12-chatgpt-0002.zip", data: zip([file(2, "conversations-000.json"), file(3, "conversations-001.json")]), stored: true };
  const found = await importEach({
    "of the privacy portal": zip([{ name: "report.html", data: "x" }, sent, portal, second]),
    "of any name": zip([{ name: "a/b/data.ZIP", data: inner }]),
    "in two": zip([{ name: "outer.zip", data: zip([{ name: "inner.zip", data: inner }]) }]),
    "of macOS": zip([{ name: "__MACOSX/x/._export.zip", data: "x" }, { name: "x/export.zip", data: inner }, { name: "x/._export.zip", data: "x" }]),
    "beside conversations": zip([file(4), { name: "export.zip", data: zip([file(9)]) }]),
    "no zip at all": zip([{ name: "export.zip", data: "nothing" }, { name: "other.zip", data: inner }]),
  });
  const expected = { "of the privacy portal": [1, 2, 3], "beside conversations": [4] };
  for (const [kind, { report, error, conversations }] of Object.entries(found)) {
    assert.equal(error, undefined, kind);
    const numbers = expected[kind] ?? [1];
    assert.deepEqual(titlesOf({ conversations }), numbers.map((number) => `Chat ${number}`), kind);
    assert.deepEqual(report, whole(numbers.length), kind);
  }
});

test("what is damaged in an archive of an archive is told by its name, and bombs are not unpacked", async () => {
  const damaged = zip([file(1)]);
  const deep = [1, 2, 3, 4].reduce((archive) => zip([{ name: "export.zip", data: archive }]), zip([file(1)]));
  const found = await importEach({
    one: zip([{ name: "chat-1.zip", data: damaged, wrong: { crc: "wrong" } }, { name: "chat-2.zip", data: zip([file(2)]) }]),
    cut: zip([{ name: "chat-1.zip", data: cut(damaged, 5) }, { name: "chat-2.zip", data: zip([file(2)]) }]),
    only: zip([{ name: "chat-1.zip", data: cut(damaged, 5) }]),
    bomb: zip([{ name: "chat-1.zip", data: bomb(64 * 1024 * 1024, 1000) }]),
    huge: zip([{ name: "chat-1.zip", data: "x", zip64: true, wrong: { size: 2 ** 40 } }], { zip64: true }),
    deep,
  });
  for (const kind of ["one", "cut"]) {
    assert.deepEqual(titlesOf(found[kind]), ["Chat 2"], kind);
    assert.match(found[kind].report.problems[0].reason, /^chat-1\.zip: the zip archive is damaged/, kind);
  }
  for (const [kind, message] of Object.entries({ only: /zip archive is damaged/, bomb: /there is more in/, huge: /too large/, deep: /has no conversations\.json/ })) {
    assert.equal(found[kind].error?.code, "invalid-input", kind);
    assert.match(found[kind].error.message, message, kind);
  }
});

test("an archive behind something else is read", async () => {
  const files = [file(1), { ...file(2, "conversations-2.json"), stored: true, zip64: true }, { name: "user.json", data: "{}" }];
  const archives = { plain: zip(files), zip64: zip(files, { zip64: true }), comment: zip(files, { comment: "PK" }), empty: zip([]) };
  const before = { program: Buffer.concat([Buffer.from("MZ"), randomBytes(100_000)]), line: Buffer.from("#!/bin/sh\nexit\n"), byte: Buffer.from("x") };
  const kinds = {};
  for (const [what, prefix] of Object.entries(before)) {
    for (const kind of ["plain", "zip64", "comment"]) kinds[`${what}, ${kind}`] = Buffer.concat([prefix, archives[kind]]);
  }
  const found = await importEach({ ...kinds, torn: Buffer.concat([before.line, cut(archives.plain, 30)]), empty: Buffer.concat([before.line, archives.empty]) });
  for (const kind of Object.keys(kinds)) {
    assert.deepEqual(found[kind].report, whole(2), kind);
    assert.deepEqual(titlesOf(found[kind]), ["Chat 1", "Chat 2"], kind);
  }
  for (const kind of ["torn", "empty"]) assert.equal(found[kind].error?.code, "invalid-input", kind);
});

test("JSON that speaks of archives is no archive", async () => {
  const text = JSON.stringify([numberedChat(1, `PK\u0005\u0006${"\u0000".repeat(18)}`)]).replaceAll("\\u0000", "\\u0000");
  const bytes = Buffer.from(`[${chats(1).slice(1, -1)}]${" ".repeat(10)}`);
  const end = zip([]).subarray(0, 22);
  const found = await importEach({ text, spaces: bytes, end: Buffer.concat([bytes, end]) });
  assert.deepEqual(found.text.report, whole(1));
  assert.deepEqual(found.spaces.report, whole(1));
  assert.deepEqual(titlesOf(found.end), ["Chat 1"]);
});

test("files whose names are longer than any product's are passed over, however their names are made", async () => {
  const long = (folder, end) => folder.repeat(Math.ceil(1_025 / folder.length)) + end;
  const found = await importEach({
    beside: zip([file(1), file(9, long("a/", "conversations-9.json")), file(9, long("Gemini", "/9.json")), { name: long("a/", "memory.jsonl"), data: "nothing" }]),
    // It froze the page for 20 seconds.
    deep: zip([file(2, "conversations-2.json"), file(9, `${"a/".repeat(32_000)}conversations.json`)]),
    alone: zip([file(9, long("a/", "conversations.json"))]),
    "not as long": zip([file(3, `${"a/".repeat(500)}conversations.json`), file(4, `${"a/".repeat(250)}conversations.json`)]),
  });
  assert.deepEqual([found.beside.report, titlesOf(found.beside)], [whole(1), ["Chat 1"]]);
  assert.deepEqual([found.deep.report, titlesOf(found.deep)], [whole(1), ["Chat 2"]]);
  assert.match(found.alone.error.message, /has no conversations\.json/);
  assert.deepEqual(titlesOf(found["not as long"]), ["Chat 4"]);
});
