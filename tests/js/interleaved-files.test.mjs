// Imports and exports while other calls come between their transactions, and while they are stopped.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

/** Defined in the page: files with a long conversation, and what is to happen while they are read or written. */
const prepare = `
  /** A long conversation whose active branch is not the newest one, between two short ones. */
  globalThis.filled = async (userId) => {
    const memory = await openMemory(userId);
    await memory.updateUser({ fullName: "Ada" });
    await memory.definePersona({ name: "critic", displayName: "Critic", systemPrompt: "Doubt." });
    const first = await memory.createConversation({ title: "First" });
    await memory.addMessages(first.id, numbered(3));
    const { id } = await memory.createConversation({ title: "Long", persona: "critic" });
    const added = await memory.addMessages(id, numbered(4_800));
    await memory.addMessage(id, { role: "assistant", content: "aside", parentId: added[4_790].id });
    await memory.addMessages(id, numbered(600, 5_000));
    await memory.switchBranch(id, added[4_795].id);
    await memory.pinConversation(id, true);
    const last = await memory.createConversation({ title: "Last" });
    await memory.addMessages(last.id, numbered(4));
    return { memory, id };
  };
  /** Calls \`then\` while the n-th transaction over these stores runs: what it writes comes before the next one. */
  globalThis.during = (n, mode, stores, then) => {
    const original = IDBDatabase.prototype.transaction;
    let count = 0;
    let happened;
    IDBDatabase.prototype.transaction = function (names, how, ...rest) {
      const all = [names].flat();
      if ((how ?? "readonly") === mode && stores.every((store) => all.includes(store)) && ++count === n) happened = then();
      return original.call(this, names, how, ...rest);
    };
    return async () => {
      IDBDatabase.prototype.transaction = original;
      await happened;
      return happened !== undefined;
    };
  };
  globalThis.IMPORT = ["personas", "pages", "deletions"];
  globalThis.EXPORT = ["users", "pages", "deletions"];
  globalThis.everyLine = async (memory) => (await (await memory.exportAll()).text()).split("\\n").slice(1).join("\\n");
`;

test("what is stopped after any transaction and imported again is as if it had not been", async () => {
  const found = await inPage(
    async () => {
      const { memory } = await filled();
      const file = await memory.exportAll();
      const expected = await everyLine(memory);
      const found = [];
      for (let n = 1; n < 9; n += 1) {
        const other = await openMemory(`stopped ${n}`);
        const controller = new AbortController();
        const end = during(n, "readwrite", IMPORT, async () => controller.abort());
        const code = await codeOf(() => other.importAll(file, { signal: controller.signal }));
        const happened = await end();
        const first = await other.repair();
        const report = await other.importAll(file);
        found.push({ n, happened, code, first, same: (await everyLine(other)) === expected, repaired: await other.repair(), problems: report.problems });
        if (!happened) break;
      }
      return found;
    },
    undefined,
    { prepare },
  );
  assert.ok(found.length >= 4, `${found.length} transactions`);
  assert.ok(found.some(({ code }) => code === "aborted"));
  for (const { n, same, first, repaired, problems } of found) {
    assert.ok(same, `after transaction ${n}`);
    assert.deepEqual([first, repaired, problems], [{ rebuilt: 0, damaged: [] }, { rebuilt: 0, damaged: [] }, []]);
  }
});

test("whatever else is done between two transactions of an import, nothing comes back and nothing is torn", async () => {
  const found = await inPage(
    async () => {
      const { memory, id } = await filled();
      const file = await memory.exportAll();
      const expected = await memory.getMessages(id, { limit: 10_000 });
      const whole = (await memory.getConversation(id)).messageCount;
      const found = {};
      const calls = {
        delete: (tab) => tab.deleteConversation(id),
        retain: (tab) => tab.applyRetention({ maxAgeDays: 0, keepPinned: false }),
        forget: (tab) => tab.forgetEverything(),
        "forget and return": async (tab) => {
          await tab.forgetEverything();
          await tab.updateUser({ fullName: "Somebody" });
        },
        add: (tab) => tab.addMessage(id, { role: "user", content: "mine" }),
        rename: (tab) => tab.renameConversation(id, "Mine"),
        switch: async (tab) => tab.switchBranch(id, (await tab.getMessages(id, { limit: 1 }))[0].id),
        metadata: async (tab) => tab.updateMessageMetadata(id, (await tab.getMessages(id, { limit: 1 }))[0].id, { mark: 1 }),
        "import again": (tab) => tab.importAll(file),
        repair: (tab) => tab.repair(),
      };
      for (const [name, call] of Object.entries(calls)) {
        for (let n = 1; n < 5; n += 1) {
          const userId = `${name} ${n}`;
          const [one, tab] = [await openMemory(userId), await openMemory(userId)];
          const end = during(n, "readwrite", IMPORT, () => call(tab).then(() => "done", (error) => error.code));
          const report = await one.importAll(file);
          const happened = await end();
          const conversation = await one.getConversation(id);
          const messages = conversation && (await one.getMessages(id, { limit: 10_000 }));
          found[userId] = {
            happened,
            report: { ...report, problems: report.problems.map(({ reason }) => reason) },
            count: conversation?.messageCount,
            title: conversation?.title,
            same: JSON.stringify(messages?.map(({ content }) => content)) === JSON.stringify(expected.map(({ content }) => content)),
            last: messages?.at(-1).content,
            left: (await one.listConversations()).length,
            personas: (await one.listPersonas()).map(({ name }) => name),
            user: (await one.getUser()).fullName,
            repaired: await one.repair(),
          };
        }
      }
      return { found, whole };
    },
    undefined,
    { prepare },
  );
  const { whole } = found;
  for (const [name, outcome] of Object.entries(found.found)) {
    const { report, count, title, same, left, personas, user } = outcome;
    const told = (words) => report.problems.filter((reason) => reason.includes(words)).length;
    assert.deepEqual(outcome.repaired, { rebuilt: 0, damaged: [] }, name);
    // The first parts of the conversation come with the first transaction, its last ones with the third or fourth.
    const n = Number(name.at(-1));
    if (/^(delete|retain)/.test(name)) {
      if (n < 3) assert.deepEqual([count, told("was deleted while"), report.messages < whole], [undefined, 1, true], name);
      assert.ok(count === undefined || count === whole, `${name}: ${count} of ${whole}`);
    } else if (/^forget/.test(name)) {
      if (n < 3) {
        assert.deepEqual([left, personas.length, told("everything was forgotten")], [0, 2, 1], name);
        assert.equal(user, /return/.test(name) ? "Somebody" : undefined, name);
      }
      assert.ok(count === undefined || count === whole, name);
    } else {
      const mine = name.startsWith("add") && outcome.happened && outcome.last === "mine" ? 1 : 0;
      assert.equal(count, whole + mine, name);
      assert.deepEqual(report.problems, [], name);
      assert.equal(title, name.startsWith("rename") && outcome.title === "Mine" ? "Mine" : "Long", name);
      if (!/^(add|switch)/.test(name)) assert.ok(same, name);
    }
  }
});

test("a message that is deleted while a file is merged stays away, and what followed it follows its parent", async () => {
  const { report, before, after, repaired } = await inPage(
    async () => {
      const { memory, id } = await filled();
      const file = await memory.exportAll();
      const before = await memory.getMessages(id, { limit: 10_000 });
      const tab = await openMemory();
      // The part of the file in which they stand comes later.
      const end = during(1, "readwrite", IMPORT, async () => {
        for (const message of before.slice(-5, -3)) await tab.deleteMessage(id, message.id);
      });
      const report = await memory.importAll(file);
      await end();
      return { report, before, after: await memory.getMessages(id, { limit: 10_000 }), repaired: await memory.repair() };
    },
    undefined,
    { prepare },
  );
  const told = report.problems.filter(({ reason }) => reason.includes("was deleted while the file was imported"));
  assert.deepEqual([report.messages, report.problems.length, told.length], [0, 2, 2]);
  assert.deepEqual(after.map(({ id }) => id), before.toSpliced(-5, 2).map(({ id }) => id));
  assert.deepEqual([after.at(-3).parentId, repaired], [before.at(-6).id, { rebuilt: 0, damaged: [] }]);
});

test("a question that is answered while a file is written is in it with its answer, or as one that waits", async () => {
  const found = await inPage(
    async () => {
      const { ConversationAgent } = await import("conversation-memory");
      const found = [];
      for (let n = 1; n < 5; n += 1) {
        const memory = await openMemory(`asked ${n}`);
        let away = true;
        const model = { generate: async () => (away ? Promise.reject(new TypeError("Failed to fetch")) : { text: "so" }) };
        const agent = new ConversationAgent({ manager: memory, model });
        const questions = [];
        // So many that the answers are there before the last of them is read.
        for (const count of [1, 12_000]) {
          const { id } = await memory.createConversation();
          await memory.addMessages(id, numbered(count));
          questions.push((await agent.processQuery("why?", { conversationId: id }).catch((error) => error)).messageId);
        }
        away = false;
        const end = during(n, "readonly", EXPORT, () => agent.flushQueue());
        const file = await memory.exportAll();
        const happened = await end();
        await agent.dispose();
        const lines = (await file.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
        const of = (id) => [
          lines.some(({ type, metadata }) => type === "message" && metadata.questionId === id),
          lines.some(({ type, questionId }) => type === "draft" && questionId === id),
        ];
        const other = await openMemory(`copy of asked ${n}`);
        found.push({ n, happened, questions: questions.map(of), problems: (await other.importAll(file)).problems });
      }
      return found;
    },
    undefined,
    { prepare },
  );
  assert.ok(found.filter(({ happened }) => happened).length >= 3);
  for (const { n, questions, problems } of found) {
    for (const [isAnswered, waits] of questions) assert.notEqual(isAnswered, waits, `${n}: ${JSON.stringify(questions)}`);
    assert.deepEqual(problems, []);
  }
});

test("whatever else is done between two transactions of an export, the file has each conversation as it was at one moment", async () => {
  const found = await inPage(
    async () => {
      const found = {};
      const calls = {
        add: (tab, id) => tab.addMessages(id, numbered(1_200, 9_000)),
        switch: async (tab, id) => tab.switchBranch(id, (await tab.getMessages(id, { limit: 1 }))[0].id),
        delete: (tab, id) => tab.deleteConversation(id),
        forget: (tab) => tab.forgetEverything(),
        metadata: async (tab, id) => tab.updateMessageMetadata(id, (await tab.getMessages(id, { limit: 1 }))[0].id, { mark: 1 }),
      };
      for (const [name, call] of Object.entries(calls)) {
        for (let n = 1; n < 6; n += 1) {
          const userId = `${name} ${n}`;
          const { memory, id } = await filled(userId);
          const before = await memory.getConversation(id);
          const tab = await openMemory(userId);
          const end = during(n, "readonly", EXPORT, () => call(tab, id));
          const file = await memory.exportAll();
          await end();
          const lines = (await file.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
          const conversation = lines.find((line) => line.type === "conversation" && line.id === id);
          const messages = lines.filter((line) => line.type === "message" && line.conversationId === id);
          const other = await openMemory(`copy of ${userId}`);
          const report = await other.importAll(file);
          found[userId] = {
            before: { count: before.messageCount, head: before.headId },
            line: conversation && { count: conversation.messageCount, head: conversation.headId },
            messages: messages.length,
            header: [lines[0].conversations, lines[0].messages],
            all: [lines.filter((line) => line.type === "conversation").length, lines.filter((line) => line.type === "message").length],
            people: lines.filter((line) => line.type === "persona").length,
            head: (await other.getConversation(id))?.headId,
            problems: report.problems,
            repaired: await other.repair(),
          };
        }
      }
      return found;
    },
    undefined,
    { prepare },
  );
  for (const [name, outcome] of Object.entries(found)) {
    assert.deepEqual([outcome.problems, outcome.repaired], [[], { rebuilt: 0, damaged: [] }], name);
    assert.deepEqual(outcome.header, outcome.all, name);
    if (outcome.line) {
      assert.equal(outcome.messages, outcome.line.count, name);
      assert.equal(outcome.head, outcome.line.head, name);
    } else {
      assert.equal(outcome.messages, 0, name);
      assert.match(name, /^(delete|forget)/);
    }
  }
  assert.ok(Object.entries(found).some(([name, { line }]) => name.startsWith("delete") && !line));
  assert.ok(Object.entries(found).some(([name, { all }]) => name.startsWith("forget") && all[0] === 0));
});

test("crafted ids, positions and conversations overwrite and corrupt nothing", async () => {
  const found = await inPage(async () => {
    const memory = await openMemory();
    const { id } = await memory.createConversation({ title: "Mine" });
    await memory.addMessages(id, numbered(5));
    const before = (await (await memory.exportAll()).text()).split("\n").filter((line) => line.includes(`"${id}"`));
    const crc32 = (bytes) => {
      let crc = -1;
      for (const byte of bytes) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
      }
      return ~crc >>> 0;
    };
    const sealed = (record) => {
      const text = JSON.stringify(record).slice(0, -1);
      return `${text},"crc":"${crc32(new TextEncoder().encode(text)).toString(16).padStart(8, "0")}"}`;
    };
    const time = "2026-01-01T00:00:00.000Z";
    const conversation = (id, fields) => ({ type: "conversation", id, title: "Crafted", personaName: "critic", createdAt: time, updatedAt: time, ...fields });
    const message = (conversationId, id, fields) => ({ type: "message", id, conversationId, role: "user", content: String(id), metadata: {}, status: "complete", createdAt: time, ...fields });
    const ids = ["\ud800", "\ud801", "\udc00\ud800", "\ufffd", "", "__proto__", "constructor", "x".repeat(501), "x".repeat(500), "a\u0000b", id, null, 5];
    const records = [
      ...ids.flatMap((each) => [conversation(each, { headId: "\ud800" }), ...ids.map((other, at) => message(each, other, { seq: at % 3 ? -at : 2 ** 53, parentId: ids[at - 1] }))]),
      ...["doubled", "doubled"].flatMap((each) => [conversation(each), message(each, "a", { seq: 0 }), message(each, "b", { seq: 0, parentId: "a" }), message(each, "self", { parentId: "self" })]),
      conversation("cycle", { headId: "two" }), message("cycle", "one", { parentId: "two" }), message("cycle", "two", { parentId: "one", seq: 0.5 }),
    ];
    const file = new Blob([[sealed({ format: "conversation-memory", version: 1 }), ...records.map(sealed)].join("\n")]);
    const report = await memory.importAll(file);
    const repaired = await memory.repair();
    const again = await memory.importAll(file);
    const after = (await (await memory.exportAll()).text()).split("\n").filter((line) => line.includes(`"${id}"`));
    const list = [];
    for (const each of await memory.listConversations()) list.push([each.id.slice(0, 12), each.messageCount, (await memory.getMessages(each.id)).length > 0]);
    // What the crafted file has added to mine stands behind it.
    const mine = (await memory.getMessages(id)).map(({ content }) => content);
    return { report, repaired, again, list, mine, kept: before.filter((line) => line.includes('"type":"message"')).every((line) => after.includes(line)), last: await memory.repair() };
  });
  assert.deepEqual([found.repaired, found.last], [{ rebuilt: 0, damaged: [] }, { rebuilt: 0, damaged: [] }]);
  assert.ok(found.kept);
  assert.deepEqual(found.mine.slice(0, 5), ["message 0", "message 1", "message 2", "message 3", "message 4"]);
  assert.deepEqual([found.again.conversations, found.again.messages], [0, 0]);
  // U+FFFD, __proto__, constructor, the long one, a NUL, doubled, cycle, and mine.
  assert.equal(found.list.length, 8, JSON.stringify(found.list));
  assert.ok(found.list.every(([, count, reads]) => count > 0 && reads));
});

test("conversations of another product without ids are told apart by what they say", async () => {
  const found = await inPage(async () => {
    const memory = await openMemory();
    const chat = (text) => ({ name: "Chat", created_at: "2026-01-01T00:00:00Z", chat_messages: [{ sender: "human", text, created_at: "2026-01-01T00:00:00Z" }] });
    const file = new Blob([JSON.stringify([chat("one"), chat("two"), chat("one")])]);
    const counts = async () => {
      const { problems, ...counts } = await memory.importAll(file);
      return counts;
    };
    const reports = [await counts(), await counts()];
    const contents = [];
    for (const { id } of await memory.listConversations()) contents.push((await memory.getMessages(id))[0].content);
    return { reports, contents: contents.sort() };
  });
  assert.deepEqual(found.contents, ["one", "two"]);
  assert.deepEqual(found.reports, [
    { conversations: 2, messages: 2, skipped: 1 },
    { conversations: 0, messages: 0, skipped: 3 },
  ]);
});
