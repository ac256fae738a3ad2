// The WebAssembly module fails: nothing makes it, so an import is made to run into a trap of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

const prepare = `
  // (module (func (export "f") unreachable))
  const bytes = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11);
  const { f: trap } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  globalThis.failing = false;
  const rigged = (imports) => Object.fromEntries(Object.entries(imports).map(([module, own]) => [module, Object.fromEntries(
    Object.entries(own).map(([name, value]) => [name, typeof value !== "function" ? value : (...args) => { if (failing && !/throw/.test(name)) trap(); return value(...args); }]),
  )]));
  const { instantiate, Instance } = WebAssembly;
  WebAssembly.instantiate = (module, imports) => instantiate(module, rigged(imports));
  WebAssembly.Instance = function (module, imports) { return new Instance(module, rigged(imports)); };
  WebAssembly.Instance.prototype = Instance.prototype;
  globalThis.said = [];
  console.error = (value) => said.push(String(value?.message ?? value));
`;

test("a module that fails says so once, answers every call with an error, and is replaced by the next open", async () => {
  const found = await inPage(
    async () => {
      const { memory, id } = await openConversation();
      await memory.addMessages(id, numbered(20));
      const pending = [failure(() => memory.getMessages(id)), failure(() => memory.addMessage(id, { role: "user", content: "lost" })), failure(() => memory.exportAll())];
      failing = true;
      const interrupted = await Promise.all(pending);
      failing = false;
      const later = await failure(() => memory.addMessage(id, { role: "user", content: "later" }));
      const fresh = await openMemory();
      const stale = await failure(() => memory.getMessages(id));
      const messages = await fresh.getMessages(id);
      await fresh.addMessage(id, { role: "user", content: "after" });
      const repaired = await fresh.repair();
      // What is left of the failed instance blocks nobody.
      const upgraded = await new Promise((resolve) => {
        const opening = indexedDB.open(databaseName, 99);
        opening.onblocked = () => resolve("blocked");
        opening.onsuccess = () => { opening.result.close(); resolve("opened"); };
      });
      return { interrupted, later, stale, count: messages.length, contents: messages.map(({ content }) => content), repaired, upgraded, said };
    },
    undefined,
    { prepare },
  );
  for (const { code, message } of found.interrupted) {
    assert.equal(code, "storage", message);
    assert.match(message, /module of conversation-memory has failed/);
  }
  assert.equal(found.later.code, "storage");
  assert.equal(found.stale.code, "closed", found.stale.message);
  assert.ok(!found.contents.includes("later"));
  assert.ok(found.count === 20 || found.count === 21);
  assert.deepEqual(found.repaired, { rebuilt: 0, damaged: [] });
  assert.equal(found.upgraded, "opened");
  assert.equal(found.said.length, 1, found.said.join("\n"));
});
