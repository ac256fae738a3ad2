// Changes told to every tab.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { packageFolder } from "./support/package.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage, withTabs } = pagesForThisFile();

const listen = async (tab) => {
  await tab.evaluate(async () => {
    globalThis.memory = await openMemory();
    globalThis.heard = [];
    globalThis.stop = memory.subscribe((change) => heard.push(change));
  });
};

/** What a tab has heard, once it is as much as that and nothing more has come for a while. */
const heardBy = (tab, count) =>
  tab.evaluate(async (count) => {
    // What is missing is said by what the test expects.
    await until(() => heard.length >= count).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 500));
    return heard;
  }, count);

test("every kind of change is heard, by the tab that made it and by another one", async () => {
  const [own, other, expected] = await withTabs(2, async (tabs) => {
    for (const tab of tabs) await listen(tab);
    const expected = await tabs[0].evaluate(async () => {
      const { id } = await memory.createConversation();
      const told = [{ type: "conversation-created", conversationId: id }];
      const say = (type, messageId) => told.push({ type, conversationId: id, ...(messageId && { messageId }) });
      const first = await memory.addMessage(id, { role: "user", content: "Hello" });
      say("message-added", first.id);
      say("conversation-updated"); // it has a title now
      for (const added of await memory.addMessages(id, [{ role: "assistant", content: "a" }, { role: "user", content: "b" }])) say("message-added", added.id);
      await memory.updateMessageMetadata(id, first.id, { a: 1 });
      say("message-updated", first.id);
      const answer = await memory.storeVisualizationConfig(id, "bar", {});
      say("message-updated", answer.id);
      await memory.renameConversation(id, "Renamed");
      say("conversation-updated");
      await memory.pinConversation(id, true);
      say("conversation-updated");
      const again = await memory.addMessage(id, { role: "assistant", content: "c", parentId: first.id });
      say("message-added", again.id);
      await memory.switchBranch(id, answer.id);
      say("conversation-updated");
      await memory.deleteConversation(id);
      say("conversation-deleted");
      await memory.deleteConversation(id);
      await memory.forgetEverything();
      told.push({ type: "everything-forgotten" });
      return told;
    });
    return [await heardBy(tabs[0], expected.length), await heardBy(tabs[1], expected.length), expected];
  });
  assert.deepEqual(own, expected);
  assert.deepEqual(other, expected);
});

test("tabs writing the same conversation at once: every tab hears every message once, in the order of the log", async () => {
  const { ids, heard } = await withTabs(4, async (tabs) => {
    for (const tab of tabs) await listen(tab);
    const id = await tabs[0].evaluate(async () => (await memory.createConversation({ title: "Shared" })).id);
    await Promise.all(
      tabs.map((tab, index) =>
        tab.evaluate(
          async ([id, index]) => {
            for (let round = 0; round < 60; round += 1) {
              await memory.addMessage(id, { role: "user", content: `${index} ${round}` });
              // A page that is busy tells its changes late.
              if (round % 10 === index) for (const end = performance.now() + 40; performance.now() < end; );
            }
          },
          [id, index],
        ),
      ),
    );
    const ids = await tabs[0].evaluate(async (id) => (await memory.getMessages(id, { limit: 1000 })).map(({ id }) => id), id);
    return { ids, heard: await Promise.all(tabs.map((tab) => heardBy(tab, ids.length + 1))) };
  });
  assert.equal(ids.length, 240);
  for (const [tab, changes] of heard.entries()) {
    assert.deepEqual(changes.filter(({ type }) => type === "message-added").map(({ messageId }) => messageId), ids, `tab ${tab}`);
    assert.equal(changes.filter(({ type }) => type !== "message-added").length, 1, `tab ${tab}`);
  }
});

test("what a tab could not tell, because it was killed or slept, is caught up", async () => {
  const { changes, expected } = await withTabs(2, async ([tab, silent]) => {
    await listen(tab);
    await silent.evaluate(() => {
      BroadcastChannel.prototype.postMessage = () => {};
    });
    const expected = await silent.evaluate(async () => {
      const memory = await openMemory();
      const { id } = await memory.createConversation({ title: "Untold" });
      const added = await memory.addMessages(id, numbered(3));
      await memory.updateMessageMetadata(id, added[0].id, { a: 1 });
      const gone = await memory.createConversation({ title: "Gone" });
      return { id, added: added.map(({ id }) => id), gone: gone.id };
    });
    // Nothing tells the tab; the next change it hears of shows that something is missing.
    await tab.evaluate((id) => memory.renameConversation(id, "Told"), expected.id);
    await tab.evaluate((id) => until(() => heard.filter(({ conversationId }) => conversationId === id).length === 6), expected.id);
    await tab.evaluate((id) => until(() => heard.some(({ conversationId }) => conversationId === id)), expected.gone);
    await silent.evaluate(async (id) => (await openMemory()).deleteConversation(id), expected.gone);
    await tab.evaluate(() => document.dispatchEvent(new Event("resume")));
    return { changes: await heardBy(tab, 8), expected };
  });
  const { id, added, gone } = expected;
  const of = (conversationId) => changes.filter((change) => change.conversationId === conversationId).map(({ type, messageId }) => [type, messageId]);
  assert.deepEqual(of(id), [
    ["conversation-created", undefined],
    ["conversation-updated", undefined],
    ...added.map((messageId) => ["message-added", messageId]),
    ["message-updated", added[0]],
  ]);
  assert.deepEqual(of(gone), [["conversation-created", undefined], ["conversation-deleted", undefined]]);
});

test("a subscription ends when it is stopped or the memory closed; a listener that throws stops nobody", async () => {
  const found = await inPage(async () => {
    const memory = await openMemory();
    const heard = { one: 0, two: 0 };
    const uncaught = [];
    addEventListener("error", (event) => { uncaught.push(event.error.message); event.preventDefault(); event.stopImmediatePropagation(); }, { capture: true });
    const bad = memory.subscribe(() => { throw new Error("the listener's own"); });
    const one = memory.subscribe(() => { heard.one += 1; });
    memory.subscribe(() => { heard.two += 1; });
    const { id } = await memory.createConversation();
    await until(() => heard.two === 1);
    bad();
    one();
    one();
    await memory.renameConversation(id, "x");
    await until(() => heard.two === 2);
    const wrong = [undefined, null, {}, "x"].map((listener) => { try { memory.subscribe(listener); return "none"; } catch (error) { return error.code; } });
    await memory.close();
    try { memory.subscribe(() => {}); } catch (error) { wrong.push(error.code); }
    return { heard, uncaught, wrong };
  });
  assert.deepEqual(found, { heard: { one: 1, two: 2 }, uncaught: ["the listener's own"], wrong: [...Array(4).fill("invalid-input"), "closed"] });
});

test("without IndexedDB changes are told too", async () => {
  const entrance = join(packageFolder, "node_modules/conversation-memory/dist/index.js");
  const { ConversationManager } = await import(pathToFileURL(entrance).href);
  const memory = await ConversationManager.open({ userId: "ada", storage: "memory" });
  const heard = [];
  const batches = [];
  memory.subscribe(({ type }) => heard.push(type));
  memory.subscribe((changes) => batches.push(changes.map(({ type }) => type)), { batch: true });
  const { id } = await memory.createConversation();
  await memory.addMessage(id, { role: "user", content: "x" });
  while (heard.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(heard, ["conversation-created", "message-added", "conversation-updated"]);
  // Told in one go, and by two calls.
  assert.deepEqual(batches, [["conversation-created"], ["message-added", "conversation-updated"]]);
  await memory.close();
});

test("who begins to listen while others write misses none of what comes after the first that it hears", async () => {
  const { ids, heard } = await inPage(async () => {
    // What the writer tells is held back, and the database is kept from the listener's first look at it.
    const held = [];
    const post = BroadcastChannel.prototype.postMessage;
    const writer = await openMemory();
    const { id } = await writer.createConversation();
    await writer.addMessages(id, numbered(5));
    // What it has told so far has been told.
    await new Promise((resolve) => setTimeout(resolve, 100));
    BroadcastChannel.prototype.postMessage = function (data) { if (data.length > 0) held.push(() => post.call(this, data)); };
    const ids = [];
    for (const content of ["one", "two", "three"]) {
      ids.push((await writer.addMessage(id, { role: "user", content })).id);
      while (held.length < ids.length) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    BroadcastChannel.prototype.postMessage = post;
    const listener = await openMemory();
    const database = await new Promise((resolve) => { indexedDB.open(databaseName).onsuccess = ({ target }) => resolve(target.result); });
    let isBusy = true;
    const rows = database.transaction("conversations", "readwrite").objectStore("conversations");
    (function keep() { rows.count().onsuccess = () => isBusy && keep(); })();
    const heard = [];
    listener.subscribe(({ type, messageId }) => heard.push([type, messageId]));
    // The second is lost, as when its writer dies.
    held[0]();
    held[2]();
    await new Promise((resolve) => setTimeout(resolve, 300));
    isBusy = false;
    database.close();
    await until(() => heard.length >= 3);
    ids.push((await writer.addMessage(id, { role: "user", content: "four" })).id);
    await until(() => heard.length >= 4);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { ids, heard };
  }, undefined, { prepare: 'globalThis.databaseName = new URLSearchParams(location.search).get("database");' });
  assert.deepEqual(heard, ids.map((id) => ["message-added", id]));
});

test("what was found at the beginning of a subscription and is told only after it is heard, once and in its order", async () => {
  const { ids, heard } = await inPage(async () => {
    const held = [];
    let changes = 0;
    const post = BroadcastChannel.prototype.postMessage;
    const writer = await openMemory();
    BroadcastChannel.prototype.postMessage = function (data) {
      if (Array.isArray(data)) changes += data.flatMap(({ messageIds }) => messageIds ?? [1]).length;
      held.push(() => post.call(this, data));
    };
    const { id } = await writer.createConversation({ title: "Given" });
    const ids = [];
    for (const content of ["one", "two"]) ids.push((await writer.addMessage(id, { role: "user", content })).id);
    await until(() => changes === 3);
    BroadcastChannel.prototype.postMessage = post;
    const listener = await openMemory();
    const heard = [];
    listener.subscribe(({ type, messageId }) => heard.push([type, messageId]));
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const tell of held) tell();
    ids.push((await writer.addMessage(id, { role: "user", content: "three" })).id);
    await until(() => heard.length >= 4).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { ids, heard: heard.map((each) => each.filter(Boolean)) };
  });
  assert.deepEqual(heard, [["conversation-created"], ...ids.map((id) => ["message-added", id])]);
});

test("in batches: one call for what was stored together, with the same changes in the same order as one by one", async () => {
  const found = await withTabs(2, async (tabs) => {
    for (const tab of tabs) {
      await listen(tab);
      await tab.evaluate(() => {
        globalThis.batches = [];
        memory.subscribe((changes) => batches.push(changes), { batch: true });
      });
    }
    await tabs[0].evaluate(async () => {
      const other = await openMemory("user-2");
      const { id } = await other.createConversation({ title: "Long" });
      await other.addMessages(id, numbered(5_000));
      await memory.importAll(await other.exportAll());
      const own = await memory.createConversation();
      await memory.addMessages(own.id, numbered(3));
      await memory.addMessage(own.id, { role: "user", content: "one more" });
    });
    // Nobody can tell afterwards what was forgotten.
    for (const tab of tabs) {
      await tab.evaluate(async () => {
        const isAdded = ({ type }) => type === "message-added";
        while (heard.filter(isAdded).length < 5_004) await new Promise((resolve) => setTimeout(resolve, 20));
      });
    }
    await tabs[0].evaluate(() => memory.forgetEverything());
    // All messages, three changes of the two conversations, and that.
    for (const tab of tabs) await heardBy(tab, 5_008);
    return Promise.all(tabs.map((tab) => tab.evaluate(() => ({ heard, batches }))));
  });
  for (const { heard, batches } of found) {
    assert.deepEqual(batches.flat(), heard);
    assert.equal(heard.filter(({ type }) => type === "message-added").length, 5_004);
    const imported = batches.slice(0, -4);
    assert.ok(imported.length <= 4, `${imported.length} calls for the import`);
    assert.equal(imported.flat().length, 5_001);
    const rest = batches.slice(-4).map((changes) => changes.map(({ type }) => type));
    const [created, added] = ["conversation-created", "message-added"];
    assert.deepEqual(rest, [[created], [added, added, added, "conversation-updated"], [added], ["everything-forgotten"]]);
  }
});

test("a batch that a listener changes or throws at is whole for the others; a stopped one is called no more", async () => {
  const found = await inPage(async () => {
    const memory = await openMemory();
    const uncaught = [];
    addEventListener("error", (event) => { uncaught.push(event.error.message); event.preventDefault(); event.stopImmediatePropagation(); }, { capture: true });
    const heard = [];
    const stops = [
      memory.subscribe((changes) => { changes[0].type = "spoilt"; throw new Error("the listener's own"); }, { batch: true }),
      memory.subscribe((changes) => heard.push(changes.map(({ type }) => type)), { batch: true }),
      memory.subscribe((change) => heard.push(change.type), { batch: false }),
    ];
    const { id } = await memory.createConversation();
    await until(() => heard.length >= 2);
    for (const stop of stops) stop();
    await memory.renameConversation(id, "x");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const wrong = [null, 5, { batch: "yes" }].map((options) => { try { memory.subscribe(() => {}, options); return "none"; } catch (error) { return error.argument; } });
    return { heard, uncaught, wrong };
  });
  assert.deepEqual(found, { heard: ["conversation-created", ["conversation-created"]], uncaught: ["the listener's own"], wrong: ["options", "options", "batch"] });
});
