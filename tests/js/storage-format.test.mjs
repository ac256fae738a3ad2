// What docs/storage-format.md says, checked on a real database and on real exports, read by the browser's own IndexedDB.
import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 as crcOf } from "@foxglove/crc";
import { createHash } from "node:crypto";
import { blocksOf, textOf } from "./support/documents.mjs";
import { onThisThread, pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();
const PAGE = "docs/storage-format.md";
const words = textOf(PAGE);

/** The block of the page that reads a database by IndexedDB alone. */
const reader = blocksOf(PAGE).find(({ source }) => source.includes("conversationsOf")).source;

/** The words between back quotes in the first column of the table behind a heading, and in its further columns. */
function tableUnder(heading) {
  const text = words.slice(words.indexOf(`\n${heading}\n`));
  const [table] = /^\|(?:.*\n\|)*.*$/m.exec(text);
  return table.split("\n").slice(2).map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}
const quoted = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);

/** Fills the database of the page with something of every kind; gives what the package says of it, and the raw rows. */
async function filled() {
  const memory = await openMemory("ada", { databaseName: "conversation-memory", embed: async (texts) => texts.map(() => [1, 2, 3]) });
  await memory.definePersona({ name: "librarian", displayName: "Librarian", systemPrompt: "You are a librarian." });
  const long = await memory.createConversation({ title: "Long" });
  await memory.addMessages(long.id, talk(100));
  for (const message of talk(20)) await memory.addMessage(long.id, message);
  await memory.addMessage(long.id, { role: "user", content: "x".repeat(40_000) });
  await memory.addMessages(long.id, numbered(3, 900));
  const branched = await memory.createConversation({ title: "Branched", persona: "librarian" });
  const [first, second, third] = await memory.addMessages(branched.id, talk(5));
  const other = await memory.addMessage(branched.id, { role: "assistant", content: "another", parentId: first.id, metadata: { entities: ["Bird"], exact: [-0] } });
  await memory.addMessage(branched.id, { role: "user", parts: [{ type: "text", text: "Look." }, { type: "file", blob: new Blob([new Uint8Array(1_500_000).fill(7)], { type: "image/png" }), name: "a.png" }], parentId: other.id });
  await memory.addMessage(branched.id, { role: "user", content: "a beginning", parentId: null });
  await memory.switchBranch(branched.id, second.id);
  await memory.deleteMessage(branched.id, third.id);
  await memory.createConversation({ title: "Empty" });
  const gone = await memory.createConversation({ title: "Gone" });
  await memory.deleteConversation(gone.id);
  await memory.search("look"); // makes rows of the index
  const { ConversationAgent } = await import("conversation-memory");
  const model = { generate: async () => Promise.reject(new TypeError("Failed to fetch")) };
  const agent = new ConversationAgent({ manager: memory, model });
  await agent.processQuery("a question that waits").catch(() => {});
  await agent.dispose();
  await (await openMemory("grace", { databaseName: "conversation-memory" })).createConversation({ title: "Of Grace" });
  const conversations = await memory.listConversations();
  const trees = {};
  for (const { id } of conversations) trees[id] = { tree: await memory.getTree(id), active: await memory.getMessages(id, { limit: 1_000 }) };
  const lines = await (await memory.exportAll()).text();
  for (let waited = 0; waited < 10_000; waited += 100) {
    const { segments, vectors } = await storedRecords("conversation-memory", { withIndex: true });
    if (segments.length > 0 && vectors.length > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const rows = await storedRecords("conversation-memory", { withIndex: true });
  const hashes = rows.chunks.map(({ bytes, ...row }) => ({ ...row, bytes: [...bytes.slice(0, 2)], length: bytes.length }));
  return JSON.parse(JSON.stringify({ conversations, trees, rows: { ...rows, chunks: hashes }, goneId: gone.id, deletedIds: [branched.id, third.id, second.id], lines, stores: await storeNames() }));

  async function storeNames() {
    const database = await rawDatabase({ name: "conversation-memory" });
    const names = [...database.objectStoreNames];
    const transaction = database.transaction(names);
    const stores = Object.fromEntries(names.map((name) => [name, [transaction.objectStore(name).keyPath].flat()]));
    const { version } = database;
    database.close();
    return { version, stores };
  }
}

let data;
const filledData = async () => (data ??= await inPage(filled));

test("the object stores and their keys are those of the page", onThisThread, async () => {
  const { stores: { version, stores } } = await filledData();
  assert.equal(version, Number(/This is schema (\d+)\./.exec(words)[1]));
  const told = Object.fromEntries(tableUnder("## The database").map(([store, key]) => [quoted(store)[0], quoted(key)[0].replaceAll(/[[\]]/g, "").split(", ")]));
  assert.deepEqual(stores, told);
});

test("the example reads all conversations and their active branches by IndexedDB alone", onThisThread, async () => {
  const found = await inPage(
    async ({ reader, fill }) => {
      const made = await new Function(`return (${fill})()`)();
      const source = reader.replace(/^if \(database\) \{[^]*/m, 'globalThis.found = { ada: await conversationsOf("ada"), grace: await conversationsOf("grace"), nobody: await conversationsOf("ad") };\ndatabase.close();');
      await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
      return JSON.parse(JSON.stringify({ made, ...globalThis.found }));
    },
    { reader, fill: filled.toString() },
  );
  const { made: { conversations, trees }, ada, grace, nobody } = found;
  assert.equal(ada.length, conversations.length);
  assert.deepEqual([grace.map(({ conversation }) => conversation.title), nobody], [["Of Grace"], []]);
  for (const { conversation, messages, branch } of ada) {
    const { tree, active } = trees[conversation.id];
    assert.deepEqual(messages, tree.messages, conversation.title);
    assert.deepEqual(branch, active, conversation.title);
    assert.equal(conversation.headId, tree.headId);
  }
  assert.ok(ada.some(({ messages, branch }) => branch.length > 0 && branch.length < messages.length), "no branches");
});

test("rows have the fields that the page names", onThisThread, async () => {
  const { rows } = await filledData();
  const prose = words.replaceAll(/^```[^]*?^```$/gm, "");
  const named = new Set(quoted(prose).flatMap((text) => text.split(/\W+/)));
  for (const [store, list] of Object.entries(rows)) {
    const fields = new Set(list.flatMap((row) => [...Object.keys(row), ...Object.keys(row.log ?? {}), ...Object.keys(row.content ?? {}).filter(() => typeof row.content === "object")]));
    if (store === "chunks") fields.delete("length");
    assert.deepEqual([...fields].filter((field) => !named.has(field)), [], store);
  }
  const empty = Object.entries(rows).filter(([, list]) => list.length === 0).map(([store]) => store);
  assert.deepEqual(empty.sort(), ["damaged", "uploads"], "so many stores were not looked at");
  const log = tableUnder("### Conversations").flatMap(([field]) => quoted(field));
  assert.deepEqual(Object.keys(rows.conversations[0].log).sort(), log.sort());
});

test("pages, runs, files and deletions are what the page says", onThisThread, async () => {
  const { rows, goneId, deletedIds, trees } = await filledData();
  for (const { id, messageCount, headId, log } of rows.conversations.filter(({ userId }) => userId === "ada")) {
    const pages = rows.pages.filter(({ conversationId }) => conversationId === id);
    const messages = pages.flatMap(({ messages }) => messages);
    assert.deepEqual(pages.flatMap(({ firstSeq, messages }) => messages.map((_, index) => firstSeq + index)), Array.from({ length: log.end }, (_, seq) => seq));
    assert.ok(messages.every((message, seq) => message === null || message.seq === seq));
    assert.equal(messageCount, log.end - log.deleted);
    assert.ok(pages.every(({ messages }) => messages.length <= 32 && (messages.length === 1 || JSON.stringify(messages).length < 64 * 1024)));
    if (headId) assert.equal(messages[log.headSeq].id, headId);
    assert.match(log.recent, /^\d+ \d+ \d+(;\d+ \d+ \d+)*$/);
    assert.ok(log.recent.split(";").length <= 16);
    // The runs say what the messages say.
    const stored = rows.runs.filter(({ conversationId }) => conversationId === id);
    const runs = stored.flatMap(({ runs, ids }) => runs.split(";").map((run, index) => [...run.split(" "), ids[index]]));
    assert.equal(runs.length, log.runs);
    const begins = new Map(runs.map(([first, origin, own]) => [Number(first), [origin, own]]));
    let origin = "root";
    for (const [seq, message] of messages.entries()) {
      const run = begins.get(seq) ?? (seq === 0 ? ["root", ""] : undefined);
      if (run) [origin] = run;
      if (message === null) assert.equal(origin, "deleted");
      else {
        const parent = run ? (run[0] === "root" ? undefined : messages[Number(run[0])].id) : messages[seq - 1].id;
        assert.equal(message.parentId, parent, `message ${seq}`);
        if (run && seq > 0) assert.equal(run[1], message.id);
      }
    }
  }
  assert.ok(rows.runs.length > 0 && rows.pages.some(({ messages }) => messages.includes(null)));
  const [file] = rows.files;
  const portions = rows.chunks.filter(({ upload }) => upload === file.content.upload);
  assert.deepEqual(portions.map(({ index, length }) => [index, length]), [[0, 1024 * 1024], [1, 1_500_000 - 1024 * 1024]]);
  assert.equal(file.id, createHash("sha256").update(new Uint8Array(1_500_000).fill(7)).digest("hex"));
  assert.deepEqual([file.content.mediaType, file.content.size, file.references, rows.references[0].count], ["image/png", 1_500_000, 1, 1]);
  assert.ok(Object.values(trees).some(({ tree }) => tree.messages.some(({ parts }) => parts?.[1]?.attachment === file.id)));
  const forwards = (id) => [...id].reverse().join("");
  const [ofMessage, ofConversation, ...others] = rows.deletions;
  assert.deepEqual([Object.keys(ofMessage).sort(), ofMessage.message.map(forwards)], [["at", "message", "number", "userId"], deletedIds]);
  assert.deepEqual([Object.keys(ofConversation).sort(), ofConversation.conversationIds.map(forwards), others], [["at", "conversationIds", "number", "userId"], [goneId], []]);
  assert.equal(rows.meta[0].name, "database");
  assert.match(rows.users.find(({ id }) => id === "ada").epoch, /^\d{4}-.*Z$/);
});

test("lines of an export, and their checksums, are what the page says", onThisThread, async () => {
  const { lines, trees } = await filledData();
  assert.ok(lines.endsWith("\n"));
  const bytes = lines.slice(0, -1).split("\n");
  const records = bytes.map((line) => JSON.parse(line));
  const [header, end] = [records[0], records.at(-1)];
  const own = records.slice(1, -1);
  const count = (type) => own.filter((record) => record.type === type).length;
  assert.deepEqual([header.format, header.version, header.conversations, header.messages], ["conversation-memory", 1, count("conversation"), count("message")]);
  assert.deepEqual([end.type, end.records], ["end", own.length]);
  const crcs = bytes.map((line, index) => {
    const { crc } = records[index];
    const text = line.slice(0, line.lastIndexOf(',"crc":"'));
    assert.equal(`${text},"crc":"${crc}"}`, line);
    assert.equal((crcOf(Buffer.from(text)) >>> 0).toString(16).padStart(8, "0"), crc);
    return crc;
  });
  assert.equal((crcOf(Buffer.from(crcs.slice(1, -1).join(""), "hex")) >>> 0).toString(16).padStart(8, "0"), end.checksum);
  const told = new Set([...words.matchAll(/^\{"type":"(\w+)"/gm)].map(([, type]) => type));
  assert.deepEqual([...new Set(own.map(({ type }) => type))].sort(), [...told].filter((type) => type !== "damaged" && type !== "end").sort());
  assert.ok(lines.includes('"exact":[-0]'));
  // Messages stand behind their conversation, in the order of their positions.
  let conversation;
  const found = {};
  for (const record of own) {
    if (record.type === "conversation") found[(conversation = record.id)] = [];
    if (record.type === "message") {
      assert.equal(record.conversationId, conversation);
      found[conversation].push(record.id);
    }
    assert.deepEqual(["userId", "log", "epoch", "savedAt", "owner"].filter((field) => field in record), [], record.type);
  }
  for (const [id, { tree }] of Object.entries(trees)) assert.deepEqual(found[id], tree.messages.map((message) => message.id));
});
