// deleteMessage: one message goes, without a trace; what followed it follows its parent.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const prepare = { content: await readFile(new URL("support/turns.js", import.meta.url), "utf8") };
const { inPage: page } = pagesForThisFile();
const inPage = (work) => page(work, undefined, { prepare });

test("what followed a deleted message follows its parent, and the conversation agrees", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const [q1, a1, q2, a2] = await memory.addMessages(id, talk(4));
    const deleted = await memory.deleteMessage(id, a1.id);
    const after = await memory.getMessages(id);
    const conversation = await memory.getConversation(id);
    // The end, and then the beginning.
    await memory.deleteMessage(id, a2.id);
    const { headId } = await memory.getConversation(id);
    await memory.deleteMessage(id, q1.id);
    const next = await memory.addMessage(id, { role: "assistant", content: "next" });
    return {
      deleted,
      twice: await memory.deleteMessage(id, a1.id),
      nobody: await memory.deleteMessage(id, "nobody"),
      unknown: await codeOf(() => memory.deleteMessage("nowhere", q1.id)),
      after: after.map(({ id, parentId, seq }) => [id, parentId, seq]),
      expected: [[q1.id, undefined, 0], [q2.id, q1.id, 2], [a2.id, q2.id, 3]],
      count: conversation.messageCount,
      headId: headId === q2.id,
      left: (await memory.getMessages(id)).map(({ id, parentId, seq }) => [id === q2.id || id === next.id, parentId === q2.id, seq]),
      tree: (await memory.getTree(id)).messages.length,
      context: await memory.buildConversationContext(id),
      repair: await memory.repair(),
    };
  });
  assert.deepEqual(seen, {
    deleted: true,
    twice: false,
    nobody: false,
    unknown: "not-found",
    after: seen.expected,
    expected: seen.expected,
    count: 3,
    headId: true,
    left: [[true, false, 2], [true, true, 4]],
    tree: 2,
    context: "User: message 2\nAssistant: next",
    repair: { rebuilt: 0, damaged: [] },
  });
});

test("the newest continuation of the parent becomes the head, and siblings are those that are left", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const [question, first] = await memory.addMessages(id, talk(2));
    const second = await memory.addMessage(id, { role: "assistant", content: "again", parentId: question.id });
    const third = await memory.addMessage(id, { role: "assistant", content: "once more", parentId: question.id });
    await memory.deleteMessage(id, second.id);
    const [, shown] = (await memory.getThread(id)).messages;
    await memory.deleteMessage(id, third.id);
    const { headId } = await memory.getConversation(id);
    // With its question gone, an answer begins the conversation.
    await memory.deleteMessage(id, question.id);
    const [left] = await memory.getMessages(id);
    return { siblings: shown.siblings, ids: [first.id, third.id], head: headId === first.id, left: [left.id === first.id, "parentId" in left] };
  });
  assert.deepEqual(seen.siblings, { index: 1, count: 2, ids: seen.ids });
  assert.deepEqual([seen.head, seen.left], [true, [true, false]]);
});

test("no trace is left of it: in no row, no title, no queue, no export", async () => {
  const { traces, title, queued, told } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const secret = "xyzzy plugh";
    const [question] = await memory.addMessages(id, [
      { role: "user", content: secret },
      { role: "assistant", content: "an answer" },
      { role: "user", content: "another question" },
    ]);
    const answer = (await memory.getMessages(id))[1];
    await memory.updateMessageMetadata(id, answer.id, { questionId: question.id, kept: 1 });
    await memory.updateMessage(id, question.id, { metadata: { beside: secret } });
    const told = [];
    memory.subscribe((change) => told.push([change.type, change.messageId === question.id]));
    await memory.deleteMessage(id, question.id);
    await until(() => told.some(([type]) => type === "message-deleted"));
    const rows = JSON.stringify(await storedRecords());
    const file = await (await memory.exportAll()).text();
    return {
      traces: [rows, file].map((text) => [text.includes("xyzzy"), text.includes(question.id), text.includes("kept")]),
      title: (await memory.getConversation(id)).title,
      queued: (await memory.getMessages(id)).length,
      told: told.filter(([type]) => type === "message-deleted"),
    };
  });
  assert.deepEqual(traces, [[false, false, true], [false, false, true]]);
  assert.deepEqual([title, queued, told], ["another question", 2, [["message-deleted", true]]]);
});

test("a turn whose question is deleted is over: one under way fails, one that waits leaves the queue", async () => {
  const seen = await inPage(async () => {
    const { memory, agent, calls } = await makeAgent();
    const turn = agent.processQuery("what is asked");
    await until(() => calls.length === 1);
    const [{ id }] = await memory.listConversations();
    const [asked] = await memory.getMessages(id);
    await memory.deleteMessage(id, asked.id);
    calls[0].end();
    const code = await codeOf(() => turn);
    setOnline(false);
    await codeOf(() => agent.processQuery("one that waits", { conversationId: id }));
    await codeOf(() => agent.processQuery("another", { conversationId: id }));
    const [waiting, other] = await memory.getMessages(id);
    await memory.deleteMessage(id, waiting.id);
    setOnline(true);
    const flushed = agent.flushQueue();
    await until(() => calls.length === 2);
    calls[1].end();
    await flushed;
    return { code, statuses: [waiting.status, other.status], active: await active(memory, id), faults: await faults(memory) };
  });
  assert.deepEqual(seen, { code: "not-found", statuses: ["queued", "queued"], active: ["another", "to another"], faults: [] });
});

test("a cursor at a deleted message goes on where it stood", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, numbered(9));
    const newest = await memory.getThread(id, { limit: 3 });
    await memory.deleteMessage(id, newest.messages[0].id);
    const read = ({ messages }) => messages.map(({ content }) => content);
    const older = await memory.getThread(id, { before: newest.before, limit: 3 });
    const newer = await memory.getThread(id, { after: newest.before, limit: 3 });
    return [read(older), read(newer)];
  });
  assert.deepEqual(seen, [["message 3", "message 4", "message 5"], ["message 7", "message 8"]]);
});
