// A module worker opens the memory, beside the page on the same database.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("a module worker writes, and the page reads it", async () => {
  const { answer, contents } = await inPage(async () => {
    const memory = await openMemory();
    const worker = new Worker("/worker.js", { type: "module" });
    const answer = await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage({ databaseName, contents: ["from the worker", "and again"] });
    });
    worker.terminate();
    const messages = answer.id ? await memory.getMessages(answer.id) : [];
    return { answer, contents: messages.map((message) => message.content) };
  });
  assert.equal(answer.error, undefined);
  assert.equal(answer.context, "User: from the worker\nUser: and again");
  assert.deepEqual(contents, ["from the worker", "and again"]);
});

test("page and worker write to one database at once, nothing is lost", async () => {
  const titles = await inPage(async () => {
    const memory = await openMemory();
    const workers = [1, 2].map(() => new Worker("/worker.js", { type: "module" }));
    const answers = workers.map(
      (worker, index) =>
        new Promise((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
          const contents = Array.from({ length: 30 }, (_, round) => `worker ${index} message ${round}`);
          worker.postMessage({ databaseName, contents });
        }),
    );
    const { id } = await memory.createConversation({ title: "of the page" });
    for (const message of numbered(30)) await memory.addMessage(id, message);
    const failed = (await Promise.all(answers)).filter(({ error }) => error);
    if (failed.length > 0) throw new Error(failed[0].error);
    return (await memory.listConversations()).map(({ title, messageCount }) => `${title}: ${messageCount}`);
  });
  assert.deepEqual(titles.sort(), ["of the page: 30", "worker 0 message 0: 30", "worker 1 message 0: 30"]);
});
