// The database goes away under an open manager: deleted, upgraded or evicted, by this tab or another.
import assert from "node:assert/strict";
import { test } from "node:test";
import { onlyIn } from "./support/engine.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage, withPage, withTabs } = pagesForThisFile();

test("deleting the database tells every manager of it, once, and is not held up", async () => {
  const seen = await inPage(async () => {
    const reasons = [];
    const onClosed = (...told) => reasons.push(told);
    const memories = [await openMemory("user-1", { onClosed }), await openMemory("user-2", { onClosed })];
    const elsewhere = await openMemory("user-1", { databaseName: `${databaseName}-b`, onClosed });
    await settled(indexedDB.deleteDatabase(databaseName));
    await laterMillisecond();
    const codes = [];
    for (const memory of [...memories, elsewhere]) codes.push(await codeOf(() => memory.listConversations()));
    await Promise.all(memories.map((memory) => memory.close()));
    return { reasons, codes };
  });
  assert.deepEqual(seen.reasons, [["deleted"], ["deleted"]]);
  assert.deepEqual(seen.codes, ["closed", "closed", "none"]);
});

test("an upgrade by a newer release tells the manager and goes through at once", async () => {
  const seen = await inPage(async () => {
    const reasons = [];
    const { memory, id } = await openConversation("user-1", { onClosed: (reason) => reasons.push(reason) });
    await memory.addMessage(id, { role: "user", content: "kept" });
    const { version } = await rawDatabase().then((database) => (database.close(), database));
    const newer = await rawDatabase({ version: version + 1 });
    const code = await codeOf(() => memory.getMessages(id));
    newer.close();
    return { reasons, code, pages: (await storedRecords()).pages.length };
  });
  assert.deepEqual(seen, { reasons: ["upgraded"], code: "closed", pages: 1 });
});

test("the same from another tab, with writes on their way: what was confirmed is stored", async () => {
  await withTabs(2, async ([writer, upgrader]) => {
    const id = await writer.evaluate(async () => {
      globalThis.reasons = [];
      const opened = await openConversation("user-1", { onClosed: (reason) => reasons.push(reason) });
      globalThis.memory = opened.memory;
      return opened.id;
    });
    const writing = writer.evaluate(async (id) => {
      for (let stored = 0; ; stored += 1) {
        const code = await codeOf(() => memory.addMessage(id, { role: "user", content: `message ${stored}` }));
        if (code !== "none") return { stored, code, reasons };
      }
    }, id);
    const found = await upgrader.evaluate(async () => {
      await until(async () => (await storedRecords()).pages.length > 0);
      const { version } = await rawDatabase().then((database) => (database.close(), database));
      const newer = await rawDatabase({ version: version + 1 });
      const pages = await settled(newer.transaction("pages").objectStore("pages").getAll());
      const [conversation] = await settled(newer.transaction("conversations").objectStore("conversations").getAll());
      return { messages: pages.flatMap((page) => page.messages).length, count: conversation.messageCount };
    });
    const written = await writing;
    assert.equal(written.code, "closed");
    assert.deepEqual(written.reasons, ["upgraded"]);
    assert.ok(written.stored > 0, "nothing was written before the upgrade");
    assert.deepEqual(found, { messages: written.stored, count: written.stored });
  });
});

test("storage cleared by the browser is told as evicted", onlyIn(["chromium"], "be told to clear it"), async () => {
  await withPage(async (page) => {
    await page.evaluate(async () => {
      globalThis.told = new Promise((resolve) => {
        globalThis.opening = openMemory("user-1", { onClosed: resolve });
      });
      globalThis.memory = await opening;
    });
    const devtools = await page.context().newCDPSession(page);
    const { origin } = new URL(page.url());
    await devtools.send("Storage.clearDataForOrigin", { origin, storageTypes: "indexeddb" });
    const seen = await page.evaluate(async () => [await told, await codeOf(() => memory.listConversations())]);
    assert.deepEqual(seen, ["evicted", "closed"]);
  });
});

test("calls under way when the browser clears the storage end, as closed", onlyIn(["chromium"], "be told to clear it"), async () => {
  await withPage(async (page) => {
    await page.evaluate(async () => {
      const memory = await openMemory();
      const ids = [];
      for (let number = 0; number < 8; number += 1) {
        const { id } = await memory.createConversation();
        await memory.addMessages(id, numbered(2_000));
        ids.push(id);
      }
      const file = await memory.exportAll();
      const again = async (call) => {
        for (;;) await call();
      };
      const runningTurns = {
        export: again(() => memory.exportAll()),
        repair: again(() => memory.repair()),
        import: again(() => memory.importAll(file)),
        read: again(() => memory.getRecentMessages(ids[0], 20)),
        write: again(() => memory.addMessage(ids[1], { role: "user", content: "one more" })),
        many: Promise.all(Array.from({ length: 300 }, (_, number) => memory.addMessage(ids[2], { role: "user", content: `number ${number}` })).concat(again(() => memory.getMessages(ids[3])))),
      };
      globalThis.ended = Promise.all(Object.entries(runningTurns).map(async ([name, call]) => [name, await codeOf(() => call)]));
    });
    const devtools = await page.context().newCDPSession(page);
    const { origin } = new URL(page.url());
    await devtools.send("Storage.clearDataForOrigin", { origin, storageTypes: "indexeddb" });
    const ended = await page.evaluate(() => Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 60_000, "some did not end"))]));
    assert.deepEqual(ended, ["export", "repair", "import", "read", "write", "many"].map((name) => [name, "closed"]));
  });
});

test("the manager's own close() is not told", async () => {
  const reasons = await inPage(async () => {
    const told = [];
    const memory = await openMemory("user-1", { onClosed: (reason) => told.push(reason) });
    await memory.close();
    await settled(indexedDB.deleteDatabase(databaseName));
    await laterMillisecond();
    return told;
  });
  assert.deepEqual(reasons, []);
});

test("after a deletion the memory can be opened anew, and starts empty", async () => {
  const seen = await inPage(async () => {
    const { memory } = await openConversation();
    await settled(indexedDB.deleteDatabase(databaseName));
    const again = await openMemory();
    const personas = (await again.listPersonas()).length;
    return { old: await codeOf(() => memory.getUser()), conversations: await again.listConversations(), personas };
  });
  assert.deepEqual(seen, { old: "closed", conversations: [], personas: 2 });
});

test("a database of a newer schema is refused, left exactly as it was, and not held open", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "user", content: "from the past" });
    await memory.close();
    const newer = await rawDatabase({
      version: 9999,
      upgrade: (database) => database.createObjectStore("future").put("a newer record", "key"),
    });
    newer.close();
    const before = await storedRecords();
    const refusal = await failure(() => openMemory());
    const after = await storedRecords();
    const { version } = await rawDatabase().then((database) => (database.close(), database));
    const blocked = await new Promise((resolve) => {
      const request = indexedDB.deleteDatabase(databaseName);
      request.onblocked = () => resolve(true);
      request.onsuccess = () => resolve(false);
    });
    return { refusal, same: exact(before) === exact(after), future: after.future, version, blocked };
  });
  assert.equal(seen.refusal.code, "schema-too-new");
  assert.ok(seen.refusal.message.length > 20, `says what to do: ${seen.refusal.message}`);
  assert.ok(seen.same, "the records changed");
  assert.deepEqual(seen.future, ["a newer record"]);
  assert.equal(seen.version, 9999);
  assert.equal(seen.blocked, false);
});
