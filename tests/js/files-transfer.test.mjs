// Files in exports and imports: this package's own, and the archives of other products.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { onlyIn } from "./support/engine.mjs";
import { onThisThread, pagesForThisFile } from "./support/page.mjs";
import { zip } from "./support/zip-writer.mjs";

const { inPage } = pagesForThisFile();
const encode = (bytes) => Buffer.from(bytes).toString("base64");

/** What the functions in the page use. */
const helpers = () => {
  globalThis.decode = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  globalThis.noise = (size, seed) => {
    const bytes = new Uint8Array(size);
    for (let at = 0, state = seed; at < size; at += 1) bytes[at] = (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 16;
    return bytes;
  };
  globalThis.base64 = async (blob) => {
    let text = "";
    for (const byte of new Uint8Array(await blob.arrayBuffer())) text += String.fromCharCode(byte);
    return btoa(text);
  };
  /** Every file of every message, with its bytes as a hash. */
  globalThis.filesOf = async (memory) => {
    const found = [];
    for (const { id } of await memory.listConversations()) {
      for (const { content, parts = [] } of await memory.getMessages(id)) {
        for (const { type, attachment, name, mediaType, size } of parts) {
          if (type !== "file") continue;
          const blob = await memory.getAttachment(attachment);
          const same = blob && (await sha256(blob)) === attachment;
          found.push({ content, name: name ?? null, mediaType, size, type: blob?.type ?? null, same: same ?? null });
        }
      }
    }
    return found;
  };
  globalThis.sha256 = async (blob) => {
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  /** A memory with three messages, of which two have files. */
  globalThis.filled = async () => {
    const { memory, id } = await openConversation("owner");
    const cat = new Blob([noise(2_500_000, 1)], { type: "image/png" });
    await memory.addMessage(id, { role: "user", parts: [{ type: "text", text: "A cat" }, { type: "file", blob: cat, name: "cat.png" }] });
    await memory.addMessage(id, { role: "assistant", content: "Nice." });
    await memory.addMessage(id, { role: "user", parts: [{ type: "file", blob: new Blob(["notes"], { type: "text/plain" }) }, { type: "file", blob: cat }] });
    return { memory, id };
  };
};
const run = (work, argument) => inPage(work, argument, { prepare: helpers });

test("an export names the files, and one with its files is a zip that brings them; both are merged", async () => {
  const found = await run(async () => {
    const { memory } = await filled();
    const [lines, archive] = [await memory.exportAll(), await memory.exportAll({ files: true })];
    const other = await openMemory("other");
    const first = await other.importAll(lines);
    const without = await filesOf(other);
    const progress = [];
    const second = await other.importAll(archive, { onProgress: (each) => progress.push(each) });
    const third = await other.importAll(archive);
    const fresh = await openMemory("fresh");
    const whole = await fresh.importAll(archive);
    return {
      named: (await lines.text()).split("\n").filter((line) => line.startsWith('{"type":"file"')).map((line) => JSON.parse(line)),
      types: [lines.type, archive.type],
      reports: [first, second, third, whole],
      without,
      files: [await filesOf(memory), await filesOf(other), await filesOf(fresh)],
      last: progress.at(-1),
      repaired: [await other.repair(), await fresh.repair()],
    };
  });
  assert.deepEqual(found.types, ["application/jsonl", "application/zip"]);
  assert.deepEqual(found.named.map(({ mediaType, size }) => [mediaType, size]).sort(), [["image/png", 2_500_000], ["text/plain", 5]]);
  const [first, second, third, whole] = found.reports;
  assert.deepEqual([first.messages, first.problems.length], [3, 1]);
  assert.match(first.problems[0].reason, /^2 files to which messages refer did not come along/);
  assert.ok(found.without.every(({ same }) => same === null));
  assert.deepEqual([second.messages, second.skipped, second.problems], [0, 3, []]);
  assert.deepEqual(third, second);
  assert.deepEqual([whole.messages, whole.problems], [3, []]);
  const expected = [
    { content: "A cat", name: "cat.png", mediaType: "image/png", size: 2_500_000, type: "image/png", same: true },
    { content: "", name: null, mediaType: "text/plain", size: 5, type: "text/plain", same: true },
    { content: "", name: null, mediaType: "image/png", size: 2_500_000, type: "image/png", same: true },
  ];
  for (const files of found.files) assert.deepEqual(files, expected);
  assert.equal(found.last.done, found.last.total);
  for (const repaired of found.repaired) assert.deepEqual(repaired, { rebuilt: 0, damaged: [] });
});

test("an archive comes without a file of which bytes are missing, and names it", onThisThread, async () => {
  const found = await run(async () => {
    const { memory } = await filled();
    const database = await rawDatabase();
    const chunks = database.transaction("chunks", "readwrite").objectStore("chunks");
    const keys = await settled(chunks.getAllKeys());
    // The last of the picture's three portions.
    const [key] = keys.filter((each) => keys.filter((other) => other[1] === each[1]).length === 3).slice(-1);
    await settled(chunks.delete(key));
    database.close();
    const archive = await memory.exportAll({ files: true });
    const other = await openMemory("other");
    const report = await other.importAll(archive);
    const damaged = (await memory.getMessages((await memory.listConversations())[0].id))[0].parts[1].attachment;
    return { report, damaged, files: await filesOf(other), code: await codeOf(() => memory.getAttachment(damaged)), again: (await other.importAll(archive)).skipped };
  });
  assert.equal(found.code, "corrupt");
  assert.deepEqual([found.report.messages, found.again], [3, 3]);
  assert.deepEqual(found.files.map(({ size, same }) => [size, same]), [[2_500_000, null], [5, true], [2_500_000, null]]);
  const reasons = found.report.problems.map(({ reason }) => reason);
  assert.equal(reasons.length, 2, reasons.join("\n"));
  assert.match(reasons.join("\n"), new RegExp(`^memory.jsonl: file ${found.damaged} was damaged before it was exported: .*some of its bytes are missing`, "m"));
  assert.match(reasons.join("\n"), /^memory.jsonl: a file to which messages refer did not come along/m);
});

test("a file of an archive that is not what its name says, or is damaged, is left out and told", async () => {
  const { lines, ids } = await run(async () => {
    const { memory } = await filled();
    const lines = await memory.exportAll();
    const ids = (await lines.text()).split("\n").filter((line) => line.startsWith('{"type":"file"')).map((line) => JSON.parse(line).id);
    return { lines: await base64(lines), ids };
  });
  const notes = createHash("sha256").update("notes").digest("hex");
  const cat = ids.find((id) => id !== notes);
  const archive = (files) => encode(zip([{ name: "export/memory.jsonl", data: Buffer.from(lines, "base64") }, ...files]));
  const found = await run(async (archives) => {
    const found = [];
    for (const [index, archive] of archives.entries()) {
      const memory = await openMemory(`user-${index}`);
      const { messages, problems } = await memory.importAll(new Blob([decode(archive)]));
      const { files, chunks, uploads } = await storedRecords();
      found.push({ messages, problems: problems.map(({ reason }) => reason), there: (await filesOf(memory)).map(({ same }) => same ?? false), uploads: uploads.length, chunks: chunks.filter(({ userId }) => userId === `user-${index}`).length, files: files.filter(({ userId }) => userId === `user-${index}`).length });
    }
    return found;
  }, [
    archive([{ name: `export/files/${notes}`, data: "other notes" }, { name: `export/files/${"a".repeat(64)}`, data: "of nobody" }]),
    archive([{ name: `export/files/${notes}`, data: "notes", wrong: { crc: "wrong" } }]),
    archive([{ name: `export/files/${notes}`, data: "notes" }]),
  ]);
  for (const { messages, uploads, files } of found) assert.deepEqual([messages, uploads, files], [3, 0, 2]);
  assert.deepEqual(found.map(({ there, chunks }) => [there, chunks]), [[[false, false, false], 0], [[false, false, false], 0], [[false, true, false], 1]]);
  assert.match(found[0].problems.join("\n"), new RegExp(`files/${notes} is left out: it is not the file that its name says`));
  assert.match(found[1].problems.join("\n"), /is left out: the zip archive is damaged/);
  for (const { problems } of found) assert.match(problems.join("\n"), /a file to which messages refer did not come along/);
  assert.ok(cat);
});

test("an import that is stopped and begun again brings everything; what is deleted meanwhile stays away", onThisThread, async () => {
  const found = await run(async () => {
    const { memory } = await filled();
    const archive = await memory.exportAll({ files: true });
    await memory.close();
    const other = await openMemory("other");
    const controller = new AbortController();
    const stopped = await failure(() => other.importAll(archive, { signal: controller.signal, onProgress: () => controller.abort() }));
    const left = (await storedRecords()).uploads.length;
    const again = await other.importAll(archive);
    const files = await filesOf(other);
    // Everything is forgotten as soon as the bytes of a file come.
    const gone = await openMemory("gone");
    const { put } = IDBObjectStore.prototype;
    let forgetting;
    IDBObjectStore.prototype.put = function (row) {
      if (this.name === "chunks") forgetting ??= gone.forgetEverything();
      return put.call(this, row);
    };
    const report = await gone.importAll(archive);
    IDBObjectStore.prototype.put = put;
    await forgetting;
    const records = await storedRecords();
    const own = Object.entries(records).flatMap(([store, rows]) => rows.filter(({ userId, id }) => (userId ?? id) === "gone").map(() => store));
    return { stopped: stopped.code, left, again, files: files.map(({ same }) => same), report, own };
  });
  assert.deepEqual([found.stopped, found.left, found.files], ["aborted", 0, [true, true, true]]);
  assert.deepEqual([found.again.messages + found.again.skipped, found.again.problems], [3, []]);
  assert.match(found.report.problems.map(({ reason }) => reason).join("\n"), /everything was forgotten/);
  assert.deepEqual(found.own, []);
});

const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==", "base64");
const pictureOf = (number) => Buffer.concat([PNG, Buffer.from(String(number))]);

/** A conversation of ChatGPT's with one message for each of `contents`. */
function chatgpt(contents) {
  const mapping = { root: { id: "root", parent: null, children: ["m0"], message: null } };
  contents.forEach(({ parts, attachments, role = "user" }, index) => {
    const content = { content_type: "multimodal_text", parts };
    const message = { id: `m${index}`, author: { role }, create_time: 1_760_000_000 + index, content, metadata: { attachments } };
    mapping[`m${index}`] = { id: `m${index}`, parent: index === 0 ? "root" : `m${index - 1}`, children: index + 1 < contents.length ? [`m${index + 1}`] : [], message };
  });
  return JSON.stringify([{ conversation_id: "c", title: "Pictures", create_time: 1_760_000_000, update_time: 1_760_000_100, mapping, current_node: `m${contents.length - 1}` }]);
}

test("ChatGPT's and Claude's archives bring their pictures and files along", async () => {
  const pointer = (asset_pointer) => ({ content_type: "image_asset_pointer", asset_pointer, width: 1, height: 1 });
  const archives = {
    chatgpt: zip([
      { name: "conversations.json", data: chatgpt([
        { parts: [pointer("file-service://file-MwiGI2eKYgkoMIPpOym4c7ex"), "What is this?"] },
        { parts: [pointer("sediment://file_00000000c8008207b0e86e736b64663b")], role: "assistant" },
        { parts: ["A list"], attachments: [{ id: "file-abcDEF123", name: "list.csv", mime_type: "text/csv" }] },
        { parts: [pointer("file-service://file-notInTheArchive")] },
        { parts: [{ content_type: "audio_transcription", text: "Hello" }, { content_type: "real_time_user_audio_video_asset_pointer", audio_asset_pointer: { content_type: "audio_asset_pointer", asset_pointer: "sediment://file_0000000012345678" } }] },
      ]) },
      { name: "file-MwiGI2eKYgkoMIPpOym4c7ex-photo.png", data: pictureOf(1) },
      { name: "user-abc/file_00000000c8008207b0e86e736b64663b-1d2c.dat", data: pictureOf(2) },
      { name: "file-abcDEF123-list.csv", data: "a,b" },
      { name: "c/audio/file_0000000012345678-99.wav", data: Buffer.from("RIFF1234WAVEfmt") },
    ]),
    claude: zip([
      { name: "conversations.json", data: JSON.stringify([{ uuid: "d", name: "Files", created_at: "2026-01-01T00:00:00Z", chat_messages: [
        { uuid: "a", sender: "human", text: "See", created_at: "2026-01-01T00:00:00Z", files: [{ file_uuid: "0a1b2c3d-1111-4222-8333-444455556666", file_name: "plan.pdf" }] },
        { uuid: "b", sender: "human", text: "And", created_at: "2026-01-01T00:00:01Z", files: [{ file_name: "only-by-name.png" }, { file_name: "twice.png" }] },
      ] }]) },
      { name: "files/0a1b2c3d-1111-4222-8333-444455556666/plan.pdf", data: "%PDF-1.7" },
      { name: "files/only-by-name.png", data: pictureOf(3) },
      { name: "one/twice.png", data: pictureOf(4) },
      { name: "other/twice.png", data: pictureOf(5) },
    ]),
  };
  const found = await run(async (archives) => {
    const found = {};
    for (const [name, archive] of Object.entries(archives)) {
      const memory = await openMemory(name);
      const report = await memory.importAll(new Blob([decode(archive)]));
      const again = await memory.importAll(new Blob([decode(archive)]));
      found[name] = { report, again, files: await filesOf(memory), repaired: await memory.repair() };
      found[name].contents = (await memory.getMessages((await memory.listConversations())[0].id)).map(({ content, parts }) => [content, parts?.length ?? 0]);
    }
    const { uploads, chunks } = await storedRecords();
    return { ...found, left: [uploads.length, chunks.length] };
  }, Object.fromEntries(Object.entries(archives).map(([name, archive]) => [name, encode(archive)])));
  for (const name of ["chatgpt", "claude"]) {
    assert.deepEqual(found[name].report.problems, [], name);
    assert.equal(found[name].again.messages, 0, name);
    assert.deepEqual(found[name].repaired, { rebuilt: 0, damaged: [] }, name);
  }
  const told = (name) => found[name].files.map(({ content, name, mediaType, size, same }) => [content, name, mediaType, size, same]);
  assert.deepEqual(told("chatgpt"), [
    ["What is this?", "photo.png", "image/png", PNG.length + 1, true],
    ["", "1d2c.dat", "image/png", PNG.length + 1, true],
    ["A list", "list.csv", "text/csv", 3, true],
    ["Hello", "99.wav", "audio/wav", 15, true],
  ]);
  assert.deepEqual(found.chatgpt.contents, [["What is this?", 2], ["", 1], ["A list", 2], ["", 0], ["Hello", 2]]);
  assert.deepEqual(told("claude"), [
    ["See", "plan.pdf", "application/pdf", 8, true],
    ["And", "only-by-name.png", "image/png", PNG.length + 1, true],
  ]);
  assert.deepEqual(found.left, [0, 6]);
});

test("pictures and files come with a later archive to the messages whose words are here already", async () => {
  const pointer = (asset_pointer) => ({ content_type: "image_asset_pointer", asset_pointer, width: 1, height: 1 });
  const words = chatgpt([
    { parts: [pointer("file-service://file-aaa111"), "What is this?"] },
    { parts: ["A picture."], role: "assistant" },
    { parts: [pointer("file-service://file-bbb222"), "And that, which is asked otherwise here?"] },
    { parts: [pointer("file-service://file-ccc333")] },
  ]);
  const pictures = ["aaa111", "bbb222", "ccc333"].map((id, at) => ({ name: `file-${id}-photo.png`, data: pictureOf(at) }));
  const archive = zip([{ name: "conversations.json", data: words }, ...pictures]);
  const { reports, files, told, repaired, left } = await run(async ([words, archive]) => {
    const memory = await openMemory();
    const reports = [await memory.importAll(new Blob([words]))];
    const [{ id }] = await memory.listConversations();
    const other = (await memory.getMessages(id)).find(({ content }) => content.startsWith("And that"));
    await memory.updateMessage(id, other.id, { content: "In other words?" });
    const told = [];
    memory.subscribe(({ type }) => told.push(type));
    for (let time = 0; time < 2; time += 1) reports.push(await memory.importAll(new Blob([decode(archive)])));
    const files = await filesOf(memory);
    await until(() => told.length >= 2);
    const repaired = await memory.repair();
    for (const message of await memory.getMessages(id)) await memory.deleteMessage(id, message.id);
    const { uploads, chunks, files: rows } = await storedRecords();
    return { reports, files, told: told.filter((type) => type !== "conversation-updated"), repaired, left: [uploads, chunks, rows].map(({ length }) => length) };
  }, [words, encode(archive)]);
  assert.deepEqual(reports.map(({ messages, skipped, problems }) => [messages, skipped, problems]), [[4, 0, []], [0, 4, []], [0, 4, []]]);
  assert.deepEqual(files.map(({ content, name, same }) => [content, name, same]), [["What is this?", "photo.png", true], ["", "photo.png", true]]);
  assert.deepEqual(told.slice(0, 2), ["message-updated", "message-updated"]);
  assert.deepEqual(repaired, { rebuilt: 0, damaged: [] });
  assert.deepEqual(left, [0, 0, 0]);
});

test("a message gets no file of another one that has the same name", async () => {
  const chat = (number, parts, attachments) => ({ ...JSON.parse(chatgpt([{ parts, attachments }]))[0], conversation_id: `c${number}` });
  const pasted = (id) => [[{ content_type: "image_asset_pointer", asset_pointer: `file-service://${id}` }, `See ${id}`], [{ id, name: "image.png", mime_type: "image/png" }]];
  const said = (uuid, ...files) => ({ uuid, sender: "human", text: uuid, created_at: "2026-01-01T00:00:00Z", files });
  const idOf = (number) => `0a1b2c3d-1111-4222-8333-44445555000${number}`;
  const named = (number, file_name) => ({ file_uuid: idOf(number), file_name });
  const archives = {
    chatgpt: zip([
      { name: "conversations.json", data: JSON.stringify([
        chat(1, ...pasted("file-AAA")), chat(2, ...pasted("file-BBB")), chat(3, ...pasted("of another form")), chat(4, ["By its name"], [{ name: "image.png" }]),
      ]) },
      { name: "user-x/0123456789abcdef/mnt/data/image.png", data: pictureOf(1) },
    ]),
    claude: zip([
      { name: "conversations.json", data: JSON.stringify([{ uuid: "d", name: "Files", created_at: "2026-01-01T00:00:00Z", chat_messages: [
        said("its own", named(1, "image.png")), said("of another", named(2, "image.png")), said("in a name", named(3, `${idOf(9)}.pdf`)),
        said("bare", named(4, "plan.pdf")), said("once more", named(4, "plan.pdf")), said("too late", named(5, "plan.pdf")), said("a list", named(6, "file-list.txt")),
      ] }]) },
      { name: "conversations/other.json", data: JSON.stringify([{ uuid: "e", name: "Later", created_at: "2026-01-02T00:00:00Z", chat_messages: [said("of another chat", named(7, "plan.pdf"))] }]) },
      { name: `files/${idOf(1)}/image.png`, data: pictureOf(2) },
      { name: `files/${idOf(9)}.pdf`, data: "%PDF-9" },
      { name: "files/plan.pdf", data: "%PDF-1.7" },
      { name: "files/file-list.txt", data: "a list" },
    ]),
  };
  const found = await run(async (archives) => {
    const found = {};
    for (const [name, archive] of Object.entries(archives)) {
      const memory = await openMemory(name);
      const { problems, conversations } = await memory.importAll(new Blob([decode(archive)]));
      found[name] = { problems, conversations, files: (await filesOf(memory)).map(({ content, name }) => [content, name]) };
    }
    return found;
  }, Object.fromEntries(Object.entries(archives).map(([name, archive]) => [name, encode(archive)])));
  assert.deepEqual(found.chatgpt, { problems: [], conversations: 4, files: [["By its name", "image.png"]] });
  assert.deepEqual(found.claude, { problems: [], conversations: 2, files: [["its own", "image.png"], ["bare", "plan.pdf"], ["once more", "plan.pdf"], ["a list", "file-list.txt"]] });
});

test("a file that many messages name is stored once for all of a transaction", onThisThread, async () => {
  const id = "0a1b2c3d-1111-4222-8333-444455556666";
  const said = (number, text) => ({ uuid: `m${number}`, sender: "human", text, created_at: "2026-01-01T00:00:00Z", files: [{ file_uuid: id, file_name: "plan.pdf" }] });
  const chats = Array.from({ length: 3 }, (_, chat) => ({
    uuid: `d${chat}`, name: "Edited", created_at: "2026-01-01T00:00:00Z",
    // The last one is more than a transaction takes.
    chat_messages: Array.from({ length: 10 }, (_, number) => said(10 * chat + number, chat === 1 && number === 9 ? "long ".repeat(500_000) : `edit ${number}`)),
  }));
  const archive = zip([{ name: "conversations.json", data: JSON.stringify(chats) }, { name: `files/${id}/plan.pdf`, data: "%PDF-1.7" }]);
  const found = await run(async (archive) => {
    const memory = await openMemory();
    const { put } = IDBObjectStore.prototype;
    let stored = 0;
    IDBObjectStore.prototype.put = function (row) {
      if (this.name === "chunks") stored += 1;
      return put.call(this, row);
    };
    const { messages, problems } = await memory.importAll(new Blob([decode(archive)]));
    IDBObjectStore.prototype.put = put;
    const { uploads, chunks, files } = await storedRecords();
    return { stored, messages, problems, same: (await filesOf(memory)).map(({ same }) => same), left: [uploads.length, chunks.length], references: files[0].references, repaired: await memory.repair() };
  }, encode(archive));
  assert.deepEqual([found.messages, found.problems, found.same.length, found.same.every(Boolean)], [30, [], 30, true]);
  assert.deepEqual([found.left, found.references, found.repaired], [[0, 1], 30, { rebuilt: 0, damaged: [] }]);
  assert.equal(found.stored, 2);
});

test("a text that leaves no room for its files is kept, and they are told", async () => {
  const id = "0a1b2c3d-1111-4222-8333-444455556666";
  // In JSON a line break takes two bytes.
  const texts = ["a\n".repeat(3_000_000), "a\n".repeat(2_700_000), "\u0001".repeat(1_500_000), "short"];
  const chat_messages = texts.map((text, number) => ({ uuid: `m${number}`, sender: "human", text, created_at: `2026-01-01T00:00:0${number}Z`, files: [{ file_uuid: id, file_name: "plan.pdf" }] }));
  const archive = zip([
    { name: "conversations.json", data: JSON.stringify([{ uuid: "d", name: "Long", created_at: "2026-01-01T00:00:00Z", chat_messages }]) },
    { name: `files/${id}/plan.pdf`, data: "%PDF-1.7" },
  ]);
  const found = await run(async (archive) => {
    const memory = await openMemory();
    const { messages, problems } = await memory.importAll(new Blob([decode(archive)]));
    const stored = (await memory.getMessages("d")).map(({ content, parts }) => [content.length, parts?.length ?? 0]);
    const { uploads, chunks } = await storedRecords();
    return { messages, problems: problems.map(({ reason }) => reason), stored, left: [uploads.length, chunks.length] };
  }, encode(archive));
  const [long, nearly, controls, short] = found.stored.map(([length, parts]) => [Math.round(length / 1e5), parts]);
  assert.deepEqual([long, nearly, controls, short], [[60, 0], [54, 2], [15, 0], [0, 2]]);
  assert.deepEqual([found.messages, found.left], [4, [0, 1]]);
  assert.equal(found.problems.length, 2);
  for (const reason of found.problems) assert.match(reason, /^conversations\.json: files of a message are left out: plan\.pdf; with its text they would take more than 8388608 bytes/);
});

test("what is attached under a name of files with conversations stays attached, and is no problem", async () => {
  const lines = '{"type":"message","role":"user","content":"of another program"}\n{"type":"user","id":"x"}\n';
  const others = JSON.stringify([{ uuid: "of-a-friend", name: "Not mine", created_at: "2026-01-01T00:00:00Z", chat_messages: [{ uuid: "z", sender: "human", text: "not mine", created_at: "2026-01-01T00:00:00Z" }] }]);
  const attached = (name, data) => ({ name, data });
  const claude = (names) => JSON.stringify([{ uuid: "d", name: "Files", created_at: "2026-01-01T00:00:00Z", chat_messages: [
    { uuid: "a", sender: "human", text: "See", created_at: "2026-01-01T00:00:00Z", files: names.map((file_name) => ({ file_name })) },
  ] }]);
  const archives = {
    chatgpt: zip([
      attached("file-abcDEF123-training.jsonl", lines),
      { name: "conversations.json", data: chatgpt([{ parts: ["A list"], attachments: [{ id: "file-abcDEF123", name: "training.jsonl", mime_type: "application/jsonl" }] }]) },
    ]),
    claude: zip([
      attached("export/files/conversations.json", others),
      attached("export/files/data.jsonl", lines),
      { name: "export/conversations.json", data: claude(["conversations.json", "data.jsonl"]) },
    ]),
    "as Windows writes it": zip([
      { name: "export\\Conversations.json", data: claude(["conversations.json"]) },
      attached("export\\files\\more\\conversations.json", others),
    ]),
    "two exports": zip([
      { name: "old/conversations.json", data: claude([]) },
      { name: "new/claude/conversations.json", data: others },
    ]),
  };
  const found = await run(async (archives) => {
    const found = {};
    for (const [name, archive] of Object.entries(archives)) {
      const memory = await openMemory(name);
      const { problems } = await memory.importAll(new Blob([decode(archive)]));
      const titles = (await memory.listConversations()).map(({ title }) => title);
      found[name] = { problems, titles, files: (await filesOf(memory)).map(({ name, size, same }) => [name, size, same]) };
    }
    return found;
  }, Object.fromEntries(Object.entries(archives).map(([name, archive]) => [name, encode(archive)])));
  const json = ["conversations.json", others.length, true];
  assert.deepEqual(found, {
    chatgpt: { problems: [], titles: ["Pictures"], files: [["training.jsonl", lines.length, true]] },
    claude: { problems: [], titles: ["Files"], files: [json, ["data.jsonl", lines.length, true]] },
    "as Windows writes it": { problems: [], titles: ["Files"], files: [json] },
    "two exports": { problems: [], titles: found["two exports"].titles, files: [] },
  });
  assert.deepEqual(found["two exports"].titles.toSorted(), ["Files", "Not mine"]);
});

test("a folder of 30 MB of pictures is imported while the page has its turns", onlyIn(["chromium"], "tell of long tasks"), async () => {
  const contents = Array.from({ length: 60 }, (_, number) => ({
    parts: [{ content_type: "image_asset_pointer", asset_pointer: `file-service://file-picture${number}` }, `Picture ${number}`],
  }));
  const pictures = contents.map((_, number) => ({ name: `file-picture${number}-p.png`, data: Buffer.concat([PNG, Buffer.alloc(512 * 1024, number)]), stored: true }));
  const archive = zip([{ name: "conversations.json", data: chatgpt(contents) }, ...pictures]);
  const found = await run(async (archive) => {
    const file = new Blob([decode(archive)]);
    const memory = await openMemory();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const tasks = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
    const start = performance.now();
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 4);
    const report = await memory.importAll(file);
    const milliseconds = performance.now() - start;
    clearInterval(timer);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const [{ id }] = await memory.listConversations();
    const files = (await memory.getMessages(id)).filter(({ parts }) => parts?.length === 2).length;
    return { report, milliseconds, tasks, turns, files };
  }, encode(archive));
  assert.deepEqual([found.report.messages, found.report.problems, found.files], [60, [], 60]);
  // Speed is not asserted, but that the page had its turns is: one for every two frames or so.
  assert.ok(found.turns > found.milliseconds / 100, JSON.stringify(found));
  console.log(JSON.stringify({ milliseconds: found.milliseconds, longest: Math.max(0, ...found.tasks), tasks: found.tasks.length, turns: found.turns }));
});
