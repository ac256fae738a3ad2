// parentId makes a branch; reading follows the active one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("answering an earlier message makes a branch, which becomes the active one", async () => {
  const { branch, afterBranch, afterMore, back, conversation } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const trunk = await memory.addMessages(id, numbered(4));
    const read = async () => (await memory.getMessages(id)).map((message) => message.content);
    const branch = await memory.addMessage(id, { role: "user", content: "instead", parentId: trunk[1].id });
    const afterBranch = await read();
    await memory.addMessage(id, { role: "assistant", content: "after instead" });
    const afterMore = await read();
    await memory.addMessage(id, { role: "user", content: "back", parentId: trunk[3].id });
    return { branch, afterBranch, afterMore, back: await read(), conversation: await memory.getConversation(id) };
  });
  assert.equal(branch.seq, 4);
  assert.deepEqual(afterBranch, ["message 0", "message 1", "instead"]);
  assert.deepEqual(afterMore, ["message 0", "message 1", "instead", "after instead"]);
  assert.deepEqual(back, ["message 0", "message 1", "message 2", "message 3", "back"]);
  assert.equal(conversation.messageCount, 7, "all messages of all branches");
});

test("headId is the newest message of the active branch, parentId the message before", async () => {
  const { head, messages, trunk } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const trunk = await memory.addMessages(id, numbered(3));
    await memory.addMessages(id, [
      { role: "user", content: "instead", parentId: trunk[0].id },
      { role: "assistant", content: "after instead" },
    ]);
    return { head: (await memory.getConversation(id)).headId, messages: await memory.getMessages(id), trunk };
  });
  assert.deepEqual(messages.map((message) => message.content), ["message 0", "instead", "after instead"]);
  assert.deepEqual(messages.map((message) => message.parentId), [undefined, trunk[0].id, messages[1].id]);
  assert.equal(head, messages[2].id);
});

test("branches over many stored pages: parts, newest and context follow the active branch", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const trunk = await memory.addMessages(id, numbered(300));
    const branch = numbered(100).map(({ role }, index) => ({ role, content: `branch ${index}` }));
    branch[0].parentId = trunk[9].id;
    await memory.addMessages(id, branch);
    const read = (messages) => messages.map((message) => message.content);
    return {
      all: read(await memory.getMessages(id, { limit: 1000 })),
      part: read(await memory.getMessages(id, { limit: 4, offset: 8 })),
      end: read(await memory.getMessages(id, { limit: 100, offset: 108 })),
      newest: read(await memory.getRecentMessages(id, 102)),
      context: await memory.buildConversationContext(id, { maxMessages: 101 }),
      count: (await memory.getConversation(id)).messageCount,
    };
  });
  const trunk = Array.from({ length: 10 }, (_, index) => `message ${index}`);
  const branch = Array.from({ length: 100 }, (_, index) => `branch ${index}`);
  assert.deepEqual(seen.all, [...trunk, ...branch]);
  assert.deepEqual(seen.part, ["message 8", "message 9", "branch 0", "branch 1"]);
  assert.deepEqual(seen.end, ["branch 98", "branch 99"]);
  assert.deepEqual(seen.newest, ["message 8", "message 9", ...branch]);
  assert.equal(seen.context, ["message 9", ...branch].map((content) => `User: ${content}`).join("\n"));
  assert.equal(seen.count, 400);
});

test("branches of branches: reading is what following parentId by hand gives", async () => {
  const problems = await inPage(async () => {
    const { memory, id } = await openConversation();
    const known = [];
    const problems = [];
    let seed = 7; // a small generator, so that every run makes the same tree
    const random = (below) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 150; round += 1) {
      const message = { role: "user", content: `message ${round}` };
      if (known.length > 0 && random(4) === 0) message.parentId = known[random(known.length)].id;
      known.push(await memory.addMessage(id, message));
      if (round % 10 !== 9) continue;
      const byId = new Map(known.map((message) => [message.id, message]));
      const expected = [];
      for (let at = known.at(-1); at; at = byId.get(at.parentId)) expected.unshift(at);
      if (exact(await memory.getMessages(id, { limit: 1000 })) !== exact(expected)) problems.push(`whole after ${round}`);
      const part = exact(expected.slice(2, 7));
      if (exact(await memory.getMessages(id, { limit: 5, offset: 2 })) !== part) problems.push(`part after ${round}`);
      if (exact(await memory.getRecentMessages(id, 6)) !== exact(expected.slice(-6))) problems.push(`newest after ${round}`);
    }
    return problems;
  });
  assert.deepEqual(problems, []);
});

test("a parent that is not in this conversation is not-found, and nothing is stored", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const other = await memory.createConversation();
    const elsewhere = await memory.addMessage(other.id, { role: "user", content: "elsewhere" });
    const stranger = (await openConversation("user-2")).id;
    const foreign = await (await openMemory("user-2")).addMessage(stranger, { role: "user", content: "foreign" });
    const codes = [];
    for (const parentId of ["01890000-0000-7000-8000-000000000000", "", elsewhere.id, foreign.id]) {
      codes.push(await codeOf(() => memory.addMessage(id, { role: "user", content: "x", parentId })));
    }
    return { codes, count: (await memory.getConversation(id)).messageCount, messages: await memory.getMessages(id) };
  });
  assert.deepEqual(seen, { codes: Array(4).fill("not-found"), count: 0, messages: [] });
});

test("the alternatives of a message are listed, and switching goes to the newest continuation", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const [question, first] = await memory.addMessages(id, numbered(80));
    const second = await memory.addMessage(id, { role: "assistant", content: "second", parentId: question.id });
    await memory.addMessage(id, { role: "user", content: "thanks" });
    const listed = await Promise.all([question, first, second].map((one) => memory.listBranches(id, one.id)));
    const contents = async () => (await memory.getMessages(id)).map(({ content }) => content);
    const active = [await contents()];
    const before = await memory.getConversation(id);
    const switched = [];
    for (const one of [first, second, question]) {
      switched.push(await memory.switchBranch(id, one.id));
      active.push(await contents());
    }
    const other = await openMemory();
    const kept = await other.getConversation(id);
    return { listed: listed.map((list) => list.map(({ content }) => content)), active, before, switched, kept };
  });
  assert.deepEqual(seen.listed, [["message 0"], ["message 1", "second"], ["message 1", "second"]]);
  const trunk = Array.from({ length: 80 }, (_, index) => `message ${index}`);
  const branch = ["message 0", "second", "thanks"];
  assert.deepEqual(seen.active, [branch, trunk, branch, branch]);
  assert.deepEqual(seen.kept, seen.switched[2]);
  for (const { updatedAt, messageCount } of seen.switched) {
    assert.deepEqual([updatedAt, messageCount], [seen.before.updatedAt, 82]);
  }
});

test("a fork has copies of the history up to the message, and is on its own", async () => {
  const { copies, originals, fork, from, lists } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const metadata = { exact: [-0, "\ud800"], ["__proto__"]: 1 };
    await memory.addMessage(id, { role: "user", content: "a question", metadata });
    const originals = (await memory.addMessages(id, numbered(70))).slice(0, 64);
    const fork = await memory.forkConversation(id, originals.at(-1).id);
    const copies = await memory.getMessages(fork.id);
    await memory.addMessage(fork.id, { role: "user", content: "only here" });
    const lists = [await memory.getMessages(id), await memory.getMessages(fork.id)].map((list) => list.length);
    return { copies: copies.map((copy) => ({ ...copy, metadata: exact(copy.metadata) })), originals, fork, from: await memory.getConversation(id), lists };
  });
  assert.deepEqual(lists, [71, 66]);
  assert.equal(copies[0].metadata, '{"exact":["negative zero","\\ud800"],"__proto__":1}');
  assert.deepEqual(copies.slice(1).map(({ content, createdAt }) => [content, createdAt]), originals.map(({ content, createdAt }) => [content, createdAt]));
  assert.equal(new Set([...copies, ...originals].map(({ id }) => id)).size, 129);
  assert.ok(copies.every(({ conversationId }) => conversationId === fork.id));
  assert.deepEqual([fork.title, fork.personaName, fork.messageCount, fork.headId], [from.title, from.personaName, 65, copies.at(-1).id]);
  assert.notEqual(fork.id, from.id);
});
