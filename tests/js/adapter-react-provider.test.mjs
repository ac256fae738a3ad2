// conversation-memory/react in a real browser, with React 18 and 19, in StrictMode: the provider, lists, search, servers.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { packageFolder } from "./support/package.mjs";
import { pagesForThisFile } from "./support/page.mjs";
import { pagesWithReact } from "./support/react/pages.mjs";

const manager = await readFile(join(packageFolder, "node_modules/conversation-memory/dist/manager/manager.d.ts"), "utf8");
const canSearch = /^ *search\(/m.test(manager);

for (const { version, inTabs, inPage } of await pagesWithReact(pagesForThisFile())) {
  const named = (name) => `React ${version}: ${name}`;

  test(named("the provider opens a memory and closes it, also when it goes while it opens, and shows why it cannot"), async () => {
    const seen = await inPage(async () => {
      const calls = [];
      const open = async () => {
        calls.push("open");
        const memory = await openMemory();
        const close = memory.close.bind(memory);
        memory.close = async () => (await close(), calls.push("closed"));
        return memory;
      };
      const agent = (manager) => ({ start: () => calls.push("start"), dispose: async () => calls.push("disposed"), manager });
      const state = watch(() => hooks.useMemory());
      const app = h(hooks.MemoryProvider, { open, agent }, h(state.Component));
      const first = show(app);
      const opening = Object.values(state.last).filter(Boolean).length;
      await until(() => state.last.memory);
      // StrictMode mounts twice: the memory of the first time is closed.
      await until(() => calls.includes("closed"));
      const whileShown = calls.slice().sort();
      const { userId } = await state.last.memory.getUser().then(({ id }) => ({ userId: id }));
      first.unmount();
      await until(() => calls.filter((call) => call === "closed").length === 2);
      const whenGone = calls.slice(whileShown.length);
      // Gone before it is open.
      calls.length = 0;
      show(app).unmount();
      await until(() => calls.filter((call) => call === "closed").length === 2);
      // Nobody holds the database any more.
      await settled(indexedDB.deleteDatabase(databaseName));
      const failed = watch(() => [hooks.useMemory(), hooks.useThread("x"), hooks.useConversations(), hooks.useSearch("a")]);
      const refuse = () => openMemory("");
      show(h(hooks.MemoryProvider, { open: refuse }, h(failed.Component)));
      await until(() => failed.last[0].error);
      const why = failed.last.map(({ error }) => error?.code);
      const loading = failed.last.map(({ isLoading, isSearching }) => isLoading ?? isSearching ?? false);
      return { opening, whileShown, whenGone, early: calls.slice().sort(), userId, why, loading };
    });
    assert.equal(seen.opening, 0);
    assert.deepEqual(seen.whileShown, ["closed", "open", "open", "start"]);
    assert.deepEqual(seen.whenGone, ["disposed", "closed"]);
    assert.deepEqual(seen.early, ["closed", "closed", "open", "open"]);
    assert.equal(seen.userId, "user-1");
    assert.deepEqual(seen.why, Array(4).fill("invalid-input"));
    assert.deepEqual(seen.loading, Array(4).fill(false));
  });

  test(named("conversations: pages by cursor, and what another tab changes"), async () => {
    await inTabs(2, async ([tab, other]) => {
      await other.evaluate(async () => {
        globalThis.memory = await openMemory();
        for (let at = 0; at < 12; at += 1) await memory.createConversation({ title: `number ${at}` }).then(laterMillisecond);
      });
      const first = await tab.evaluate(async () => {
        globalThis.memory = await openMemory();
        globalThis.reads = [];
        const read = memory.listConversations.bind(memory);
        memory.listConversations = (page) => (reads.push(page), read(page));
        globalThis.list = watch(() => hooks.useConversations({ limit: 5 }));
        globalThis.titles = () => list.last.conversations.map(({ title }) => title.replace("number ", ""));
        globalThis.shown = show(h(hooks.MemoryProvider, { memory }, h(list.Component)));
        const begun = [list.frames[0].isLoading, list.frames[0].conversations.length];
        await until(() => !list.last.isLoading);
        return begun;
      });
      assert.deepEqual(first, [true, 0]);
      const pages = await tab.evaluate(async () => {
        const seen = [[titles().join(), list.last.hasMore]];
        await Promise.all([list.last.loadMore(), list.last.loadMore()]); // as a scroll does
        seen.push([titles().join(), list.last.hasMore]);
        await list.last.loadMore();
        seen.push([titles().join(), list.last.hasMore]);
        await list.last.loadMore();
        seen.push([titles().join(), list.last.hasMore]);
        return { seen, cursors: reads.filter(({ before }) => before).map(({ limit, offset }) => [limit, offset ?? null]) };
      });
      assert.deepEqual(pages.seen, [["11,10,9,8,7", true], ["11,10,9,8,7,6,5,4,3,2", true], ["11,10,9,8,7,6,5,4,3,2,1,0", false], ["11,10,9,8,7,6,5,4,3,2,1,0", false]]);
      assert.deepEqual(pages.cursors, [[6, null], [6, null]]);
      await other.evaluate(async () => {
        const [newest, next, third] = await memory.listConversations();
        await memory.deleteConversation(newest.id);
        await memory.renameConversation(next.id, "renamed");
        await memory.addMessage(third.id, { role: "user", content: "up" });
      });
      const after = await tab.evaluate(async () => (await until(() => titles().slice(0, 3).join() === "9,renamed,8"), titles().length));
      assert.equal(after, 11);
      // Whoever does not look any more reads nothing.
      const quiet = await tab.evaluate(() => (shown.unmount(), (reads.length = 0)));
      await other.evaluate(() => memory.createConversation());
      assert.equal(await tab.evaluate(async () => (await new Promise((resolve) => setTimeout(resolve, 300)), reads.length)), quiet);
    });
  });

  test(named("a search: after a pause in the typing, never an answer of a text before"), async () => {
    const seen = await inPage(async () => {
      const memory = await openMemory();
      const calls = [];
      // An answer takes the longer the shorter the text is.
      const search = async (text, options) => {
        calls.push({ text, options });
        await new Promise((resolve) => setTimeout(resolve, 400 / text.length));
        if (text === "fail") throw Object.assign(new Error("no"), { name: "MemoryError", code: "storage" });
        return [{ conversationId: "c", title: text, snippet: text, ranges: [[0, text.length]] }];
      };
      const searchable = { subscribe: memory.subscribe.bind(memory), search };
      const box = watch(({ text }) => ({ text, ...hooks.useSearch(text, { limit: 7, delay: 40 }) }));
      const app = (text) => h(hooks.MemoryProvider, { memory: searchable }, h(box.Component, { text }));
      const { render } = show(app(""));
      const typed = async (text, pause) => (render(app(text)), await new Promise((resolve) => setTimeout(resolve, pause)));
      await typed("e", 100);
      for (const text of ["ed", "edu", "educ", "educa"]) await typed(text, 10);
      await until(() => !box.last.isSearching);
      const found = [calls.map(({ text }) => text), box.last.hits.map(({ title }) => title), calls[0].options];
      const shown = new Set(box.frames.flatMap(({ hits }) => hits.map(({ title }) => title)));
      await typed("fail", 0);
      await until(() => box.last.error);
      const failed = [box.last.error.code, box.last.isSearching];
      await typed(" ", 100);
      const blank = [box.last.hits.length, box.last.isSearching, box.last.error];
      await typed("new", 300);
      const before = calls.length;
      await memory.createConversation();
      await until(() => calls.length === before + 1 && !box.last.isSearching);
      return { found, shown: [...shown], failed, blank };
    });
    assert.deepEqual(seen.found, [["e", "educa"], ["educa"], { limit: 7 }]);
    assert.deepEqual(seen.shown, ["educa"]);
    assert.deepEqual(seen.failed, ["storage", false]);
    assert.deepEqual(seen.blank, [0, false, undefined]);
  });

  test(named("a server renders it empty without a database, and the browser fills it"), async () => {
    const seen = await inPage(async () => {
      const { memory: prepared, id } = await openConversation();
      await prepared.addMessages(id, talk(2));
      await prepared.close();
      const touched = [];
      const own = Object.getOwnPropertyDescriptor(globalThis, "indexedDB") ?? Object.getOwnPropertyDescriptor(Window.prototype, "indexedDB");
      Object.defineProperty(globalThis, "indexedDB", { configurable: true, get: () => (touched.push("touched"), own.get.call(globalThis)) });
      const Chat = () => {
        const [list, thread, turn, search] = [hooks.useConversations(), hooks.useThread(id), hooks.useTurn(id), hooks.useSearch("")];
        return h("p", null, `${list.conversations.length} ${thread.messages.length} ${thread.isLoading} ${turn.isRunning} ${search.hits.length}`);
      };
      const app = h(StrictMode, null, h(hooks.MemoryProvider, { open: () => openMemory(), agent: () => ({ start() {}, async dispose() {} }) }, h(Chat)));
      const html = renderToString(app);
      const before = touched.length;
      const place = document.body.appendChild(document.createElement("div"));
      place.innerHTML = html;
      const paragraph = place.firstChild;
      const root = hydrateRoot(place, app);
      await until(() => place.textContent === "1 2 false false 0");
      const isSame = place.firstChild === paragraph;
      root.unmount();
      void globalThis.indexedDB;
      return { html, before, isWatched: touched.length > 0, isSame };
    });
    assert.deepEqual(seen, { html: "<p>0 0 true false 0</p>", before: 0, isWatched: true, isSame: true });
  });

  test(named("the memory of conversation-memory/slim, and one without a database"), async () => {
    const seen = await inPage(async () => {
      const slim = await import("conversation-memory/slim");
      await slim.init(new URL("/node_modules/conversation-memory/dist/memory.wasm", location.href));
      const memory = await slim.ConversationManager.open({ userId: "ada", storage: "memory" });
      const agent = new slim.ConversationAgent({ manager: memory, model: echo });
      const chat = watch(() => ({ turn: hooks.useTurn(), list: hooks.useConversations() }));
      show(h(hooks.MemoryProvider, { memory, agent }, h(chat.Component)));
      const { conversationId } = await chat.last.turn.ask("Hello");
      // Without an address of its own, a chat goes on with the conversation that it has begun.
      await chat.last.turn.ask("Again");
      await until(() => chat.last.list.conversations.length === 1 && !chat.last.turn.isRunning);
      return [chat.last.turn.conversationId === conversationId, (await memory.getMessages(conversationId)).length];
    });
    assert.deepEqual(seen, [true, 4]);
  });

  test(named("an agent that is loaded when it is needed: with /lazy, gone before it is there, and one that cannot be loaded"), async () => {
    const seen = await inPage(async () => {
      const { ConversationManager, load } = await import("conversation-memory/lazy");
      const open = () => ConversationManager.open({ userId: "ada", databaseName });
      const calls = [];
      const agent = async (manager) => {
        const { ConversationAgent } = await load();
        return Object.assign(new ConversationAgent({ manager, model: echo }), { isMine: true });
      };
      const chat = watch(() => ({ state: hooks.useMemory(), turn: hooks.useTurn() }));
      const shown = show(h(hooks.MemoryProvider, { open, agent }, h(chat.Component)));
      // Asked before either is there.
      const { answer } = await chat.last.turn.ask("Hello");
      const isMine = chat.last.state.agent.isMine;
      shown.unmount();

      let give;
      const slow = (manager) => {
        const close = manager.close.bind(manager);
        manager.close = async () => (calls.push("closed"), close());
        return new Promise((resolve) => (give = () => resolve({ start: () => calls.push("start"), dispose: async () => calls.push("disposed") })));
      };
      const gone = show(h(hooks.MemoryProvider, { open, agent: slow }));
      await until(() => give);
      gone.unmount();
      give();
      await until(() => calls.includes("closed"));

      const failed = watch(() => hooks.useMemory());
      show(h(hooks.MemoryProvider, { open, agent: async () => Promise.reject(new Error("no such file")) }, h(failed.Component)));
      await until(() => failed.last.error);
      return { answer, isMine, calls, failed: [failed.last.error.message, failed.last.memory ?? null] };
    });
    assert.deepEqual([seen.answer, seen.isMine], ["to Hello", true]);
    assert.deepEqual(seen.calls, ["disposed", "closed"]);
    assert.deepEqual(seen.failed, ["no such file", null]);
  });

  test(named("a search in a real memory"), { skip: canSearch ? false : "this memory has no search yet" }, async () => {
    const seen = await inPage(async () => {
      const { memory, id } = await openConversation();
      await memory.addMessage(id, { role: "user", content: "How healthy is education in Lima?" });
      const box = watch(({ text }) => hooks.useSearch(text));
      const { render } = show(h(hooks.MemoryProvider, { memory }, h(box.Component, { text: "lima educ" })));
      await until(() => box.last.hits.length > 0 && !box.last.isSearching);
      const found = box.last.hits.every(({ conversationId }) => conversationId === id);
      render(h(hooks.MemoryProvider, { memory }, h(box.Component, { text: "zebra" })));
      await until(() => box.last.hits.length === 0 && !box.last.isSearching);
      return [found, box.last.error];
    });
    assert.deepEqual(seen, [true, undefined]);
  });
}
