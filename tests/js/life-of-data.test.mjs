// Forgetting, retention, and what the browser says of the storage.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

const prepare = `
  /** All rows of all stores, as text. */
  globalThis.rawText = (name) => new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const names = [...opening.result.objectStoreNames];
      const transaction = opening.result.transaction(names);
      const found = [];
      for (const name of names) {
        const store = transaction.objectStore(name);
        for (const request of [store.getAll(), store.getAllKeys()]) request.onsuccess = () => found.push(JSON.stringify(request.result));
      }
      transaction.oncomplete = () => { opening.result.close(); resolve(found.join("\\n")); };
    };
  });
`;

test("everything forgotten leaves no trace of the user, and everything of others", async () => {
  const found = await inPage(
    async () => {
      const memory = await openMemory("MARKER user");
      const other = await openMemory("other");
      const { id: kept } = await other.createConversation({ title: "Kept" });
      await memory.updateUser({ email: "MARKER@example.org" });
      await memory.definePersona({ name: "MARKER persona", displayName: "MARKER", systemPrompt: "MARKER" });
      const { id } = await memory.createConversation({ title: "MARKER title", persona: "MARKER persona" });
      await memory.addMessages(id, Array.from({ length: 200 }, () => ({ role: "user", content: "MARKER", metadata: { entities: ["MARKER"] } })));
      const before = await rawText(databaseName);
      await memory.forgetEverything();
      const after = await rawText(databaseName);
      const fresh = { user: await memory.getUser(), personas: (await memory.listPersonas()).map(({ name }) => name), conversations: await memory.listConversations() };
      const { id: again } = await memory.createConversation();
      await memory.addMessage(again, { role: "user", content: "a new life" });
      return { before: before.includes("MARKER"), after: after.includes("MARKER"), fresh, kept: (await other.getConversation(kept))?.title, again: (await memory.listConversations()).length };
    },
    undefined,
    { prepare },
  );
  assert.ok(found.before);
  assert.ok(!found.after);
  assert.equal(found.fresh.user.email, undefined);
  assert.deepEqual(found.fresh.personas, ["transformation_analyst", "digital_twin_designer"].sort());
  assert.deepEqual(found.fresh.conversations, []);
  assert.equal(found.kept, "Kept");
  assert.equal(found.again, 1);
});

test("everything forgotten in one tab is forgotten in the other, which can be used on", async () => {
  const found = await inPage(async () => {
    const [one, other] = [await openMemory(), await openMemory()];
    await other.updateUser({ fullName: "Ada" });
    const { id } = await other.createConversation({ title: "Before" });
    await other.addMessages(id, Array.from({ length: 100 }, (_, index) => ({ role: "user", content: `message ${index}` })));
    await one.forgetEverything();
    const read = {
      user: await other.getUser(),
      personas: (await other.listPersonas()).map(({ name }) => name).sort(),
      persona: (await other.getPersona("transformation_analyst"))?.displayName,
      conversation: await other.getConversation(id),
      list: await other.listConversations(),
      status: typeof (await other.storageStatus()).persisted,
      append: await codeOf(() => other.addMessage(id, { role: "user", content: "too late" })),
    };
    await other.updateUser({ fullName: "Grace" });
    const { id: fresh } = await other.createConversation();
    await other.addMessage(fresh, { role: "user", content: "a new life" });
    const shared = { user: (await one.getUser()).fullName, personas: (await one.listPersonas()).length, title: (await one.getConversation(fresh))?.title };
    return { read, shared };
  });
  const { user, personas, ...rest } = found.read;
  assert.deepEqual({ id: user.id, fullName: user.fullName }, { id: "user-1", fullName: undefined });
  assert.deepEqual(personas, ["digital_twin_designer", "transformation_analyst"]);
  assert.deepEqual(rest, { persona: "Transformation Analyst", conversation: undefined, list: [], status: "boolean", append: "not-found" });
  assert.deepEqual(found.shared, { user: "Grace", personas: 2, title: "a new life" });
});

test("of a deleted conversation only its id is left, drafts and queue included", async () => {
  const found = await inPage(
    async () => {
      const { ConversationAgent } = await import("conversation-memory");
      const memory = await openMemory();
      const model = { needsNetwork: true, generate() { throw Object.assign(new Error("no way"), { name: "MemoryError", code: "model", offline: true }); } };
      const agent = new ConversationAgent({ manager: memory, model });
      const { id } = await memory.createConversation({ title: "MARKER" });
      await agent.processQuery("MARKER question", { conversationId: id }).catch(() => {});
      await memory.addMessages(id, Array.from({ length: 100 }, () => ({ role: "assistant", content: "MARKER" })));
      const before = (await rawText(databaseName)).includes("MARKER");
      await memory.deleteConversation(id);
      const { deletions } = await storedRecords();
      const database = await rawDatabase();
      // What is left is asked for by its name, the rest is as if it had never been.
      await settled(database.transaction("deletions", "readwrite").objectStore("deletions").clear());
      database.close();
      return { before, id, deletions, text: await rawText(databaseName) };
    },
    undefined,
    { prepare },
  );
  assert.ok(found.before);
  const [{ at, ...deletion }, ...others] = found.deletions;
  const conversationIds = [[...found.id].reverse().join("")];
  assert.deepEqual([deletion, typeof at, others], [{ userId: "user-1", number: 1, conversationIds }, "number", []]);
  assert.ok(!found.text.includes("MARKER") && !found.text.includes(found.id));
});

test("retention removes what is old, and keeps what is pinned unless told not to", async () => {
  const found = await inPage(async () => {
    // Days go by at once.
    let ahead = 0;
    const { Date: Clock } = globalThis;
    globalThis.Date = class extends Clock {
      constructor(...given) {
        super(...(given.length > 0 ? given : [Clock.now() + ahead]));
      }
      static now() {
        return Clock.now() + ahead;
      }
    };
    const memory = await openMemory("user-1", { worker: false });
    const ids = {};
    for (const name of ["old", "old and pinned", "new"]) ids[name] = (await memory.createConversation({ title: name })).id;
    for (const id of Object.values(ids)) await memory.addMessage(id, { role: "user", content: "x" });
    await memory.pinConversation(ids["old and pinned"], true);
    const titles = async () => (await memory.listConversations()).map(({ title }) => title).sort();
    const none = await memory.applyRetention({ maxAgeDays: 1 });
    ahead = 2 * 86_400_000;
    await memory.addMessage(ids.new, { role: "user", content: "y" });
    const some = await memory.applyRetention({ maxAgeDays: 1 });
    const left = await titles();
    const all = await memory.applyRetention({ maxAgeDays: 0, keepPinned: false });
    const wrong = [];
    for (const policy of [undefined, null, {}, { maxAgeDays: -1 }, { maxAgeDays: NaN }, { maxAgeDays: "1" }, { maxAgeDays: 1, keepPinned: 1 }]) {
      wrong.push(await codeOf(() => memory.applyRetention(policy)));
    }
    return { none, some, left, all, wrong, end: await memory.applyRetention({ maxAgeDays: 1e9 }) };
  });
  assert.deepEqual(found.none, { removed: 0 });
  assert.deepEqual(found.some, { removed: 1 });
  assert.deepEqual(found.left, ["new", "old and pinned"]);
  assert.equal(found.all.removed >= 1, true);
  assert.deepEqual(new Set(found.wrong), new Set(["invalid-input"]));
  assert.deepEqual(found.end, { removed: 0 });
});

test("the browser's word on the storage is passed on", async () => {
  const found = await inPage(async () => {
    const memory = await openMemory();
    const status = await memory.storageStatus();
    const persisted = await memory.requestPersistence();
    await memory.close();
    return { status, persisted, closed: [await codeOf(() => memory.storageStatus()), await codeOf(() => memory.requestPersistence())] };
  });
  assert.equal(typeof found.status.persisted, "boolean");
  if (found.status.usageBytes !== undefined) assert.ok(found.status.quotaBytes >= found.status.usageBytes);
  assert.equal(typeof found.persisted, "boolean");
  assert.deepEqual(found.closed, ["closed", "closed"]);
});
