// Another user's conversation cannot be told from one that does not exist, in every call.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("every call on another user's conversation answers as for an unknown one, and changes nothing", async () => {
  const { differences, changed, answers } = await inPage(async () => {
    const { memory: owner, id } = await openConversation("user-1");
    const message = await owner.addMessage(id, {
      role: "assistant",
      content: "a secret",
      metadata: { entities: ["Education"] },
    });
    const before = exact(await owner.getMessages(id)) + exact(await owner.getConversation(id));
    const stranger = await openMemory("user-2");
    const unknown = { id: "01890000-0000-7000-8000-000000000000", messageId: "01890000-0000-7000-8000-000000000001" };
    const answer = async (call, conversationId, messageId) => {
      const { code, message } = await failure(() => call(stranger, conversationId, messageId));
      return `${code}: ${message}`.replaceAll(conversationId, "<conversation>").replaceAll(messageId, "<message>");
    };
    const withConversation = Object.entries(everyCall).filter(([, call]) => call.length >= 2);
    const differences = [];
    const answers = {};
    for (const [name, call] of withConversation) {
      const foreign = await answer(call, id, message.id);
      const missing = await answer(call, unknown.id, unknown.messageId);
      if (foreign !== missing) differences.push([name, foreign, missing]);
      answers[name] = foreign.split(":")[0];
    }
    const after = exact(await owner.getMessages(id)) + exact(await owner.getConversation(id));
    return { differences, changed: before !== after, answers };
  });
  assert.deepEqual(differences, []);
  assert.equal(changed, false);
  const resolving = ["getConversation", "getConversationSummary", "deleteConversation"];
  assert.equal(Object.keys(answers).length, 23);
  for (const [name, code] of Object.entries(answers)) {
    assert.equal(code, resolving.includes(name) ? "none" : "not-found", name);
  }
});

test("getConversation, getConversationSummary and deleteConversation of a foreign conversation", async () => {
  const seen = await inPage(async () => {
    const { id } = await openConversation("user-1");
    const stranger = await openMemory("user-2");
    return [
      await stranger.getConversation(id),
      await stranger.getConversationSummary(id),
      await stranger.deleteConversation(id),
      (await storedRecords()).conversations.length,
    ];
  });
  assert.deepEqual(seen, [undefined, undefined, false, 1]);
});

test("lists, personas and profiles show only one's own", async () => {
  const seen = await inPage(async () => {
    const first = await openMemory("user-1");
    await first.createConversation({ title: "mine", persona: "my_own" });
    await first.definePersona({ name: "transformation_analyst", displayName: "Changed", systemPrompt: "changed" });
    await first.updateUser({ fullName: "Some Body" });
    const second = await openMemory("user-2");
    return {
      conversations: await second.listConversations(),
      summaries: await second.listConversationSummaries(),
      persona: await second.getPersona("my_own"),
      personas: (await second.listPersonas()).map((persona) => persona.displayName).sort(),
      profile: (await second.getUser()).fullName,
    };
  });
  assert.deepEqual(seen, {
    conversations: [],
    summaries: [],
    persona: undefined,
    personas: ["Digital Twin Designer", "Transformation Analyst"],
    profile: undefined,
  });
});

test("users whose names are neighbours in any order of keys stay apart, in lists and in deletions", async () => {
  const users = ["a", "a\u0000", "a\u0000b", "a,", "a,b", "aa", "ab", "b", "A", "á", "a\u0301", "\uffff", "\u{10ffff}", "🙂"];
  const seen = await inPage(async (users) => {
    const memories = [];
    for (const user of users) {
      const { memory, id } = await openConversation(user);
      await memory.addMessages(id, numbered(70));
      await memory.renameConversation(id, `of ${user}`);
      memories.push({ user, memory, id });
    }
    const titles = [];
    for (const { memory } of memories) titles.push((await memory.listConversations()).map(({ title }) => title));
    const left = [];
    for (const { memory, id } of memories) {
      await memory.deleteConversation(id);
      const { conversations, pages } = await storedRecords();
      left.push([conversations.length, pages.length]);
    }
    return { titles, left, personas: await Promise.all(memories.map(async ({ memory }) => (await memory.listPersonas()).length)) };
  }, users);
  assert.deepEqual(seen.titles, users.map((user) => [`of ${user}`]));
  const pagesEach = seen.left[0][1] / (users.length - 1);
  assert.ok(pagesEach >= 2, "70 messages take two pages");
  assert.deepEqual(
    seen.left,
    users.map((_, index) => [users.length - 1 - index, (users.length - 1 - index) * pagesEach]),
  );
  assert.ok(seen.personas.every((count) => count === 2));
});
