// A conversation as a Session of the OpenAI Agents SDK, in a browser, beside the SDK's own session in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newSeed, randomOf } from "../../scripts/faults/random.mjs";
import { onlyIn } from "./support/engine.mjs";
import { afterKill, examplesOf, frameworkPage, runModule } from "./support/frameworks.mjs";
import { pagesForThisFile } from "./support/page.mjs";
import { refusal } from "./support/refusal.mjs";

const { inPage, withTabs } = pagesForThisFile();
const page = await frameworkPage(["@openai/agents", "@openai/agents-core/testing", "dexie"], { extra: '<script type="module" src="/session.js"></script>' });

/** As it is in JSON: without what is undefined. */
const plain = (value) => JSON.parse(JSON.stringify(value));

/** An item of every kind that the SDK stores. */
const ITEMS = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "What is the weather in Lima?" },
  { type: "message", role: "user", content: [{ type: "input_text", text: "And on this?", providerData: { a: [1, null] } }, { type: "input_image", image: "data:image/png;base64,iVBORw0KGgo=", detail: "low" }] },
  { type: "message", role: "user", content: [{ type: "input_file", file: { id: "file-1" }, filename: "a.pdf" }] },
  { type: "message", role: "user", content: [{ type: "audio", audio: { id: "audio-1" } }] },
  { type: "reasoning", id: "rs_1", content: [{ type: "input_text", text: "Hm." }], rawContent: [{ type: "reasoning_text", text: "Hm, hm." }] },
  { type: "message", role: "assistant", id: "msg_1", status: "completed", content: [{ type: "output_text", text: "Let me see." }, { type: "refusal", refusal: "Not that." }] },
  { type: "function_call", id: "fc_1", callId: "c1", name: "weather", status: "completed", arguments: '{"city":"Lima"}' },
  { type: "function_call_result", callId: "c1", name: "weather", status: "completed", output: { type: "text", text: "19 °C" } },
  { type: "function_call", callId: "c2", name: "weather", arguments: "not JSON" },
  { type: "function_call_result", callId: "c2", name: "weather", status: "completed", output: "21" },
  { type: "function_call_result", callId: "c3", name: "map", status: "completed", output: [{ type: "input_text", text: "here" }, { type: "input_image", image: "https://x.example/" }] },
  { type: "hosted_tool_call", id: "ht_1", name: "web_search_call", status: "completed", output: "found", arguments: "{}", providerData: { type: "web_search" } },
  { type: "computer_call", callId: "c4", status: "completed", action: { type: "screenshot" } },
  { type: "computer_call_result", callId: "c4", output: { type: "computer_screenshot", data: "data:image/png;base64,iVBORw0KGgo=" } },
  { type: "compaction", id: "cmp_1", encrypted_content: "…", providerData: {} },
  { type: "unknown", providerData: { any: { thing: -0.5 } } },
  { type: "message", role: "user", content: [] },
  { role: "user", content: "" },
  { type: "message", role: "assistant", status: "completed", content: [{ type: "output_text", text: "It is 19 °C." }] },
];

test("items of every kind come back equal, and their words are the messages'", async () => {
  const { items, newest, contents, prompt } = await inPage(async (given) => {
    const { session, memory, id } = await openSession();
    await session.addItems(given);
    const contents = (await memory.getMessages(id)).map(({ role, content }) => `${role}: ${content}`);
    return { items: await session.getItems(), newest: await session.getItems(2), contents, prompt: await memory.buildPrompt(id, "And tomorrow?") };
  }, ITEMS, page);
  assert.deepEqual(items, ITEMS);
  assert.deepEqual(newest, ITEMS.slice(-2));
  assert.deepEqual(contents.slice(0, 3), ["system: Be brief.", "user: What is the weather in Lima?", "user: And on this?"]);
  assert.deepEqual([contents[7], contents[8]], ["assistant: ", "tool: "]);
  assert.equal(refusal(prompt.messages), undefined);
  const calls = prompt.messages.flatMap(({ tool_calls: calls = [] }) => calls).map(({ function: { name, arguments: input } }) => name + input);
  assert.deepEqual(calls, ['weather{"city":"Lima"}', "weathernot JSON"]);
  assert.deepEqual(prompt.messages.filter(({ role }) => role === "tool").map(({ content }) => content), ["19 °C", "21"]);
});

test("what others have stored in the conversation is a history too, as far as it is for a model", async () => {
  const items = await inPage(async () => {
    const { session, memory, id } = await openSession();
    await memory.addMessages(id, [
      { role: "system", content: "Be brief." },
      { role: "user", parts: [{ type: "text", text: "Hello." }] },
      { role: "assistant", content: "Hi." },
      { role: "tool", content: "19" },
      { role: "system", content: "Error: no answer", metadata: { errorType: "model" } },
    ]);
    return session.getItems();
  }, undefined, page);
  assert.deepEqual(items, [
    { type: "message", role: "system", content: "Be brief." },
    { type: "message", role: "user", content: "Hello." },
    { type: "message", role: "assistant", status: "completed", content: [{ type: "output_text", text: "Hi." }] },
  ]);
});

test("runs of an agent with a tool store what they store in the SDK's own session, and go on after a reload", async () => {
  const { stored, theirs, seen, contents } = await inPage(async () => {
    const { session, memory, id } = await openSession();
    const { MemorySession: Theirs } = await import("@openai/agents");
    const theirs = new Theirs();
    const seen = [];
    for (const each of [session, theirs]) {
      const { ask, model } = await agent();
      await ask("What is the weather in Lima?", each);
      // As a page that was loaded anew would have it.
      await ask("And tomorrow?", each === session ? await sessionOf(id) : each);
      seen.push(model.lastCall.request.input);
    }
    const contents = (await memory.getMessages(id)).map(({ content }) => content);
    return { stored: await session.getItems(), theirs: await theirs.getItems(), seen, contents };
  }, undefined, page);
  assert.equal(stored.length, 6);
  assert.deepEqual(stored, plain(theirs));
  assert.deepEqual(...seen.map(plain));
  assert.deepEqual(contents, ["What is the weather in Lima?", "", "", "It is 19 °C.", "And tomorrow?", "The same."]);
});

test("generated calls do what they do to the SDK's own session", async () => {
  const seed = newSeed();
  const random = randomOf(seed);
  const some = (most) => Array.from({ length: random.between(0, most) }, () => random.pick(ITEMS));
  const kinds = ["addItems", "addItems", "getItems", "popItem", "append", "append", "replace", "replace", "mutate", "clear"];
  const calls = Array.from({ length: 120 }, (_, index) => {
    const numbers = { limit: random.between(0, 7), suffix: random.between(0, 4), again: random.between(0, 3) };
    return { kind: random.pick(kinds), items: some(5), operationId: `operation ${index}`, ...numbers };
  });
  const differences = await inPage(async (calls) => {
    const { session, memory, id } = await openSession();
    const { MemorySession: Theirs } = await import("@openai/agents");
    const theirs = new Theirs();
    const outcome = (work) => work.then((value) => ({ value }), (error) => ({ fails: true, code: error.code, message: error.message }));
    const differences = [];
    for (const { kind, items, limit, suffix, operationId, again } of calls) {
      const history = await theirs.getItems();
      const transaction =
        kind === "append" ? { type: "append_items", items } : { type: "replace_suffix", expectedSuffix: again === 2 ? items : history.slice(history.length - suffix), replacement: items };
      const each = {
        addItems: (one) => one.addItems(items),
        getItems: (one) => one.getItems(limit),
        popItem: (one) => one.popItem(),
        append: (one) => one.applyHistoryTransaction({ operationId, transaction }),
        replace: (one) => one.applyHistoryTransaction({ operationId, transaction }),
        mutate: (one) => one.applyHistoryMutations({ mutations: [{ type: "replace_function_call", callId: "c1", replacement: { type: "function_call", callId: "c1", name: "weather", arguments: operationId } }] }),
        clear: (one) => (limit === 0 ? one.clearSession() : Promise.resolve()),
      }[kind];
      const times = (kind === "append" || kind === "replace") && again ? 2 : 1;
      for (let time = 0; time < times; time += 1) {
        const [own, other] = [await outcome(each(session)), await outcome(each(theirs))];
        const same = own.fails ? other.fails && own.code === "invalid-input" : sorted(own) === sorted(other);
        if (!same) differences.push({ kind, time, transaction, own, other });
      }
      const [own, other] = [await session.getItems(), await theirs.getItems()];
      if (sorted(own) !== sorted(other)) return [...differences, { kind, items, transaction, own, other, tree: await memory.getTree(id) }];
    }
    return differences;
  }, calls, page);
  assert.deepEqual(differences, [], `seed ${seed}`);
});

test("an answer that a guardrail blocks leaves what it leaves in the SDK's own session", async () => {
  const [stored, theirs] = await inPage(async () => {
    const { session } = await openSession();
    const { MemorySession: Theirs } = await import("@openai/agents");
    const blocks = { name: "nothing of weather", execute: async () => ({ tripwireTriggered: true, outputInfo: {} }) };
    const histories = [];
    for (const each of [session, new Theirs()]) {
      const { ask } = await agent({ outputGuardrails: [blocks] });
      const failure = await ask("What is the weather in Lima?", each).catch((error) => error.name);
      histories.push({ failure, items: await each.getItems() });
    }
    return histories;
  }, undefined, page);
  assert.equal(stored.failure, "OutputGuardrailTripwireTriggered");
  assert.ok(stored.items.length > 0);
  assert.deepEqual(stored, plain(theirs));
});

test("the same items are added as often as they are given, an operation once, and nothing changes nothing", async () => {
  const found = await inPage(async (items) => {
    const { session, memory, id } = await openSession();
    const counts = [];
    const count = async () => counts.push((await session.getItems()).length);
    await session.addItems([]);
    await session.addItems(items);
    await session.addItems(items);
    await count();
    const append = { operationId: "once", transaction: { type: "append_items", items } };
    for (let time = 0; time < 3; time += 1) await session.applyHistoryTransaction(append);
    await count();
    const other = await codeOf(() => session.applyHistoryTransaction({ operationId: "once", transaction: { type: "append_items", items: [...items, ...items] } }));
    const replace = { operationId: "o".repeat(1_000), transaction: { type: "replace_suffix", expectedSuffix: items, replacement: [] } };
    for (let time = 0; time < 3; time += 1) await session.applyHistoryTransaction(replace);
    await count();
    const unfit = await codeOf(() => session.applyHistoryTransaction({ ...replace, operationId: "another", transaction: { ...replace.transaction, expectedSuffix: [items[0]] } }));
    await count();
    const popped = await session.popItem();
    await session.clearSession();
    await session.clearSession();
    await count();
    const { title, messageCount } = await memory.getConversation(id);
    return { counts, other, unfit, popped, nothing: await session.popItem(), title, messageCount, records: (await storedRecords()).pages.flatMap(({ messages }) => messages) };
  }, ITEMS.slice(0, 3), page);
  const { counts, records, popped, ...rest } = found;
  assert.deepEqual(counts, [6, 9, 6, 6, 0]);
  assert.deepEqual(popped, ITEMS[2]);
  assert.deepEqual(rest, { other: "invalid-input", unfit: "invalid-input", nothing: undefined, title: "New Conversation", messageCount: 0 });
  assert.deepEqual(records.filter((message) => message !== null), []);
});

test("1,000 items in one call come back in their order", async () => {
  const { count, same, newest } = await inPage(async (given) => {
    const { session } = await openSession();
    const items = Array.from({ length: 1_000 }, (_, index) => ({ ...given[index % given.length], providerData: { index } }));
    await session.addItems(items);
    const found = await session.getItems();
    return { count: found.length, same: sorted(found) === sorted(items), newest: (await session.getItems(3)).map(({ providerData }) => providerData.index) };
  }, ITEMS, page);
  assert.deepEqual({ count, same, newest }, { count: 1_000, same: true, newest: [997, 998, 999] });
});

test("a branch that an application has made stays where it is when items are taken off beside it", async () => {
  const found = await inPage(async () => {
    const { session, memory, id } = await openSession();
    const [question, first] = await memory.addMessages(id, [{ role: "user", content: "?" }, { role: "assistant", content: "first" }]);
    await memory.addMessage(id, { role: "assistant", content: "second", parentId: question.id });
    const popped = await session.popItem();
    await session.addItems([{ role: "user", content: "!" }]);
    const texts = (await session.getItems()).map(({ content }) => content);
    return { popped: popped.content[0].text, texts, kept: (await memory.listBranches(id, first.id)).map(({ content }) => content).includes("first") };
  }, undefined, page);
  assert.deepEqual(found, { popped: "second", texts: ["?", "!"], kept: true });
});

test("what was said after a history was emptied stays, also when the rest of it is deleted only later", async () => {
  const { items, contents } = await inPage(async () => {
    const { session, memory, id } = await openSession();
    await session.addItems([{ role: "user", content: "old" }, { role: "user", content: "older" }]);
    // As a tab that was killed at that moment has left it.
    const mark = await memory.addMessage(id, { role: "system", content: "", parentId: null, metadata: { historyEnd: "cleared" } });
    await memory.addMessage(id, { role: "user", content: "new beginning", parentId: null });
    await memory.switchBranch(id, mark.id);
    return { items: await session.getItems(), contents: (await memory.getTree(id)).messages.map(({ content }) => content) };
  }, undefined, page);
  assert.deepEqual(contents, ["new beginning"]);
  assert.deepEqual(items, []);
});

test("two tabs at once: nothing is lost, each item is taken once, and an operation is applied once", async () => {
  await withTabs(2, async ([one, other]) => {
    const id = await one.evaluate(async () => (globalThis.opened = await openSession()).id);
    await other.evaluate(async (id) => (globalThis.opened = { session: await sessionOf(id) }), id);
    const both = (work, argument) => Promise.all([one, other].map((tab, index) => tab.evaluate(work, { index, argument })));
    await both(async ({ index }) => {
      for (let round = 0; round < 20; round += 1) {
        await opened.session.addItems([0, 1, 2].map((at) => ({ role: "user", content: `${index} ${round} ${at}` })));
      }
    });
    const texts = (await one.evaluate(() => opened.session.getItems())).map(({ content }) => content);
    assert.equal(texts.length, 120);
    for (const tab of [0, 1]) {
      const own = texts.filter((text) => text.startsWith(`${tab} `));
      assert.deepEqual(own, Array.from({ length: 60 }, (_, at) => `${tab} ${Math.floor(at / 3)} ${at % 3}`));
    }
    // What one call has added stands together.
    for (let at = 0; at < 120; at += 3) assert.equal(new Set(texts.slice(at, at + 3).map((text) => text.slice(0, -2))).size, 1);

    await both(({ argument }) => opened.session.applyHistoryTransaction(argument), {
      operationId: "both",
      transaction: { type: "replace_suffix", expectedSuffix: texts.slice(-3).map((content) => ({ role: "user", content })), replacement: [{ role: "user", content: "replaced" }] },
    });
    const replaced = (await other.evaluate(() => opened.session.getItems())).map(({ content }) => content);
    assert.deepEqual(replaced, [...texts.slice(0, -3), "replaced"]);

    const popped = await both(async () => {
      const found = [];
      for (let item; (item = await opened.session.popItem()); ) found.push(item.content);
      return found;
    });
    assert.deepEqual(popped.flat().sort(), [...replaced].sort());
    assert.ok(popped.every((list) => list.length > 0), "one tab has taken all");
  }, page);
});

test("a killed browser leaves all items of a call or none, and a history that was emptied empty", onlyIn(["chromium"], "be killed as a whole"), async () => {
  const seed = newSeed();
  const random = randomOf(seed);
  const size = 150;
  for (const delay of [random.between(0, 300)]) {
    const { counts, left } = await afterKill(page, {
      argument: { size },
      delay,
      work: async ({ size }) => {
        const { session } = await openSession();
        tell("begun");
        for (let call = 0; ; call += 1) await session.addItems(Array.from({ length: size }, (_, at) => ({ role: "user", content: `${call} ${at}` })));
      },
      look: async ({ size }) => {
        const memory = await openMemory();
        const [{ id }] = await memory.listConversations();
        const session = await sessionOf(id);
        const items = await session.getItems();
        const wrong = items.filter(({ content }, at) => content !== `${Math.floor(at / size)} ${at % size}`);
        return { counts: items.length % size, left: wrong.length };
      },
    });
    assert.deepEqual({ counts, left }, { counts: 0, left: 0 }, `seed ${seed}, ${delay} ms`);
  }
  const { items, all, seen, after } = await afterKill(page, {
    argument: { size },
    delay: random.between(30, 200),
    work: async ({ size }) => {
      const { session, memory, id } = await openSession();
      await session.addItems(Array.from({ length: size }, (_, at) => ({ role: "user", content: `${at}` })));
      const told = new Promise((resolve) => memory.subscribe(({ type }) => type === "message-deleted" && resolve()));
      const cleared = session.clearSession();
      await told;
      tell("begun");
      await cleared;
      await new Promise(() => {});
    },
    look: async () => {
      const memory = await openMemory();
      const [{ id, messageCount: all }] = await memory.listConversations();
      const seen = (await memory.getMessages(id)).map(({ content }) => content);
      const session = await sessionOf(id);
      const items = await session.getItems();
      return { all, seen, items, after: (await memory.getConversation(id)).messageCount };
    },
  });
  assert.ok(all <= size, `${all} messages`);
  assert.deepEqual({ seen: seen.filter((content) => content !== ""), items, after }, { seen: [], items: [], after: 0 }, `seed ${seed}`);
});

test("compaction: OpenAI's own wrapper, and a function of the application's", async () => {
  const { wrapped, own, calls, branches, again } = await inPage(async () => {
    const { OpenAIResponsesCompactionSession, RequestUsage } = await import("@openai/agents");
    const compaction = { type: "compaction", id: "cmp_1", encrypted_content: "…" };
    const calls = [];
    const client = { responses: { compact: async (request) => (calls.push(request.input?.length ?? request.previous_response_id), { output: [compaction], usage: { input_tokens: 5, output_tokens: 1, total_tokens: 6 } }) } };
    const { session: underlyingSession } = await openSession();
    const wrapper = new OpenAIResponsesCompactionSession({ client, model: "gpt-5.4", underlyingSession, shouldTriggerCompaction: () => true });
    const first = await agent();
    await first.ask("What is the weather in Lima?", wrapper);
    const wrapped = await underlyingSession.getItems();

    const usage = new RequestUsage({ inputTokens: 5, outputTokens: 1, totalTokens: 6 });
    const compact = async (items, args) => (calls.push(items.length, Object.keys(args)), { items: [compaction, items.at(-1)], usage });
    const { session, memory, id } = await openSession({ compact });
    const second = await agent();
    const result = await second.ask("What is the weather in Lima?", session);
    const own = { items: await session.getItems(), requests: result.rawResponses.length, tokens: result.state.usage.totalTokens };
    const { messages } = await memory.getTree(id);
    await second.ask("And tomorrow?", session);
    return { wrapped, own, calls, branches: messages.filter(({ parentId }) => parentId === undefined).length, again: second.model.lastCall.request.input };
  }, undefined, page);
  assert.deepEqual(wrapped, [{ type: "compaction", id: "cmp_1", encrypted_content: "…" }]);
  assert.equal(own.items.length, 2);
  assert.equal(own.items[0].type, "compaction");
  assert.equal(own.tokens, 6);
  assert.deepEqual(calls.slice(1, 2), [4]);
  assert.equal(branches, 2);
  assert.deepEqual(again.map(({ type, role }) => type + (role ? ` ${role}` : "")), ["compaction", "message assistant", "message user"]);
});

test("a compaction replaces nothing when items were added meanwhile", async () => {
  const texts = await inPage(async () => {
    const { session, id } = await openSession({
      compact: async () => {
        await (await sessionOf(id)).addItems([{ role: "user", content: "meanwhile" }]);
        return { items: [{ role: "system", content: "short" }] };
      },
    });
    await session.addItems([{ role: "user", content: "before" }]);
    await session.runCompaction();
    return (await session.getItems()).map(({ content }) => content);
  }, undefined, page);
  assert.deepEqual(texts, ["before", "meanwhile"]);
});

test("what does not fit is refused before anything is stored, with a code and its place", async () => {
  const { refused, items } = await inPage(async () => {
    const { MemorySession } = await import("conversation-memory/openai-agents");
    const { session, memory } = await openSession();
    const refused = [];
    const refuse = async (call) => {
      const { code, argument, record } = await failure(async () => call());
      refused.push(`${code} ${argument ?? (record && "record")}`);
    };
    await refuse(() => new MemorySession());
    await refuse(() => new MemorySession({ manager: {}, conversationId: "x" }));
    await refuse(() => new MemorySession({ manager: memory }));
    await refuse(() => new MemorySession({ manager: memory, conversationId: "x", compact: 1 }));
    await refuse(() => new MemorySession({ manager: memory, conversationId: "x" }).getItems());
    await refuse(() => new MemorySession({ manager: memory, conversationId: "x" }).addItems([{ role: "user", content: "x" }]));
    await refuse(() => new MemorySession({ manager: memory, conversationId: "x" }).clearSession());
    await refuse(() => session.addItems({ role: "user", content: "x" }));
    await refuse(() => session.addItems([{ role: "user", content: "x" }, null]));
    await refuse(() => session.addItems([{ role: "user", content: "x" }, { role: "user", content: "x", at: new Date() }]));
    await refuse(() => session.addItems([{ content: "x" }]));
    await refuse(() => session.getItems("two"));
    await refuse(() => session.applyHistoryTransaction({ operationId: " ", transaction: { type: "append_items", items: [] } }));
    await refuse(() => session.applyHistoryTransaction({ operationId: "a", transaction: { type: "forget" } }));
    await refuse(() => session.applyHistoryMutations({ mutations: [{ callId: "c1" }] }));
    return { refused, items: await session.getItems() };
  }, undefined, page);
  assert.deepEqual(refused, [
    "invalid-input options",
    "invalid-input options.manager",
    "invalid-input options.conversationId",
    "invalid-input options.compact",
    "not-found record",
    "not-found record",
    "not-found record",
    "invalid-input items",
    "invalid-input items[1]",
    "invalid-input items[1].at",
    "invalid-input items[0].type",
    "invalid-input limit",
    "invalid-input args.operationId",
    "invalid-input args.transaction.type",
    "invalid-input mutations[0].replacement",
  ]);
  assert.deepEqual(items, []);
});

for (const { line, source } of examplesOf("adapters/openai-agents.md", "js run")) {
  test(`docs/adapters/openai-agents.md, the example in line ${line}`, () => inPage(runModule, source, page));
}
