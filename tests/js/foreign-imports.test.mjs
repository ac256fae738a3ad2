// What ChatGPT and Claude export, through the public face.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chatgpt, chatgptText, claude, claudeText, importer, linesOf, numberedChat, titlesOf } from "./support/foreign.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();
const importEach = importer(inPage);

/** Messages as "role: content". */
const spoken = (messages) => messages.map(({ role, content }) => `${role}: ${content}`);

test("a conversation from ChatGPT: title, times, active branch, roles and what was beside the text", async () => {
  const { file } = await importEach({ file: `[${chatgptText}]` });
  assert.deepEqual(file.report, { conversations: 1, messages: 5, skipped: 0, problems: [] });
  const [{ messages, ...conversation }] = file.conversations;
  assert.deepEqual(conversation, {
    id: "6924-chat",
    userId: "file",
    personaName: "transformation_analyst",
    title: "Rain over the valley",
    createdAt: "2025-11-24T16:00:00.125Z",
    updatedAt: "2025-11-24T16:15:00.500Z",
    messageCount: 5,
    headId: "answer-1",
    pinned: false,
  });
  assert.deepEqual(spoken(messages), [
    "user: This is my rain gauge.\n\nHow much is in it?",
    "assistant: 30 mm.",
  ]);
  assert.deepEqual(
    messages.map(({ id }) => id),
    ["ask", "answer-1"],
  );
  assert.ok(messages.every(({ status, conversationId }) => status === "complete" && conversationId === "6924-chat"));
  assert.equal(messages[0].createdAt, "2025-11-24T16:01:40.000Z");
  assert.equal(messages[0].metadata.chatgpt.parts[0].asset_pointer, "file-service://file-gauge");
  const { reasoning, model, chatgpt: beside } = messages[1].metadata;
  assert.deepEqual([reasoning, model], ["Reading the scale\nThe mark is at 12.", "o3"]);
  assert.deepEqual(beside.steps[0], {
    content: { language: "unknown", response_format_name: null },
    content_type: "code",
    model_slug: "o3",
    recipient: "python",
    text: "print(12 * 2.5)",
  });
  assert.equal(beside.steps[1].text, "30.0");
  assert.deepEqual(file.told.at(-1), { done: Buffer.byteLength(`[${chatgptText}]`), total: Buffer.byteLength(`[${chatgptText}]`) });
  assert.ok(file.told.every(({ done, total }) => done <= total));
});

test("a conversation from Claude: title, times, active branch, roles and what was beside the text", async () => {
  const { file } = await importEach({ file: `[${claudeText}]` });
  assert.deepEqual(file.report, { conversations: 1, messages: 5, skipped: 0, problems: [] });
  const [{ messages, ...conversation }] = file.conversations;
  assert.deepEqual(
    [conversation.id, conversation.title, conversation.createdAt, conversation.updatedAt, conversation.headId],
    ["0193-chat", "Sorting seeds", "2026-03-01T08:00:00.000Z", "2026-03-01T08:30:00.500Z", "h2-edited"],
  );
  assert.equal(conversation.messageCount, 5);
  assert.deepEqual(spoken(messages), ["user: Sort these.\n\n[seeds.txt]\nbean\napple", "assistant: I will sort.\n\nDone.", "user: By size, please."]);
  assert.equal(messages[0].createdAt, "2026-03-01T08:00:01.987Z");
  assert.equal(messages[0].metadata.claude.attachments[0].extracted_content, "bean\napple");
  assert.deepEqual(
    messages[1].metadata.claude.content.map(({ type }) => type),
    ["tool_use", "tool_result", "text"],
  );
  assert.equal(messages[1].metadata.reasoning, "They want an order.");
  assert.deepEqual(messages[2].metadata, {});
});

test("the other branches are there to list and to switch to", async () => {
  const found = await inPage(
    async (text) => {
      const memory = await openMemory();
      await memory.importAll(new Blob([text]));
      const ids = async (call) => (await call).map(({ id }) => id);
      const found = {
        questions: await ids(memory.listBranches("6924-chat", "ask")),
        answers: await ids(memory.listBranches("6924-chat", "answer-1")),
        seeds: await ids(memory.listBranches("0193-chat", "h2")),
      };
      await memory.switchBranch("6924-chat", "ask-old");
      found.old = await ids(memory.getMessages("6924-chat"));
      await memory.switchBranch("6924-chat", "answer-2");
      found.other = await ids(memory.getMessages("6924-chat"));
      await memory.switchBranch("0193-chat", "h2");
      found.pasted = (await memory.getMessages("0193-chat")).map(({ id, content }) => [id, content]);
      // Importing again does not undo what was done here.
      const again = await memory.importAll(new Blob([text]));
      const heads = (await memory.listConversations()).map(({ headId }) => headId).sort();
      const { content } = await memory.addMessage("6924-chat", { role: "user", content: "And on the hill?" });
      const last = (await memory.getMessages("6924-chat")).at(-1).parentId;
      return { ...found, again, heads, content, last };
    },
    `[${chatgptText}, ${claudeText}]`,
  );
  assert.deepEqual(found.questions, ["ask-old", "ask"]);
  assert.deepEqual(found.answers, ["answer-1", "answer-2"]);
  assert.deepEqual(found.seeds, ["h2", "h2-edited"]);
  assert.deepEqual(found.old, ["ask-old", "answer-old"]);
  assert.deepEqual(found.other, ["ask", "answer-2"]);
  assert.deepEqual(found.pasted.slice(-2), [["h2", "A long paste"], ["a2", ""]]);
  assert.deepEqual(found.again, { conversations: 0, messages: 0, skipped: 10, problems: [] });
  assert.deepEqual(found.heads, ["a2", "answer-2"]);
  assert.deepEqual([found.content, found.last], ["And on the hill?", "answer-2"]);
});

test("importing again adds only what has come since, and the branch goes on with it", async () => {
  const later = structuredClone(chatgpt);
  const message = { author: { role: "user" }, create_time: 1764000130, content: { content_type: "text", parts: ["Thanks."] } };
  later.mapping["answer-2"].children = ["thanks"];
  later.mapping.thanks = { id: "thanks", parent: "answer-2", children: [], message };
  later.current_node = "thanks";
  const files = { first: chatgpt, again: chatgpt, later, laterAgain: later, first2: chatgpt };
  const texts = Object.entries(files).map(([name, conversation]) => [name, JSON.stringify([conversation])]);
  const found = await importEach(Object.fromEntries(texts), { together: true });
  const counts = ({ report }) => [report.conversations, report.messages, report.skipped, report.problems.length];
  assert.deepEqual(counts(found.first), [1, 5, 0, 0]);
  assert.deepEqual(found.again.conversations, found.first.conversations);
  assert.deepEqual(counts(found.again), [0, 0, 5, 0]);
  assert.deepEqual(counts(found.later), [0, 1, 5, 0]);
  assert.equal(found.later.conversations[0].messages.at(-1).content, "Thanks.");
  assert.equal(found.later.conversations[0].messages.at(-2).id, "answer-2");
  assert.deepEqual(counts(found.laterAgain), [0, 0, 6, 0]);
  assert.deepEqual(counts(found.first2), [0, 0, 5, 0]);
  assert.deepEqual(found.first2.conversations, found.later.conversations);
});

test("what was imported is exported and imported elsewhere as it is", async () => {
  const found = await inPage(
    async (text) => {
      const memory = await openMemory();
      await memory.importAll(new Blob([text]));
      const [file, other] = [await memory.exportAll(), await openMemory("somebody else")];
      const report = await other.importAll(file);
      const lines = async (blob) => (await blob.text()).split("\n").slice(1);
      return { report, before: await lines(file), after: await lines(await other.exportAll()) };
    },
    `[${chatgptText}, ${claudeText}]`,
  );
  assert.deepEqual(found.report, { conversations: 2, messages: 10, skipped: 0, problems: [] });
  assert.deepEqual(found.after, found.before);
});

test("what is damaged in a conversation is told with the line on which it begins, and costs nothing else", async () => {
  const [untimed, orphaned] = [structuredClone(claude), structuredClone(chatgpt)];
  Object.assign(untimed, { uuid: "untimed", name: 7, created_at: "yesterday" });
  untimed.chat_messages[1].sender = "critic";
  orphaned.mapping["ask-old"].parent = "gone";
  const text = ["[", JSON.stringify(numberedChat(1)), ",", JSON.stringify(untimed), ",", JSON.stringify(orphaned), "]"].join("\n");
  const { file } = await importEach({ file: text });
  assert.deepEqual([file.report.conversations, file.report.messages], [3, 11]);
  assert.deepEqual(linesOf(file), [4, 4, 4, 6, 6]);
  const reasons = file.report.problems.map(({ reason }) => reason);
  assert.match(reasons[0], /"a1": who speaks is unknown/);
  assert.match(reasons[1], /title/);
  assert.match(reasons[2], /time/);
  assert.match(reasons[3], /parent "gone" is not in this conversation/);
  assert.deepEqual(titlesOf(file), ["Chat 1", "Rain over the valley", "Sort these."]);
  const [{ messages, createdAt }] = file.conversations.filter(({ id }) => id === "untimed");
  assert.equal(createdAt, "2026-03-01T08:00:01.987Z", "that of its first message");
  assert.deepEqual([messages[1].role, messages[1].metadata.claude.role], ["system", "critic"]);
});

test("what is too much or too deep beside a text costs neither the text nor anything else", async () => {
  const message = (id, beside) => ({ uuid: id, sender: "human", text: `text of ${id}`, created_at: "2026-02-01T00:00:00Z", ...beside });
  let deep = {};
  for (let level = 0; level < 2_000; level += 1) deep = { deep };
  const pasted = { file_name: "big.txt", extracted_content: "x".repeat(1_100_000) };
  const chat_messages = [
    message("pasted", { attachments: [pasted] }),
    message("called", { content: [{ type: "text", text: "text of called" }, { type: "tool_use", name: "draw", input: { path: "é".repeat(600_000) } }] }),
    message("deep", { content: [{ type: "text", text: "text of deep" }, { type: "tool_use", name: "draw", input: deep }] }),
    message("last"),
  ];
  const parts = [{ content_type: "image_asset_pointer", note: "x".repeat(1_100_000) }, "What is this?"];
  const shown = { id: "shown", parent: null, children: [], message: { id: "shown", author: { role: "user" }, content: { content_type: "multimodal_text", parts } } };
  const files = {
    claude: JSON.stringify([{ ...numberedChat(1), chat_messages }]),
    chatgpt: JSON.stringify([{ id: "seen", title: "Seen", create_time: 1_700_000_000, current_node: "shown", mapping: { shown } }]),
  };
  const { claude: found, chatgpt: seen } = await importEach(files);
  const [{ messages }] = found.conversations;
  assert.deepEqual(messages.map(({ id }) => id), ["pasted", "called", "deep", "last"]);
  for (const { id, content } of messages) assert.ok(content.startsWith(`text of ${id}`), id);
  assert.ok(found.report.problems.some(({ reason }) => /"called": .* left out, because there is more than 1 MiB/.test(reason)));
  assert.ok(found.report.problems.some(({ reason }) => /of message deep is left out: metadata must be nested at most 1000 levels/.test(reason)));
  assert.match(seen.conversations[0].messages[0].content, /What is this\?/);
  assert.equal(seen.report.problems.length, 1);
});

test("a conversation without a title is named by its first question", async () => {
  const named = (uuid, name, text) => ({ ...numberedChat(1, text), uuid, name });
  const chats = [named("none", null, "Name me"), named("blank", "", `${"long ".repeat(20)}`), named("wordless", "", " ")];
  const { file } = await importEach({ file: JSON.stringify(chats) });
  assert.deepEqual(titlesOf(file), ["Name me", "New Conversation", `${"long ".repeat(10)}...`]);
});

test("a signal that was aborted before stops an import before anything is stored", async () => {
  const { error, left } = await inPage(async (text) => {
    const memory = await openMemory();
    const error = await failure(() => memory.importAll(new Blob([text]), { signal: AbortSignal.abort() }));
    return { error, left: await memory.listConversations() };
  }, `[${claudeText}]`);
  assert.equal(error.code, "aborted");
  assert.deepEqual(left, []);
});
