// What happens to the database while a memory is being opened: nobody waits for ever, and the next open works.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage, withTabs } = pagesForThisFile();

// Each runs while open() is under way and waits until it is done itself.
const disturbances = {
  "a deletion": () => settled(indexedDB.deleteDatabase(databaseName)),
  "an upgrade by a newer release": async () => (await rawDatabase({ version: 2 })).close(),
};

for (const [name, disturb] of Object.entries(disturbances)) {
  test(`${name} while a memory is being opened comes through, and so does the opening`, async () => {
    const outcomes = await inPage(async (disturb) => {
      await (await openMemory()).close();
      const outcomes = [];
      for (let delay = 0; delay < 24; delay += 1) {
        const opening = openMemory().then(
          async (memory) => {
            await memory.close();
            return "opened";
          },
          (error) => (isMemoryError(error) ? error.code : String(error)),
        );
        // First some microtasks later, then some milliseconds.
        for (let turn = 0; turn < delay && delay < 12; turn += 1) await null;
        if (delay >= 12) await new Promise((resolve) => setTimeout(resolve, delay - 12));
        await (0, eval)(`(${disturb})`)();
        outcomes.push(await opening);
        await settled(indexedDB.deleteDatabase(databaseName));
        const memory = await openMemory(); // whatever happened, a new one works
        await memory.addMessage((await memory.createConversation()).id, { role: "user", content: "hello" });
        await memory.close();
      }
      return outcomes;
    }, disturb.toString());
    for (const outcome of outcomes) assert.ok(["opened", "closed", "schema-too-new"].includes(outcome), outcome);
  });
}

test("a database that somebody opened without a schema gets one", async () => {
  const contents = await inPage(async () => {
    (await rawDatabase()).close(); // makes an empty database of version 1
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "user", content: "hello" });
    return (await memory.getMessages(id)).map(({ content }) => content);
  });
  assert.deepEqual(contents, ["hello"]);
});

test("tabs that find a database without a schema at the same moment do not delete each other's", async () => {
  for (let round = 0; round < 5; round += 1) {
    const { outcomes, kept } = await withTabs(4, async (tabs) => {
      await tabs[0].evaluate(async () => (await rawDatabase()).close());
      const outcomes = await Promise.all(
        tabs.map((tab, number) =>
          tab.evaluate(async (number) => {
            let deleted = false;
            const memory = await openMemory("user-1", { onClosed: () => (deleted = true) });
            const { id } = await memory.createConversation({ title: `of tab ${number}` });
            await memory.addMessage(id, { role: "user", content: "hello" });
            await new Promise((resolve) => setTimeout(resolve, 100));
            return deleted;
          }, number),
        ),
      );
      const kept = await tabs[0].evaluate(async () => {
        const memory = await openMemory();
        return (await memory.listConversations()).map(({ title }) => title).sort();
      });
      return { outcomes, kept };
    });
    assert.deepEqual(outcomes, [false, false, false, false]);
    assert.deepEqual(kept, ["of tab 0", "of tab 1", "of tab 2", "of tab 3"]);
  }
});
