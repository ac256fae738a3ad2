// The browser closes the connection and the data is still there: it is opened again, and nobody notices.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { engine, onlyIn } from "./support/engine.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage, withTabs } = pagesForThisFile();
const read = (name) => readFileSync(new URL(`support/${name}`, import.meta.url), "utf8");

/** What is done while a connection is closed; each gives what came of it, which is the same without a closing. */
const works = `
  globalThis.works = {
    turn: async (memory) => {
      const { agent, calls } = await makeAgent({ manager: memory });
      const answer = agent.processQuery("q");
      await until(() => calls.length === 1);
      calls[0].say("a".repeat(1100));
      await new Promise((resolve) => setTimeout(resolve, 20));
      calls[0].say("b".repeat(1100));
      await new Promise((resolve) => setTimeout(resolve, 20));
      calls[0].end("a".repeat(1100) + "b".repeat(1100) + "c");
      const { conversationId, answer: text } = await answer;
      return [text.length, (await active(memory, conversationId)).map((content) => content.slice(0, 3) + content.length)];
    },
    calls: async (memory) => {
      const { id } = await memory.createConversation({ title: "one" });
      await Promise.all(Array.from({ length: 5 }, (_, n) => memory.addMessage(id, { role: "user", content: "m" + n })));
      const [first] = await memory.getMessages(id);
      await memory.forkConversation(id, first.id);
      await memory.updateMessageMetadata(id, first.id, { mark: 1 });
      const other = await memory.createConversation({ title: "other" });
      const deleted = [await memory.deleteConversation(other.id), await memory.deleteConversation(other.id)];
      const { removed } = await memory.applyRetention({ maxAgeDays: 0 });
      const { id: last } = await memory.createConversation({ persona: "new" });
      await memory.addMessages(last, numbered(20));
      const counts = (await memory.listConversations()).map(({ messageCount }) => messageCount);
      return [deleted, removed, counts, (await memory.listPersonas()).length, (await memory.getMessages(last)).map(({ content }) => content)];
    },
    files: async (memory) => {
      const { id } = await memory.createConversation({ title: "one" });
      await memory.addMessages(id, numbered(2_500));
      const file = await memory.exportAll();
      await memory.forgetEverything();
      const { conversations, messages } = await memory.importAll(file);
      const again = await memory.importAll(file);
      const stored = await memory.getMessages(id, { limit: 5_000 });
      const { messageCount } = await memory.getConversation(id);
      return [conversations, messages, again.messages, messageCount, stored.map(({ content }) => content).join() === numbered(2_500).map(({ content }) => content).join()];
    },
    attachments: async (memory) => {
      const { id } = await memory.createConversation({ title: "one" });
      const part = (size) => ({ type: "file", blob: new Blob([new Uint8Array(size).fill(7)]) });
      const [own] = await memory.addMessages(id, [{ id: "own", role: "user", parts: [part(1_100_000), part(9)] }]);
      const { parts } = await memory.addMessage(id, { role: "user", parts: [part(1_100_000)] });
      await memory.updateMessage(id, "own", { parts: [part(10), own.parts[0]] });
      const sizes = [(await memory.getAttachment(parts[0].attachment)).size, await memory.getAttachment(own.parts[1].attachment)];
      await memory.deleteMessage(id, "own");
      return sizes;
    },
    queue: async (memory) => {
      const { agent } = await makeAgent({ manager: memory, model: echo });
      setOnline(false);
      const { conversationId: id, messageId } = await agent.processQuery("waits").catch((error) => error);
      const left = await agent.processQuery("is cancelled", { conversationId: id }).catch((error) => error);
      const cancelled = await agent.cancelQueued(left.messageId);
      setOnline(true);
      await agent.flushQueue();
      await until(async () => (await active(memory, id)).includes("to waits"));
      return [messageId !== undefined, cancelled, await active(memory, id)];
    },
  };
  /** Does a work in a database of its own, with a closing; gives what came of it, and what is wrong then. */
  globalThis.withClosing = async (name, how, n) => {
    const reasons = [];
    const named = \`\${databaseName} \${name} \${how} \${n}\`;
    const memory = await openMemory("user-1", { databaseName: named, onClosed: (reason) => reasons.push(reason) });
    await new Promise((resolve) => setTimeout(resolve, 10));
    const changes = [];
    memory.subscribe(({ type, messageId }) => type === "message-added" && changes.push(messageId));
    closeAt(how, n);
    const came = await works[name](memory).catch((error) => [String(error)]);
    const { begun, committed } = counted;
    closeAt();
    const { drafts, ...records } = await storedRecords(named);
    const files = ["files", "references", "chunks", "uploads"].map((store) => records[store].length);
    const { rebuilt } = await memory.repair();
    const doubled = changes.length - new Set(changes).size;
    await memory.close();
    return { came: exact({ came, drafts: drafts.length, files, rebuilt, doubled, reasons }), begun, committed };
  };
`;
const prepare = [read("closings.js"), read("turns.js"), works].join(";\n");

/** Works of many transactions are closed at every so many places: all of them take a minute and more in each engine. */
const STEPS = { files: engine === "chromium" ? 2 : 6, attachments: engine === "chromium" ? 2 : 6 };

for (const name of ["turn", "calls", "files", "attachments", "queue"]) {
  test(`a connection that is closed at any place is opened again: ${name}`, async () => {
    const { expected, different, count } = await inPage(
      async ([name, step]) => {
        const { came: expected, begun, committed } = await withClosing(name);
        const different = [];
        let count = 0;
        for (const [place, how] of ["before", "within", "instead", "after"].entries()) {
          for (let n = 1 + (place % step); n <= (how === "before" || how === "within" ? begun : committed); n += step) {
            count += 1;
            const { came } = await withClosing(name, how, n);
            if (came !== expected) different.push(`${how} ${n}: ${came}`);
          }
        }
        return { expected, different, count };
      },
      [name, STEPS[name] ?? 1],
      { prepare },
    );
    const { drafts, rebuilt, reasons } = JSON.parse(expected);
    assert.deepEqual({ drafts, rebuilt, reasons }, { drafts: 0, rebuilt: 0, reasons: [] });
    assert.ok(count > 10, `only ${count} places`);
    assert.deepEqual(different, [], `not as without a closing, which is ${expected}`);
  });
}

test("two memories of one database write on when both connections are closed again and again", async () => {
  const seen = await inPage(
    async () => {
      const reasons = [];
      const options = { onClosed: (reason) => reasons.push(reason) };
      const memories = [await openMemory("user-1", options), await openMemory("user-1", options)];
      const { id } = await memories[0].createConversation();
      const heard = new Set();
      memories[1].subscribe(({ type, messageId }) => type === "message-added" && heard.add(messageId));
      await new Promise((resolve) => setTimeout(resolve, 300));
      const closing = (async () => {
        for (let count = 0; count < 4; count += 1) {
          await new Promise((resolve) => setTimeout(resolve, 40 + 17 * count));
          closeAll();
        }
      })();
      const write = async (memory, name) => {
        for (let n = 0; n < 60; n += 1) await memory.addMessage(id, { role: "user", content: `${name} ${n}` });
      };
      await Promise.all([write(memories[0], "one"), write(memories[1], "other"), closing]);
      const stored = await memories[1].getMessages(id, { limit: 1_000 });
      await until(() => heard.size >= stored.length);
      const { rebuilt } = await memories[0].repair();
      return { contents: stored.map(({ content }) => content).sort(), heard: stored.every((message) => heard.has(message.id)), rebuilt, reasons };
    },
    undefined,
    { prepare },
  );
  const expected = ["one", "other"].flatMap((name) => Array.from({ length: 60 }, (_, n) => `${name} ${n}`)).sort();
  assert.deepEqual(seen, { contents: expected, heard: true, rebuilt: 0, reasons: [] });
});

test("a database that is gone, or another one by now, is told as evicted, and none is made in its place", async () => {
  const seen = await inPage(
    async () => {
      const seen = {};
      for (const [name, isMade] of [["gone", false], ["another", true]]) {
        const reasons = [];
        const named = `${databaseName} ${name}`;
        const memory = await openMemory("user-1", { databaseName: named, onClosed: (reason) => reasons.push(reason) });
        await memory.createConversation();
        closeAll(false);
        await settled(indexedDB.deleteDatabase(named));
        if (isMade) await openMemory("user-1", { databaseName: named });
        const codes = [await codeOf(() => memory.listConversations()), await codeOf(() => memory.listConversations())];
        const listed = await indexedDB.databases();
        const raw = await rawDatabase({ name: named });
        const there = raw.objectStoreNames.length > 0;
        if (listed.some(({ name }) => name === named) !== there) seen.listed = true;
        seen[name] = { reasons, codes, there };
      }
      return seen;
    },
    undefined,
    { prepare },
  );
  // WebKit keeps the name of a database whose first upgrade was aborted.
  if (engine === "webkit") delete seen.listed;
  const of = (there) => ({ reasons: ["evicted"], codes: ["closed", "closed"], there });
  assert.deepEqual(seen, { gone: of(false), another: of(true) });
});

test("what has been forgotten meanwhile is no eviction; what a newer release has upgraded is told as that", async () => {
  const seen = await inPage(
    async () => {
      const reasons = [];
      const { memory } = await openConversation("user-1", { onClosed: (reason) => reasons.push(reason) });
      await (await openMemory()).forgetEverything();
      closeAll();
      const left = await memory.listConversations();
      const { version } = await rawDatabase().then((database) => (database.close(), database));
      const { open } = IDBFactory.prototype;
      closeAll();
      (await settled(open.call(indexedDB, databaseName, version + 1))).close();
      const code = await codeOf(() => memory.listConversations());
      return { left, code, reasons };
    },
    undefined,
    { prepare },
  );
  assert.deepEqual(seen, { left: [], code: "closed", reasons: ["upgraded"] });
});

test("a connection that cannot be opened again, or is closed at once every time, is given up", async () => {
  const seen = await inPage(
    async () => {
      const seen = {};
      const { open } = IDBFactory.prototype;
      const ways = {
        refused: () => {
          throw new DOMException("no", "UnknownError");
        },
        "closed at once": function (...parts) {
          const request = open.apply(this, parts);
          request.addEventListener("success", () => setTimeout(closeAll));
          return request;
        },
      };
      for (const [name, way] of Object.entries(ways)) {
        const reasons = [];
        const options = { databaseName: `${databaseName} ${name}`, onClosed: (reason) => reasons.push(reason) };
        const memory = await openMemory("user-1", options);
        let count = 0;
        IDBFactory.prototype.open = function (...parts) {
          count += 1;
          return way.apply(this, parts);
        };
        closeAll();
        await until(() => reasons.length > 0);
        const code = await codeOf(() => memory.listConversations());
        IDBFactory.prototype.open = open;
        seen[name] = { reasons, code, count };
      }
      return seen;
    },
    undefined,
    { prepare },
  );
  assert.deepEqual(seen.refused, { reasons: ["evicted"], code: "closed", count: 1 });
  assert.deepEqual(seen["closed at once"], { reasons: ["evicted"], code: "closed", count: 5 });
});

test("Chromium closes the connections of two tabs by itself: all is stored once, and a turn is whole", onlyIn(["chromium"], "be told to close them"), async () => {
  await withTabs(
    2,
    async (tabs) => {
      const { id } = await tabs[0].evaluate(async () => ({ id: (await openConversation()).id }));
      for (const tab of tabs) {
        await tab.evaluate(async (id) => {
          globalThis.reasons = [];
          globalThis.memory = await openMemory("user-1", { onClosed: (reason) => reasons.push(reason) });
          const { agent, calls } = await makeAgent({ manager: memory });
          globalThis.answer = agent.processQuery("q");
          await until(() => calls.length === 1);
          globalThis.call = calls[0];
          globalThis.writing = (async () => {
            for (globalThis.written = 0; !globalThis.isEnough; written += 1) await memory.addMessage(id, { role: "user", content: `${written}` });
          })();
        }, id);
      }
      const internals = await tabs[0].context().newPage();
      await internals.goto("chrome://indexeddb-internals/");
      const { host } = new URL(tabs[0].url());
      for (let count = 0; count < 4; count += 1) {
        for (const tab of tabs) await tab.evaluate((n) => (call.say(String(n).repeat(1_100)), (globalThis.before = closings())), count);
        await internals.evaluate(async (host) => {
          const origins = () => [...document.querySelectorAll(".indexeddb-origin")];
          while (!origins().some((origin) => origin.textContent.includes(host))) await new Promise((resolve) => setTimeout(resolve, 50));
          origins().find((origin) => origin.textContent.includes(host)).querySelector(".force-close").click();
        }, host);
        for (const tab of tabs) {
          await tab.evaluate(async () => {
            await until(() => closings() > before);
            // Until it is open again, and written to.
            const soFar = written;
            await until(() => written > soFar + 1);
          });
        }
      }
      await internals.close();
      const ends = [];
      for (const tab of tabs) {
        ends.push(
          await tab.evaluate(async () => {
            globalThis.isEnough = true;
            await writing;
            call.end("the whole answer");
            const { answer: text, conversationId } = await answer;
            return { text, active: await active(memory, conversationId), reasons, closings: closings() };
          }),
        );
      }
      for (const { closings, ...end } of ends) {
        assert.deepEqual(end, { text: "the whole answer", active: ["q", "the whole answer"], reasons: [] });
        assert.equal(closings >= 4, true, `it was closed ${closings} times`);
      }
      const { doubled, faults: wrong } = await tabs[0].evaluate(async (id) => {
        const contents = (await memory.getMessages(id, { limit: 100_000 })).map(({ content }) => content);
        // Each tab counts from 0.
        const times = new Map();
        for (const content of contents) times.set(content, (times.get(content) ?? 0) + 1);
        return { doubled: [...times.values()].filter((count) => count > 2).length, faults: await faults(memory) };
      }, id);
      assert.deepEqual([doubled, wrong], [0, []]);
    },
    { prepare },
  );
});
