// Reasoning while it arrives: saved with the turn, and kept when the tab dies.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { withTabs } = pagesForThisFile();
const prepare = { content: await readFile(new URL("support/turns.js", import.meta.url), "utf8") };

/** Asks in a tab that dies when `says` has been saved; what the other tab then finds. */
const afterDeath = (says) =>
  withTabs(2, async ([one, other]) => {
    const id = await one.evaluate(async (says) => {
      const model = {
        generate: (_, { onDelta, onReasoning }) => {
          if (says.reasoning) onReasoning(says.reasoning);
          if (says.content) onDelta(says.content);
          return new Promise(() => {});
        },
      };
      const { memory, agent } = await makeAgent({ model });
      void agent.processQuery("one").catch(() => {});
      await until(async () => (await storedRecords()).drafts.some(({ reasoning, content }) => reasoning === says.reasoning && content === says.content));
      return (await memory.listConversations())[0].id;
    }, says);
    await one.close();
    return other.evaluate(async (id) => {
      const memory = await openMemory();
      await until(async () => (await memory.getMessages(id)).length === 2);
      const [, { content, status, metadata }] = await memory.getMessages(id);
      return { content, status, reasoning: metadata.reasoning, faults: await faults(memory) };
    }, id);
  }, { prepare });

test("what a dead tab had heard of the reasoning is kept beside what it had heard of the answer", async () => {
  const seen = await afterDeath({ reasoning: "Let me see.", content: "half of it" });
  assert.deepEqual(seen, { content: "half of it", status: "interrupted", reasoning: "Let me see.", faults: [] });
});

test("and so is reasoning alone", async () => {
  const seen = await afterDeath({ reasoning: "Let me see.", content: "" });
  assert.deepEqual(seen, { content: "", status: "interrupted", reasoning: "Let me see.", faults: [] });
});
