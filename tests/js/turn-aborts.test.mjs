// Who has ended a turn: the caller, the model by itself, or nobody yet.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { engine } from "./support/engine.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage: page, withTabs: tabs } = pagesForThisFile();
const prepare = await readFile(new URL("support/turns.js", import.meta.url), "utf8");
const inPage = (work, argument) => page(work, argument, { prepare });

test("a model that ends its own call fails the turn: it is stored, and the queue does not ask it for ever", async () => {
  const seen = await inPage(async () => {
    const { openAICompatible } = await import("conversation-memory");
    const fetch = (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const inner = openAICompatible({ baseURL: "http://nowhere.test/v1", model: "m", fetch });
    let asked = 0;
    // A wrapper with a time limit of its own.
    const generate = async (prompt, call) => {
      asked += 1;
      call.onDelta("half");
      const limit = new AbortController();
      setTimeout(() => limit.abort(new DOMException("took too long", "TimeoutError")), 20);
      return inner.generate(prompt, { ...call, signal: AbortSignal.any([call.signal, limit.signal]) });
    };
    const { memory, agent } = await makeAgent({ model: { needsNetwork: true, generate } });
    const error = await agent.processQuery("direct").catch((error) => error);
    const [{ id }] = await memory.listConversations();
    const direct = await active(memory, id);
    setOnline(false);
    const waiting = await agent.processQuery("queued", { conversationId: id }).catch((error) => error);
    setOnline(true);
    await agent.flushQueue();
    const before = asked;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const queued = (await active(memory, id)).slice(direct.length);
    return { code: error.code, direct, waits: waiting.offline, again: asked - before, queued, faults: await faults(memory) };
  });
  assert.deepEqual([seen.code, seen.waits], ["model", true]);
  assert.deepEqual(seen.direct.slice(0, 2), ["direct", "half (interrupted)"]);
  assert.match(seen.direct[2], /^Error: /);
  assert.equal(seen.again, 0, "it was asked again and again");
  assert.deepEqual(seen.queued.slice(0, 2), ["queued", "half (interrupted)"]);
  assert.deepEqual(seen.faults, []);
});

test("whatever a caller aborts with, the turn is aborted: also an error of an earlier turn that reached nobody", async () => {
  const seen = await inPage(async () => {
    const { memory, agent } = await makeAgent();
    const { agent: away } = await makeAgent({ manager: memory, model: unreachable });
    const earlier = await away.processQuery("before").catch((error) => error);
    const codes = [];
    for (const reason of [earlier, new Error("mine"), "a text", undefined]) {
      const controller = new AbortController();
      const asked = agent.processQuery("now", { signal: controller.signal }).catch((error) => error.code);
      await new Promise((resolve) => setTimeout(resolve, 50));
      controller.abort(reason);
      codes.push(await asked);
    }
    await away.cancelQueued(earlier.messageId);
    return { codes, unreachable: earlier.unreachable, faults: await faults(memory) };
  });
  assert.deepEqual(seen, { codes: ["aborted", "aborted", "aborted", "aborted"], unreachable: true, faults: [] });
});

const whereOthersAnswer = async ([one, other]) => {
  const id = await one.evaluate(async () => {
    const { memory, agent, calls } = await makeAgent();
    Object.assign(globalThis, { memory, agent, calls });
    const { id } = await memory.createConversation();
    globalThis.first = agent.processQuery("Q1", { conversationId: id });
    await until(() => calls.length === 1);
    return id;
  });
  const outcomes = await other.evaluate(async (id) => {
    const { memory, agent, calls } = await makeAgent();
    const found = [];
    for (const wait of [0, 30, 300, 900]) {
      const controller = new AbortController();
      const asked = agent.processQuery(`Q2 ${wait}`, { conversationId: id, signal: controller.signal }).catch((error) => error.code ?? String(error));
      await new Promise((resolve) => setTimeout(resolve, wait));
      controller.abort();
      found.push(await asked);
    }
    return [found, calls.length];
  }, id);
  const after = await one.evaluate(async (id) => {
    calls[0].end();
    await first;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    // What was aborted before it was stored is not there at all.
    const all = (await memory.getTree(id)).messages.map(({ content, status }) => [content.slice(0, 2), status].join());
    return { all: [...new Set(all)], asked: calls.length };
  }, id);
  assert.deepEqual(outcomes, [["aborted", "aborted", "aborted", "aborted"], 0]);
  assert.equal(after.asked, 1, "a question that was aborted was answered");
  assert.deepEqual(after.all.filter((each) => each.endsWith("queued")), []);
};
test("a question that is aborted while another tab answers is not answered later", () => tabs(2, whereOthersAnswer, { prepare }));
test("a question that is aborted while another tab answers is not answered later (without Web Locks)", { skip: engine !== "chromium" && "the other engines resolve no names of ours" }, () =>
  tabs(2, whereOthersAnswer, { prepare, insecure: true }));

test("a character that comes in two deltas is one: told, kept while it arrives, and in half an answer", async () => {
  const seen = await inPage(async () => {
    const text = "a😀b👩‍👩‍👧c";
    const units = text.split("");
    const told = { onDelta: [], onReasoning: [] };
    const model = {
      generate: async (_, { signal, onDelta, onReasoning }) => {
        for (const unit of units) [onDelta(unit), onReasoning(unit)];
        onDelta("\ud83d");
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    };
    const { memory, agent } = await makeAgent({ model });
    const controller = new AbortController();
    const hear = (name) => (delta) => told[name].push(delta);
    const asked = agent.processQuery("q", { signal: controller.signal, onDelta: hear("onDelta"), onReasoning: hear("onReasoning") }).catch(({ code }) => code);
    await new Promise((resolve) => setTimeout(resolve, 600));
    const [{ id }] = await memory.listConversations();
    const { arriving } = await memory.getThread(id);
    controller.abort();
    await asked;
    const { content, metadata } = (await memory.getMessages(id)).at(-1);
    return [text, told.onDelta.join(""), told.onReasoning.join(""), arriving.content, content, metadata.reasoning];
  });
  const [text, ...others] = seen;
  assert.deepEqual(others, others.map(() => text));
});

test("what was cancelled, or waits, is quoted in no prompt from memory", async () => {
  const seen = await inPage(async () => {
    const prompts = [];
    const model = { generate: async (prompt) => (prompts.push(JSON.stringify(prompt.messages)), { text: "fine" }) };
    const { memory, agent } = await makeAgent({ model, prompt: { recallScope: "user" } });
    const first = await agent.processQuery("Anna likes her job at the bakery, she said.");
    setOnline(false);
    const ask = (query, options) => agent.processQuery(query, options).catch((error) => error);
    const cancelled = await ask("Write to Anna that I quit my job at the bakery.");
    await agent.cancelQueued(cancelled.messageId);
    await ask("Anna must not hear of my job before the zebra does.");
    const { conversationId } = await ask("Unrelated words.");
    const { messages } = await memory.buildPrompt(conversationId, "Write to Anna about my job.", { recallScope: "user" });
    return { all: JSON.stringify(messages), found: (await memory.recall("Anna job")).length, first: first.answer };
  });
  assert.match(seen.all, /Anna likes her job/);
  assert.doesNotMatch(seen.all, /quit|zebra/);
  assert.ok(seen.found >= 3, "recall by itself finds what was said");
});

test("a persona's name is checked whether or not the question begins a conversation", async () => {
  const codes = await inPage(async () => {
    const { memory, agent } = await makeAgent({ model: echo });
    const { id } = await memory.createConversation();
    const codes = [];
    for (const persona of [" ", "x".repeat(2_000_000)]) {
      for (const conversationId of [id, undefined]) codes.push(await agent.processQuery("q", { conversationId, persona }).catch(({ code, argument }) => `${code} ${argument}`));
    }
    return [...codes, (await memory.getMessages(id)).length];
  });
  assert.deepEqual(codes, [...Array(4).fill("invalid-input persona"), 0]);
});

test("whoever disposes of an agent whose question waits leaves the question in the queue, at whatever moment", async () => {
  const lost = await inPage(async () => {
    const { memory, agent, calls } = await makeAgent();
    const lost = [];
    for (let time = 0; time < 40; time += 1) {
      const { id } = await memory.createConversation();
      const first = agent.processQuery("first", { conversationId: id });
      await until(() => calls.length === time + 1);
      const other = await makeAgent({ manager: memory });
      const second = other.agent.processQuery("second", { conversationId: id }).catch(({ code }) => code);
      await until(async () => (await memory.getMessages(id)).length === 2);
      calls[time].end();
      await first;
      // Around the moment at which the second one is claimed, and begins.
      await new Promise((resolve) => (time % 4 === 0 ? resolve() : setTimeout(resolve, time % 20)));
      await other.agent.dispose();
      const [code, found] = [await second, (await memory.getMessages(id)).at(-1)];
      // A turn that had begun is aborted; of one that had not, the question waits.
      if (code !== "aborted" && !(code === "closed" && found.status === "queued")) lost.push([time, code, found.content, found.status]);
      await agent.cancelQueued(found.id);
    }
    return lost;
  });
  assert.deepEqual(lost, []);
});
