// Tabs that write, sleep, hear late or in another order, and are killed before they can tell: what every listener has heard
// at the end is what the database says has happened, each change once and in its order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { newSeed, randomOf } from "../../scripts/faults/random.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage, withTabs } = pagesForThisFile();

const TIMEOUT_MS = 20_000;

/** Channels whose messages are lost, come late and in another order, or are not sent any more. */
const prepare = (withoutLocks) => `
  globalThis.mode = "awake";
  globalThis.isMuted = false;
  const Channel = BroadcastChannel;
  globalThis.BroadcastChannel = class extends Channel {
    #own = null;
    constructor(name) {
      super(name);
      super.addEventListener("message", ({ data }) => {
        const deliver = () => this.#own?.({ data });
        if (mode === "awake") deliver();
        else if (mode === "late") setTimeout(deliver, Math.random() * 500);
      });
    }
    get onmessage() { return this.#own; }
    set onmessage(own) { this.#own = own; }
    // That something begins is still said: a tab is killed after that.
    postMessage(data) { if (!isMuted || data.length === 0) super.postMessage(data); }
  };
  if (${withoutLocks}) Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
`;

const begin = (tab) =>
  tab.evaluate(async () => {
    globalThis.memory = await openMemory();
    globalThis.heard = [];
    globalThis.stop = memory.subscribe((change) => heard.push(change));
    // What it asks at the beginning has been answered.
    await new Promise((resolve) => setTimeout(resolve, 100));
  });

/** Until a check passes: how long a tab takes to hear of something depends on the machine. */
async function untilPassed(check) {
  for (const start = performance.now(); performance.now() - start < TIMEOUT_MS; await pause(100)) {
    const isPassed = await check().then(() => true, () => false);
    if (isPassed) return;
  }
  await check();
}

/** What was heard, once it is as much as that and nothing more comes for a while. */
async function heardBy(tab, count) {
  await untilPassed(async () => assert.ok((await tab.evaluate(() => heard.length)) >= count)).catch(() => {});
  await pause(500);
  return tab.evaluate(() => heard);
}

/** What a tab does; null when the conversation is gone. */
const act = (tab, deed) =>
  tab.evaluate(async ({ what, id, count }) => {
    try {
      if (what === "create") return (await memory.createConversation({ title: "Given" })).id;
      if (what === "add") return (await memory.addMessages(id, numbered(count))).length;
      if (what === "rename") return (await memory.renameConversation(id, "Renamed")).id;
      if (what === "delete") return await memory.deleteConversation(id);
      const [message] = await memory.getRecentMessages(id, 1);
      if (message === undefined) return null;
      return (await memory.updateMessageMetadata(id, message.id, { count })).id;
    } catch (error) {
      if (error.code === "not-found") return null;
      throw error;
    }
  }, deed);

/** Checks what one listener heard against what happened after it began to listen. */
function check(heard, truth, who) {
  const of = (id, type) => heard.filter((change) => change.conversationId === id && change.type === type);
  assert.ok(heard.every(({ conversationId }) => truth.has(conversationId)), who);
  for (const [id, { isNew, before, messages, updates, renames, isDeleted }] of truth) {
    const all = heard.filter(({ conversationId }) => conversationId === id).map(({ type }) => type);
    const about = `${who}, ${id}: ${all.join(" ")}`;
    assert.equal(of(id, "conversation-deleted").length, isDeleted ? 1 : 0, about);
    const added = of(id, "message-added").map(({ messageId }) => messageId);
    if (isDeleted) {
      assert.equal(all.at(-1), "conversation-deleted", about);
      assert.equal(new Set(added).size, added.length, about);
      continue;
    }
    assert.equal(of(id, "conversation-created").length, isNew ? 1 : 0, about);
    if (isNew) assert.equal(all[0], "conversation-created", about);
    assert.deepEqual(added, messages.slice(before), about);
    const updated = new Map();
    for (const { messageId } of of(id, "message-updated")) updated.set(messageId, (updated.get(messageId) ?? 0) + 1);
    assert.deepEqual(updated, updates, about);
    const renamed = of(id, "conversation-updated").length;
    // Of several that were missed one is told.
    assert.ok(renamed <= renames && renamed > 0 === renames > 0, `${about}: ${renames} renames`);
  }
}

async function history(seed, withoutLocks) {
  const random = randomOf(seed);
  await withTabs(3, async (tabs) => {
    const truth = new Map();
    const happened = (deed, result) => {
      if (result === null || result === false) return;
      const { what, id } = deed;
      if (what === "create") return truth.set(result, { isNew: true, before: 0, updates: new Map(), renames: 0, isDeleted: false });
      const of = truth.get(id);
      if (what === "delete") of.isDeleted = true;
      if (what === "rename") of.renames += 1;
      if (what === "update") of.updates.set(result, (of.updates.get(result) ?? 0) + 1);
    };
    const doneBy = async (tab, deed) => happened(deed, await act(tab, deed));
    const deed = (without) => {
      const ids = [...truth].filter(([, { isDeleted }]) => !isDeleted).map(([id]) => id);
      const deeds = ["create", "add", "add", "add", "add", "add", "update", "update", "rename", "rename", "delete"].filter((what) => what !== without);
      const what = ids.length === 0 ? "create" : random.pick(deeds);
      return { what, id: ids.length === 0 ? undefined : random.pick(ids), count: random.between(1, 5) };
    };
    // Something that was there before.
    await tabs[0].evaluate(async () => void (globalThis.memory = await openMemory()));
    for (let number = 0; number < 4; number += 1) await doneBy(tabs[0], { what: "create" });
    for (const id of truth.keys()) await doneBy(tabs[0], { what: "add", id, count: 20 });
    await tabs[0].evaluate(() => memory.close());
    await pause(200);
    for (const each of truth.values()) Object.assign(each, { isNew: false, before: 20 });
    for (const tab of tabs) await begin(tab);
    // The last one only listens: the others may be killed.
    for (let round = 0; round < 25; round += 1) {
      const kind = random.between(0, 10);
      const tab = random.pick(tabs);
      if (kind < 3) await tab.evaluate((to) => (globalThis.mode = to), random.pick(["late", "asleep"]));
      else if (kind < 5) await tab.evaluate(() => { globalThis.mode = "awake"; document.dispatchEvent(new Event("resume")); });
      else if (kind === 5) {
        // Killed after it has stored something and before it could tell.
        const killed = random.pick(tabs.slice(0, 2));
        await killed.evaluate(() => void (globalThis.isMuted = true));
        // All of it begins at once: before it began with something later it would have told of this. An update begins after a read.
        const last = Array.from({ length: random.between(1, 3) }, () => deed("update"));
        await Promise.all(last.map((each) => doneBy(killed, each)));
        await killed.reload();
        await killed.evaluate(async () => {
          globalThis.memory = await openMemory();
          globalThis.heard = undefined;
        });
      } else await Promise.all(tabs.map((each) => doneBy(each, deed())));
    }
    for (const tab of tabs) await tab.evaluate(() => void (globalThis.mode = "awake"));
    // Those that slept wake up; the others must find out by themselves.
    for (const tab of tabs) if (random.between(0, 2) === 0) await tab.evaluate(() => document.dispatchEvent(new Event("resume")));
    await doneBy(tabs[0], { what: "create" });
    for (const [id, of] of truth) {
      if (!of.isDeleted) of.messages = await tabs[0].evaluate(async (id) => (await memory.getMessages(id, { limit: 10_000 })).map((message) => message.id), id);
    }
    const checkAll = async () => {
      for (const [number, tab] of tabs.entries()) {
        const heard = await tab.evaluate(() => globalThis.heard);
        if (heard) check(heard, truth, `seed ${seed}, tab ${number}`);
      }
    };
    // Until those that have heard nothing for a while have asked: what is told then must not be told again.
    await pause(3_500);
    await untilPassed(checkAll);
  }, { prepare: prepare(withoutLocks) });
}

for (const withoutLocks of [false, true]) {
  test(`whatever tabs do and miss, ${withoutLocks ? "without Web Locks" : "with Web Locks"}: every change is heard once and in its order`, async () => {
    // Two at once, as much of it is waiting.
    for (let pair = 0; pair < 2; pair += 1) await Promise.all([history(newSeed(), withoutLocks), history(newSeed(), withoutLocks)]);
  });
}

test("a tab that is killed between storing and telling is noticed by those that live, without another word", async () => {
  const { heard, expected } = await withTabs(2, async ([listener, writer]) => {
    await begin(listener);
    const expected = await writer.evaluate(async () => {
      const memory = await openMemory();
      isMuted = true;
      const { id } = await memory.createConversation({ title: "Given" });
      const { id: messageId } = await memory.addMessage(id, { role: "user", content: "last words" });
      return [{ type: "conversation-created", conversationId: id }, { type: "message-added", conversationId: id, messageId }];
    });
    await writer.reload();
    return { heard: await heardBy(listener, expected.length), expected };
  }, { prepare: prepare(true) });
  assert.deepEqual(heard, expected);
});

for (const who of ["listens", "writes"]) {
  test(`the same where the clock of the tab that ${who} is set back an hour`, async () => {
    const setBack = () => {
      const now = Date.now;
      Date.now = () => now() - 3_600_000;
    };
    const heard = await withTabs(2, async ([listener, writer]) => {
      await begin(listener);
      await writer.evaluate(async () => {
        globalThis.memory = await openMemory();
        globalThis.conversation = await memory.createConversation({ title: "Given" });
        await new Promise((resolve) => setTimeout(resolve, 300));
        isMuted = true;
      });
      // Whoever listens asks once more in two seconds; after that whoever writes has to say that it begins.
      if (who === "listens") await listener.evaluate(setBack);
      else await writer.evaluate(setBack).then(() => new Promise((resolve) => setTimeout(resolve, 2_500)));
      await writer.evaluate(() => memory.addMessage(conversation.id, { role: "user", content: "last words" }));
      await writer.reload();
      await listener.evaluate(() => new Promise((resolve) => setTimeout(resolve, 3_500)));
      return listener.evaluate(() => heard.map(({ type }) => type));
    }, { prepare: prepare(true) });
    assert.deepEqual(heard.slice(0, 2), ["conversation-created", "message-added"]);
  });
}

test("that everything was forgotten is told once, also by a tab that was killed", async () => {
  const { heard, id } = await withTabs(2, async ([listener, writer]) => {
    await begin(listener);
    const id = await writer.evaluate(async () => {
      const memory = await openMemory();
      await memory.createConversation({ title: "Before" });
      await new Promise((resolve) => setTimeout(resolve, 300));
      isMuted = true;
      // All begins at once, as above.
      const [, , { id }] = await Promise.all([memory.forgetEverything(), memory.updateUser({ fullName: "Ada" }), memory.createConversation({ title: "After" })]);
      return id;
    });
    await writer.reload();
    await heardBy(listener, 3);
    // And by one that lives, whose word comes late.
    await writer.evaluate(async () => {
      const memory = await openMemory();
      await memory.forgetEverything();
      await memory.forgetEverything();
    });
    return { heard: await heardBy(listener, 5), id };
  }, { prepare: prepare(false) });
  const types = heard.map(({ type }) => type);
  assert.deepEqual(types, ["conversation-created", "everything-forgotten", "conversation-created", "everything-forgotten", "everything-forgotten"]);
  assert.equal(heard[2].conversationId, id);
});

test("with ten thousand conversations a subscription and a page that wakes up read none of them", async () => {
  const found = await inPage(async () => {
    const memory = await openMemory();
    // Written past the package: the row of one conversation under other ids.
    const { id } = await memory.createConversation({ title: "One of many" });
    const database = await rawDatabase();
    const [row] = await settled(database.transaction("conversations").objectStore("conversations").getAll());
    const writing = database.transaction("conversations", "readwrite");
    for (let number = 0; number < 10_000; number += 1) writing.objectStore("conversations").put({ ...row, id: `many-${number}`, log: { ...row.log, changed: row.log.changed - number - 1 } });
    await new Promise((resolve) => (writing.oncomplete = resolve));
    database.close();
    await memory.close();
    const again = await openMemory();
    await new Promise((resolve) => setTimeout(resolve, 50));
    let rows = 0;
    const counted = (type, name) => {
      const own = type.prototype[name];
      type.prototype[name] = function (...given) {
        const request = own.apply(this, given);
        request.addEventListener("success", () => {
          const { result } = request;
          if ((this.objectStore ?? this).name === "conversations" && result) rows += Array.isArray(result) ? result.length : 1;
        });
        return request;
      };
    };
    for (const type of [IDBObjectStore, IDBIndex]) {
      for (const name of ["get", "getAll", "getAllKeys", "openCursor", "openKeyCursor", ...(type.prototype.getAllRecords ? ["getAllRecords"] : [])]) counted(type, name);
    }
    const heard = [];
    const counts = {};
    again.subscribe((change) => heard.push(change));
    await new Promise((resolve) => setTimeout(resolve, 300));
    counts.subscribed = rows;
    rows = 0;
    document.dispatchEvent(new Event("visibilitychange"));
    await new Promise((resolve) => setTimeout(resolve, 300));
    counts.awake = rows;
    rows = 0;
    for (let number = 0; number < 5; number += 1) await again.renameConversation(`many-${number}`, "Renamed");
    await until(() => heard.length === 5);
    await new Promise((resolve) => setTimeout(resolve, 300));
    counts.written = rows;
    rows = 0;
    document.dispatchEvent(new Event("visibilitychange"));
    await until(() => rows >= 5).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 300));
    counts.later = rows;
    return { counts, heard: heard.map(({ type }) => type), id };
  });
  assert.deepEqual(found.heard, Array(5).fill("conversation-updated"));
  assert.deepEqual(found.counts, { subscribed: 0, awake: 0, written: 5, later: 5 });
});
