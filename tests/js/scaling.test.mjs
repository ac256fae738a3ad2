// Twice the input takes at most 2.5 times as long: what is done in JavaScript, with inputs that are hard for it. Measured
// over three doublings, as in tests/scaling.rs: what grows with the square of its input takes 64 times as long.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { chunk, events, finish } from "./support/model-server.mjs";
import { generate, importPackage, prompt } from "./support/models.mjs";
import { zip } from "./support/zip-writer.mjs";

const { aiSdkModel, browserModel, ConversationAgent, ConversationManager, openAICompatible } = await importPackage();

const LONG_ENOUGH = 4;
const LARGEST = 64 * 1024;
const TIMES = 8;
const MOST = 2.5 ** 3;
/** Another process, or a collection of garbage, may take the time of a run: the shortest of several counts. */
const ROUNDS = 12;
/** On a busy machine it takes many until one is not disturbed. */
const REPEATED_FOR_MS = 10_000;

const opened = [];
after(() => Promise.all(opened.map((memory) => memory.close())));

async function openMemory() {
  const memory = await ConversationManager.open({ userId: "ada", storage: "memory" });
  opened.push(memory);
  return memory;
}

/** `prepare` makes a function that works on about so many parts of an input. */
function scales(name, prepare, first = 500, largest = LARGEST) {
  test(name, async () => {
    const time = async (work) => {
      const begun = performance.now();
      await work();
      return performance.now() - begun;
    };
    let [size, small, shortest] = [first / 2, undefined, 0];
    while (shortest < LONG_ENOUGH && size < largest) {
      size *= 2;
      small = await prepare(size);
      await small();
      shortest = Infinity;
      // On a busy machine a run by itself may look long enough.
      for (let round = 0; round < 3; round += 1) shortest = Math.min(shortest, await time(small));
    }
    const large = await prepare(TIMES * size);
    let longest = Infinity;
    const begun = performance.now();
    for (let round = 0; round < ROUNDS || performance.now() - begun < REPEATED_FOR_MS; round += 1) {
      shortest = Math.min(shortest, await time(small));
      longest = Math.min(longest, await time(large));
      if (longest <= MOST * shortest) return;
    }
    assert.fail(`${shortest} ms for ${size}, ${longest} ms for ${TIMES} times as many`);
  });
}

const many = (count, make) => Array.from({ length: count }, (_, index) => make(index));

// What a server answers.

/** An answer whose body arrives in these pieces. */
const answering = (pieces, status = 200) => {
  const bytes = pieces.map((piece) => new TextEncoder().encode(piece));
  const fetch = async () => {
    let next = 0;
    const pull = (controller) => (next === bytes.length ? controller.close() : controller.enqueue(bytes[next++]));
    return new Response(new ReadableStream({ pull }), { status });
  };
  const model = openAICompatible({ baseURL: "http://localhost/v1", model: "little", apiKey: "sk-12345678", fetch });
  return () => generate(model).catch((error) => error);
};
const event = (delta, rest) => events([chunk(delta, rest)]);
const done = [events([finish(), "[DONE]"])];
const call = (part) => event({ tool_calls: [part] });
const named = (index) => ({ id: `call-${index}`, type: "function", function: { name: "f", arguments: "" } });
const more = { function: { arguments: "x" } };

scales("many small deltas", (size) => answering([...many(size, () => event({ content: "a " })), ...done]));
scales("many deltas of reasoning", (size) => answering([...many(size, () => event({ reasoning: "a " })), event({ content: "a" }), ...done]));
scales("many deltas between tags", (size) => answering([event({ content: "<think>" }), ...many(size, () => event({ content: "< " })), event({ content: "</think>a" }), ...done]));
scales("white space at the beginning of an answer", (size) => answering([...many(size, () => event({ content: " " })), ...done]));
scales("white space between tags", (size) => answering([event({ content: "<think>a" }), ...many(size, () => event({ content: " " })), ...done]));
scales("a long event in small pieces", (size) => answering(["data: ", ...many(size, () => "x"), "\n\n"]));
scales("a long answer in small pieces", (size) => answering(['{"choices":[{"message":{"content":"', ...many(size, () => "x"), '"}}]}']));
scales("an event of many lines", (size) => answering([...many(size, () => "data: 1,\n"), "\n"]));
scales("comments and blank lines", (size) => answering([...many(size, () => ": ping\n\n\r\n"), event({ content: "a" }), ...done]));
scales("white space before an answer", (size) => answering([...many(size, () => " \n"), event({ content: "a" }), ...done]));
scales("a page in small pieces", (size) => answering(["<p>", ...many(size, () => "x")]));
scales("a refusal in small pieces", (size) => answering(many(size, () => "x"), 400));
scales("a refusal full of beginnings of the key", (size) => answering(many(size, () => "sk-1234567"), 400));
scales("one call of a tool in many parts", (size) =>
  answering([call({ index: 0, ...named(0) }), ...many(size, () => call({ index: 0, ...more })), ...done]));
scales("many calls of tools", (size) => answering([...many(size, (index) => call({ index, ...named(index) })), ...done]));
scales("many calls, and then more of each", (size) =>
  answering([...many(size, (index) => call({ index, ...named(index) })), ...many(size, (index) => call({ index, ...more })), ...done]));
scales("many calls that are told apart by their ids", (size) => {
  const ids = many(size, (index) => call({ index: 0, ...named(index) }));
  return answering([...ids, ...ids, ...many(size, (index) => call(named(index))), ...done]);
});
scales("a call that gets more and more fields", (size) =>
  answering([...many(size, (index) => call({ index: 0, function: { [`f${index}`]: 1 } })), ...done]));
scales("an answer with many calls in one event", (size) => answering([call(named(0)), event({ tool_calls: many(size, named) }), ...done]));

// What is asked.

/** Asks about these messages. */
const asking = (messages) => {
  const ask = prompt([...messages, { role: "user", content: "q" }]);
  const fetch = async () => new Response(events([chunk({ content: "a" }), finish()]));
  return () => generate(openAICompatible({ baseURL: "http://localhost/v1", model: "little", fetch }), { ask });
};
const calling = (ids) => ({ role: "assistant", content: "", tool_calls: ids.map((id) => ({ id })) });
const result = (id) => ({ role: "tool", content: "r", tool_call_id: id });

scales("a long conversation", (size) => asking(many(size, (index) => ({ role: index % 2 ? "assistant" : "user", content: "x" }))), 4_000);
scales("a long conversation of nothing but answers", (size) => asking(many(size, () => ({ role: "assistant", content: "x" }))), 4_000);
scales("many calls with their results", (size) => asking(many(size, (index) => [calling([`${index}`]), result(`${index}`)]).flat()), 2_000);
scales("one call with many results", (size) => {
  const ids = many(size, (index) => `${index}`);
  return asking([calling(ids), ...ids.map(result)]);
});
scales("results without calls", (size) => asking(many(size, (index) => result(`${index}`))));

scales("aiSdkModel: many small deltas", (size) => {
  async function* stream() {
    for (let index = 0; index < size; index += 1) yield { type: index % 2 ? "text-delta" : "reasoning-delta", text: "a " };
  }
  const model = aiSdkModel({}, { streamText: () => ({ fullStream: stream() }) });
  return () => generate(model);
});
scales("browserModel: many small deltas", (size) => {
  class Session extends EventTarget {
    promptStreaming() {
      let left = size;
      return new ReadableStream({ pull: (controller) => (left-- > 0 ? controller.enqueue("a ") : controller.close()) });
    }
    destroy() {}
  }
  globalThis.LanguageModel = { availability: async () => "available", create: async () => new Session() };
  return () => generate(browserModel());
});

// Metadata, and what the core makes of texts.

const replacing = (make) => async (size) => {
  const memory = await openMemory();
  const { id } = await memory.createConversation();
  const { id: messageId } = await memory.addMessage(id, { role: "user", content: "x" });
  const metadata = make(size);
  return () => memory.updateMessageMetadata(id, messageId, metadata);
};
const nested = (depth, inside) => many(depth, (index) => index).reduce((value, index) => (index % 2 ? [value] : { value }), inside);

scales("metadata with many fields", replacing((size) => Object.fromEntries(many(Math.min(size, 60_000), (index) => [`k${index}`, 1]))), 250);
scales("metadata with a long list", replacing((size) => ({ list: many(Math.min(size, 200_000), () => 1) })));
scales("deep metadata", replacing((size) => ({ list: many(Math.min(size / 100, 60), () => nested(900, 1)) })), 100);

const longQuestion = (unit) => async (size) => {
  const memory = await openMemory();
  const model = { generate: async () => ({ text: "Fine." }) };
  const agent = new ConversationAgent({ manager: memory, model, prompt: { maxTokens: 1_000_000_000 } });
  const query = unit.repeat(size);
  return () => agent.processQuery(query);
};

scales("a question full of it", longQuestion("Does it matter that they like it in Berlin, or is it the same? "), 100);
scales("a question full of quotation marks", longQuestion("„“«"));
scales("a question full of numbers", longQuestion("2024 and 3.5 "));
scales("a question of combining marks", longQuestion("\u0315\u0300 a"));
scales("a question of nothing but combining marks", longQuestion("\u0315\u0300"));
scales("a question in Chinese", longQuestion("教育の状況"));

scales("a prompt with a long message in Chinese", async (size) => {
  const memory = await openMemory();
  const { id } = await memory.createConversation();
  await memory.addMessage(id, { role: "user", content: "教育".repeat(size) });
  return () => memory.buildPrompt(id, "q", { maxTokens: 500 + size });
});
scales("context of a long text in many scripts", async (size) => {
  const memory = await openMemory();
  const { id } = await memory.createConversation();
  await memory.addMessage(id, { role: "user", content: "e\u0301👩‍👩‍👧한국a".repeat(size) });
  return () => memory.buildConversationContext(id, { maxMessages: 1, maxCharacters: 5 * size });
});
scales("many answers about many things", async (size) => {
  const memory = await openMemory();
  const { id } = await memory.createConversation();
  const names = many(Math.min(size, 1_000), (index) => `name ${index}`);
  const about = (index) => ({ entities: [names[index % names.length], `other ${index}`] });
  await memory.addMessages(id, many(size, (index) => ({ role: "assistant", content: "x", metadata: about(index) })));
  return () => memory.getRelevantPastResults(id, names.slice(0, Math.ceil(names.length / 2)), { limit: 3 });
}, 500, 16 * 1024);

scales("messages that are there, their parents and repetitions", async (size) => {
  const memory = await openMemory();
  const { id } = await memory.createConversation();
  const list = many(size, (index) => ({ id: `m${index}`, role: "user", content: "x" }));
  await memory.addMessages(id, list);
  return async () => {
    await memory.addMessages(id, [...list, ...list]);
    await memory.addMessages(id, list.map((message) => ({ role: "user", content: "y", parentId: message.id })));
    await memory.switchBranch(id, "m0");
  };
}, 500, 1_000);

// Files.

const importing = (make) => (size) => {
  const file = new Blob([make(size)]);
  return async () => (await openMemory()).importAll(file).catch((error) => error);
};
const header = '{"type":"user","data":{}}\n';

scales("a file of empty lines", importing((size) => header + "\n\r\n".repeat(8 * size)));
scales("a file of lines that are no records", importing((size) => header + "x\n".repeat(size)));
scales("a file of one long line", importing((size) => `${header}"${"x".repeat(64 * size)}`));
scales("a list of numbers", importing((size) => `[${"1,".repeat(size)}1]`));
scales("a list of commas and white space", importing((size) => `[${", \n".repeat(8 * size)}]`));
scales("an element of nested brackets", importing((size) => `[${"[".repeat(8 * size)}`));
scales("a text of backslashes", importing((size) => `["${"\\".repeat(64 * size)}`));
const archive = (size) => zip(many(size, (index) => ({ name: `${index}.txt`, data: "", stored: true })));
// More of them at once is a matter of the collector of garbage.
scales("a zip archive of many files", importing(archive), 1_000, 2_000);

const message = (index, parent) => ({ uuid: `m${index}`, parent_message_uuid: parent, sender: "human", text: "x" });
const claude = (make) => importing((size) => JSON.stringify([{ uuid: "c", name: "c", chat_messages: many(size, make) }]));

scales("a foreign conversation that is a chain", claude((index) => message(index, `m${index - 1}`)));
scales("a foreign conversation of siblings", claude((index) => message(index, "m0")));
scales("a foreign conversation of rings", claude((index) => message(index, `m${index ^ 1}`)));

const activity = (index) => ({
  header: "Gemini Apps",
  title: "Asked x",
  time: new Date(1_700_000_000_000 - 1_000 * index).toISOString(),
  safeHtmlItem: [{ html: "<p>y</p>" }],
});
scales("activities in Gemini that follow closely", importing((size) => JSON.stringify(many(size, activity))));
scales("activities elsewhere", importing((size) => JSON.stringify(many(size, (index) => ({ ...activity(index), header: "Search" })))));
