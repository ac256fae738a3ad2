// buildConversationContext: the exact text.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

/** The context of a conversation with these messages. */
const contextOf = (messages, options) =>
  inPage(
    async ([messages, options]) => {
      const { memory, id } = await openConversation();
      await memory.addMessages(id, messages);
      return memory.buildConversationContext(id, options);
    },
    [messages, options],
  );

test("an empty conversation has no history", async () => {
  assert.equal(await contextOf([]), "No previous conversation history.");
});

test("each role has its name, one message a line, in order", async () => {
  const context = await contextOf([
    { role: "system", content: "Be brief." },
    { role: "user", content: "How healthy is education?" },
    { role: "tool", content: '{"health": 72}' },
    { role: "assistant", content: "72 of 100." },
  ]);
  assert.equal(
    context,
    'System: Be brief.\nUser: How healthy is education?\nTool: {"health": 72}\nAssistant: 72 of 100.',
  );
});

test("the newest 10 messages, not the oldest, unless another number is given", async () => {
  const contexts = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, numbered(200));
    const contexts = {};
    for (const maxMessages of [1, 3, 64, 65, 199, 500, 2 ** 32]) {
      contexts[maxMessages] = await memory.buildConversationContext(id, { maxMessages });
    }
    const byDefault = [undefined, {}, { maxMessages: undefined, maxCharacters: undefined }];
    return { contexts, byDefault: await Promise.all(byDefault.map((options) => memory.buildConversationContext(id, options))) };
  });
  const newest = (count) => Array.from({ length: count }, (_, index) => `User: message ${200 - count + index}`).join("\n");
  for (const context of contexts.byDefault) assert.equal(context, newest(10));
  for (const [count, context] of Object.entries(contexts.contexts)) {
    assert.equal(context, newest(Math.min(200, Number(count))), `${count} messages`);
  }
});

test("no messages asked for: no history", async () => {
  assert.equal(await contextOf([{ role: "user", content: "x" }], { maxMessages: 0 }), "No previous conversation history.");
});

test("200 characters stay whole, the 201st is cut off with three dots", async () => {
  const [whole, cut, emoji] = ["x".repeat(200), "x".repeat(201), "🙂".repeat(200)];
  const context = await contextOf([whole, cut, emoji, `${emoji}🙂`].map((content) => ({ role: "assistant", content })));
  assert.equal(context, [whole, `${whole}...`, emoji, `${emoji}...`].map((text) => `Assistant: ${text}`).join("\n"));
});

test("content of several lines is taken as it is, and a message without text makes no line", async () => {
  const context = await contextOf([
    { role: "user", content: "" },
    { role: "assistant", content: "two\nlines " },
    { role: "user", content: "ab cd" },
  ]);
  assert.equal(context, "Assistant: two\nlines \nUser: ab cd");
});

test("nothing is trimmed where a text is cut, and 0 characters leave the dots", async () => {
  const message = { role: "user", content: "ab cd" };
  assert.equal(await contextOf([message], { maxCharacters: 3 }), "User: ab ...");
  assert.equal(await contextOf([message, { role: "user", content: "" }], { maxCharacters: 0 }), "User: ...");
});

test("a cut never falls inside a grapheme", async () => {
  const cuts = [
    ["ab👨‍👩‍👧‍👦cd", 2, "ab..."],
    ["ab👨‍👩‍👧‍👦cd", 3, "ab..."],
    ["ab👨‍👩‍👧‍👦cd", 8, "ab..."],
    ["ab👨‍👩‍👧‍👦cd", 9, "ab👨‍👩‍👧‍👦..."],
    ["ab👨‍👩‍👧‍👦cd", 10, "ab👨‍👩‍👧‍👦c..."],
    ["ab👨‍👩‍👧‍👦cd", 11, "ab👨‍👩‍👧‍👦cd"],
    ["👨‍👩‍👧‍👦", 6, "..."],
    ["🇩🇪🇫🇷", 1, "..."],
    ["🇩🇪🇫🇷", 2, "🇩🇪..."],
    ["🇩🇪🇫🇷", 3, "🇩🇪..."],
    ["🇩🇪🇫🇷", 4, "🇩🇪🇫🇷"],
    ["e\u0301x", 1, "..."],
    ["e\u0301x", 2, "e\u0301..."],
    ["e\u0301x", 3, "e\u0301x"],
    ["\u1112\u1161\u11ab\u1100\u1173\u11af", 2, "..."],
    ["\u1112\u1161\u11ab\u1100\u1173\u11af", 3, "\u1112\u1161\u11ab..."],
    ["\u1112\u1161\u11ab\u1100\u1173\u11af", 5, "\u1112\u1161\u11ab..."],
    ["\u1112\u1161\u11ab\u1100\u1173\u11af", 6, "\u1112\u1161\u11ab\u1100\u1173\u11af"],
    ["a\r\nb", 2, "a..."],
    ["a\r\nb", 3, "a\r\n..."],
    ["👍🏽x", 1, "..."],
    ["👍🏽x", 2, "👍🏽..."],
    ["#️⃣x", 2, "..."],
    ["#️⃣x", 3, "#️⃣..."],
    // Longer than what is looked at of a text first.
    [`ab${"e" + "\u0301".repeat(700)}cd`, 400, "ab..."],
    ["🇩🇪".repeat(300), 401, `${"🇩🇪".repeat(200)}...`],
    [`a${"👩\u200d".repeat(300)}👩b`, 301, "a..."],
    ["漢字".repeat(300), 401, `${"漢字".repeat(200)}漢...`],
  ];
  const found = await inPage(async (cuts) => {
    const memory = await openMemory();
    const found = [];
    for (const [content, maxCharacters] of cuts) {
      const { id } = await memory.createConversation();
      await memory.addMessage(id, { role: "user", content });
      found.push([content, maxCharacters, (await memory.buildConversationContext(id, { maxCharacters })).replace("User: ", "")]);
    }
    return found;
  }, cuts);
  assert.deepEqual(found, cuts);
});

test("the browser's own grapheme segmenter agrees on 400 random texts", async () => {
  const wrong = await inPage(async () => {
    const parts = ["a", " ", "\n", "\r", "é", "\u0301", "\u0308", "\u200d", "\ufe0f", "🙂", "👩", "🏽", "🇩", "🇪", "🇫"];
    parts.push("\u1100", "\u1161", "\u11a8", "가", "क", "्", "ष", "ि", "\u0e33", "\u0600", "\u{e0067}", "❤", "#", "\u20e3");
    let seed = 11; // a small generator, so that every run makes the same texts
    const random = (below) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const text = () => Array.from({ length: random(20) }, () => parts[random(parts.length)]).join("");
    const contents = Array.from({ length: 400 }, () => `x${text()}`);
    const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
    const cut = (content, limit) => {
      if ([...content].length <= limit) return content;
      let kept = "";
      for (const { segment } of segmenter.segment(content)) {
        if ([...kept, ...segment].length > limit) break;
        kept += segment;
      }
      return `${kept}...`;
    };
    const { memory, id } = await openConversation();
    const wrong = [];
    await memory.addMessages(id, contents.map((content) => ({ role: "tool", content })));
    for (let maxCharacters = 0; maxCharacters <= 20; maxCharacters += 1) {
      const expected = contents.map((content) => `Tool: ${cut(content, maxCharacters)}`).join("\n");
      const found = await memory.buildConversationContext(id, { maxMessages: 400, maxCharacters });
      if (found === expected) continue;
      const place = [...found].findIndex((character, index) => character !== [...expected][index]);
      wrong.push(`${maxCharacters}: ${exact([...found].slice(place - 20, place + 5).join(""))}`);
    }
    return wrong;
  });
  assert.deepEqual(wrong, []);
});

test("an unknown conversation is not-found", async () => {
  const code = await inPage(async () => {
    const memory = await openMemory();
    return codeOf(() => memory.buildConversationContext("01890000-0000-7000-8000-000000000000"));
  });
  assert.equal(code, "not-found");
});
