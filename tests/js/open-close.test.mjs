// Opening and closing: several memories side by side, and what is left after close().
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { launchProfile, onlyIn } from "./support/engine.mjs";
import { onThisThread, pagesForThisFile, servePages } from "./support/page.mjs";

const { inPage, withPage } = pagesForThisFile();

test("a memory knows whose it is, and the database has the name asked for", async () => {
  const seen = await inPage(async () => {
    const memory = await openMemory("user-1");
    const names = (await indexedDB.databases()).map((database) => database.name);
    return { userId: memory.userId, isManager: memory instanceof ConversationManager, named: names.includes(databaseName) };
  });
  assert.deepEqual(seen, { userId: "user-1", isManager: true, named: true });
});

test("without a name the database is called conversation-memory", async () => {
  const names = await inPage(async () => {
    await ConversationManager.open({ userId: "user-1" });
    return (await indexedDB.databases()).map((database) => database.name);
  });
  assert.deepEqual(names, ["conversation-memory"]);
});

test("several users on one database and one user on several databases stay apart", async () => {
  const titles = await inPage(async () => {
    const spaces = {
      first: await openMemory("user-1"),
      otherUser: await openMemory("user-2"),
      otherDatabase: await openMemory("user-1", { databaseName: `${databaseName}-b` }),
    };
    for (const [name, memory] of Object.entries(spaces)) await memory.createConversation({ title: name });
    const found = {};
    for (const [name, memory] of Object.entries(spaces)) {
      found[name] = (await memory.listConversations()).map((conversation) => conversation.title);
    }
    return found;
  });
  assert.deepEqual(titles, { first: ["first"], otherUser: ["otherUser"], otherDatabase: ["otherDatabase"] });
});

test("two managers of the same user see each other's writes at once", async () => {
  const seen = await inPage(async () => {
    const [writer, reader] = [await openMemory(), await openMemory()];
    const { id } = await writer.createConversation({ title: "shared" });
    await writer.addMessage(id, { role: "user", content: "hello" });
    return [(await reader.getConversation(id)).messageCount, (await reader.getMessages(id))[0].content];
  });
  assert.deepEqual(seen, [1, "hello"]);
});

test("ten opens at once of a new database all work and make the two personas once", async () => {
  const seen = await inPage(async () => {
    const memories = await Promise.all(Array.from({ length: 10 }, () => openMemory()));
    await Promise.all(memories.map((memory, index) => memory.createConversation({ title: `from ${index}` })));
    const { personas, users } = await storedRecords();
    const titles = (await memories[0].listConversations()).map((conversation) => conversation.title);
    return { personas: personas.map((persona) => persona.name).sort(), users: users.length, titles: titles.sort() };
  });
  assert.deepEqual(seen.personas, ["digital_twin_designer", "transformation_analyst"]);
  assert.equal(seen.users, 1);
  assert.deepEqual(seen.titles, Array.from({ length: 10 }, (_, index) => `from ${index}`));
});

test("after close() every method rejects with closed", async () => {
  const codes = await inPage(async () => {
    const { memory, id } = await openConversation();
    const message = await memory.addMessage(id, { role: "assistant", content: "an answer" });
    const answers = {};
    for (const [name, call] of Object.entries(everyCall)) {
      if (name !== "deleteConversation") await call(memory, id, message.id);
    }
    await memory.close();
    for (const [name, call] of Object.entries(everyCall)) answers[name] = await codeOf(() => call(memory, id, message.id));
    return answers;
  });
  for (const [name, code] of Object.entries(codes)) assert.equal(code, "closed", name);
});

test("the list of calls used here names every method there is", async () => {
  const [methods, calls] = await inPage(() => {
    const methods = new Set();
    for (let at = ConversationManager.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
      for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
        // Those that are no call: subscribe() answers at once, see subscribe.test.mjs.
        if (typeof value === "function" && !["constructor", "close", "subscribe"].includes(name)) methods.add(name);
      }
    }
    return [[...methods], Object.keys(everyCall)];
  });
  assert.deepEqual(methods.sort(), calls.sort());
});

test("close() ends one manager only, can be called twice, and what was stored is there on the next open", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const other = await openMemory();
    await memory.addMessage(id, { role: "user", content: "kept" });
    await memory.close();
    await memory.close();
    const again = await openMemory();
    return {
      other: (await other.getMessages(id)).map((message) => message.content),
      again: (await again.getMessages(id)).map((message) => message.content),
    };
  });
  assert.deepEqual(seen, { other: ["kept"], again: ["kept"] });
});

test("close() with a write on its way: the write is either stored or rejected, never half done", async () => {
  const rounds = await inPage(async () => {
    const results = [];
    for (let round = 0; round < 20; round += 1) {
      const { memory, id } = await openConversation();
      const write = codeOf(() => memory.addMessages(id, numbered(100)));
      await memory.close();
      const code = await write;
      const again = await openMemory();
      const { messageCount } = await again.getConversation(id);
      const found = (await again.getMessages(id)).length;
      await again.close();
      results.push({ code, messageCount, found });
    }
    return results;
  });
  for (const { code, messageCount, found } of rounds) {
    assert.ok(["none", "closed"].includes(code), code);
    assert.deepEqual([messageCount, found], code === "none" ? [100, 100] : [0, 0]);
  }
});

test("close() closes every connection to the database that was opened", onThisThread, async () => {
  const { whileOpen, afterwards } = await inPage(async () => {
    const requests = [];
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (...parts) {
      const request = open.apply(this, parts);
      requests.push(request);
      return request;
    };
    const isOpen = ({ result }) => {
      try {
        return Boolean(result.transaction("users"));
      } catch {
        return false;
      }
    };
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "user", content: "hello" });
    const whileOpen = requests.filter(isOpen).length;
    await memory.close();
    return { whileOpen, afterwards: requests.filter(isOpen).length };
  });
  assert.ok(whileOpen > 0, "no connection was seen");
  assert.equal(afterwards, 0);
});

test("everything is still there after the page is reloaded", async () => {
  await withPage(async (page) => {
    const before = await page.evaluate(async () => {
      const { memory, id } = await openConversation();
      await memory.addMessages(id, numbered(150));
      await memory.definePersona({ name: "librarian", displayName: "Librarian", systemPrompt: "You are a librarian." });
      return { id, messages: await memory.getMessages(id, { limit: 1000 }), personas: await memory.listPersonas() };
    });
    await page.reload();
    const after = await page.evaluate(async (id) => {
      const memory = await openMemory();
      return { id, messages: await memory.getMessages(id, { limit: 1000 }), personas: await memory.listPersonas() };
    }, before.id);
    assert.equal(after.messages.length, 150);
    assert.deepEqual(after, before);
  });
});

const withProfile = onlyIn(["chromium", "firefox"], "keep a profile when a driver started it");
for (const durability of ["relaxed", "strict"]) {
  test(`everything is still there after the browser is closed and started again (${durability})`, withProfile, async () => {
    const profile = await mkdtemp(join(tmpdir(), "conversation-memory-profile-"));
    const server = await servePages();
    const address = `${server.url.replace(/\/$/, "")}/page.html?database=kept`;
    const inNewBrowser = async (work, argument) => {
      const context = await launchProfile(profile);
      try {
        const page = await context.newPage();
        await page.goto(address);
        return await page.evaluate(work, argument);
      } finally {
        await context.close();
      }
    };
    try {
      const id = await inNewBrowser(async (durability) => {
        const { memory, id } = await openConversation("user-1", { durability });
        await memory.addMessage(id, { role: "user", content: "still there" });
        await memory.close();
        return id;
      }, durability);
      const contents = await inNewBrowser(
        async (id) => (await (await openMemory()).getMessages(id)).map((message) => message.content),
        id,
      );
      assert.deepEqual(contents, ["still there"]);
    } finally {
      await server.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    }
  });
}

test("writes wait for the disk when strict durability is asked for, and only then", onThisThread, async () => {
  const seen = await inPage(async () => {
    const { transaction } = IDBDatabase.prototype;
    let durabilities;
    IDBDatabase.prototype.transaction = function (...parts) {
      const begun = transaction.apply(this, parts);
      if (begun.mode === "readwrite") durabilities.add(begun.durability);
      return begun;
    };
    const seen = {};
    for (const durability of [undefined, "relaxed", "strict"]) {
      durabilities = new Set();
      const { memory, id } = await openConversation(`user-${durability}`, { durability });
      await memory.addMessage(id, { role: "user", content: "hello" });
      seen[durability] = [...durabilities];
    }
    return seen;
  });
  assert.ok(!seen.undefined.includes("strict"), `${seen.undefined}`);
  assert.ok(!seen.relaxed.includes("strict"), `${seen.relaxed}`);
  assert.deepEqual(seen.strict, ["strict"]);
});

test('storage: "memory" in a browser works and leaves nothing behind', async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation("user-1", { storage: "memory" });
    await memory.addMessage(id, { role: "user", content: "hello" });
    const count = (await memory.getConversation(id)).messageCount;
    await memory.close();
    const again = await openMemory("user-1", { storage: "memory" });
    return { count, left: await again.listConversations(), databases: await indexedDB.databases() };
  });
  assert.deepEqual(seen, { count: 1, left: [], databases: [] });
});
