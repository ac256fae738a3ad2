// Files beside messages: stored once and in portions, given back, and gone with the last message that refers to them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { onThisThread, pagesForThisFile } from "./support/page.mjs";

const { inPage, withTabs } = pagesForThisFile();

/** What the functions in the page use. */
const helpers = () => {
  const MIB = 1024 * 1024;
  globalThis.MIB = MIB;
  /** Bytes that are the same for the same seed. */
  globalThis.bytesOf = (size, seed = 1) => {
    const bytes = new Uint8Array(size);
    for (let at = 0, state = seed; at < size; at += 1) bytes[at] = (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 16;
    return bytes;
  };
  globalThis.photo = (size = 5_000, seed = 1) => new Blob([bytesOf(size, seed)], { type: "image/png" });
  globalThis.digest = async (blob) => {
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  globalThis.with_ = (blob, more = {}) => ({ role: "user", parts: [{ type: "text", text: "Look" }, { type: "file", blob, ...more }] });
  /** What of files is in the database: how often each is referred to, and how many portions there are. */
  globalThis.filesIn = ({ files, references, chunks, uploads }) => ({
    files: files.map(({ references }) => references),
    references: references.map(({ count }) => count),
    chunks: chunks.length,
    uploads: uploads.length,
  });
};
const run = (work, argument, options) => inPage(work, argument, { prepare: helpers, ...options });

const NOTHING = { files: [], references: [], chunks: 0, uploads: 0 };

test("a Blob in a part is stored beside the message and given back; lists have only what refers to it", async () => {
  for (const storage of ["indexeddb", "memory"]) {
    const found = await run(async (storage) => {
      const { memory, id } = await openConversation("user-1", { storage });
      const file = new File([bytesOf(3_000)], "cat.png", { type: "image/png" });
      const message = await memory.addMessage(id, { role: "user", parts: [{ type: "text", text: "A cat" }, { type: "file", blob: file, alt: "striped" }] });
      const [listed] = await memory.getMessages(id);
      const [, part] = listed.parts;
      const blob = await memory.getAttachment(part.attachment);
      return {
        part,
        isSame: exact(listed) === exact(message),
        content: listed.content,
        hash: await digest(file),
        blob: [blob.size, blob.type, exact([...new Uint8Array(await blob.arrayBuffer())]) === exact([...bytesOf(3_000)])],
        missing: await memory.getAttachment("0".repeat(64)),
      };
    }, storage);
    const { hash, part } = found;
    assert.deepEqual(part, { type: "file", attachment: hash, name: "cat.png", mediaType: "image/png", size: 3_000, alt: "striped" });
    assert.deepEqual([found.isSame, found.content, found.missing], [true, "A cat", undefined]);
    assert.deepEqual(found.blob, [3_000, "image/png", true]);
  }
});

test("large files lie in portions of a MiB, and none of them is read when messages are", onThisThread, async () => {
  const found = await run(async () => {
    const { memory, id } = await openConversation();
    const sizes = [0, 1, MIB, MIB + 1, 9 * MIB + 5];
    const parts = sizes.map((size, index) => ({ type: "file", blob: photo(size, index + 1), mediaType: "video/mp4" }));
    const { parts: stored } = await memory.addMessage(id, { role: "user", parts });
    const same = [];
    for (const [index, { attachment, size }] of stored.entries()) {
      const blob = await memory.getAttachment(attachment);
      same.push(blob.size === sizes[index] && size === sizes[index] && (await digest(blob)) === attachment && attachment === (await digest(parts[index].blob)) && blob.type === "video/mp4");
    }
    const { chunks } = await storedRecords();
    const tables = [];
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (names, ...rest) {
      tables.push(...[names].flat());
      return transaction.call(this, names, ...rest);
    };
    await memory.getMessages(id);
    await memory.getThread(id);
    await memory.addMessage(id, { role: "user", content: "more" });
    return { same, portions: chunks.map(({ bytes }) => bytes.length), tables };
  });
  assert.deepEqual(found.same, Array(5).fill(true));
  assert.equal(found.portions.length, 0 + 1 + 1 + 2 + 10);
  assert.ok(found.portions.every((length) => length <= 1024 * 1024));
  assert.ok(!found.tables.includes("chunks") && !found.tables.includes("files"), "messages without files touch none");
});

test("no transaction holds more than a few portions of a large file, on its way in and out", onThisThread, async () => {
  const found = await run(async () => {
    const { memory, id } = await openConversation();
    // The bytes of each transaction, and of those that are under way at a time.
    const [byTransaction, under] = [new Map(), { way: 0, most: 0 }];
    const count = (transaction, bytes) => {
      const one = byTransaction.get(transaction) ?? { bytes: 0 };
      if (one.bytes === 0 && bytes > 0) {
        const end = () => (under.way -= one.bytes);
        transaction.addEventListener("complete", end);
        transaction.addEventListener("abort", end);
      }
      one.bytes += bytes;
      byTransaction.set(transaction, one);
      under.way += bytes;
      under.most = Math.max(under.most, under.way);
    };
    const bytesIn = (row) => row?.bytes?.byteLength ?? 0;
    const { put, add, get, getAll } = IDBObjectStore.prototype;
    Object.assign(IDBObjectStore.prototype, {
      put(row, ...rest) { return count(this.transaction, bytesIn(row)), put.call(this, row, ...rest); },
      add(row, ...rest) { return count(this.transaction, bytesIn(row)), add.call(this, row, ...rest); },
    });
    const reading = (read) => function (...given) {
      const request = read.apply(this, given);
      request.addEventListener("success", () => count(this.transaction, [request.result].flat().reduce((sum, row) => sum + bytesIn(row), 0)));
      return request;
    };
    Object.assign(IDBObjectStore.prototype, { get: reading(get), getAll: reading(getAll) });
    const totals = () => {
      const sizes = [...byTransaction.values()].map(({ bytes }) => bytes);
      const result = { most: Math.max(...sizes), all: sizes.reduce((sum, size) => sum + size, 0), atOnce: under.most };
      byTransaction.clear();
      under.most = 0;
      return result;
    };
    const [large, other] = [photo(24 * MIB + 7), photo(3 * MIB, 2)];
    const message = await memory.addMessages(id, [with_(large), with_(other), with_(other)]);
    const stored = totals();
    const blob = await memory.getAttachment(message[0].parts[1].attachment);
    const isSame = (await digest(blob)) === message[0].parts[1].attachment;
    const read = totals();
    const archive = await memory.exportAll({ files: true });
    const exported = totals();
    const fresh = await openMemory("another");
    await fresh.importAll(archive);
    return { stored, isSame, read, exported, imported: totals(), size: large.size + 2 * other.size };
  });
  const MIB = 1024 * 1024;
  assert.ok(found.isSame);
  for (const [name, { most, all, atOnce }] of Object.entries({ stored: found.stored, read: found.read, exported: found.exported, imported: found.imported })) {
    // What is counted is all of it, so that a file that goes some other way is seen.
    assert.ok(all >= 24 * MIB, `${name}: ${all} bytes are counted`);
    assert.ok(most <= 8 * MIB && atOnce <= 16 * MIB, `${name}: ${most} bytes in one transaction, ${atOnce} at once`);
  }
  assert.equal(found.stored.all, found.size);
});

test("the same bytes are stored once, and go with the last message that refers to them", async () => {
  const steps = await run(async () => {
    const { memory, id } = await openConversation();
    const steps = [];
    const look = async () => steps.push(filesIn(await storedRecords()));
    const first = await memory.addMessage(id, with_(photo()));
    await memory.addMessages(id, [with_(photo()), with_(photo(2_000, 2))]);
    await look();
    const other = await memory.createConversation();
    await memory.addMessage(other.id, { role: "user", parts: [first.parts[1]] });
    const fork = await memory.forkConversation(id, first.id);
    await look();
    await memory.updateMessage(id, first.id, { parts: [{ type: "file", blob: photo(2_000, 2) }] });
    await look();
    await memory.updateMessage(id, first.id, { content: "only words" });
    await memory.deleteConversation(id);
    await look();
    await memory.deleteConversation(fork.id);
    await memory.applyRetention({ maxAgeDays: 0 });
    await look();
    await memory.addMessage((await memory.createConversation()).id, with_(photo()));
    await memory.forgetEverything();
    await look();
    return steps;
  });
  assert.deepEqual(steps, [
    { files: [2, 1], references: [2, 1], chunks: 2, uploads: 0 },
    { files: [4, 1], references: [2, 1, 1, 1], chunks: 2, uploads: 0 },
    { files: [3, 2], references: [1, 2, 1, 1], chunks: 2, uploads: 0 },
    { files: [2], references: [1, 1], chunks: 1, uploads: 0 },
    NOTHING,
    NOTHING,
  ].map((step) => ({ ...step, files: step.files, references: step.references })));
});

test("what does not fit is refused before a byte is stored", onThisThread, async () => {
  const { failures, rows } = await run(async () => {
    const { memory, id } = await openConversation();
    const large = new Blob(Array(257).fill(new Blob([new Uint8Array(MIB)])));
    const put = Object.getOwnPropertyDescriptor(IDBObjectStore.prototype, "put");
    let chunks = 0;
    IDBObjectStore.prototype.put = function (row) {
      chunks += this.name === "chunks";
      return put.value.call(this, row);
    };
    const add = (part, rest) => failure(() => memory.addMessage(id, { role: "user", parts: [{ type: "text", text: "a" }, part], ...rest }));
    const file = { type: "file", blob: photo() };
    const failures = {
      large: await add({ type: "file", blob: large }),
      noBlob: await add({ type: "file", blob: "text" }),
      otherPart: await add({ type: "picture", blob: photo() }),
      name: await add({ ...file, name: 7 }),
      mediaType: await add({ ...file, mediaType: {} }),
      role: await add(file, { role: "nobody" }),
      status: await add(file, { status: "queued" }),
      content: await add(file, { content: "something else" }),
      metadata: await add(file, { metadata: { large: "x".repeat(2 * MIB) } }),
      conversation: await failure(() => memory.addMessages("nowhere", [{ role: "user", content: "a" }, with_(photo())])),
      unknown: await add({ type: "file", attachment: "f".repeat(64), mediaType: "image/png", size: 1 }),
    };
    return { failures, rows: [chunks, filesIn(await storedRecords())] };
  });
  const { conversation, unknown, ...refused } = failures;
  for (const [name, { code, message }] of Object.entries(refused)) assert.equal(code, "invalid-input", `${name}: ${message}`);
  assert.match(refused.large.message, /^message\.parts\[1\]\.blob must be at most 268435456 bytes, got 269484032/);
  assert.equal(conversation.code, "not-found");
  assert.equal(unknown.code, "invalid-input");
  assert.deepEqual(rows, [0, NOTHING]);
});

test("a call that fails on the way stores nothing of it, and one that is repeated stores nothing again", onThisThread, async () => {
  const found = await run(async () => {
    const { memory, id } = await openConversation();
    const parent = await failure(() => memory.addMessages(id, [with_(photo()), { ...with_(photo(9, 9)), parentId: "nowhere" }]));
    // A file that changes while it is read.
    const { arrayBuffer } = Blob.prototype;
    let reads = 0;
    Blob.prototype.arrayBuffer = function () {
      return (reads += 1) > 5 ? Promise.reject(new DOMException("gone", "NotReadableError")) : arrayBuffer.call(this);
    };
    const gone = await failure(() => memory.addMessage(id, with_(photo(8 * MIB, 3))));
    Blob.prototype.arrayBuffer = arrayBuffer;
    const afterFailures = [filesIn(await storedRecords()), (await memory.getMessages(id)).length];
    const own = { id: "own", ...with_(photo()) };
    const first = await memory.addMessage(id, own);
    const again = await memory.addMessage(id, own);
    const other = await failure(() => memory.addMessage(id, { id: "own", ...with_(photo(10, 10)) }));
    return { parent, gone, afterFailures, isSame: exact(first) === exact(again), other, rows: filesIn(await storedRecords()) };
  });
  assert.deepEqual([found.parent.code, found.gone.code, found.gone.argument], ["not-found", "invalid-input", "message.parts[1].blob"]);
  assert.deepEqual(found.afterFailures, [NOTHING, 0]);
  assert.deepEqual([found.isSame, found.other.code], [true, "invalid-input"]);
  assert.deepEqual(found.rows, { files: [1], references: [1], chunks: 1, uploads: 0 });
});

test("another user's file is as one that is not there", async () => {
  const found = await run(async () => {
    const { memory, id } = await openConversation("ada");
    const { parts } = await memory.addMessage(id, with_(photo()));
    const { memory: other, id: own } = await openConversation("grace");
    const refused = await failure(() => other.addMessage(own, { role: "user", parts }));
    const unknown = await failure(() => other.addMessage(own, { role: "user", parts: [parts[0], { ...parts[1], attachment: parts[1].attachment.replace(/./g, "1") }] }));
    const before = await other.getAttachment(parts[1].attachment);
    await other.addMessage(own, with_(photo()));
    await memory.forgetEverything();
    const after = await other.getAttachment(parts[1].attachment);
    return { refused, unknown, attachment: parts[1].attachment, before, after: after.size, rows: filesIn(await storedRecords()) };
  });
  assert.equal(found.refused.message.replace(found.attachment, ""), found.unknown.message.replace("1".repeat(64), ""));
  assert.deepEqual([found.refused.code, found.before, found.after], ["invalid-input", undefined, 5_000]);
  assert.deepEqual(found.rows, { files: [1], references: [1], chunks: 1, uploads: 0 });
});

test("a file that is removed while it is read is as one that is gone", async () => {
  const found = await run(async () => {
    const { memory, id } = await openConversation();
    const { parts } = await memory.addMessage(id, with_(photo(9 * MIB)));
    const reading = memory.getAttachment(parts[1].attachment);
    const deleted = memory.deleteConversation(id);
    return [await reading, await deleted, filesIn(await storedRecords())];
  });
  assert.deepEqual(found, [undefined, true, NOTHING]);
});

test("bytes that a dead tab has left are removed by the next call with files, and by repair; those of a living one stay", onThisThread, async () => {
  const steps = await withTabs(2, async ([one, other]) => {
    await one.evaluate(async () => {
      const { memory, id } = await openConversation();
      const plant = async (upload) => {
        const database = await rawDatabase();
        const transaction = database.transaction(["uploads", "chunks"], "readwrite");
        transaction.objectStore("uploads").put({ userId: "user-1", id: upload, owner: "dead", savedAt: new Date().toISOString() });
        transaction.objectStore("chunks").put({ userId: "user-1", upload, index: 0, bytes: new Uint8Array(9) });
        await new Promise((resolve) => (transaction.oncomplete = resolve));
        database.close();
      };
      Object.assign(globalThis, { memory, id, plant });
    });
    const id = await one.evaluate(() => id);
    const steps = [];
    const look = async () => steps.push(await one.evaluate(async () => filesIn(await storedRecords())));
    await one.evaluate(() => plant("a"));
    await look();
    await one.evaluate(() => memory.addMessage(id, with_(photo())));
    await look();
    await one.evaluate(() => plant("b"));
    await one.evaluate(() => memory.repair());
    await look();
    // The other tab is at an upload, and goes on only when it is told.
    await other.evaluate(async (id) => {
      const memory = await openMemory();
      const { arrayBuffer } = Blob.prototype;
      let reads = 0;
      const isHalf = new Promise((resolve) => {
        globalThis.goOn = new Promise((go) => (globalThis.go = go));
        Blob.prototype.arrayBuffer = async function () {
          if ((reads += 1) === 7) {
            resolve();
            await goOn;
          }
          return arrayBuffer.call(this);
        };
      });
      globalThis.added = memory.addMessage(id, with_(photo(8 * MIB, 5)));
      await isHalf;
    }, id);
    await look();
    await one.evaluate(() => memory.repair());
    await one.evaluate(() => memory.addMessage(id, with_(photo(7, 7))));
    await look();
    const read = await other.evaluate(async () => {
      go();
      const { parts } = await added;
      const memory = await openMemory();
      return (await digest(await memory.getAttachment(parts[1].attachment))) === parts[1].attachment;
    });
    await look();
    return { steps, read };
  }, { prepare: helpers });
  assert.deepEqual(steps.steps, [
    { files: [], references: [], chunks: 1, uploads: 1 },
    { files: [1], references: [1], chunks: 1, uploads: 0 },
    { files: [1], references: [1], chunks: 1, uploads: 0 },
    { files: [1], references: [1], chunks: 5, uploads: 1 },
    { files: [1, 1], references: [1, 1], chunks: 6, uploads: 1 },
    { files: [1, 1, 1], references: [1, 1, 1], chunks: 10, uploads: 0 },
  ]);
  assert.equal(steps.read, true);
});

test("close waits for a file that is being stored", async () => {
  const found = await run(async () => {
    const { memory, id } = await openConversation();
    const adding = memory.addMessage(id, with_(photo(6 * MIB)));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await memory.close();
    const { parts } = await adding;
    const closed = await failure(() => memory.getAttachment(parts[1].attachment));
    return [(await (await openMemory()).getAttachment(parts[1].attachment)).size, closed.code];
  });
  assert.deepEqual(found, [6 * 1024 * 1024, "closed"]);
});

test("what is wrong with files is mended by repair, and told", async () => {
  const found = await run(async () => {
    const { memory, id } = await openConversation();
    const { parts } = await memory.addMessage(id, { role: "user", parts: [{ type: "file", blob: photo(3 * MIB) }, { type: "file", blob: photo(9, 9) }] });
    const database = await rawDatabase();
    const transaction = database.transaction(["files", "chunks", "references"], "readwrite");
    const { upload } = (await settled(transaction.objectStore("files").get(["user-1", parts[0].attachment]))).content;
    transaction.objectStore("chunks").delete(["user-1", upload, 1]);
    transaction.objectStore("chunks").put({ userId: "user-1", upload: "of nothing", index: 0, bytes: new Uint8Array(9) });
    transaction.objectStore("references").clear();
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    database.close();
    const corrupt = await codeOf(() => memory.getAttachment(parts[0].attachment));
    const repaired = await memory.repair();
    const again = await memory.repair();
    const rows = filesIn(await storedRecords());
    return { corrupt, repaired, again, rows, gone: await memory.getAttachment(parts[0].attachment), whole: (await memory.getAttachment(parts[1].attachment)).size };
  });
  assert.equal(found.corrupt, "corrupt");
  assert.equal(found.repaired.rebuilt, 2);
  assert.equal(found.repaired.damaged.length, 1);
  assert.match(found.repaired.damaged[0].record, /^files \[user-1, [0-9a-f]{64}\]$/);
  assert.deepEqual(found.again, { rebuilt: 0, damaged: [] });
  assert.deepEqual(found.rows, { files: [1, 1], references: [1, 1], chunks: 1, uploads: 0 });
  assert.deepEqual([found.gone, found.whole], [undefined, 9]);
});

test("a message with a file is answered by an agent, as docs/attachments.md says", async () => {
  const found = await run(async () => {
    const { ConversationAgent } = await import("conversation-memory");
    const { memory, id } = await openConversation();
    const message = await memory.addMessage(id, with_(photo()));
    const agent = new ConversationAgent({ manager: memory, model: { needsNetwork: false, generate: async () => ({ text: "A cat." }) } });
    const { answer } = await agent.regenerate(id, message.id);
    const [asked, told] = await memory.getMessages(id);
    return [answer, asked.parts.length, told.content, told.parentId === message.id, filesIn(await storedRecords()).files];
  });
  assert.deepEqual(found, ["A cat.", 2, "A cat.", true, [1]]);
});
