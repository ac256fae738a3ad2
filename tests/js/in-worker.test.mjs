// A memory that runs in a worker: what is only so there. Other files run in both ways, see IN_WORKER in scripts/test.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage: inAnyPage, withPage: withAnyPage } = pagesForThisFile();

/** Counts what the page does with IndexedDB, and keeps its workers. */
const helpers = () => {
  globalThis.transactions = 0;
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (...given) {
    globalThis.transactions += 1;
    return transaction.apply(this, given);
  };
  const { Worker: Own } = globalThis;
  globalThis.workers = [];
  globalThis.ended = 0;
  globalThis.Worker = class extends Own {
    constructor(...given) {
      super(...given);
      workers.push(this);
    }
    terminate() {
      globalThis.ended += 1;
      super.terminate();
    }
  };
  globalThis.inWorker = (options) => openMemory("user-1", { worker: true, ...options });
  globalThis.locks = async () => (await navigator.locks.query()).held.filter(({ name }) => /: worker /.test(name)).length;
  /** The worker of support/memory-worker.js, and what has it do something. */
  globalThis.ownWorker = () => new Worker("/memory-worker.js", { type: "module" });
  globalThis.order = (what) =>
    new Promise((resolve) => {
      const orders = new BroadcastChannel("orders");
      orders.onmessage = () => resolve(orders.close());
      orders.postMessage(what);
    });
};
const inPage = (work, argument) => inAnyPage(work, argument, { prepare: helpers });

test("the page itself does nothing with the database, and close ends the worker", async () => {
  const seen = await inPage(async () => {
    const memory = await inWorker();
    const { id } = await memory.createConversation();
    await memory.addMessage(id, { role: "user", content: "hello" });
    const messages = (await memory.getMessages(id)).length;
    const held = await locks();
    await memory.close();
    await until(async () => (await locks()) === 0);
    const before = transactions;
    const other = await openMemory("user-1", { worker: false });
    const stored = (await other.getMessages(id)).length;
    return { messages, held, before, stored, after: transactions > 0, workers: workers.length, ended, late: await codeOf(() => memory.getUser()) };
  });
  assert.deepEqual(seen, { messages: 1, held: 1, before: 0, stored: 1, after: true, workers: 1, ended: 1, late: "closed" });
});

test("a memory in memory, and two memories, have workers of their own", async () => {
  const seen = await inPage(async () => {
    const memories = [await inWorker({ storage: "memory" }), await inWorker({ storage: "memory" }), await inWorker()];
    const counts = [];
    for (const memory of memories) {
      await memory.createConversation();
      counts.push((await memory.listConversations()).length);
    }
    await Promise.all(memories.map((memory) => memory.close()));
    return { counts, workers: workers.length, ended };
  });
  assert.deepEqual(seen, { counts: [1, 1, 1], workers: 3, ended: 3 });
});

test("a prompt is the same whoever counts its tokens, and a counter that fails is refused in the same words", async () => {
  const found = await inPage(async () => {
    const memory = await inWorker();
    const beside = await openMemory("user-1", { worker: false });
    const { id } = await memory.createConversation();
    const words = "education health energy water".split(" ");
    for (let n = 0; n < 60; n += 1) {
      const content = `${words[n % 4]} `.repeat(1 + ((n * 7) % 40)) + n;
      await memory.addMessage(id, { role: n % 2 ? "assistant" : "user", content, metadata: { entities: [words[n % 4]] } });
    }
    // Each far from the guess in its own way: dear, cheap, and with a cost for the text as such.
    const counters = [(text) => text.length, (text) => Math.ceil(text.length / 9), (text) => 40 + text.split(" ").length];
    const same = [];
    for (const countTokens of counters) {
      for (const maxTokens of [300, 2_000, 20_000]) {
        const options = { countTokens, maxTokens, recallLimit: 3 };
        const [one, other] = await Promise.all([memory, beside].map((each) => each.buildPrompt(id, "And education?", options).then(exact, (error) => error.message)));
        same.push(one === other && one.length > 100);
      }
    }
    const failing = [() => NaN, () => "5", () => { throw new Error("ill"); }, () => -1];
    const refusals = await Promise.all(failing.flatMap((countTokens) => [memory, beside].map((each) => failure(() => each.buildPrompt(id, "And?", { countTokens })))));
    return { same, refusals };
  });
  assert.deepEqual(found.same, Array(9).fill(true));
  for (const refusal of found.refusals) assert.deepEqual([refusal, refusal.argument], [found.refusals[0], "countTokens"]);
});

test("an import tells how far it has come, can be stopped, and goes on when it is repeated", async () => {
  const seen = await inPage(async () => {
    const memory = await inWorker();
    const { id } = await memory.createConversation();
    for (let n = 0; n < 4; n += 1) await memory.addMessages(id, numbered(2_500, n * 2_500));
    const file = await memory.exportAll();
    await memory.forgetEverything();
    const stop = new AbortController();
    const reason = { of: "the application" };
    const told = [];
    const onProgress = (progress) => {
      told.push(progress);
      if (told.length === 3) stop.abort(reason);
    };
    const error = await memory.importAll(file, { onProgress, signal: stop.signal }).catch((error) => error);
    const early = await memory.importAll(file, { signal: AbortSignal.abort(reason) }).catch((error) => error);
    const report = await memory.importAll(file);
    const count = (await memory.getConversation(id)).messageCount;
    return { code: [error.code, early.code], isReason: error.cause === reason && early.cause === reason, total: told.every(({ total }) => total === file.size), ascends: told.every(({ done }, index) => index === 0 || done >= told[index - 1].done), stopped: told.at(-1).done < file.size, skipped: report.skipped > 0 || report.messages === 10_000, sum: report.skipped + report.messages, count };
  });
  assert.deepEqual(seen, { code: ["aborted", "aborted"], isReason: true, total: true, ascends: true, stopped: true, skipped: true, sum: 10_000, count: 10_000 });
});

test("files and exports are there when the memory, and with it the worker, is closed", async () => {
  const seen = await inPage(async () => {
    const memory = await inWorker();
    const { id } = await memory.createConversation();
    const bytes = new Uint8Array(3_000_000).map((_, index) => index % 251);
    const { parts } = await memory.addMessage(id, { role: "user", parts: [{ type: "file", blob: new Blob([bytes], { type: "image/png" }) }] });
    const [photo, lines, archive] = await Promise.all([memory.getAttachment(parts[0].attachment), memory.exportAll(), memory.exportAll({ files: true })]);
    await memory.close();
    await until(async () => (await locks()) === 0);
    const back = new Uint8Array(await photo.arrayBuffer());
    return { type: photo.type, same: back.every((byte, index) => byte === bytes[index]), lines: (await lines.text()).split("\n").length > 5, archive: (await archive.arrayBuffer()).byteLength > 3_000_000 };
  });
  assert.deepEqual(seen, { type: "image/png", same: true, lines: true, archive: true });
});

test("a listener hears what is changed from then on, and nothing of before", async () => {
  const heard = await inPage(async () => {
    const memory = await inWorker();
    const { id } = await memory.createConversation();
    const heard = [];
    for (let n = 0; n < 20; n += 1) {
      await memory.addMessage(id, { role: "user", content: `before ${n}` });
      const stop = memory.subscribe(({ messageId }) => heard.push(messageId));
      const { id: own } = await memory.addMessage(id, { role: "user", content: `after ${n}` });
      await until(() => heard.includes(own));
      if (heard.length !== 1) return { n, heard };
      heard.length = 0;
      stop();
    }
    return "each its own";
  });
  assert.equal(heard, "each its own");
});

test("what fails in the worker is told as it is elsewhere: code, cause, and the caller", async () => {
  const seen = await inPage(async () => {
    const memory = await openMemory("user-1", { worker: ownWorker });
    const { id } = await memory.createConversation();
    const unknown = await failure(() => memory.getMessages("unknown"));
    await order("fail");
    const error = await (async function inCaller() { return memory.addMessage(id, { role: "user", content: "x" }).catch((error) => error); })();
    await order("work");
    const stored = (await memory.getMessages(id)).length;
    return { unknown: [unknown.code, unknown.record], own: isMemoryError(error), code: error.code, cause: error.cause instanceof DOMException && error.cause.name, caller: /inCaller/.test(error.stack), stored };
  });
  assert.deepEqual(seen, { unknown: ["not-found", "unknown"], own: true, code: "storage", cause: "UnknownError", caller: true, stored: 0 });
});

test("a worker that is ended from outside: no call hangs, onClosed says so, and the memory can be opened again", async () => {
  const seen = await inPage(async () => {
    const reasons = [];
    const memory = await openMemory("user-1", { worker: ownWorker, onClosed: (reason) => reasons.push(reason) });
    const { id } = await memory.createConversation();
    await memory.addMessages(id, numbered(3));
    memory.subscribe(() => {});
    // It answers no more, as one that the browser is about to end.
    await order("hang");
    const calls = [() => memory.addMessage(id, { role: "user", content: "x" }), () => memory.getMessages(id), () => memory.exportAll(), () => memory.importAll(new Blob(["{}"])), () => memory.buildPrompt(id, "?", { countTokens: (text) => text.length })];
    const codes = Promise.all(calls.map((call) => codeOf(call)));
    Object.getPrototypeOf(Worker).prototype.terminate.call(workers[0]);
    const under = await codes;
    await until(() => reasons.length > 0);
    const late = await Promise.all(calls.map((call) => codeOf(call)));
    await memory.close();
    const again = await inWorker();
    return { under, late, reasons, stored: (await again.getMessages(id)).length };
  });
  assert.deepEqual(seen.under, Array(5).fill("storage"));
  assert.deepEqual(seen.late, Array(5).fill("closed"));
  assert.deepEqual([seen.reasons, seen.stored], [["evicted"], 3]);
});

test("close waits for what is under way, and what is too long for it is refused", async () => {
  const seen = await inPage(async () => {
    const memory = await inWorker();
    const { id } = await memory.createConversation();
    await memory.addMessages(id, numbered(5_000));
    const file = await memory.exportAll();
    const writes = numbered(20).map((message) => codeOf(() => memory.addMessage(id, message)));
    const long = [() => memory.importAll(file), () => memory.exportAll()].map(codeOf);
    await Promise.all([memory.close(), memory.close()]);
    const outcomes = [await Promise.all(writes), await Promise.all(long)];
    const again = await inWorker();
    return { outcomes, stored: (await again.getConversation(id)).messageCount };
  });
  assert.deepEqual(seen.outcomes[0], Array(20).fill("none"));
  for (const code of seen.outcomes[1]) assert.ok(["closed", "none"].includes(code), code);
  assert.equal(seen.stored, 5_020);
});

test("a worker that does not start is storage-unavailable, and says what to do", async () => {
  const found = await withAnyPage(async (page) => {
    return page.evaluate(async () => {
      const workers = {
        "no such script": () => new Worker("/nowhere.js", { type: "module" }),
        "a script that fails": () => new Worker("data:text/javascript,throw new Error('ill')"),
        "nobody may": () => { throw new TypeError("This document requires 'TrustedScriptURL' assignment."); },
      };
      const found = [];
      for (const [name, worker] of Object.entries(workers)) found.push([name, await failure(() => openMemory("user-1", { worker }))]);
      const { Worker: own } = globalThis;
      delete globalThis.Worker;
      found.push(["none here", await failure(() => openMemory("user-1", { worker: true }))]);
      globalThis.Worker = own;
      const wrong = await Promise.all([1, "yes", {}].map((worker) => failure(() => openMemory("user-1", { worker }))));
      const memory = await inWorker();
      return { found, wrong, works: (await memory.listPersonas()).length };
    });
  }, { prepare: helpers });
  for (const [name, { code, message }] of found.found) {
    assert.equal(code, "storage-unavailable", name);
    assert.match(message, name === "none here" ? /Node\.js and service workers/ : /conversation-memory\/worker/, name);
  }
  for (const { code, argument } of found.wrong) assert.deepEqual([code, argument], ["invalid-input", "worker"]);
  assert.equal(found.works, 2);
});

test("the slim entry point brings its module to the worker", async () => {
  const contents = await inPage(async () => {
    const slim = await import("conversation-memory/slim");
    await slim.init(fetch("/node_modules/conversation-memory/dist/memory.wasm"));
    const memory = await slim.ConversationManager.open({ userId: "user-1", databaseName, worker: true });
    const { id } = await memory.createConversation();
    await memory.addMessage(id, { role: "user", content: "hello" });
    return (await memory.getMessages(id)).map(({ content }) => content);
  });
  assert.deepEqual(contents, ["hello"]);
});
