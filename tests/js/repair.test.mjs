// Records damaged by hand, and what repair makes of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

const prepare = `
  /** Changes the rows of a store that hold a text. */
  globalThis.damage = async (store, text, change) => {
    const database = await new Promise((resolve) => { indexedDB.open(databaseName).onsuccess = ({ target }) => resolve(target.result); });
    const transaction = database.transaction(store, "readwrite");
    const rows = transaction.objectStore(store);
    rows.getAll().onsuccess = ({ target }) => {
      for (const row of target.result) if (JSON.stringify(row).includes(text)) { if (change(row, rows) !== "gone") rows.put(row); }
    };
    await new Promise((resolve) => { transaction.oncomplete = resolve; });
    database.close();
  };
`;

test("what is damaged is named and hides nothing else; repair sets it aside and rebuilds the rest", async () => {
  const found = await inPage(
    async () => {
      const memory = await openMemory();
      const ids = {};
      for (const name of ["whole", "message", "page", "row", "numbers"]) {
        ids[name] = (await memory.createConversation({ title: name })).id;
        await memory.addMessages(ids[name], numbered(40));
      }
      await damage("pages", ids.message, (page) => {
        for (const message of page.messages) if (message.content === "message 5") message.role = "nobody";
      });
      await damage("pages", ids.page, (page) => { if (page.firstSeq === 0) page.messages = "gone"; });
      await damage("conversations", ids.row, (row) => { row.messageCount = "many"; row.createdAt = null; });
      await damage("conversations", ids.numbers, (row) => { row.messageCount = 7; row.headId = "nobody"; row.log.headSeq = 3; });
      const broken = {};
      for (const name of ["message", "page", "row"]) broken[name] = await failure(() => memory.getMessages(ids[name]));
      broken.numbers = await failure(() => memory.addMessage(ids.numbers, { role: "user", content: "over another one" }));
      const listed = (await memory.listConversations()).map(({ title }) => title).sort();
      const read = (await memory.getMessages(ids.whole)).length;
      const repaired = await memory.repair();
      const again = await memory.repair();
      const after = {};
      for (const name in ids) {
        const { messageCount, headId, title } = await memory.getConversation(ids[name]);
        const messages = await memory.getMessages(ids[name]);
        const isWhole = messages.every(({ seq, parentId }, index) => seq === index && parentId === messages[index - 1]?.id) && headId === messages.at(-1).id;
        const added = await memory.addMessage(ids[name], { role: "user", content: "on" });
        after[name] = { messageCount, title, count: messages.length, isWhole, next: added.seq };
      }
      const file = await memory.exportAll();
      const aside = (await file.text()).split("\n").filter((line) => line.startsWith('{"type":"damaged"')).map((line) => JSON.parse(line));
      const other = await openMemory("other");
      const report = await other.importAll(file);
      await memory.deleteConversation(ids.message);
      const rest = (await (await memory.exportAll()).text()).split("\n").filter((line) => line.startsWith('{"type":"damaged"')).length;
      return { broken, listed, read, repaired, again, after, aside, report, rest, ids };
    },
    undefined,
    { prepare: prepare + "globalThis.databaseName = new URLSearchParams(location.search).get('database');" },
  );
  const { broken, ids } = found;
  for (const [name, { code, message }] of Object.entries(broken)) {
    assert.equal(code, "corrupt", `${name}: ${message}`);
    assert.ok(message.includes(ids[name]), message);
  }
  assert.deepEqual(found.listed, ["message", "numbers", "page", "whole"]);
  assert.equal(found.read, 40);
  assert.equal(found.repaired.rebuilt, 4);
  assert.deepEqual(found.again, { rebuilt: 0, damaged: [] });
  for (const { record } of found.repaired.damaged) assert.match(record, /^(pages|conversations) \[user-1, /);
  assert.equal(found.repaired.damaged.length, 3);
  const expected = { whole: 40, message: 39, row: 40, numbers: 40 };
  for (const [name, count] of Object.entries(expected)) {
    assert.deepEqual(found.after[name], { messageCount: count, title: name, count, isWhole: true, next: count }, name);
  }
  assert.ok(found.after.page.isWhole && found.after.page.count < 40);
  assert.equal(found.aside.length, 3);
  const message = found.aside.find(({ record }) => record.includes("message 5") || record.endsWith(" message 5"));
  assert.equal(message.value.role, "nobody");
  assert.equal(message.value.content, "message 5");
  assert.equal(found.report.conversations, 5);
  assert.equal(found.report.problems.length, 3);
  assert.equal(found.rest, 2);
});

test("messages without their conversation come back with it, and tabs hear of that", async () => {
  const found = await inPage(
    async () => {
      const memory = await openMemory();
      const { id: other } = await memory.createConversation({ title: "Other" });
      await memory.addMessages(other, numbered(3));
      const { id } = await memory.createConversation({ title: "Given" });
      await memory.addMessages(id, [{ role: "assistant", content: "Hello." }, { role: "user", content: " How healthy is Education? " }, ...numbered(90)]);
      const before = await memory.getMessages(id, { limit: 200 });
      await damage("conversations", id, (row, rows) => { rows.delete([row.userId, row.id]); return "gone"; });
      const heard = [];
      memory.subscribe((change) => heard.push(change));
      await new Promise((resolve) => setTimeout(resolve, 200));
      const lost = [await memory.getConversation(id), await codeOf(() => memory.getMessages(id))];
      const repaired = [await memory.repair(), await memory.repair()];
      const conversation = await memory.getConversation(id);
      const messages = await memory.getMessages(id, { limit: 200 });
      const added = await memory.addMessage(id, { role: "user", content: "on" });
      await until(() => heard.some(({ messageId }) => messageId === added.id));
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { lost, repaired, conversation, isWhole: JSON.stringify(messages) === JSON.stringify(before), last: before.at(-1), added, heard, list: (await memory.listConversations()).map(({ title }) => title) };
    },
    undefined,
    { prepare: prepare + "globalThis.databaseName = new URLSearchParams(location.search).get('database');" },
  );
  assert.deepEqual(found.lost, [undefined, "not-found"]);
  assert.deepEqual(found.repaired, [{ rebuilt: 1, damaged: [] }, { rebuilt: 0, damaged: [] }]);
  const { title, messageCount, headId, updatedAt, personaName } = found.conversation;
  assert.deepEqual([title, messageCount, headId, updatedAt], ["How healthy is Education? ", 92, found.last.id, found.last.createdAt]);
  assert.equal(personaName, "transformation_analyst");
  assert.ok(found.isWhole);
  assert.deepEqual([found.added.seq, found.added.parentId], [92, found.last.id]);
  assert.deepEqual(found.list, ["How healthy is Education? ", "Other"]);
  const { id } = found.conversation;
  assert.deepEqual(found.heard.map(({ type, conversationId }) => [type, conversationId]).filter(([, which]) => which === id).map(([type]) => type), ["conversation-created", "message-added"]);
});

test("damaged profiles, personas and drafts keep nobody out after a repair", async () => {
  const found = await inPage(
    async () => {
      const memory = await openMemory();
      await memory.definePersona({ name: "critic", displayName: "Critic", systemPrompt: "Doubt." });
      await memory.updateUser({ fullName: "Ada" });
      await damage("users", "user-1", (row) => { row.createdAt = 5; });
      await damage("personas", "critic", (row) => { row.displayName = {}; });
      await damage("personas", "transformation_analyst", (row) => { delete row.icon; });
      const broken = [await codeOf(() => memory.getUser()), await codeOf(() => memory.getPersona("critic"))];
      const left = (await memory.listPersonas()).map(({ name }) => name);
      // It can be opened as it is, to be repaired.
      const again = await openMemory();
      const repaired = await again.repair();
      return { broken, left, repaired, user: await memory.getUser(), personas: (await memory.listPersonas()).map(({ name }) => name).sort() };
    },
    undefined,
    { prepare: prepare + "globalThis.databaseName = new URLSearchParams(location.search).get('database');" },
  );
  assert.deepEqual(found.broken, ["corrupt", "corrupt"]);
  assert.deepEqual(found.left, ["digital_twin_designer"]);
  assert.equal(found.repaired.damaged.length, 3);
  assert.equal(found.user.id, "user-1");
  assert.deepEqual(found.personas, ["digital_twin_designer", "transformation_analyst"]);
});
