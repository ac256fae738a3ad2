// Screens of the active branch, by cursor, and the tree of all branches.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage, withTabs } = pagesForThisFile();

test("screens from the newest end to the oldest and back are the branch, whatever their size", async () => {
  const faults = await inPage(async () => {
    const faults = [];
    const { memory, id } = await openConversation();
    await memory.addMessages(id, talk(150));
    const check = async (what) => {
      const all = (await memory.getMessages(id, { limit: 1000 })).map((message) => message.id);
      for (const limit of [1, 7, 50, 149, 150, 151]) {
        const back = [];
        let [screen, last] = [await memory.getThread(id, { limit })];
        if (screen.after !== undefined) faults.push(`${what}: something is newer than the newest`);
        for (;;) {
          if (screen.messages.length > limit) faults.push(`${what}: more than ${limit}`);
          back.unshift(...screen.messages.map((message) => message.id));
          last = screen;
          if (screen.before === undefined) break;
          screen = await memory.getThread(id, { before: screen.before, limit });
        }
        if (back.join() !== all.join()) faults.push(`${what}: back by ${limit}`);
        const forth = last.messages.map((message) => message.id);
        for (screen = last; screen.after !== undefined; ) {
          screen = await memory.getThread(id, { after: screen.after, limit });
          forth.push(...screen.messages.map((message) => message.id));
        }
        if (forth.join() !== all.join()) faults.push(`${what}: forth by ${limit}`);
      }
    };
    await check("without branches");
    const messages = await memory.getMessages(id);
    await memory.addMessages(id, [{ role: "assistant", content: "instead", parentId: messages[40].id }, ...talk(30)]);
    await check("on a branch");
    await memory.switchBranch(id, messages[60].id);
    await check("on the other branch");
    return faults;
  });
  assert.deepEqual(faults, []);
});

test("each message says where it stands among its alternatives, also the first", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const says = (name, parentId) => ({ id: name, role: "user", content: name, ...(parentId !== undefined && { parentId }) });
    await memory.addMessages(id, [says("a"), says("b"), says("c"), says("b2", "a"), says("b3", "a"), says("d"), says("a2", null), says("e")]);
    const siblings = async () => (await memory.getThread(id)).messages.map(({ id, siblings }) => [id, siblings.index, siblings.count, siblings.ids.join()]);
    const active = await siblings();
    await memory.switchBranch(id, "b2");
    const tree = await memory.getTree(id);
    const conversation = await memory.getConversation(id);
    const { memory: other, id: simple } = await openConversation();
    await other.addMessages(simple, talk(2));
    return { active, other: await siblings(), headId: tree.headId === conversation.headId, tree: tree.messages.map(({ id, parentId }) => [id, parentId]), simple: (await other.getThread(simple)).messages.map(({ siblings }) => [siblings.index, siblings.count, siblings.ids.length]) };
  });
  assert.deepEqual(seen.active, [["a2", 1, 2, "a,a2"], ["e", 0, 1, "e"]]);
  assert.deepEqual(seen.other, [["a", 0, 2, "a,a2"], ["b2", 1, 3, "b,b2,b3"]]);
  assert.equal(seen.headId, true);
  assert.deepEqual(seen.tree, [["a", undefined], ["b", "a"], ["c", "b"], ["b2", "a"], ["b3", "a"], ["d", "b3"], ["a2", undefined], ["e", "a2"]]);
  assert.deepEqual(seen.simple, [[0, 1, 1], [0, 1, 1]]);
});

test("cursors that are none, and messages that are gone", async () => {
  const codes = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, talk(5));
    const { before } = await memory.getThread(id, { limit: 2 });
    const other = await memory.createConversation();
    await memory.addMessages(other.id, talk(5));
    const calls = [{ before: "x" }, { after: "" }, { before, after: before }, { limit: -1 }, { before: 3 }, null].map((options) => [id, options]);
    const codes = [];
    for (const [conversation, options] of [...calls, [other.id, { before }], [id, { before: "99.x" }], ["nowhere", {}]]) {
      codes.push((await failure(() => memory.getThread(conversation, options))).code);
    }
    codes.push((await failure(() => memory.getTree("nowhere"))).code, (await memory.getThread(id, { limit: 0 })).messages.length);
    return codes;
  });
  assert.deepEqual(codes, [...Array(6).fill("invalid-input"), ...Array(4).fill("not-found"), 0]);
});

test("an answer under way is part of the screen, in another tab too", async () => {
  const seen = await withTabs(2, async ([one, two]) => {
    const id = await one.evaluate(async () => {
      const { ConversationAgent } = await import("conversation-memory");
      const manager = await openMemory();
      const model = { async generate(prompt, { onDelta }) {
        onDelta("half of ".repeat(300));
        await new Promise((resolve) => (globalThis.end = resolve));
        return { text: "half of ".repeat(300) };
      } };
      const { id } = await manager.createConversation();
      globalThis.turn = new ConversationAgent({ manager, model }).processQuery("Go on", { conversationId: id });
      return id;
    });
    const during = await two.evaluate(async (id) => {
      globalThis.memory = await openMemory();
      for (;;) {
        const thread = await memory.getThread(id);
        if (thread.arriving) return { ...thread, first: thread.messages[0].id };
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }, id);
    const messageId = await one.evaluate(async () => {
      end();
      return (await turn).messageId;
    });
    const after = await two.evaluate((id) => memory.getThread(id), id);
    return { during, after, messageId };
  });
  assert.equal(seen.during.arriving.messageId, seen.messageId);
  assert.equal(seen.during.arriving.parentId, seen.during.first);
  assert.ok(seen.during.arriving.content.startsWith("half of half of"));
  assert.equal(seen.after.arriving, undefined);
  assert.equal(seen.after.messages.at(-1).id, seen.messageId);
});

test("cursors hold when the branch is switched between two screens, and when a waiting question moves", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const says = (name, parentId) => ({ id: name, role: "user", content: name, ...(parentId && { parentId }) });
    await memory.addMessages(id, ["a", "b", "c", "d", "e"].map((name) => says(name)));
    const { before } = await memory.getThread(id, { limit: 2 });
    const screen = await memory.getThread(id, { before, limit: 2 });
    await memory.addMessages(id, [says("B", "a"), says("C")]);
    const names = ({ messages }) => messages.map(({ id }) => id);
    const behind = await memory.getThread(id, { after: screen.after });
    const older = await memory.getThread(id, { before: screen.before });
    await memory.addMessage(id, { ...says("root"), parentId: null });
    const elsewhere = await memory.getThread(id, { after: screen.after });

    const { ConversationAgent } = await import("conversation-memory");
    const { id: other } = await memory.createConversation();
    let answer;
    const model = { generate: ({ messages }) => new Promise((resolve) => (answer = () => resolve({ text: `to ${messages.at(-1).content}` }))) };
    const agent = new ConversationAgent({ manager: memory, model });
    const turns = ["one", "two"].map((query) => agent.processQuery(query, { conversationId: other }));
    while ((await memory.getMessages(other)).length < 2 || !answer) await new Promise((resolve) => setTimeout(resolve, 20));
    const waiting = await memory.getThread(other, { limit: 1 });
    answer = void answer();
    while ((await memory.getMessages(other)).length < 3 || !answer) await new Promise((resolve) => setTimeout(resolve, 20));
    const moved = await memory.getThread(other, { before: waiting.before });
    answer();
    await Promise.all(turns);
    return { screen: names(screen), behind: names(behind), older: names(older), elsewhere: [names(elsewhere), elsewhere.before], moved: moved.messages.map(({ content }) => content) };
  });
  assert.deepEqual(seen, { screen: ["b", "c"], behind: ["B", "C"], older: ["a"], elsewhere: [["root"], undefined], moved: ["one", "to one"] });
});
