// How the data lies in IndexedDB: schema 1, as the design fixes it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("the object stores, their key paths and the index", async () => {
  const { stores, indexes } = await inPage(async () => {
    await openMemory();
    const database = await rawDatabase();
    const names = [...database.objectStoreNames];
    const transaction = database.transaction(names);
    const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name).keyPath]));
    const conversations = transaction.objectStore("conversations");
    const indexes = [...conversations.indexNames].map((name) => conversations.index(name).keyPath);
    database.close();
    return { stores, indexes };
  });
  assert.deepEqual(stores, {
    chunks: ["userId", "upload", "index"],
    conversations: ["userId", "id"],
    damaged: ["userId", "conversationId", "record"],
    deletions: ["userId", "number"],
    drafts: ["userId", "conversationId", "messageId"],
    files: ["userId", "id"],
    meta: "name",
    pages: ["userId", "conversationId", "firstSeq"],
    personas: ["userId", "name"],
    references: ["userId", "conversationId", "fileId"],
    runs: ["userId", "conversationId", "firstSeq"],
    segments: ["userId", "conversationId", "firstSeq"],
    uploads: ["userId", "id"],
    users: "id",
    vectors: ["userId", "conversationId", "seq"],
  });
  assert.deepEqual(indexes, [["userId", "log.changed"], ["userId", "updatedAt", "id"]]);
});

/** Writes messages one by one and checks the stored pages. */
async function pagesOf(sizes) {
  const { pages, id } = await inPage(async (sizes) => {
    const { memory, id } = await openConversation();
    for (const size of sizes) await memory.addMessage(id, { role: "user", content: "x".repeat(size) });
    const { pages } = await storedRecords();
    return { id, pages: pages.map(({ messages, ...key }) => ({ ...key, seqs: messages.map(({ seq }) => seq), sizes: messages.map(({ content }) => content.length) })) };
  }, sizes);
  for (const page of pages) {
    assert.equal(page.userId, "user-1");
    assert.equal(page.conversationId, id);
    assert.equal(page.firstSeq, page.seqs[0]);
    assert.ok(page.seqs.length <= 32, `${page.seqs.length} messages in a page`);
    const content = page.sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(page.seqs.length === 1 || content <= 32 * 1024, `${content} bytes in a page of ${page.seqs.length}`);
  }
  assert.deepEqual(pages.flatMap((page) => page.seqs), sizes.map((_, seq) => seq));
  assert.deepEqual(pages.flatMap((page) => page.sizes), sizes);
  return pages;
}

test("messages are merged into pages of 24", async () => {
  const sizes = (await pagesOf(Array(200).fill(20))).map((page) => page.seqs.length);
  assert.deepEqual(sizes, [...Array(8).fill(24), ...Array(8).fill(1)]);
});

test("long messages make pages of at most 32 KiB, and one that is longer has a page of its own", async () => {
  const sizes = Array(4).fill([10_000, 10_000, 10_000, 10_000, 40_000, 100, 32_768, 1, 16_384, 16_384, 1]).flat();
  const pages = await pagesOf(sizes);
  // One by one it would be 24. Three of 10,000 fit on a page, and one of more than 16 KiB is alone.
  const merged = pages.filter((page) => page.firstSeq < 24);
  assert.ok(merged.length >= 10 && merged.length <= 18, `24 messages on ${merged.length} pages`);
});

test("records are plain objects that the developer tools show as they are", async () => {
  const { conversation, page, user } = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "user", content: "readable" });
    const records = await storedRecords();
    return { conversation: records.conversations[0], page: records.pages[0], user: records.users[0] };
  });
  assert.equal(conversation.title, "readable");
  assert.equal(conversation.messageCount, 1);
  assert.equal(page.messages[0].content, "readable");
  assert.equal(page.messages[0].role, "user");
  assert.equal(user.id, "user-1");
});

test("what is derived can be derived again: counts, heads and titles agree with the stored messages", async () => {
  const { conversations, pages } = await inPage(async () => {
    const memory = await openMemory();
    for (let count = 1; count < 130; count += 32) {
      const { id } = await memory.createConversation();
      await memory.addMessages(id, numbered(count));
      await memory.addMessage(id, { role: "user", content: "the last", parentId: (await memory.getMessages(id))[0].id });
    }
    return storedRecords();
  });
  assert.equal(conversations.length, 5);
  for (const conversation of conversations) {
    const own = pages.filter((page) => page.conversationId === conversation.id).flatMap((page) => page.messages);
    assert.equal(conversation.messageCount, own.length);
    assert.equal(conversation.headId, own.at(-1).id);
    assert.equal(conversation.title, own[0].content);
    assert.ok(conversation.updatedAt >= own.at(-1).createdAt);
  }
});
