// Messages: their fields, their content and what they do to the conversation.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";
import { isoTime, uuid7 } from "./support/shapes.mjs";

const { inPage } = pagesForThisFile();

test("a message has all its fields and no others; the second one follows the first", async () => {
  const { first, second, listed, conversation } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const first = await memory.addMessage(id, { role: "user", content: "a question" });
    const second = await memory.addMessage(id, { role: "assistant", content: "an answer", metadata: { tokens: 5 } });
    return { first, second, listed: await memory.getMessages(id), conversation: await memory.getConversation(id) };
  });
  const common = { conversationId: conversation.id, status: "complete" };
  const fields = ({ id, createdAt, ...rest }) => (assert.match(id, uuid7), assert.match(createdAt, isoTime), rest);
  assert.deepEqual(fields(first), { ...common, seq: 0, role: "user", content: "a question", metadata: {} });
  assert.deepEqual(fields(second), {
    ...common,
    seq: 1,
    role: "assistant",
    content: "an answer",
    metadata: { tokens: 5 },
    parentId: first.id,
  });
  assert.deepEqual(listed, [first, second]);
  assert.equal(conversation.messageCount, 2);
  assert.equal(conversation.headId, second.id);
});

test("all four roles are kept", async () => {
  const roles = await inPage(async () => {
    const { memory, id } = await openConversation();
    for (const role of ["system", "user", "assistant", "tool"]) await memory.addMessage(id, { role, content: role });
    return (await memory.getMessages(id)).map((message) => [message.role, message.content]);
  });
  assert.deepEqual(roles, ["system", "user", "assistant", "tool"].map((role) => [role, role]));
});

test("content comes back code unit for code unit", async () => {
  const different = await inPage(async () => {
    const contents = {
      empty: "",
      blank: " \t\r\n ",
      NUL: "before\u0000after",
      "all of ASCII": String.fromCharCode(...Array(128).keys()),
      "emoji of many parts": "👩🏽‍🚀 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👨‍👩‍👧‍👦",
      "highest code point": "\u{10ffff}",
      noncharacters: "\uffff\ufffe\ufdd0",
      "byte order mark": "\ufefftext",
      decomposed: "e\u0301 e\u0301",
      "composed and decomposed differ": "\u00e9",
      "right to left": "\u202eשלום مرحبا",
      "line separators": "a\u2028b\u2029c\u0085d",
      "one megabyte": "0123456789abcdef".repeat(65_536),
      "one megabyte of emoji": "🙂".repeat(262_144),
      HTML: "<script>alert(1)</script>",
      JSON: '{"__proto__":{"x":1}}',
      "replacement character": "\ufffd",
    };
    const { memory, id } = await openConversation();
    for (const content of Object.values(contents)) await memory.addMessage(id, { role: "user", content });
    await memory.close();
    const found = await (await openMemory()).getMessages(id);
    return Object.keys(contents).filter((name, index) => found[index].content !== contents[name]);
  });
  assert.deepEqual(different, []);
});

test("each lone surrogate becomes U+FFFD, whole pairs stay", async () => {
  const [returned, found] = await inPage(async () => {
    const { memory, id } = await openConversation();
    const contents = ["\ud800", "a\udfffb", "\ud83d\ud83d\ude42", "\udc00\ud800", "\ud83d\ude42"];
    const returned = await memory.addMessages(id, contents.map((content) => ({ role: "user", content })));
    const read = (messages) => messages.map((message) => message.content);
    return [read(returned), read(await memory.getMessages(id))];
  });
  assert.deepEqual(found, ["\ufffd", "a\ufffdb", "\ufffd🙂", "\ufffd\ufffd", "🙂"]);
  assert.deepEqual(returned, found);
});

test("content may be 8 MiB of UTF-8 and not one byte more", async () => {
  const codes = await inPage(async () => {
    const { memory, id } = await openConversation();
    const limit = 8 * 1024 * 1024;
    const contents = ["a".repeat(limit), "é".repeat(limit / 2), "a".repeat(limit + 1), `${"é".repeat(limit / 2)}a`];
    const codes = [];
    for (const content of contents) codes.push(await codeOf(() => memory.addMessage(id, { role: "user", content })));
    const found = await memory.getMessages(id);
    return [codes, found.map((message) => contents.indexOf(message.content))];
  });
  assert.deepEqual(codes, [["none", "none", "invalid-input", "invalid-input"], [0, 1]]);
});

test("updatedAt of the conversation moves with every message, to the time of the message", async () => {
  const { created, steps } = await inPage(async () => {
    const { memory, conversation, id } = await openConversation();
    const steps = [];
    for (const role of ["user", "assistant", "system", "tool"]) {
      await laterMillisecond();
      const message = await memory.addMessage(id, { role, content: "x" });
      steps.push([message.createdAt, (await memory.getConversation(id)).updatedAt]);
    }
    return { created: conversation, steps };
  });
  let last = created.updatedAt;
  for (const [createdAt, updatedAt] of steps) {
    assert.equal(updatedAt, createdAt);
    assert.ok(updatedAt > last, `${updatedAt} is not after ${last}`);
    last = updatedAt;
  }
});

test("times never run backwards within a conversation, and the order is that of seq", async () => {
  const messages = await inPage(async () => {
    const { memory, id } = await openConversation();
    for (let index = 0; index < 30; index += 1) await memory.addMessage(id, { role: "user", content: `${index}` });
    return memory.getMessages(id);
  });
  messages.forEach((message, index) => {
    assert.equal(message.seq, index);
    assert.equal(message.content, `${index}`);
    if (index > 0) assert.ok(message.createdAt >= messages[index - 1].createdAt);
  });
});

test("changing what a call returned changes nothing that is stored", async () => {
  const { found, conversation } = await inPage(async () => {
    const { memory, id } = await openConversation("user-1", { storage: "memory" });
    const metadata = { list: [1] };
    const message = await memory.addMessage(id, { role: "user", content: "kept", metadata });
    metadata.list.push(2);
    message.content = "changed";
    message.metadata.list.push(3);
    (await memory.getMessages(id))[0].content = "changed";
    (await memory.getConversation(id)).title = "changed";
    return { found: await memory.getMessages(id), conversation: await memory.getConversation(id) };
  });
  assert.equal(found[0].content, "kept");
  assert.deepEqual(found[0].metadata, { list: [1] });
  assert.equal(conversation.title, "kept");
});
