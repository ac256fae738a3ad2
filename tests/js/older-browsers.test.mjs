// Browsers that lack what newer ones have: without IDBIndex.getAllRecords conversations are listed by the keys of the index,
// with the same result; without Uint8Array.fromBase64 the module is decoded otherwise; without DecompressionStream the entry
// point that needs none is named.
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

test("without DecompressionStream opening fails with the cure, and the slim entry point works", async () => {
  const { code, message, contents } = await inPage(
    async () => {
      delete globalThis.DecompressionStream;
      const { ConversationManager } = await import("conversation-memory");
      const { code, message } = await ConversationManager.open({ userId: "user-1" }).catch((error) => error);
      const slim = await import("conversation-memory/slim");
      await slim.init(fetch("/node_modules/conversation-memory/dist/memory.wasm"));
      const memory = await slim.ConversationManager.open({ userId: "user-1" });
      const { id } = await memory.createConversation();
      await memory.addMessage(id, { role: "user", content: "hello" });
      return { code, message, contents: (await memory.getMessages(id)).map(({ content }) => content) };
    },
    undefined,
    { file: "blank.html" },
  );
  assert.equal(code, "storage-unavailable");
  assert.match(message, /DecompressionStream.*conversation-memory\/slim/);
  assert.deepEqual(contents, ["hello"]);
});

test("without Uint8Array.fromBase64 the module is loaded all the same", async () => {
  const personas = await inPage(
    async () => {
      Uint8Array.fromBase64 = undefined;
      const { ConversationManager } = await import("conversation-memory");
      return (await (await ConversationManager.open({ userId: "user-1" })).listPersonas()).length;
    },
    undefined,
    { file: "blank.html" },
  );
  assert.equal(personas, 2);
});
