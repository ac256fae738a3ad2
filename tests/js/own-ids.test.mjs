// Messages as applications have them: ids of their own, authors, times, other beginnings, and changes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("an id of the application's is kept, and the same message again changes nothing", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const changes = [];
    const message = { id: "msg_1", role: "user", author: "Ada", content: "Hello", metadata: { a: 1 }, createdAt: "2024-03-01T10:00:00+01:00" };
    const first = await memory.addMessage(id, message);
    memory.subscribe((change) => changes.push(change.type));
    const again = await memory.addMessage(id, message);
    const later = await memory.addMessages(id, [message, { id: "msg_2", role: "assistant", content: "Hi" }, { id: "é".repeat(128), role: "user", content: "more" }]);
    const other = await memory.createConversation();
    const elsewhere = await memory.addMessage(other.id, { ...message, content: "in another conversation" });
    const failures = [];
    for (const change of [{ content: "else" }, { role: "assistant" }, { author: "Grace" }, { id: "" }, { id: "x".repeat(129) }, { id: 3 }, { id: "\ud800" }, { createdAt: "yesterday" }, { createdAt: "2026-02-31T00:00:00Z" }, { createdAt: 5 }, { status: "queued" }, { status: "lost" }, { author: " " }]) {
      failures.push(await failure(() => memory.addMessages(id, [{ role: "user", content: "new" }, { ...message, ...change }])));
    }
    const conversation = await memory.getConversation(id);
    return { first, again, later, elsewhere, failures, conversation, messages: await memory.getMessages(id), changes };
  });
  const { id, author, createdAt, content, parentId } = seen.first;
  assert.deepEqual([id, author, createdAt, content, parentId], ["msg_1", "Ada", "2024-03-01T09:00:00.000Z", "Hello", undefined]);
  assert.deepEqual(seen.again, seen.first);
  assert.deepEqual(seen.later.map((message) => message.id), ["msg_1", "msg_2", "é".repeat(128)]);
  assert.deepEqual(seen.messages, seen.later);
  assert.deepEqual(seen.messages.map((message) => message.parentId), [undefined, "msg_1", "msg_2"]);
  assert.equal(seen.elsewhere.id, "msg_1");
  assert.deepEqual(seen.failures.map(({ code }) => code), Array(13).fill("invalid-input"));
  assert.match(seen.failures[0].message, /its message "msg_1" says something else/);
  assert.equal(seen.conversation.messageCount, 3);
  assert.deepEqual(seen.changes.filter((type) => type === "message-added").length, 3, "in both conversations");
  assert.ok(seen.conversation.updatedAt > "2025", "the conversation was updated now");
});

test("an error says which of the messages it is about, and what of it", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const message = { role: "user", content: "new" };
    const there = await memory.addMessage(id, { ...message, id: "there" });
    const other = { ...message, id: "there", content: "else" };
    const [blob, unknown, text] = [{ type: "file", blob: new Blob(["bytes"]) }, { type: "file", attachment: "0".repeat(64), mediaType: "", size: 1 }, { type: "text", text: "x" }];
    const of = (...parts) => ({ role: "user", parts });
    const calls = {
      one: () => memory.addMessage(id, other),
      several: () => memory.addMessages(id, [message, there, message, other]),
      "in one call": () => memory.addMessages(id, [message, { ...message, id: "twice" }, message, { ...message, id: "twice", content: "else" }]),
      "with a file": () => memory.addMessage(id, { id: "there", ...of(blob) }),
      "several with files": () => memory.addMessages(id, [of(blob), { id: "there", ...of(blob) }]),
      file: () => memory.addMessage(id, of(text, unknown)),
      "file of several": () => memory.addMessages(id, [message, of(text), of(unknown), of(unknown)]),
      "file beside one that is stored": () => memory.addMessage(id, of(blob, text, unknown)),
      "file beside those that are stored": () => memory.addMessages(id, [of(blob), of(text), of(blob, unknown)]),
      "file behind one that is there": () => memory.addMessages(id, [there, of(unknown)]),
      change: () => memory.updateMessage(id, "there", { parts: [text, unknown] }),
      "change with a file": () => memory.updateMessage(id, "there", { parts: [blob, unknown] }),
    };
    const found = {};
    for (const [name, call] of Object.entries(calls)) found[name] = await call().then(() => "nothing", ({ code, argument }) => `${code}: ${argument}`);
    const { uploads } = await storedRecords();
    return { found, uploads: uploads.length, count: (await memory.getConversation(id)).messageCount };
  });
  assert.deepEqual(seen, {
    found: {
      one: "invalid-input: message.id",
      several: "invalid-input: messages[3].id",
      "in one call": "invalid-input: messages[3].id",
      "with a file": "invalid-input: message.id",
      "several with files": "invalid-input: messages[1].id",
      file: "invalid-input: message.parts[1].attachment",
      "file of several": "invalid-input: messages[2].parts[0].attachment",
      "file beside one that is stored": "invalid-input: message.parts[2].attachment",
      "file beside those that are stored": "invalid-input: messages[2].parts[1].attachment",
      "file behind one that is there": "invalid-input: messages[1].parts[0].attachment",
      change: "invalid-input: change.parts[1].attachment",
      "change with a file": "invalid-input: change.parts[1].attachment",
    },
    uploads: 0,
    count: 1,
  });
});

test("the same parts with their fields in another order are the same message, and no change", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const input = { city: "Oslo", days: [{ at: 1, "__proto": { low: -3, high: 2 } }], 7: "x" };
    const part = { type: "tool", toolCallId: "1", toolName: "weather", state: "done", input };
    const first = await memory.addMessage(id, { id: "m", role: "assistant", parts: [part] });
    const reversed = (value) => (Array.isArray(value) ? value.map(reversed) : Object(value) === value ? Object.fromEntries(Object.entries(value).reverse().map(([name, each]) => [name, reversed(each)])) : value);
    const other = reversed(part);
    const changes = [];
    memory.subscribe(({ type }) => changes.push(type));
    const again = await memory.addMessages(id, [{ id: "m", role: "assistant", parts: [other] }, { id: "m", role: "assistant", parts: [part] }]);
    const updated = await memory.updateMessage(id, "m", { parts: [other] });
    const more = { ...other, input: { ...other.input, city: "Rome" } };
    const refused = await failure(() => memory.addMessage(id, { id: "m", role: "assistant", parts: [more] }));
    const [stored] = await memory.getMessages(id);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const texts = [first, ...again, updated, stored].map((message) => JSON.stringify(message));
    return { isOther: JSON.stringify(other) !== JSON.stringify(part), texts: new Set(texts).size, refused: refused.code, metadata: stored.metadata, changes };
  });
  assert.deepEqual(seen, { isOther: true, texts: 1, refused: "invalid-input", metadata: {}, changes: [] });
});

test("ids are known after a restart, in another tab, on other branches, and behind what was moved", async () => {
  const seen = await inPage(async () => {
    const one = await openMemory();
    const { id } = await one.createConversation();
    const message = (number) => ({ id: `m${number}`, role: number % 2 ? "assistant" : "user", content: `message ${number}` });
    await one.addMessages(id, Array.from({ length: 200 }, (_, number) => message(number)));
    const two = await openMemory();
    await two.addMessage(id, { ...message(200), parentId: "m3" });
    await two.addMessage(id, { role: "user", content: "without" });
    const again = [];
    for (const memory of [one, two]) {
      again.push((await memory.addMessages(id, [message(7), message(200), message(199)])).map(({ seq }) => seq));
      again.push((await failure(() => memory.addMessage(id, { ...message(0), content: "x" }))).code);
    }
    const behind = await one.addMessages(id, [message(5), { id: "new", role: "user", content: "behind 5" }]);
    return { again, behind: behind[1].parentId, count: (await one.getConversation(id)).messageCount, repaired: (await one.repair()).rebuilt };
  });
  assert.deepEqual(seen.again, [[7, 200, 199], "invalid-input", [7, 200, 199], "invalid-input"]);
  assert.deepEqual([seen.behind, seen.count, seen.repaired], ["m5", 203, 0]);
});

test("ids are known of the conversation that is there, and not of one that another tab deleted and brought back", async () => {
  const seen = await inPage(async () => {
    const [one, two] = [await openMemory(), await openMemory()];
    const { id } = await one.createConversation();
    const message = (id, content = `message ${id}`) => ({ id, role: "user", content });
    const empty = await one.exportAll();
    await one.addMessages(id, ["n0", "n1", "n2"].map((name) => message(name)));
    const file = await one.exportAll();
    await one.deleteConversation(id);
    await one.importAll(empty);
    await one.addMessages(id, ["m0", "m1", "m2"].map((name) => message(name)));
    await two.deleteConversation(id);
    await two.importAll(file);
    const codes = [];
    for (const again of [message("n0"), message("n1", "else"), message("m1")]) {
      codes.push(await one.addMessage(id, again).then(({ seq }) => seq, ({ code }) => code));
    }
    return { codes };
  });
  assert.deepEqual(seen.codes, [0, "invalid-input", 3]);
});

test("parentId: null begins the conversation once more", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const [first] = await memory.addMessages(id, talk(4));
    const root = await memory.addMessage(id, { role: "user", content: "once more", parentId: null });
    const contents = async () => (await memory.getMessages(id)).map(({ content }) => content);
    const active = await contents();
    const branches = (await memory.listBranches(id, first.id)).map(({ content }) => content);
    await memory.switchBranch(id, first.id);
    return { parent: root.parentId, active, branches, before: await contents() };
  });
  assert.equal(seen.parent, undefined);
  assert.deepEqual(seen.active, ["once more"]);
  assert.deepEqual(seen.branches, ["message 0", "once more"]);
  assert.equal(seen.before.length, 4);
});

test("updateMessage changes what is named, and says since when the content is another one", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const [question, answer] = await memory.addMessages(id, [
      { role: "user", content: "How?", metadata: { kept: [1] } },
      { role: "assistant", content: "So", status: "streaming" },
    ]);
    const changes = [];
    memory.subscribe(({ type, messageId }) => changes.push([type, messageId]));
    const edited = await memory.updateMessage(id, question.id, { content: "How exactly?" });
    const same = await memory.updateMessage(id, question.id, { content: "How exactly?" });
    const done = await memory.updateMessage(id, answer.id, { content: "So it is", status: "complete", metadata: { done: true } });
    const marked = await memory.updateMessage(id, answer.id, { metadata: {} });
    const failures = [];
    for (const change of [{ status: "queued" }, { content: 3 }, { metadata: [] }, { content: "x".repeat(9 * 1024 * 1024) }, null]) {
      failures.push((await failure(() => memory.updateMessage(id, question.id, change))).code);
    }
    failures.push((await failure(() => memory.updateMessage(id, "nobody", {}))).code);
    while (changes.length < 4) await new Promise((resolve) => setTimeout(resolve, 20));
    return { edited, same, done, marked, failures, changes, title: (await memory.getConversation(id)).title, ids: [question.id, answer.id], stored: await memory.getMessages(id), context: await memory.buildConversationContext(id) };
  });
  assert.equal(seen.edited.content, "How exactly?");
  assert.deepEqual(Object.keys(seen.edited.metadata), ["kept", "editedAt"]);
  assert.match(seen.edited.metadata.editedAt, /^\d{4}-.*Z$/);
  assert.deepEqual(seen.same, seen.edited);
  assert.deepEqual([seen.done.status, Object.keys(seen.done.metadata)], ["complete", ["done", "editedAt"]]);
  assert.deepEqual(seen.marked.metadata, {});
  assert.deepEqual(seen.failures, [...Array(5).fill("invalid-input"), "not-found"]);
  // The conversation is named after its first question.
  assert.deepEqual(seen.changes, [["message-updated", seen.ids[0]], ["conversation-updated", undefined], ["message-updated", seen.ids[1]], ["message-updated", seen.ids[1]]]);
  assert.equal(seen.title, "How exactly?");
  assert.deepEqual(seen.stored, [seen.edited, seen.marked]);
  assert.equal(seen.context, "User: How exactly?\nAssistant: So it is");
});

test("authors, ids and times survive an export and its import", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, [
      { id: "a", role: "user", author: "Ada", content: "one", createdAt: "2020-01-01T00:00:00.000Z" },
      { id: "b", role: "user", author: "Grace", content: "two", parentId: null },
    ]);
    const file = await memory.exportAll();
    const other = await openMemory("somebody else");
    const report = await other.importAll(file);
    return { report, before: await memory.listBranches(id, "a"), after: await other.listBranches(id, "a") };
  });
  assert.deepEqual(seen.report.problems, []);
  assert.deepEqual(seen.after, seen.before);
});

test("an id that an answer has already, while it arrives, is nobody else's", async () => {
  const seen = await inPage(async () => {
    const { ConversationAgent } = await import("conversation-memory");
    const seen = [];
    for (const length of [5, 3_000]) {
      const { memory, id } = await openConversation();
      let added;
      const whole = "x".repeat(length);
      const model = { async generate(prompt, { onDelta }) {
        onDelta(whole);
        for (let tries = 0; tries < 100 && !added; tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
        await added?.catch(() => {});
        return { text: whole };
      } };
      memory.subscribe((change) => {
        if (change.type !== "answer-progress") return;
        added ??= memory.addMessage(id, { id: change.messageId, role: "assistant", content: "mine" });
      });
      await new ConversationAgent({ manager: memory, model }).processQuery("q?", { conversationId: id });
      const { messages } = await memory.getTree(id);
      const outcome = await added.then(() => "stored", ({ code }) => code);
      const { rebuilt, damaged } = await memory.repair();
      seen.push({ outcome, ids: new Set(messages.map((message) => message.id)).size === messages.length, isThere: messages.some(({ content }) => content === whole), isItsOwnParent: messages.some((message) => message.id === message.parentId), count: messages.length, rebuilt, damaged: damaged.length });
    }
    return seen;
  });
  for (const { outcome, count, ...rest } of seen) {
    assert.deepEqual(rest, { ids: true, isThere: true, isItsOwnParent: false, rebuilt: 0, damaged: 0 });
    assert.equal(count, outcome === "stored" ? 3 : 2);
  }
});

test("ids are known after a repair that took messages out", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, talk(3));
    await memory.addMessage(id, { id: "own", role: "user", content: "own" });
    const database = await rawDatabase();
    const store = database.transaction("pages", "readwrite").objectStore("pages");
    const page = await settled(store.get(["user-1", id, 0]));
    page.messages[1] = { ...page.messages[1], content: 5 };
    await settled(store.put(page));
    database.close();
    const { damaged } = await memory.repair();
    const later = await memory.addMessage(id, { role: "user", content: "U" });
    const again = await memory.addMessage(id, { id: later.id, role: "user", content: "U" });
    return { damaged: damaged.length, same: again.seq === later.seq };
  });
  assert.deepEqual(seen, { damaged: 1, same: true });
});
