// Two tabs of one browser write to the same database at the same time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage, withTabs } = pagesForThisFile();

const openBoth = (tabs) => Promise.all(tabs.map((tab) => tab.evaluate(async () => void (globalThis.memory = await openMemory()))));

/** Checks that a conversation is one unbroken list of `count` messages. */
function assertUnbroken(conversation, messages, count) {
  assert.equal(messages.length, count);
  assert.equal(conversation.messageCount, count);
  assert.deepEqual(messages.map((message) => message.seq), Array.from({ length: count }, (_, seq) => seq));
  assert.equal(new Set(messages.map((message) => message.id)).size, count);
  messages.forEach((message, index) => assert.equal(message.parentId, messages[index - 1]?.id));
  assert.equal(conversation.headId, messages.at(-1).id);
}

test("two tabs append to the same conversation at once: nothing is lost, doubled or out of order", async () => {
  await withTabs(2, async (tabs) => {
    await openBoth(tabs);
    const id = await tabs[0].evaluate(async () => (await memory.createConversation()).id);
    await Promise.all(
      tabs.map((tab, index) =>
        tab.evaluate(
          async ([id, index]) => {
            for (let round = 0; round < 100; round += 1) {
              // Neither may be done before the other has begun, however fast it is.
              while (round % 10 === 0 && (await memory.getConversation(id)).messageCount < 2 * round) {
                await new Promise((resolve) => setTimeout(resolve, 1));
              }
              await memory.addMessage(id, { role: "user", content: `tab ${index} message ${round}` });
            }
          },
          [id, index],
        ),
      ),
    );
    const [conversation, messages] = await tabs[1].evaluate(
      async (id) => [await memory.getConversation(id), await memory.getMessages(id, { limit: 1000 })],
      id,
    );
    assertUnbroken(conversation, messages, 200);
    for (const index of [0, 1]) {
      const own = messages.map((message) => message.content).filter((content) => content.startsWith(`tab ${index}`));
      assert.deepEqual(own, Array.from({ length: 100 }, (_, round) => `tab ${index} message ${round}`));
    }
    const changes = messages.filter((message, index) => message.content[4] !== messages[index - 1]?.content[4]);
    assert.ok(changes.length > 10, "the tabs did not write at the same time, so this test showed nothing");
  });
});

test("one tab appends while the other changes metadata in the same page of messages", async () => {
  await withTabs(2, async (tabs) => {
    await openBoth(tabs);
    const [id, messageId] = await tabs[0].evaluate(async () => {
      const { id } = await memory.createConversation();
      return [id, (await memory.addMessage(id, { role: "user", content: "first" })).id];
    });
    await Promise.all([
      tabs[0].evaluate(async (id) => {
        for (let round = 0; round < 60; round += 1) await memory.addMessage(id, { role: "user", content: "more" });
      }, id),
      tabs[1].evaluate(
        async ([id, messageId]) => {
          for (let round = 0; round < 60; round += 1) await memory.updateMessageMetadata(id, messageId, { round });
        },
        [id, messageId],
      ),
    ]);
    const [conversation, messages] = await tabs[0].evaluate(
      async (id) => [await memory.getConversation(id), await memory.getMessages(id, { limit: 1000 })],
      id,
    );
    assertUnbroken(conversation, messages, 61);
    assert.deepEqual(messages[0].metadata, { round: 59 });
  });
});

test("both tabs create and delete conversations: the lists agree", async () => {
  await withTabs(2, async (tabs) => {
    await openBoth(tabs);
    const kept = await Promise.all(
      tabs.map((tab, index) =>
        tab.evaluate(async (index) => {
          for (let round = 0; round < 20; round += 1) {
            const { id } = await memory.createConversation({ title: `${index} ${round}` });
            if (round % 2 === 1) await memory.deleteConversation(id);
          }
          return Array.from({ length: 10 }, (_, half) => `${index} ${half * 2}`);
        }, index),
      ),
    );
    for (const tab of tabs) {
      const titles = await tab.evaluate(async () => (await memory.listConversations()).map(({ title }) => title));
      assert.deepEqual(titles.sort(), kept.flat().sort());
    }
  });
});

test("one manager, fifty writes started at once: all stored, in the order of the calls", async () => {
  const [conversation, messages] = await inPage(async () => {
    const { memory, id } = await openConversation();
    await Promise.all(numbered(50).map((message) => memory.addMessage(id, message)));
    return [await memory.getConversation(id), await memory.getMessages(id)];
  });
  assertUnbroken(conversation, messages, 50);
  assert.deepEqual(
    messages.map((message) => message.content),
    Array.from({ length: 50 }, (_, index) => `message ${index}`),
  );
});
