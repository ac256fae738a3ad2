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
