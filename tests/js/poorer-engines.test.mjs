// Engines that lack something: a call ends with a result or with a coded error, never not at all.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { onlyIn } from "./support/engine.mjs";
import { packageFolder } from "./support/package.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("without Intl.Segmenter texts are cut between code points", async () => {
  const { title, context } = await inPage(async () => {
    delete Intl.Segmenter;
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "user", content: "é".repeat(60) });
    return {
      title: (await memory.getConversation(id)).title,
      context: await memory.buildConversationContext(id, { maxCharacters: 3 }),
    };
  });
  assert.equal(title, `${"é".repeat(50)}...`);
  assert.equal(context, "User: ééé...");
});

// Others hold strings twice to four times as long, and take minutes for them.
const withShortStrings = onlyIn(["chromium"], "be brought to its limit in a test's time");
test("an entity that grows beyond what a string can hold when it is normalised does no harm", withShortStrings, async () => {
  const results = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "assistant", content: "a", metadata: { entities: ["x"] } });
    return memory.getRelevantPastResults(id, ["\uFDFA".repeat(3.1e7), "X"]);
  });
  assert.deepEqual(results.map(({ overlap }) => overlap), [["X"]]);
});

test("browser features that throw are as good as none", async () => {
  const { title, status, persisted } = await inPage(async () => {
    const forbidden = () => {
      throw new DOMException("not here", "SecurityError");
    };
    globalThis.BroadcastChannel = function () {
      forbidden();
    };
    for (const name of ["persisted", "estimate", "persist"]) if (navigator.storage) navigator.storage[name] = forbidden;
    const { memory, id } = await openConversation();
    await memory.renameConversation(id, "there");
    const { title } = await memory.getConversation(id);
    return { title, status: await memory.storageStatus(), persisted: await memory.requestPersistence() };
  });
  assert.deepEqual([title, status, persisted], ["there", { persisted: false }, false]);
});

test("without WebAssembly opening fails with a coded error", () => {
  const script = `
    delete globalThis.WebAssembly;
    const { ConversationManager } = await import("conversation-memory");
    await ConversationManager.open({ userId: "a", storage: "memory" }).catch((error) => console.log(error.name, error.code));
  `;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: packageFolder,
    encoding: "utf8",
  });
  assert.equal(stdout.trim(), "MemoryError storage-unavailable");
});

test("a damaged conversation hides no other one, is named when asked for, and can be deleted by that name", async () => {
  const { code, message, id, listed, left } = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.createConversation({ title: "whole" });
    const database = await rawDatabase();
    const store = database.transaction("conversations", "readwrite").objectStore("conversations");
    await settled(store.put({ ...(await settled(store.get(["user-1", id]))), title: 5 }));
    database.close();
    const { code, message } = await failure(() => memory.getConversation(id));
    const listed = (await memory.listConversations()).map(({ title }) => title);
    await memory.deleteConversation(id);
    return { code, message, id, listed, left: await codeOf(() => memory.getMessages(id)) };
  });
  assert.equal(code, "corrupt");
  assert.ok(message.includes(id), message);
  assert.deepEqual(listed, ["whole"]);
  assert.equal(left, "not-found");
});

test("a list of an absurd length and symbols as keys are refused", async () => {
  const codes = await inPage(async () => {
    const { memory, id } = await openConversation();
    return [
      await codeOf(() => memory.addMessages(id, new Proxy([], { get: (_, key) => (key === "length" ? 2 ** 40 : undefined) }))),
      await codeOf(() => memory.addMessage(id, { role: "user", content: "", metadata: { [Symbol("s")]: 1 } })),
      await codeOf(() => memory.addMessage(id, { role: "user", content: "x".repeat(2 ** 27) })),
    ];
  });
  assert.deepEqual(codes, ["invalid-input", "invalid-input", "invalid-input"]);
});
