// One test per error code that can arise here. Wrong arguments have files of their own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { onlyIn } from "./support/engine.mjs";
import { onThisThread, pagesForThisFile } from "./support/page.mjs";

const { inPage, withPage } = pagesForThisFile();

test("isMemoryError knows this package's errors from all others", async () => {
  const seen = await inPage(async () => {
    const memory = await openMemory();
    const error = await memory.getMessages("unknown").catch((reason) => reason);
    const others = [new Error("x"), new DOMException("x", "QuotaExceededError"), "closed", null, undefined, 5, {}, []];
    return {
      own: [isMemoryError(error), error instanceof Error, error.name, error.code, typeof error.stack],
      others: others.map((other) => isMemoryError(other)),
    };
  });
  assert.deepEqual(seen.own, [true, true, "MemoryError", "not-found", "string"]);
  assert.deepEqual(seen.others, Array(8).fill(false));
});

test("not-found: the message names what was looked for", async () => {
  const found = await inPage(async () => {
    const { memory, id } = await openConversation();
    const unknown = "01890000-0000-7000-8000-00000000abcd";
    return [
      await failure(() => memory.renameConversation(unknown, "x")),
      await failure(() => memory.updateMessageMetadata(id, unknown, {})),
    ];
  });
  for (const { code, message } of found) {
    assert.equal(code, "not-found");
    assert.match(message, /01890000-0000-7000-8000-00000000abcd/);
  }
  assert.deepEqual(
    found.map(({ record, argument }) => [record, argument]),
    Array(2).fill(["01890000-0000-7000-8000-00000000abcd", undefined]),
  );
  assert.match(found[0].message, /conversation/i);
  assert.match(found[1].message, /message/i);
});

test("invalid-input: the message names the argument and what would fit", async () => {
  const { wrong, tooLong } = await inPage(async () => {
    const { memory, id } = await openConversation();
    return {
      wrong: await failure(() => memory.addMessage(id, { role: "robot", content: "x" })),
      tooLong: await failure(() => memory.renameConversation(id, "x".repeat(501))),
    };
  });
  const { code, message, argument, record } = wrong;
  assert.equal(code, "invalid-input");
  for (const part of ["role", "robot", "user", "assistant", "system", "tool"]) assert.match(message, new RegExp(part));
  assert.deepEqual([argument, record], ["message.role", undefined], "found in JavaScript");
  assert.deepEqual([tooLong.code, tooLong.argument], ["invalid-input", "title"], "found in Rust");
});

test("storage-unavailable: the browser has no IndexedDB, or forbids it", onThisThread, async () => {
  const found = await inPage(async () => {
    const found = [];
    const prototype = IDBFactory.prototype;
    const { open } = prototype;
    prototype.open = () => {
      throw new DOMException("blocked by settings", "SecurityError");
    };
    found.push(await failure(() => openMemory()));
    prototype.open = open;
    const property = Object.getOwnPropertyDescriptor(globalThis, "indexedDB");
    Object.defineProperty(globalThis, "indexedDB", { value: undefined, configurable: true });
    found.push(await failure(() => openMemory()));
    Object.defineProperty(globalThis, "indexedDB", property);
    const memory = await openMemory();
    return [...found, { code: (await memory.listPersonas()).length === 2 ? "works again" : "broken", message: "" }];
  });
  assert.deepEqual(found.map(({ code }) => code), ["storage-unavailable", "storage-unavailable", "works again"]);
  assert.match(found[1].message, /memory/, "names the way out");
});

const withQuota = onlyIn(["chromium"], "be told how much room there is");
test("storage-full: nothing of the call is stored, and the memory works again when there is room", withQuota, async () => {
  await withPage(async (page) => {
    const devtools = await page.context().newCDPSession(page);
    const { origin } = new URL(page.url());
    // Before the first write, because the browser asks for the room that is left only now and then.
    await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1_000_000 });
    await page.evaluate(async () => {
      Object.assign(globalThis, await openConversation());
      await memory.addMessage(id, { role: "user", content: "kept" });
      globalThis.before = exact(await storedRecords());
    });
    const full = await page.evaluate(async () => {
      const large = Array.from({ length: 4 }, () => ({ role: "user", content: "x".repeat(1_000_000) }));
      const { code, message } = await failure(() => memory.addMessages(id, large));
      return { code, message, same: exact(await storedRecords()) === before };
    });
    await devtools.send("Storage.overrideQuotaForOrigin", { origin });
    const after = await page.evaluate(async () => {
      await memory.addMessage(id, { role: "user", content: "more" });
      return (await memory.getMessages(id)).map((message) => message.content);
    });
    assert.equal(full.code, "storage-full", full.message);
    assert.ok(full.same, "something of the failed call was stored");
    assert.deepEqual(after, ["kept", "more"]);
  });
});

test("schema-too-new: says that a newer release wrote the database", async () => {
  const { code, message } = await inPage(async () => {
    (await rawDatabase({ version: 100_000 })).close();
    return failure(() => openMemory());
  });
  assert.equal(code, "schema-too-new");
  assert.match(message, /newer/i);
});

test("closed: says that this memory is closed, and how to go on", async () => {
  const { code, message } = await inPage(async () => {
    const memory = await openMemory();
    await memory.close();
    return failure(() => memory.listConversations());
  });
  assert.equal(code, "closed");
  assert.match(message, /open/i);
});

test("corrupt: a record that cannot be read is named, and other conversations can still be read", async () => {
  const { broken, other } = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, numbered(3));
    const { id: otherId } = await memory.createConversation();
    await memory.addMessages(otherId, numbered(3));
    const database = await rawDatabase();
    const pages = database.transaction("pages", "readwrite").objectStore("pages");
    const page = (await settled(pages.getAll())).find((row) => JSON.stringify(row).includes(id));
    page.messages = [{ damaged: true }, 5];
    await settled(database.transaction("pages", "readwrite").objectStore("pages").put(page));
    database.close();
    const { code, message, record: named } = await failure(() => memory.getMessages(id));
    return { broken: { code, isNamed: message.includes(id), message, record: named }, other: (await memory.getMessages(otherId)).length };
  });
  assert.equal(broken.code, "corrupt");
  assert.ok(broken.isNamed, `the message names the conversation: ${broken.message}`);
  assert.match(broken.record, /^conversations \[/);
  assert.ok(broken.message.includes(broken.record), broken.record);
  assert.equal(other, 3);
});

test("storage: any other failure of the browser's storage carries the DOMException as its cause", onThisThread, async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const { put, add } = IDBObjectStore.prototype;
    const refuse = () => {
      throw new DOMException("refused by the test", "UnknownError");
    };
    Object.assign(IDBObjectStore.prototype, { put: refuse, add: refuse });
    const error = await memory.addMessage(id, { role: "user", content: "x" }).catch((reason) => reason);
    Object.assign(IDBObjectStore.prototype, { put, add });
    return {
      code: error.code,
      cause: error.cause instanceof DOMException && error.cause.name,
      stored: (await memory.getMessages(id)).length,
      after: await codeOf(() => memory.addMessage(id, { role: "user", content: "x" })),
    };
  });
  assert.deepEqual(seen, { code: "storage", cause: "UnknownError", stored: 0, after: "none" });
});

test("an error says which call of the application it is of, also when the storage answers later", onThisThread, async () => {
  const { calls, others, refused } = await inPage(async () => {
    const { ConversationAgent } = await import("conversation-memory");
    const { memory, id } = await openConversation();
    const { id: messageId } = await memory.addMessage(id, { role: "user", content: "x" });
    const stackOf = (call) => call().then(() => "none", (error) => (isMemoryError(error) ? `${error.code}\n${error.stack}` : String(error)));
    const others = {};
    others.notFound = await stackOf(async function inNotFound() { await memory.getMessages("unknown"); });
    const refused = await stackOf(async function inRefused() { await everyCall.getMessages(memory, 5); });
    const agent = new ConversationAgent({ manager: memory, model: { generate: async () => { throw new Error("ill"); } } });
    others.asked = await stackOf(async function inAsked() { await agent.processQuery("x"); });
    others.again = await stackOf(async function inAgain() { await agent.regenerate(id, "unknown"); });
    await memory.close();
    others.cancel = await stackOf(async function inCancel() { await agent.cancelQueued("unknown"); });
    const other = await openMemory();
    IDBDatabase.prototype.transaction = () => { throw new DOMException("out of order", "UnknownError"); };
    const stackOfCall = (call) => stackOf(async function inCall() { await call(other, id, messageId); });
    const calls = await Promise.all(Object.entries(everyCall).map(async ([name, call]) => [name, await stackOfCall(call)]));
    others.open = await stackOf(async function inOpen() { await ConversationManager.open({ userId: "another", databaseName }); });
    return { calls, others, refused };
  });
  for (const [name, stack] of calls) {
    assert.match(stack, /^storage\n/, name);
    assert.match(stack, /inCall/, name);
  }
  for (const [name, stack] of Object.entries(others)) {
    assert.match(stack, new RegExp(`in${name}\\b`, "i"), name);
  }
  assert.match(others.notFound, /^not-found\n/);
  // What is refused at once has its caller in its stack already.
  assert.match(refused, /inRefused/);
  assert.doesNotMatch(refused, /called from/);
});
