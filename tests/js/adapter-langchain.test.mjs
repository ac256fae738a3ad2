// A conversation as LangChain's chat message history and as its store: with LangChain's own messages, chains and classes.
import { BaseListChatMessageHistory } from "@langchain/core/chat_history";
import {
  AIMessage,
  AIMessageChunk,
  ChatMessage,
  ChatMessageChunk,
  FunctionMessage,
  FunctionMessageChunk,
  HumanMessage,
  HumanMessageChunk,
  RemoveMessage,
  SystemMessage,
  SystemMessageChunk,
  ToolMessage,
  ToolMessageChunk,
} from "@langchain/core/messages";
import { ChatPromptTemplate, MessagesPlaceholder } from "@langchain/core/prompts";
import { RunnableWithMessageHistory } from "@langchain/core/runnables";
import { BaseStore } from "@langchain/core/stores";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import assert from "node:assert/strict";
import { test } from "node:test";
import { newSeed, randomOf } from "../../scripts/faults/random.mjs";
import { onlyIn } from "./support/engine.mjs";
import { afterKill, examplesOf, frameworkPage, importEntrance, runModule } from "./support/frameworks.mjs";
import { failure, importPackage } from "./support/models.mjs";
import { pagesForThisFile } from "./support/page.mjs";
import { refusal } from "./support/refusal.mjs";

const { ConversationManager } = await importPackage();
const { MemoryChatMessageHistory, MemoryMessageStore } = await importEntrance("langchain", ["@langchain/core"]);
const { inPage, withTabs } = pagesForThisFile();
const page = await frameworkPage([
  ...["chat_history", "messages", "prompts", "runnables", "stores", "utils/testing"].map((name) => `@langchain/core/${name}`),
  "dexie",
]);

const PHOTO = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const CALLS = [{ id: "c1", name: "weather", args: { city: "Lima" }, type: "tool_call" }];
const USAGE = { input_tokens: 1, output_tokens: 2, total_tokens: 3, output_token_details: { reasoning: 1 } };

/** A message of every class, in the ways in which they are made. */
const messages = () => [
  new SystemMessage("Answer in one sentence."),
  new HumanMessage({ content: [{ type: "text", text: "What is the weather in Lima?" }, { type: "image_url", image_url: { url: PHOTO } }], id: "h1", name: "Ada" }),
  new AIMessage({ content: "Let me see.", tool_calls: CALLS, usage_metadata: USAGE, response_metadata: { model_name: "m", finish_reason: "tool_calls" }, additional_kwargs: { reasoning_content: "Hm." } }),
  new ToolMessage({ content: '{"celsius":19}', tool_call_id: "c1", name: "weather", artifact: { raw: [19, null] }, status: "success" }),
  new AIMessage({ content: [{ type: "text", text: "It is 19 °C." }, { type: "tool_use", id: "c2", name: "weather", input: { city: "Quito" } }], tool_calls: [{ ...CALLS[0], id: "c2" }] }),
  new ToolMessage({ content: [{ type: "text", text: "21" }], tool_call_id: "c2", status: "error", metadata: { took: 3 } }),
  new AIMessage({ contentBlocks: [{ type: "reasoning", reasoning: "Hm." }, { type: "text", text: "And 21 in Quito." }], invalid_tool_calls: [{ id: "c3", name: "weather", args: "{", error: "no JSON", type: "invalid_tool_call" }] }),
  new AIMessageChunk({ content: "It ", id: "run-1", tool_call_chunks: [{ name: "weather", args: '{"city":', id: "c4", index: 0, type: "tool_call_chunk" }] }),
  new AIMessageChunk({ content: "", tool_call_chunks: [{ args: '"Lima"}', index: 0, type: "tool_call_chunk" }], usage_metadata: USAGE }),
  new HumanMessageChunk("And "),
  new SystemMessageChunk({ content: "Be ", id: "s1" }),
  new ToolMessageChunk({ content: "1", tool_call_id: "c4" }),
  new FunctionMessage({ content: "f", name: "fn" }),
  new FunctionMessageChunk({ content: "f", name: "fn" }),
  new ChatMessage("I doubt it.", "critic"),
  new ChatMessageChunk({ content: "I ", role: "assistant" }),
  new RemoveMessage({ id: "h0" }),
  new HumanMessage({ content: [] }),
  new AIMessage(""),
  new HumanMessage({ content: "🙂\u0000\n", id: "x".repeat(128) }),
];

async function opened(context) {
  const memory = await ConversationManager.open({ userId: "ada", storage: "memory" });
  context.after(() => memory.close());
  const { id } = await memory.createConversation();
  return { memory, id, history: new MemoryChatMessageHistory({ manager: memory, conversationId: id }), store: new MemoryMessageStore({ manager: memory, conversationId: id }) };
}

test("LangChain's history: messages of every class come back of their class and equal, and are what one would search for", async (context) => {
  const { memory, id, history } = await opened(context);
  assert.ok(history instanceof BaseListChatMessageHistory);
  await history.addMessages(messages());
  const found = await history.getMessages();
  // Of a message made of contentBlocks the constructor adds to the response's metadata, and not to its own arguments.
  const own = (message) => (message.lc_kwargs.contentBlocks ? { ...message, lc_kwargs: undefined } : message);
  assert.deepEqual(found.map(own), messages().map(own));
  assert.deepEqual(found.map((message) => message.constructor), messages().map((message) => message.constructor));
  assert.deepEqual(found.map((message) => message.toDict()), messages().map((message) => message.toDict()));
  const [, question] = await memory.getMessages(id);
  assert.equal(question.content, "What is the weather in Lima?");
  assert.equal(question.id, "h1");
  const prompt = await memory.buildPrompt(id, "And tomorrow?", { maxTokens: 100_000 });
  assert.equal(refusal(prompt.messages), undefined);
  assert.deepEqual(prompt.messages[1].tool_calls, [{ id: "c1", type: "function", function: { name: "weather", arguments: '{"city":"Lima"}' } }]);
});

test("LangChain's history: chunks that were joined, and a message that was changed after it was made", async (context) => {
  const { history } = await opened(context);
  const [, , , , , , , first, second] = messages();
  const joined = first.concat(second);
  const changed = new AIMessage("one thing");
  Object.assign(changed, { content: "another thing", id: "changed", name: "Ada", usage_metadata: USAGE });
  await history.addMessage(joined);
  await history.addMessage(changed);
  const [one, other] = await history.getMessages();
  assert.deepEqual(one, joined);
  assert.deepEqual(one.tool_calls, [{ id: "c4", name: "weather", args: { city: "Lima" }, type: "tool_call" }]);
  assert.deepEqual([other.content, other.id, other.name], ["another thing", "changed", "Ada"]);
});

test("LangChain's history: what is beside an answer is kept as JSON has it", async (context) => {
  const { history } = await opened(context);
  await history.addMessage(new AIMessage({ content: "19", response_metadata: { at: new Date(0), call() {}, nothing: undefined } }));
  assert.deepEqual((await history.getMessages())[0].response_metadata, { at: "1970-01-01T00:00:00.000Z" });
  const circle = {};
  circle.circle = circle;
  const { argument } = await failure(() => history.addMessage(new AIMessage({ content: "19", additional_kwargs: circle })), "invalid-input");
  assert.equal(argument, "message");
  assert.equal((await history.getMessages()).length, 1);
});

test("LangChain's history: what others have stored is there as its text", async (context) => {
  const { memory, id, history } = await opened(context);
  const stored = await memory.addMessages(id, [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hello." },
    { role: "assistant", parts: [{ type: "text", text: "Hi." }] },
    { role: "tool", content: "19", metadata: { tool_call_id: "c1", name: "weather" } },
    { role: "system", content: "Error", metadata: { errorType: "model" } },
  ]);
  const [a, b, c, d] = stored.map((message) => message.id);
  const wanted = [new SystemMessage({ id: a, content: "Be brief." }), new HumanMessage({ id: b, content: "Hello." }), new AIMessage({ id: c, content: "Hi." })];
  assert.deepEqual(await history.getMessages(), [...wanted, new ToolMessage({ id: d, content: "19", tool_call_id: "c1", name: "weather" })]);
});

test("LangChain's history: a chain with history goes on where it was", async (context) => {
  const { memory, id } = await opened(context);
  const model = new FakeListChatModel({ responses: ["It is 19 °C.", "The same."] });
  const prompt = ChatPromptTemplate.fromMessages([["system", "Be brief."], new MessagesPlaceholder("history"), ["human", "{question}"]]);
  const seen = [];
  const chat = () =>
    new RunnableWithMessageHistory({
      runnable: prompt.pipe((value) => (seen.push(value.messages.map(({ content }) => content)), value)).pipe(model),
      getMessageHistory: (conversationId) => new MemoryChatMessageHistory({ manager: memory, conversationId }),
      inputMessagesKey: "question",
      historyMessagesKey: "history",
    });
  const ask = (question) => chat().invoke({ question }, { configurable: { sessionId: id } });
  await ask("What is the weather in Lima?");
  const answer = await ask("And tomorrow?");
  assert.equal(answer.content, "The same.");
  assert.deepEqual(seen[1], ["Be brief.", "What is the weather in Lima?", "It is 19 °C.", "And tomorrow?"]);
  const stored = (await memory.getMessages(id)).map(({ role, content }) => `${role}: ${content}`);
  assert.deepEqual(stored, ["user: What is the weather in Lima?", "assistant: It is 19 °C.", "user: And tomorrow?", "assistant: The same."]);
});

test("LangChain's history: the same twice, nothing, and emptied", async (context) => {
  const { memory, id, history } = await opened(context);
  await history.addMessages([]);
  assert.deepEqual(await history.getMessages(), []);
  const count = async () => (await history.getMessages()).length;
  for (let time = 0; time < 2; time += 1) {
    await history.addUserMessage("yes");
    await history.addAIMessage("no");
    await history.addMessage(new HumanMessage({ id: "q1", content: "once" }));
  }
  assert.equal(await count(), 5);
  await failure(() => history.addMessages([new AIMessage("whole"), new HumanMessage({ id: "q1", content: "other words" })]), "invalid-input");
  assert.equal(await count(), 5);
  await history.clear();
  await history.clear();
  assert.equal(await count(), 0);
  const { title, messageCount } = await memory.getConversation(id);
  assert.deepEqual({ title, messageCount }, { title: "New Conversation", messageCount: 0 });
  await history.addUserMessage("again");
  assert.equal(await count(), 1);
});

test("LangChain's store: messages by their ids", async (context) => {
  const { memory, id, store, history } = await opened(context);
  assert.ok(store instanceof BaseStore);
  const pairs = Array.from({ length: 5 }, (_, index) => [`message:id:${index}`, index % 2 ? new AIMessage(`ai ${index}`) : new HumanMessage({ content: `human ${index}`, id: `own ${index}` })]);
  await store.mset(pairs);
  const keys = async (prefix) => {
    const found = [];
    for await (const key of store.yieldKeys(prefix)) found.push(key);
    return found;
  };
  assert.deepEqual(await keys(), pairs.map(([key]) => key));
  assert.deepEqual(await keys("message:id:1"), ["message:id:1"]);
  assert.deepEqual(await store.mget(["message:id:1", "none", "message:id:0"]), [pairs[1][1], undefined, pairs[0][1]]);
  assert.deepEqual(await history.getMessages(), pairs.map(([, message]) => message));

  const blocks = new AIMessage({ content: [{ type: "text", text: "of blocks" }, { type: "image_url", image_url: { url: PHOTO } }] });
  await store.mset([["message:id:1", blocks], ["new", new HumanMessage("first")], ["new", new HumanMessage("second")]]);
  assert.deepEqual(await store.mget(["message:id:1", "new"]), [blocks, new HumanMessage("second")]);
  await store.mset([["message:id:1", new AIMessage("a text again")]]);
  assert.deepEqual(await store.mget(["message:id:1"]), [new AIMessage("a text again")]);
  assert.deepEqual((await memory.getMessages(id))[1].parts, [{ type: "text", text: "a text again" }]);
  await failure(() => store.mset([["late", new HumanMessage("late")], ["message:id:1", new HumanMessage("of a person")]]), "invalid-input");

  await store.mdelete(["message:id:1", "none", "message:id:3"]);
  assert.deepEqual(await keys(), ["message:id:0", "message:id:2", "message:id:4", "new"]);
  await store.mdelete([]);
  await store.mset([]);
  assert.deepEqual(await store.mget([]), []);
  assert.equal((await memory.getConversation(id)).messageCount, 4);
});

test("LangChain: what does not fit is refused with a code and its place", async (context) => {
  const { memory, id, history, store } = await opened(context);
  const nowhere = { manager: memory, conversationId: "nowhere" };
  const places = [
    [() => new MemoryChatMessageHistory({ manager: memory }), "invalid-input", "options.conversationId"],
    [() => new MemoryMessageStore({ manager: null, conversationId: id }), "invalid-input", "options.manager"],
    [() => history.addMessage("hello"), "invalid-input", "message"],
    [() => history.addMessages([new HumanMessage("x"), { content: "x" }]), "invalid-input", "messages[1]"],
    [() => store.mset([["a", "x"]]), "invalid-input", "keyValuePairs[0][1]"],
    [() => store.mset([[1, new HumanMessage("x")]]), "invalid-input", "keyValuePairs[0][0]"],
    [() => store.mget("a"), "invalid-input", "keys"],
    [() => new MemoryChatMessageHistory(nowhere).getMessages(), "not-found", undefined],
    [() => new MemoryChatMessageHistory(nowhere).addUserMessage("x"), "not-found", undefined],
    [() => new MemoryChatMessageHistory(nowhere).clear(), "not-found", undefined],
    [() => new MemoryMessageStore(nowhere).mget(["a"]), "not-found", undefined],
    [() => new MemoryMessageStore(nowhere).mdelete(["a"]), "not-found", undefined],
  ];
  for (const [call, code, argument] of places) assert.equal((await failure(async () => call(), code)).argument, argument);
  assert.deepEqual(await history.getMessages(), []);
});

for (const { line, source } of examplesOf("adapters/langchain.md", "js run")) {
  test(`docs/adapters/langchain.md, the example in line ${line}`, () => inPage(runModule, source, page));
}

test("LangChain in a browser: 1,000 messages are there after a reload", async () => {
  const { count, last, classes } = await inPage(async () => {
    const { MemoryChatMessageHistory } = await import("conversation-memory/langchain");
    const { AIMessage, HumanMessage } = await import("@langchain/core/messages");
    const { memory, id } = await openConversation();
    const history = new MemoryChatMessageHistory({ manager: memory, conversationId: id });
    await history.addMessages(Array.from({ length: 1_000 }, (_, index) => (index % 2 ? new AIMessage(`answer ${index}`) : new HumanMessage(`question ${index}`))));
    await memory.close();
    const found = await new MemoryChatMessageHistory({ manager: await openMemory(), conversationId: id }).getMessages();
    const classes = found.every((message, index) => message instanceof (index % 2 ? AIMessage : HumanMessage));
    return { count: found.length, last: found.at(-1).content, classes };
  }, undefined, page);
  assert.deepEqual({ count, last, classes }, { count: 1_000, last: "answer 999", classes: true });
});

test("LangChain in two tabs at once: nothing is lost, and what one call adds stands together", async () => {
  await withTabs(2, async (tabs) => {
    const id = await tabs[0].evaluate(async () => (await openConversation()).id);
    const write = async ({ id, index }) => {
      const { MemoryChatMessageHistory } = await import("conversation-memory/langchain");
      const { AIMessage, HumanMessage } = await import("@langchain/core/messages");
      const history = new MemoryChatMessageHistory({ manager: await openMemory(), conversationId: id });
      for (let round = 0; round < 20; round += 1) await history.addMessages([new HumanMessage(`${index} ${round}`), new AIMessage(`${index} ${round}`)]);
      return (await history.getMessages()).map(({ content }) => content);
    };
    const seen = await Promise.all(tabs.map((tab, index) => tab.evaluate(write, { id, index })));
    const texts = seen.find((each) => each.length === 80);
    assert.ok(texts, `${seen.map((each) => each.length)}`);
    for (let at = 0; at < 80; at += 2) assert.equal(texts[at], texts[at + 1]);
    for (const tab of [0, 1]) {
      const own = texts.filter((text, at) => at % 2 === 0 && text.startsWith(`${tab} `));
      assert.deepEqual(own, Array.from({ length: 20 }, (_, round) => `${tab} ${round}`));
    }
  }, page);
});

test("LangChain: a killed browser leaves all messages of a call or none", onlyIn(["chromium"], "be killed as a whole"), async () => {
  const seed = newSeed();
  const delay = randomOf(seed).between(0, 300);
  const { count, wrong } = await afterKill(page, {
    delay,
    work: async () => {
      const { MemoryChatMessageHistory } = await import("conversation-memory/langchain");
      const { HumanMessage } = await import("@langchain/core/messages");
      const { memory, id } = await openConversation();
      const history = new MemoryChatMessageHistory({ manager: memory, conversationId: id });
      tell("begun");
      for (let call = 0; ; call += 1) await history.addMessages(Array.from({ length: 150 }, (_, at) => new HumanMessage(`${call} ${at}`)));
    },
    look: async () => {
      const { MemoryChatMessageHistory } = await import("conversation-memory/langchain");
      const memory = await openMemory();
      const [{ id }] = await memory.listConversations();
      const found = await new MemoryChatMessageHistory({ manager: memory, conversationId: id }).getMessages();
      return { count: found.length % 150, wrong: found.filter(({ content }, at) => content !== `${Math.floor(at / 150)} ${at % 150}`).length };
    },
  });
  assert.deepEqual({ count, wrong }, { count: 0, wrong: 0 }, `seed ${seed}, ${delay} ms`);
});
