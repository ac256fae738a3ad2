// What products other than ChatGPT and Claude export, and what of theirs recall and prompts know, through the public face.
import assert from "node:assert/strict";
import { test } from "node:test";
import { claude, fixture, importer, linesOf, numberedChat, titlesOf } from "./support/foreign.mjs";
import { pagesForThisFile } from "./support/page.mjs";
import { zip } from "./support/zip-writer.mjs";

const { inPage } = pagesForThisFile();
const importEach = importer(inPage);

const names = ["chatgpt-search", "deepseek", "gemini", "grok", "librechat", "nextchat", "open-webui"];
const texts = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await fixture(name)])));
const spoken = ({ messages }) => messages.map(({ role, content }) => `${role}: ${content}`);

test("a conversation of ChatGPT with thoughts and searches reads as its person saw it", async () => {
  const { file } = await importEach({ file: `[${texts["chatgpt-search"]}]` });
  assert.deepEqual(file.report, { conversations: 1, messages: 4, skipped: 0, problems: [] });
  const [conversation] = file.conversations;
  assert.equal(conversation.pinned, true);
  assert.deepEqual(spoken(conversation), [
    "user: When is high water in Harlow Bay tomorrow?",
    "assistant: High water is at 06:12 and 18:40. ([Harbour office](https://harlow.example/tides))\n\nThe harbour office publishes the table.",
    "user: And the day after?",
    "assistant: At 06:58 and",
  ]);
  assert.deepEqual(conversation.messages.map(({ status }) => status), ["complete", "complete", "complete", "interrupted"]);
  const { reasoning, model, chatgpt } = conversation.messages[1].metadata;
  assert.match(reasoning, /^Looking for a table\n/);
  assert.deepEqual([model, chatgpt.model_slug, chatgpt.default_model_slug], ["gpt-5-2-thinking", "gpt-5-2-thinking", "gpt-5-2"]);
});

test("exports of other products are known by their shape, with their branches", async () => {
  const found = await importEach({
    deepseek: `[${texts.deepseek}]`,
    grok: texts.grok,
    librechat: texts.librechat,
    nextchat: texts.nextchat,
    "open-webui": `[${texts["open-webui"]}]`,
  });
  const expected = {
    deepseek: [["Kites"], 3, ["user: Which knot holds a kite?", "assistant: A bowline."]],
    grok: [["Trains"], 3, ["user: When does the night train leave?", "assistant: At eleven on Sundays."]],
    librechat: [["Stars"], 4, ["user: Which star is that?", "assistant: Sirius.", "user: How far is it?"]],
    nextchat: [["Empty", "Soup"], 4, ["user: How much salt?", "assistant: A pinch.", "user: Like this?", "assistant: Yes, th"]],
    "open-webui": [["Bread"], 3, ["user: How long does dough rise?", "assistant: One to two hours."]],
  };
  for (const [kind, [titles, messages, said]] of Object.entries(expected)) {
    const { report, error, conversations } = found[kind];
    assert.equal(error, undefined, kind);
    assert.deepEqual(report, { conversations: titles.length, messages, skipped: 0, problems: [] }, kind);
    assert.deepEqual(titlesOf({ conversations }), titles, kind);
    assert.deepEqual(spoken(conversations.find(({ messageCount }) => messageCount > 0)), said, kind);
  }
  assert.deepEqual([found.grok, found["open-webui"], found.deepseek].map(({ conversations }) => conversations[0].pinned), [true, true, false]);
});

test("activities in Gemini become conversations where they follow closely, those elsewhere are told once", async () => {
  const activities = JSON.parse(texts.gemini);
  const mixed = [...activities, ...activities.slice(-1)];
  const { one, again, mixed: many, later, none } = await importEach(
    {
      one: JSON.stringify(activities.slice(0, -1)),
      again: JSON.stringify(activities.slice(0, -1)),
      mixed: JSON.stringify(mixed, null, 1),
      later: JSON.stringify([{ ...activities[0], title: "Prompted Thanks.", time: "2026-05-02T08:30:00.000Z", safeHtmlItem: [] }, ...activities.slice(0, -1)]),
      none: JSON.stringify(activities.slice(-1)),
    },
    { together: true },
  );
  assert.deepEqual(one.report, { conversations: 2, messages: 6, skipped: 0, problems: [] });
  assert.deepEqual(titlesOf(one), ["How often do I water herbs?", "Is chalk a stone?"]);
  const herbs = one.conversations.find(({ title }) => title.includes("herbs"));
  assert.deepEqual(spoken(herbs), [
    "user: How often do I water herbs?",
    "assistant: Every day.",
    "user: And in winter?",
    "assistant: Less & rarely:\n\n- basil\n- thyme",
  ]);
  assert.equal(herbs.messages[2].createdAt, "2026-05-02T08:20:00.000Z");
  assert.deepEqual(again.report, { conversations: 0, messages: 0, skipped: 6, problems: [] });
  assert.deepEqual(many.report.problems.map(({ reason }) => reason), ["2 activities that are not of Gemini are left out"]);
  assert.deepEqual([later.report.conversations, later.report.messages, later.report.skipped], [0, 1, 6]);
  assert.match(none.error.message, /an activity that is not of Gemini/);
});

test("the archives of other products have their own names", async () => {
  const found = await importEach({
    grok: zip([{ name: "ttl/30d/export_data/u/prod-grok-backend.json", data: texts.grok }, { name: "ttl/30d/export_data/u/prod-mc-billing.json", data: "{}" }]),
    gemini: zip([{ name: "Takeout/我的活動/Gemini Apps/我的活動.json", data: texts.gemini }, { name: "Takeout/我的活動/Search/我的活動.json", data: "[1]" }]),
    deepseek: zip([{ name: "conversations.json", data: `[${texts.deepseek}]` }, { name: "user.json", data: "{}" }]),
    claude: zip([{ name: "conversations/0193.json", data: JSON.stringify(claude) }]),
  });
  const titles = Object.fromEntries(Object.entries(found).map(([kind, outcome]) => [kind, titlesOf(outcome)]));
  assert.deepEqual(titles, { grok: ["Trains"], gemini: ["How often do I water herbs?", "Is chalk a stone?"], deepseek: ["Kites"], claude: ["Sorting seeds"] });
});

test("a list in an object is read element by element, and problems have the lines of the file", async () => {
  const list = (before, chats, after) => `\ufeff{\n "conversations": ${before}[\n${chats.map((chat) => JSON.stringify(chat)).join(",\n")}\n]${after}`;
  const chats = [numberedChat(1), { no: "chat" }, numberedChat(2)];
  const found = await importEach({
    first: list("", chats, ', "projects": [{"name": "x"}], "tasks": ["]"]}'),
    torn: list("", chats, ""),
    second: JSON.stringify({ projects: [], conversations: chats }),
    "not torn": list("", chats, "").slice(0, -1),
  });
  for (const kind of Object.keys(found)) assert.deepEqual(titlesOf(found[kind]), ["Chat 1", "Chat 2"], kind);
  assert.deepEqual([linesOf(found.first), linesOf(found.torn), linesOf(found.second)], [[4], [4], [1]]);
  assert.deepEqual(linesOf(found["not torn"]).length, 2);
});

test("what cannot be read is refused with what can, and what cannot yet", async () => {
  const { file } = await importEach({ file: '{"threads": []}' });
  assert.equal(file.error.code, "invalid-input");
  const { message } = file.error;
  for (const name of ["ChatGPT", "Claude", "DeepSeek", "Gemini", "Grok", "LibreChat", "NextChat", "Open WebUI", "Perplexity"]) assert.ok(message.includes(name), name);
  assert.match(message, /cannot be read yet/);
});

test("the text of an attached file is found by prompts, and one large file does not oust the rest", async () => {
  const said = (uuid, sender, text, beside) => ({ uuid, sender, text, created_at: "2026-02-01T00:00:00Z", ...beside });
  const file = { file_name: "plan.txt", extracted_content: `The password is heron. ${"filler ".repeat(100_000)}` };
  const chat = {
    ...numberedChat(1),
    chat_messages: [said("a", "human", "I am Ada."), said("b", "assistant", "Hello Ada."), said("c", "human", "Read this.", { attachments: [file] }), said("d", "assistant", "I did.")],
  };
  const found = await inPage(async (text) => {
    const memory = await openMemory();
    const report = await memory.importAll(new Blob([text]));
    const { messages } = await memory.buildPrompt("chat-1", "Who am I?");
    return { report, prompt: JSON.stringify(messages), repaired: await memory.repair() };
  }, JSON.stringify([chat]));
  assert.deepEqual(found.report.problems, []);
  assert.match(found.prompt, /\[plan\.txt\]\\nThe password is heron/);
  assert.match(found.prompt, /I am Ada/);
  assert.deepEqual(found.repaired, { rebuilt: 0, damaged: [] });
});

test("after an import of anything there is nothing to repair", async () => {
  const whole = Object.entries(texts).map(([name, text]) => [name, name === "gemini" ? text : `[${text}]`]);
  const found = await inPage(async (files) => {
    const found = {};
    for (const [name, text] of files) {
      const memory = await openMemory(name);
      const { conversations } = await memory.importAll(new Blob([text]));
      found[name] = { conversations, ...(await memory.repair()) };
    }
    return found;
  }, whole);
  for (const [name, { conversations, rebuilt, damaged }] of Object.entries(found)) {
    assert.ok(conversations > 0, name);
    assert.deepEqual({ rebuilt, damaged }, { rebuilt: 0, damaged: [] }, name);
  }
});
