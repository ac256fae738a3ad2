// The zip archives that exports come in, whole and damaged.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { chatgptText, claudeText, importer, linesOf, numberedChat, titlesOf } from "./support/foreign.mjs";
import { pagesForThisFile } from "./support/page.mjs";
import { bomb, cut, overlapping, zip } from "./support/zip-writer.mjs";

const { inPage } = pagesForThisFile();
const importEach = importer(inPage);

const both = `[${chatgptText},\n${claudeText}]`;
const name = "conversations.json";
const chats = (...numbers) => JSON.stringify(numbers.map((number) => numberedChat(number)));
const both2 = ["Rain over the valley", "Sorting seeds"];

test("conversations.json is found in whole archives of every kind", async () => {
  const file = { name, data: both };
  // What is not needed is not unpacked: its checksum would not fit.
  const large = { name: "chat.html", data: randomBytes(1_000_000), wrong: { crc: "wrong" } };
  const archives = {
    deflated: zip([file]),
    stored: zip([{ ...file, stored: true }]),
    "zip64, deflated": zip([{ ...file, zip64: true }], { zip64: true }),
    "zip64, stored": zip([{ ...file, zip64: true, stored: true }], { zip64: true }),
    "zip64 in the entry only": zip([{ ...file, zip64: true }]),
    "zip64 at the end only": zip([file], { zip64: true }),
    described: zip([{ ...file, described: true }]),
    "described, zip64": zip([{ ...file, described: true, zip64: true }], { zip64: true }),
    "described, stored": zip([{ ...file, described: true, stored: true }]),
    "extra fields": zip([{ ...file, extra: [0x55, 0x54, 5, 0, 3, 0, 0, 0, 0], zip64: true }], { zip64: true }),
    "a comment": zip([file], { comment: "Exported for you. 🙂" }),
    "a long comment": zip([file], { comment: "c".repeat(0xffff) }),
    "a comment and zip64": zip([{ ...file, zip64: true }], { zip64: true, comment: "x" }),
    "a folder": zip([{ name: "Données – 資料/", data: "", stored: true }, { name: `Données – 資料/${name}`, data: both }]),
    "a folder, as Windows writes it": zip([{ name: `export\\${name}`, data: both }]),
    "a path upwards": zip([{ name: `../../${name}`, data: both }]),
    "capitals": zip([{ name: "CONVERSATIONS.JSON", data: both }]),
    "something large beside it": zip([large, file, { ...large, name: "file-1.png" }]),
    "something encrypted beside it": zip([{ name: "user.json", data: "{}", encrypted: true }, file]),
    "names like it beside it": zip([{ name: "shared_conversations.json", data: "[]" }, { name: "conversations.json.txt", data: "x" }, file]),
  };
  const found = await importEach(archives);
  for (const [kind, { report, error, conversations, told }] of Object.entries(found)) {
    assert.equal(error, undefined, kind);
    assert.deepEqual(report, { conversations: 2, messages: 10, skipped: 0, problems: [] }, kind);
    assert.deepEqual(titlesOf({ conversations }), both2, kind);
    const total = Buffer.byteLength(both);
    assert.deepEqual(told.at(-1), { done: total, total }, kind);
  }
});

test("an archive may have many files of conversations, of all kinds, and again in an archive they are the same", async () => {
  const own = await inPage(async () => {
    const memory = await openMemory("owner");
    const { id } = await memory.createConversation({ title: "Own" });
    await memory.addMessage(id, { role: "user", content: "mine" });
    return (await memory.exportAll()).text();
  });
  const parts = [1, 2, 3].map((part) => ({ name: `export/conversations-00${part}.json`, data: chats(part, part + 10) }));
  const archive = zip([parts[2], { name, data: both, stored: true }, parts[0], { name: "memory.jsonl", data: own }, parts[1]]);
  const { archive: found, again, plain } = await importEach({ archive, again: archive, plain: both }, { together: true });
  assert.deepEqual(found.report, { conversations: 9, messages: 17, skipped: 0, problems: [] });
  assert.deepEqual(titlesOf(found), ["Chat 1", "Chat 11", "Chat 12", "Chat 13", "Chat 2", "Chat 3", "Own", ...both2]);
  assert.deepEqual(again.report, { conversations: 0, messages: 0, skipped: 17, problems: [] });
  assert.deepEqual(plain.report, { conversations: 0, messages: 0, skipped: 10, problems: [] });
  const done = found.told.map((progress) => progress.done);
  assert.deepEqual(done, done.toSorted((one, other) => one - other), "progress never goes back");
  assert.equal(done.at(-1), found.told[0].total);
});

test("what macOS puts beside the files of an archive is left out, and no problem", async () => {
  const attributes = Buffer.from([0x00, 0x05, 0x16, 0x07, 0x00, 0x02, 0x00, 0x00]);
  const file = { name: "export/conversations.json", data: both };
  const beside = [
    "__MACOSX/export/._conversations.json",
    "__MACOSX/export/conversations.json",
    "__MACOSX/._memory.jsonl",
    "export/._memory.jsonl",
    "._memory.jsonl",
  ];
  const found = await importEach({
    each: zip([file, ...beside.map((name) => ({ name, data: attributes }))]),
    "a name like it": zip([{ name: "my__MACOSX/_.conversations.jsonl", data: both }]),
    alone: zip(beside.map((name) => ({ name, data: attributes }))),
  });
  for (const kind of ["each", "a name like it"]) {
    assert.deepEqual(found[kind].report, { conversations: 2, messages: 10, skipped: 0, problems: [] }, kind);
  }
  assert.match(found.alone.error.message, /has no conversations\.json and no \.jsonl file/);
});

test("an archive of which nothing can be read is refused and says why", async () => {
  const file = { name, data: both };
  const expected = {
    empty: [zip([]), /has no conversations\.json and no \.jsonl file/],
    "empty, zip64": [zip([], { zip64: true }), /has no conversations\.json/],
    "no conversations": [zip([{ name: "user.json", data: "{}" }]), /has no conversations\.json/],
    "only a folder": [zip([{ name: "conversations.json/", data: "", stored: true }]), /has no conversations\.json/],
    encrypted: [zip([{ ...file, encrypted: true }]), /"conversations\.json" is encrypted/],
    "an unknown method": [zip([{ ...file, wrong: { method: 93 } }]), /packed in an unknown way: 93/],
    "a wrong checksum, stored": [zip([{ ...file, stored: true, wrong: { crc: "wrong" } }]), /is not what it was/],
    "a wrong checksum, deflated": [zip([{ ...file, wrong: { crc: "wrong" } }]), /is not what it was/],
    "too small a size": [zip([{ ...file, wrong: { size: 100 } }]), /there is more in "conversations\.json" than it says/],
    "too small a size, stored": [zip([{ ...file, stored: true, wrong: { size: 100 } }]), /there is more in/],
    "too large a size": [zip([{ ...file, wrong: { size: 100_000 } }]), /is not what it was/],
    "a huge size": [zip([{ ...file, zip64: true, wrong: { size: 2 ** 40 } }], { zip64: true }), /too large: 1099511627776 bytes/],
    "too few packed bytes": [zip([{ ...file, wrong: { packed: 100 } }]), /cannot be unpacked|is not what it was/],
    "too many packed bytes": [zip([{ ...file, wrong: { packed: 1_000_000 } }]), /damaged: its files overlap/],
    "a wrong offset": [zip([{ ...file, wrong: { offset: 5 } }]), /"conversations\.json" is not there/],
    "an offset beyond the end": [zip([{ ...file, zip64: true, wrong: { offset: 2 ** 50 } }], { zip64: true }), /is not there/],
    "no deflated data": [zip([{ ...file, data: "not deflated", stored: true, wrong: { method: 8 } }]), /cannot be unpacked/],
    "more files than there are": [zip([file], { wrong: { count: 2 } }), /damaged/],
    "a directory elsewhere": [zip([file], { wrong: { start: 3 } }), /damaged/],
    "a directory beyond the end": [zip([file], { wrong: { start: 0x7fffffff } }), /its directory is not where it says/],
    "a huge directory": [zip([file], { zip64: true, wrong: { size: 2 ** 52, count: 2 ** 40 } }), /its directory is not where it says/],
    "a part of several": [zip([file], { wrong: { disk: 1 } }), /a part of one in several files/],
    "a bomb": [bomb(64 * 1024 * 1024, 1000), /there is more in "conversations\.json" than it says/],
    "the same file very often": [overlapping(2000, { data: both }), /its files overlap/],
    "something else in it": [zip([{ name, data: "<html></html>" }]), /an export of this package, ChatGPT, Claude/],
    "an empty list in it": [zip([{ name, data: "[]" }]), /it is empty/],
  };
  const files = Object.fromEntries(Object.entries(expected).map(([kind, [archive]]) => [kind, archive]));
  const found = await importEach(files, { together: true });
  for (const [kind, { report, error, conversations }] of Object.entries(found)) {
    assert.equal(error?.code, "invalid-input", `${kind}: ${JSON.stringify(report)}`);
    assert.match(error.message, expected[kind][1], kind);
    assert.deepEqual(conversations, [], kind);
  }
});

test("an archive that was cut off anywhere is refused, and nothing is stored", async () => {
  const archive = zip([{ name, data: chats(1) }, { name: "user.json", data: "{}", stored: true }], { comment: "the end" });
  const wide = zip([{ name, data: chats(1), zip64: true }], { zip64: true });
  const files = {};
  for (let bytes = 1; bytes <= archive.length; bytes += 7) files[`${bytes} less`] = cut(archive, bytes);
  for (let bytes = 1; bytes <= 130; bytes += 3) files[`zip64, ${bytes} less`] = cut(wide, bytes);
  const found = await importEach(files, { together: true });
  assert.ok(Object.keys(found).length > 80, `${Object.keys(found).length} lengths`);
  for (const [length, { error, conversations }] of Object.entries(found)) {
    assert.equal(error?.code, "invalid-input", length);
    assert.deepEqual(conversations, [], length);
  }
  assert.match(found["1 less"].error.message, /damaged: it has no directory, as when its end is missing/);
});

test("a damaged file in an archive is told by its name, and the others are imported", async () => {
  const good = [1, 2].map((part) => ({ name: `conversations-00${part}.json`, data: chats(part) }));
  const data = chats(7);
  const bad = {
    "a wrong checksum": [{ data, wrong: { crc: "wrong" } }, /is not what it was/],
    encrypted: [{ data, encrypted: true }, /is encrypted/],
    "an unknown method": [{ data, wrong: { method: 12 } }, /unknown way: 12/],
    "not there": [{ data, wrong: { offset: 1 } }, /is not there/],
    "not JSON": [{ data: "nothing" }, /not JSON/],
    "a bomb": [{ data: Buffer.alloc(8 * 1024 * 1024, " "), wrong: { size: 1000 } }, /there is more in/],
    torn: [{ data: data.slice(0, 50) }, /has no end: the file is torn/],
  };
  const files = {};
  for (const [kind, [file]] of Object.entries(bad)) files[kind] = zip([good[0], { ...file, name: "conversations-bad.json" }, good[1]]);
  const found = await importEach(files);
  for (const [kind, outcome] of Object.entries(found)) {
    assert.equal(outcome.error, undefined, kind);
    assert.deepEqual(titlesOf(outcome), ["Chat 1", "Chat 2"], kind);
    const problems = outcome.report.problems.map(({ reason }) => reason);
    assert.ok(problems.some((reason) => reason.startsWith("conversations-bad.json: ") && bad[kind][1].test(reason)), `${kind}: ${problems}`);
    assert.ok(problems.every((reason) => reason.startsWith("conversations-bad.json: ")), `${kind}: ${problems}`);
    assert.ok(linesOf(outcome).every((line) => line === 1), kind);
  }
});

test("archives whose bytes were changed anywhere are imported or refused, and never anything else", async () => {
  const whole = zip([{ name, data: chats(1, 2) }, { name: "conversations-2.json", data: chats(3), stored: true, zip64: true }], { zip64: true });
  const files = {};
  for (let at = 0; at < whole.length; at += 8) {
    const archive = Buffer.from(whole);
    archive[at] ^= [1, 0x80, 0xff][at % 3];
    files[`byte ${at}`] = archive;
  }
  const found = await importEach(files, { together: true });
  assert.ok(Object.keys(found).length > 80, `${Object.keys(found).length} archives`);
  for (const [place, outcome] of Object.entries(found)) {
    if (outcome.error) assert.equal(outcome.error.code, "invalid-input", place);
    for (const { messages, title } of outcome.conversations) {
      assert.equal(messages[0].content, title.replace("Chat", "message"), `${place}: nothing altered gets in`);
    }
  }
});
