// What is left of a memory that was closed: nothing, in the module, in the page and in the process.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { isLong } from "./support/long.mjs";
import { packageFolder } from "./support/package.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage, withTabs } = pagesForThisFile();

/** Counts what the package takes of the page, and finds the memory of its module. */
const prepare = `
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate(...given);
    globalThis.moduleMemory = (made.instance ?? made).exports.memory;
    return made;
  };
  globalThis.channels = new Set();
  const Channel = BroadcastChannel;
  globalThis.BroadcastChannel = class extends Channel {
    constructor(name) { super(name); channels.add(this); }
    close() { super.close(); channels.delete(this); }
  };
  globalThis.workers = new Set();
  const Own = Worker;
  globalThis.Worker = class extends Own {
    constructor(...given) { super(...given); workers.add(this); }
    terminate() { super.terminate(); workers.delete(this); }
  };
  globalThis.listening = new Map();
  const count = (target, how, by) => {
    const own = target[how];
    target[how] = function (type, ...rest) {
      if (this === globalThis || this === document) listening.set(type, (listening.get(type) ?? 0) + by);
      return own.call(this, type, ...rest);
    };
  };
  count(EventTarget.prototype, "addEventListener", 1);
  count(EventTarget.prototype, "removeEventListener", -1);
`;

/** Opens, uses and closes a memory as often as that, and says after how many openings how large the module's memory is. */
const openAndClose = async ({ storage, how, times }) => {
  const large = "x".repeat(2_000_000);
  const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const before = new Map(listening);
  const sizes = {};
  const refused = new Set();
  for (let round = 1; round <= times; round += 1) {
    const name = `${databaseName}-${round}`;
    let gone;
    const closed = new Promise((resolve) => (gone = resolve));
    const memory = await openMemory("user-1", { storage, databaseName: name, onClosed: gone });
    let heard = 0;
    memory.subscribe(() => { heard += 1; });
    const { id } = await memory.createConversation();
    await memory.addMessages(id, Array.from({ length: 200 }, (_, number) => ({ role: "assistant", content: `about ${number}`, metadata: { entities: [`entity ${number}`, `kind ${number % 9}`] } })));
    await memory.addMessage(id, { role: "user", content: large });
    await memory.getRelevantPastResults(id, ["entity 7"]);
    await memory.buildPrompt(id, "And kind 3?", { maxTokens: 8_000 });
    await memory.importAll(await memory.exportAll());
    while (heard === 0) await wait(1);
    if (how === "by itself") {
      // The database goes away, and nobody calls close().
      await settled(indexedDB.deleteDatabase(name));
      await closed;
      while (channels.size > 0) await wait(1);
    } else {
      const runningTurns = how === "during calls" ? Array.from({ length: 8 }, (_, number) => codeOf(() => memory.addMessage(id, { role: "user", content: `late ${number}` }))) : [];
      if (how === "during calls") runningTurns.push(codeOf(() => memory.exportAll()), codeOf(() => memory.importAll(new Blob([`[${large}`]))));
      await Promise.all(how === "twice" ? [memory.close(), memory.close()] : [memory.close()]);
      for (const code of await Promise.all(runningTurns)) refused.add(code);
    }
    refused.add(await codeOf(() => memory.getMessages(id)));
    await memory.close();
    if (round === times / 2 || round === times) sizes[round] = moduleMemory.buffer.byteLength;
  }
  const left = [...listening].filter(([type, count]) => count !== (before.get(type) ?? 0));
  const held = async () => (await navigator.locks?.query())?.held.map(({ name }) => name) ?? [];
  // The browser hears a little later that a lock is let go of.
  await until(async () => (await held()).length === 0).catch(() => {});
  const locks = await held();
  return { sizes: Object.values(sizes), channels: channels.size, workers: workers.size, left, locks, refused: [...refused].sort() };
};

const PAGE = 64 * 1024;

const TIMES = isLong ? 50 : 20;
const cases = ["indexeddb", "memory"].flatMap((storage) => ["once", "twice", "during calls"].map((how) => [storage, how]));
for (const [storage, how] of [...cases, ["indexeddb", "by itself"]]) {
  test(`${TIMES} openings, ${storage}, closed ${how}: the module's memory stops growing, and the page has nothing of them`, async () => {
    const found = await inPage(openAndClose, { storage, how, times: TIMES }, { prepare });
    const [half, all] = found.sizes;
    assert.ok(all - half <= PAGE, `${half} bytes after half of the openings, ${all} after all`);
    assert.deepEqual([found.channels, found.workers, found.left, found.locks], [0, 0, [], []]);
    assert.ok(found.refused.includes("closed"));
    for (const code of found.refused) assert.ok(["closed", "none", "invalid-input"].includes(code), code);
  });
}

test("what is under way when a memory is closed is stored, and other tabs hear of it", async () => {
  const { ids, heard } = await withTabs(2, async ([writer, listener]) => {
    const id = await writer.evaluate(async () => {
      globalThis.memory = await openMemory();
      return (await memory.createConversation({ title: "Given" })).id;
    });
    await listener.evaluate(async () => {
      globalThis.heard = [];
      (await openMemory()).subscribe(({ messageId }) => heard.push(messageId));
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    const ids = await writer.evaluate(async (id) => {
      const writes = Array.from({ length: 30 }, (_, number) => memory.addMessage(id, { role: "user", content: `${number}` }));
      await memory.close();
      return Promise.all(writes.map(async (write) => (await write).id));
    }, id);
    await listener.evaluate((count) => until(() => heard.length >= count).catch(() => {}), ids.length);
    return { ids, heard: await listener.evaluate(() => heard) };
  });
  assert.deepEqual(heard, ids);
});

test("a process in Node ends by itself when its memory is closed", async () => {
  const folder = await mkdtemp(join(packageFolder, "ends-"));
  try {
    const script = join(folder, "ends.mjs");
    await writeFile(script, `
      import { ConversationManager } from "conversation-memory";
      const memory = await ConversationManager.open({ userId: "ada", storage: "memory" });
      memory.subscribe(({ type }) => console.log(type));
      const { id } = await memory.createConversation({ title: "Given" });
      await memory.importAll(await memory.exportAll());
      await memory.addMessage(id, { role: "user", content: "x" });
      await memory.close();
    `);
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 60_000 });
    assert.deepEqual(stdout.trim().split("\n"), ["conversation-created", "message-added"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
