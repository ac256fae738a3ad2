// How a conversation gets its title.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

/** The title of a new conversation after these messages. */
const titleAfter = (messages, options) =>
  inPage(
    async ([messages, options]) => {
      const memory = await openMemory();
      const { id } = await memory.createConversation(options);
      for (const message of messages) await memory.addMessage(id, message);
      return (await memory.getConversation(id)).title;
    },
    [messages, options],
  );
const user = (content) => ({ role: "user", content });
const family = "👨‍👩‍👧‍👦"; // 7 code points, one character to its reader

test("the first user message names the conversation; 50 characters stay whole, 51 are cut", async () => {
  const cases = {
    "How healthy is education?": "How healthy is education?",
    ["x".repeat(50)]: "x".repeat(50),
    ["x".repeat(51)]: `${"x".repeat(50)}...`,
    ["🙂".repeat(50)]: "🙂".repeat(50),
    ["🙂".repeat(51)]: `${"🙂".repeat(50)}...`,
    [`${"x".repeat(43)}${family}`]: `${"x".repeat(43)}${family}`,
    [`${"x".repeat(43)}${family}y`]: `${"x".repeat(43)}${family}...`,
    [`${"x".repeat(44)}${family}y`]: `${"x".repeat(44)}...`,
    [`${"x".repeat(49)}e\u0301y`]: `${"x".repeat(49)}...`,
    [`${"x".repeat(49)}🇩🇪🇫🇷`]: `${"x".repeat(49)}...`,
  };
  const titles = await inPage(async (contents) => {
    const memory = await openMemory();
    const titles = {};
    for (const content of contents) {
      const { id } = await memory.createConversation();
      await memory.addMessage(id, { role: "user", content });
      titles[content] = (await memory.getConversation(id)).title;
    }
    return titles;
  }, Object.keys(cases));
  assert.deepEqual(titles, cases);
});

test("only a user message names it, and only the first", async () => {
  const others = ["assistant", "system", "tool"].map((role) => ({ role, content: `from ${role}` }));
  assert.equal(await titleAfter(others), "New Conversation");
  assert.equal(await titleAfter([...others, user("first"), user("second")]), "first");
});

test("a title given at the start, or by renaming, stays", async () => {
  assert.equal(await titleAfter([user("first")], { title: "given" }), "given");
  const renamed = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.renameConversation(id, "renamed");
    await memory.addMessage(id, { role: "user", content: "first" });
    return (await memory.getConversation(id)).title;
  });
  assert.equal(renamed, "renamed");
});

test("a blank first user message leaves it unnamed", async () => {
  assert.equal(await titleAfter([user(" \n\t\u3000")]), "New Conversation");
  assert.equal(await titleAfter([user("")]), "New Conversation");
});

test("in a batch, too, the first user message names it", async () => {
  const title = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, [
      { role: "system", content: "rules" },
      { role: "user", content: "first" },
      { role: "user", content: "second" },
    ]);
    return (await memory.getConversation(id)).title;
  });
  assert.equal(title, "first");
});

test("lone surrogates in titles become U+FFFD", async () => {
  const titles = await inPage(async () => {
    const memory = await openMemory();
    const created = await memory.createConversation({ title: "a\ud800b" });
    const renamed = await memory.renameConversation(created.id, "\udfff");
    const named = await memory.createConversation();
    await memory.addMessage(named.id, { role: "user", content: "x\ud83d" });
    return [created.title, renamed.title, (await memory.getConversation(named.id)).title];
  });
  assert.deepEqual(titles, ["a\ufffdb", "\ufffd", "x\ufffd"]);
});

test("a title may have 500 characters and not one more", async () => {
  const codes = await inPage(async () => {
    const { memory, id } = await openConversation();
    const codes = [];
    for (const length of [500, 501]) {
      codes.push(await codeOf(() => memory.renameConversation(id, "x".repeat(length))));
      codes.push(await codeOf(() => memory.createConversation({ title: "🙂".repeat(length) })));
    }
    return codes;
  });
  assert.deepEqual(codes, ["none", "none", "invalid-input", "invalid-input"]);
});
