// addMessages: several messages in one transaction, all of them or none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { onThisThread, pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("a batch is stored in order, as the same messages one by one would be", async () => {
  const { returned, found, singly } = await inPage(async () => {
    const roles = ["system", "user", "assistant", "tool"];
    const messages = Array.from({ length: 150 }, (_, index) => ({
      role: roles[index % 4],
      content: `message ${index}`,
      metadata: { index },
    }));
    const memory = await openMemory();
    const [first, second] = [await memory.createConversation(), await memory.createConversation()];
    const returned = await memory.addMessages(first.id, messages);
    for (const message of messages) await memory.addMessage(second.id, message);
    return {
      returned,
      found: await memory.getMessages(first.id, { limit: 1000 }),
      singly: await memory.getMessages(second.id, { limit: 1000 }),
    };
  });
  assert.equal(returned.length, 150);
  assert.deepEqual(found, returned);
  found.forEach((message, index) => assert.equal(message.parentId, found[index - 1]?.id));
  const bare = ({ seq, role, content, metadata, status }) => ({ seq, role, content, metadata, status });
  assert.deepEqual(found.map(bare), singly.map(bare));
});

test("an empty batch stores nothing and moves nothing", async () => {
  const { returned, before, after } = await inPage(async () => {
    const { memory, conversation: before, id } = await openConversation();
    await laterMillisecond();
    return { returned: await memory.addMessages(id, []), before, after: await memory.getConversation(id) };
  });
  assert.deepEqual(returned, []);
  assert.deepEqual(after, before);
});

test("one bad message, wherever it stands, and nothing of the batch is stored", async () => {
  const results = await inPage(async () => {
    const bad = {
      role: { role: "robot", content: "x" },
      content: { role: "user", content: 5 },
      metadata: { role: "user", content: "x", metadata: { when: new Date() } },
      parentId: { role: "user", content: "x", parentId: "01890000-0000-7000-8000-000000000000" },
      size: { role: "user", content: "x".repeat(8 * 1024 * 1024 + 1) },
    };
    const { memory, id } = await openConversation();
    const before = exact(await storedRecords());
    const results = [];
    for (const [name, message] of Object.entries(bad)) {
      for (const place of [0, 100, 199]) {
        const messages = numbered(200);
        messages[place] = message;
        const code = await codeOf(() => memory.addMessages(id, messages));
        results.push({ name, place, code, changed: exact(await storedRecords()) !== before });
      }
    }
    return results;
  });
  assert.equal(results.length, 15);
  for (const { name, place, code, changed } of results) {
    assert.equal(code, name === "parentId" ? "not-found" : "invalid-input", `${name} at ${place}`);
    assert.equal(changed, false, `${name} at ${place} left something behind`);
  }
});

test("a write that fails half way leaves nothing behind, whichever write it is", onThisThread, async () => {
  const { results, after } = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, numbered(70));
    const before = exact(await storedRecords());
    const { put, add } = IDBObjectStore.prototype;
    const results = [];
    for (let failing = 0; ; failing += 1) {
      let writes = 0;
      const failingAt = (method) =>
        function (...record) {
          writes += 1;
          if (writes > failing) throw new DOMException("refused by the test", "UnknownError");
          return method.apply(this, record);
        };
      Object.assign(IDBObjectStore.prototype, { put: failingAt(put), add: failingAt(add) });
      const code = await codeOf(() => memory.addMessages(id, numbered(200, 70)));
      Object.assign(IDBObjectStore.prototype, { put, add });
      if (code === "none") break;
      results.push({ code, changed: exact(await storedRecords()) !== before });
    }
    return { results, after: (await memory.getMessages(id, { limit: 1000 })).map((message) => message.content) };
  });
  assert.ok(results.length >= 4, `a batch over several pages takes several writes, not ${results.length}`);
  for (const result of results) assert.deepEqual(result, { code: "storage", changed: false });
  assert.deepEqual(after, Array.from({ length: 270 }, (_, index) => `message ${index}`));
});

test("a thousand messages and a megabyte each for ten: large batches come back whole", async () => {
  const counts = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, numbered(1000));
    const large = Array.from({ length: 10 }, (_, index) => ({ role: "user", content: `${index}`.repeat(1_000_000) }));
    await memory.addMessages(id, large);
    const newest = await memory.getRecentMessages(id, 10);
    const same = newest.filter((message, index) => message.content === large[index].content).length;
    return [(await memory.getMessages(id, { limit: 2000 })).length, (await memory.getConversation(id)).messageCount, same];
  });
  assert.deepEqual(counts, [1010, 1010, 10]);
});

test("adding to a conversation that is not there is not-found", async () => {
  const codes = await inPage(async () => {
    const memory = await openMemory();
    const unknown = "01890000-0000-7000-8000-000000000000";
    const codes = [
      await codeOf(() => memory.addMessage(unknown, { role: "user", content: "x" })),
      await codeOf(() => memory.addMessages(unknown, numbered(3))),
    ];
    return [...codes, (await storedRecords()).pages.length];
  });
  assert.deepEqual(codes, ["not-found", "not-found", 0]);
});
