// Browsers without IDBIndex.getAllRecords list conversations by the keys of the index, with the same result.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("lists are the same without getAllRecords", async () => {
  const { withIt, without } = await inPage(async () => {
    const memory = await openMemory();
    for (let index = 0; index < 12; index += 1) await memory.createConversation({ title: `number ${index}` });
    const [{ id }] = await memory.listConversations({ offset: 7 });
    await memory.addMessage(id, { role: "user", content: "hello" });
    const lists = async (memory) => {
      const titles = async (page) => (await memory.listConversations(page)).map(({ title }) => title);
      return [
        await titles(),
        await titles({ limit: 3 }),
        await titles({ limit: 3, offset: 2 }),
        await titles({ limit: 5, offset: 10 }),
        await titles({ offset: 12 }),
        await titles({ limit: 0 }),
        await memory.listConversationSummaries({ limit: 4, offset: 1 }),
      ];
    };
    const withIt = await lists(memory);
    delete IDBIndex.prototype.getAllRecords;
    return { withIt, without: await lists(await openMemory()) };
  });
  assert.equal(withIt[0].length, 12);
  assert.deepEqual(withIt[2], withIt[0].slice(2, 5));
  assert.deepEqual(without, withIt);
});
