// Reading a conversation in parts, over several stored pages of messages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

const contents = (from, to) => Array.from({ length: Math.max(0, to - from) }, (_, index) => `message ${from + index}`);

test("getMessages: limit is 100 and offset 0 unless given, and any part is a part of the whole", async () => {
  const cuts = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, numbered(300));
    const pages = [undefined, {}, { limit: undefined, offset: undefined }, { offset: 250 }, { limit: 0 }, { limit: 1000 }];
    for (const offset of [0, 1, 63, 64, 65, 127, 128, 191, 192, 255, 256, 257, 298, 299, 300, 301, 5000]) {
      for (const limit of [1, 2, 63, 64, 65, 128, 130, 300]) pages.push({ limit, offset });
    }
    pages.push({ limit: 2 ** 32 + 1 }, { offset: 2 ** 32 }, { limit: Number.MAX_SAFE_INTEGER, offset: 299 });
    const cuts = [];
    for (const page of pages) {
      cuts.push({ ...page, found: (await memory.getMessages(id, page)).map((message) => message.content) });
    }
    return cuts;
  });
  assert.equal(cuts.length, 145);
  for (const { limit = 100, offset = 0, found } of cuts) {
    assert.deepEqual(found, contents(offset, Math.min(300, offset + limit)), `limit ${limit}, offset ${offset}`);
  }
});

test("the parts are the same when the messages came one by one, in batches, or large and small", async () => {
  const problems = await inPage(async () => {
    const memory = await openMemory();
    const single = (await memory.createConversation()).id;
    for (const message of numbered(150)) await memory.addMessage(single, message);
    const batches = (await memory.createConversation()).id;
    for (let from = 0; from < 150; from += 7) await memory.addMessages(batches, numbered(Math.min(7, 150 - from), from));
    const mixed = (await memory.createConversation()).id;
    const sized = numbered(150).map(({ role, content }, index) => ({
      role,
      content: index % 5 === 0 ? `${content} `.padEnd(20_000, "x") : content,
    }));
    for (const message of sized) await memory.addMessage(mixed, message);
    const problems = [];
    for (const [name, id] of Object.entries({ single, batches, mixed })) {
      const all = await memory.getMessages(id, { limit: 1000 });
      if (all.length !== 150) problems.push(`${name}: ${all.length} messages`);
      all.forEach((message, seq) => {
        if (message.seq !== seq || !message.content.startsWith(`message ${seq}`)) problems.push(`${name}: ${seq}`);
      });
      for (let offset = 0; offset < 160; offset += 9) {
        const part = await memory.getMessages(id, { limit: 40, offset });
        if (exact(part) !== exact(all.slice(offset, offset + 40))) problems.push(`${name}: 40 from ${offset}`);
      }
      for (const count of [1, 10, 64, 65, 129, 200]) {
        const newest = await memory.getRecentMessages(id, count);
        if (exact(newest) !== exact(all.slice(-count))) problems.push(`${name}: newest ${count}`);
      }
    }
    return problems;
  });
  assert.deepEqual(problems, []);
});

test("getRecentMessages gives the newest, oldest of them first", async () => {
  const cuts = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, numbered(200));
    const cuts = [];
    for (const count of [0, 1, 2, 8, 63, 64, 65, 199, 200, 201, 2 ** 32]) {
      cuts.push([count, (await memory.getRecentMessages(id, count)).map((message) => message.content)]);
    }
    return cuts;
  });
  for (const [count, found] of cuts) assert.deepEqual(found, contents(Math.max(0, 200 - count), 200), `newest ${count}`);
});

test("getRecentMessages without a count gives the newest few", async () => {
  const found = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, numbered(200));
    return (await memory.getRecentMessages(id)).map((message) => message.content);
  });
  assert.ok(found.length > 0 && found.length < 200, `${found.length} messages`);
  assert.deepEqual(found, contents(200 - found.length, 200));
});

test("an empty conversation has no messages, an unknown one is not-found", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const unknown = "01890000-0000-7000-8000-000000000000";
    return [
      await memory.getMessages(id),
      await memory.getRecentMessages(id),
      await codeOf(() => memory.getMessages(unknown)),
      await codeOf(() => memory.getRecentMessages(unknown)),
    ];
  });
  assert.deepEqual(seen, [[], [], "not-found", "not-found"]);
});
