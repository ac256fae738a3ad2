// Conversations: create, read, list, rename, pin, delete, summaries.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";
import { isoTime, uuid7 } from "./support/shapes.mjs";

const { inPage } = pagesForThisFile();

test("a new conversation has all its fields and no others", async () => {
  const [created, found, unknown] = await inPage(async () => {
    const memory = await openMemory();
    const created = await memory.createConversation();
    const unknown = "01890000-0000-7000-8000-000000000000";
    return [created, await memory.getConversation(created.id), await memory.getConversation(unknown)];
  });
  const { id, createdAt, updatedAt, ...rest } = created;
  assert.match(id, uuid7);
  assert.match(createdAt, isoTime);
  assert.equal(updatedAt, createdAt);
  assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000, createdAt);
  assert.deepEqual(rest, {
    userId: "user-1",
    personaName: "transformation_analyst",
    title: "New Conversation",
    messageCount: 0,
    pinned: false,
  });
  assert.deepEqual(found, created);
  assert.equal(unknown, undefined);
});

test("identifiers sort by time", async () => {
  const ids = await inPage(async () => {
    const memory = await openMemory();
    const ids = [];
    for (let round = 0; round < 20; round += 1) {
      ids.push((await memory.createConversation()).id);
      await laterMillisecond();
    }
    return ids;
  });
  assert.deepEqual([...ids].sort(), ids);
});

test("an identifier that is no UUID belongs to no conversation", async () => {
  const found = await inPage(async () => {
    const memory = await openMemory();
    const ids = ["", "x", "🙂", "__proto__", "0".repeat(10_000)];
    return Promise.all(ids.map(async (id) => [await memory.getConversation(id), await memory.deleteConversation(id)]));
  });
  for (const pair of found) assert.deepEqual(pair, [undefined, false]);
});

test("conversations are listed most recently updated first, and a message moves one to the front", async () => {
  const { created, moved } = await inPage(async () => {
    const memory = await openMemory();
    const made = [];
    for (const title of ["first", "second", "third"]) {
      made.push(await memory.createConversation({ title }));
      await laterMillisecond();
    }
    const titles = async () => (await memory.listConversations()).map((conversation) => conversation.title);
    const created = await titles();
    await memory.addMessage(made[0].id, { role: "user", content: "hello" });
    return { created, moved: await titles() };
  });
  assert.deepEqual(created, ["third", "second", "first"]);
  assert.deepEqual(moved, ["first", "third", "second"]);
});

test("limit is 50 unless given; offset skips; any limit and offset cut the same one list", async () => {
  const { all, byDefault, cuts, far } = await inPage(async () => {
    const memory = await openMemory();
    for (let index = 0; index < 120; index += 1) {
      await memory.createConversation({ title: `c${index}` });
      if (index % 10 === 0) await laterMillisecond();
    }
    const titles = async (page) => (await memory.listConversations(page)).map((conversation) => conversation.title);
    const pages = [{ limit: 0 }, { limit: 1 }, { limit: 7, offset: 60 }, { limit: 50, offset: 100 }, { offset: 119 }];
    pages.push({ offset: 120 }, { limit: 10, offset: 500 }, { offset: 3 }, { limit: undefined, offset: undefined });
    const cuts = [];
    for (const page of pages) cuts.push({ ...page, titles: await titles(page) });
    const far = [(await titles({ limit: 2 ** 32 })).length, (await titles({ offset: 2 ** 32 })).length];
    return { all: await titles({ limit: 1000 }), byDefault: await titles(), cuts, far };
  });
  assert.deepEqual(all, Array.from({ length: 120 }, (_, index) => `c${119 - index}`));
  assert.deepEqual(byDefault, all.slice(0, 50));
  for (const { limit = 50, offset = 0, titles } of cuts) {
    assert.deepEqual(titles, all.slice(offset, offset + limit), `limit ${limit}, offset ${offset}`);
  }
  assert.deepEqual(far, [120, 0], "2^32 is a large limit, not 0");
});

test("rename and pin are saved and do not move updatedAt", async () => {
  const { before, renamed, pinned, found, unpinned } = await inPage(async () => {
    const { memory, conversation: before, id } = await openConversation();
    await laterMillisecond();
    const renamed = await memory.renameConversation(id, "Ünïcode 🙂 title");
    const pinned = await memory.pinConversation(id, true);
    await memory.close();
    const again = await openMemory();
    return { before, renamed, pinned, found: await again.getConversation(id), unpinned: await again.pinConversation(id, false) };
  });
  assert.deepEqual(renamed, { ...before, title: "Ünïcode 🙂 title" });
  assert.deepEqual(pinned, { ...renamed, pinned: true });
  assert.deepEqual(found, pinned);
  assert.deepEqual(unpinned, renamed);
});

test("deleting removes the conversation and all its messages from the object stores, and nothing else", async () => {
  const { deleted, again, left, other, gone, before } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const kept = await memory.createConversation({ title: "kept" });
    for (let index = 0; index < 10; index += 1) {
      await memory.addMessages(id, numbered(30, index * 30));
      await memory.addMessages(kept.id, numbered(30, index * 30));
    }
    const before = await storedRecords();
    const deleted = await memory.deleteConversation(id);
    const left = await storedRecords();
    return {
      deleted,
      left,
      before,
      gone: id,
      again: await memory.deleteConversation(id),
      other: (await memory.getMessages(kept.id, { limit: 1000 })).length,
    };
  });
  assert.deepEqual([deleted, again], [true, false]);
  assert.ok(JSON.stringify(before).includes(gone), "the search below would find nothing in any case");
  assert.ok(!JSON.stringify(left).includes(gone), "something of the deleted conversation is left");
  assert.equal(before.pages.length, 2 * left.pages.length);
  assert.equal(left.conversations.length, 1);
  assert.equal(other, 300);
});

test("a deleted conversation is missing in every call", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const message = await memory.addMessage(id, { role: "assistant", content: "an answer" });
    await memory.deleteConversation(id);
    return {
      get: await memory.getConversation(id),
      summary: await memory.getConversationSummary(id),
      list: await memory.listConversations(),
      summaries: await memory.listConversationSummaries(),
      messages: await codeOf(() => memory.getMessages(id)),
      add: await codeOf(() => memory.addMessage(id, { role: "user", content: "too late" })),
      update: await codeOf(() => memory.updateMessageMetadata(id, message.id, {})),
      pages: (await storedRecords()).pages,
    };
  });
  assert.deepEqual(seen, {
    get: undefined,
    summary: undefined,
    list: [],
    summaries: [],
    messages: "not-found",
    add: "not-found",
    update: "not-found",
    pages: [],
  });
});

test("summaries carry the persona's display name and the count, in the order of the list", async () => {
  const { one, list, page, conversation } = await inPage(async () => {
    const memory = await openMemory();
    await memory.createConversation({ title: "older", persona: "digital_twin_designer" });
    await laterMillisecond();
    const { id } = await memory.createConversation({ title: "newer" });
    await memory.addMessages(id, numbered(70));
    return {
      one: await memory.getConversationSummary(id),
      list: await memory.listConversationSummaries(),
      page: await memory.listConversationSummaries({ limit: 1, offset: 1 }),
      conversation: await memory.getConversation(id),
    };
  });
  const { id, title, createdAt, updatedAt } = conversation;
  assert.deepEqual(one, { id, title, persona: "Transformation Analyst", messageCount: 70, createdAt, updatedAt });
  assert.deepEqual(list.map(({ title, persona, messageCount }) => [title, persona, messageCount]), [
    ["newer", "Transformation Analyst", 70],
    ["older", "Digital Twin Designer", 0],
  ]);
  assert.deepEqual(list[0], one);
  assert.deepEqual(page, [list[1]]);
});

test("a summary follows a change of the persona's display name", async () => {
  const persona = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.definePersona({ name: "transformation_analyst", displayName: "Renamed", systemPrompt: "" });
    return (await memory.getConversationSummary(id)).persona;
  });
  assert.equal(persona, "Renamed");
});

test("a list is paged by its last conversation, whatever comes between two pages", async () => {
  const seen = await inPage(async () => {
    const memory = await openMemory();
    for (let index = 0; index < 25; index += 1) await memory.createConversation({ title: `number ${index}` });
    const all = await memory.listConversations({ limit: 100 });
    const paged = async (list, limit, between) => {
      const pages = [];
      for (let page = await list({ limit }); page.length > 0; page = await list({ limit, before: page.at(-1) })) {
        pages.push(...page);
        await between?.(page);
      }
      return pages.map(({ id }) => id);
    };
    const whole = [];
    for (const limit of [1, 4, 25, 26]) {
      whole.push((await paged((page) => memory.listConversations(page), limit)).join() === all.map(({ id }) => id).join());
      whole.push((await paged((page) => memory.listConversationSummaries(page), limit)).join() === all.map(({ id }) => id).join());
    }
    const behind = await memory.listConversations({ before: all[3], offset: 2, limit: 3 });
    // One of the page that was shown is updated, and the last of it is deleted: what stands behind comes all the same.
    const moved = await paged((page) => memory.listConversations(page), 5, async (page) => {
      if (page[1]) await memory.addMessage(page[1].id, { role: "user", content: "on top" });
      if (page.length > 1) await memory.deleteConversation(page.at(-1).id);
    });
    const failures = [];
    for (const before of [null, 3, {}, { id: 3, updatedAt: all[0].updatedAt }, { id: "x", updatedAt: "yesterday" }]) {
      failures.push((await failure(() => memory.listConversations({ before }))).code);
    }
    return { whole, behind: behind.map(({ id }) => id), expected: all.slice(6, 9).map(({ id }) => id), lost: all.filter(({ id }) => !moved.includes(id)).length, failures, none: (await memory.listConversations({ before: { id: "x", updatedAt: "1999-01-01T00:00:00.000Z" } })).length };
  });
  assert.deepEqual(seen.whole, Array(8).fill(true));
  assert.deepEqual(seen.behind, seen.expected);
  assert.deepEqual([seen.lost, seen.none], [0, 0]);
  assert.deepEqual(seen.failures, Array(5).fill("invalid-input"));
});
