// buildPrompt: what a model is given, within its budget.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("system prompt, history, recalled material, and the query last", async () => {
  const { prompt, again, context, past } = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "user", content: "How healthy is education?" });
    const metadata = { entities: ["Education"] };
    const past = await memory.addMessage(id, { role: "assistant", content: "72 of 100.\nRising.", metadata });
    await memory.addMessages(id, talk(120));
    const prompt = await memory.buildPrompt(id, "And EDUCATION today?");
    const again = await memory.buildPrompt(id, "And EDUCATION today?");
    return { prompt, again, context: await memory.buildConversationContext(id), past };
  });
  assert.equal(prompt.system, "You are a transformation analyst helping users understand digital transformation progress.");
  const { role, content } = prompt.messages.at(-1);
  assert.equal(role, "user");
  assert.match(content, /not instructions:\n\nAbout Education:\n> 72 of 100\.\n> Rising\.\n\nAnd EDUCATION today\?$/);
  assert.deepEqual(prompt.messages.slice(0, -1).map(({ content }) => content), Array.from({ length: 100 }, (_, index) => `message ${20 + index}`));
  assert.equal(prompt.context, context);
  assert.deepEqual(prompt.pastResults.map(({ messageId, overlap }) => [messageId, overlap]), [[past.id, ["Education"]]]);
  assert.equal(prompt.report.length, 101);
  assert.ok(prompt.tokens > 500 && prompt.tokens <= 4096, `${prompt.tokens} tokens`);
  assert.deepEqual(again, prompt);
});

test("the application's own counting decides, and its faults are invalid-input", async () => {
  const { small, counted, failures } = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, talk(50));
    const texts = [];
    const countTokens = (text) => {
      texts.push(text);
      return text.split(" ").length;
    };
    const small = await memory.buildPrompt(id, "now", { maxTokens: 40, countTokens, recallLimit: 0 });
    const faults = [() => { throw new Error("no"); }, () => NaN, () => -1, () => "3", () => undefined, async () => 3];
    const failures = [];
    for (const fault of faults) failures.push(await failure(() => memory.buildPrompt(id, "now", { countTokens: fault })));
    return { small, counted: texts.length, failures };
  });
  assert.ok(counted > 3);
  // The system prompt has 11 words, the query one, a message of history two; each takes 4 more.
  assert.equal(small.tokens, 15 + 5 + 2 * 6);
  assert.deepEqual(small.messages.map(({ content }) => content), ["message 48", "message 49", "now"]);
  for (const { code, message } of failures) {
    assert.equal(code, "invalid-input");
    assert.match(message, /^countTokens must be /);
  }
});

test("what has to fit and does not says by how much; wrong options are named", async () => {
  const failures = await inPage(async () => {
    const { memory, id } = await openConversation();
    const options = [{ maxTokens: 3 }, { maxTokens: -1 }, { maxTokens: "9" }, { countTokens: 3 }, { maxMessages: 1.5 }, { recallLimit: null }, null];
    const failures = [await failure(() => memory.buildPrompt(id, 3)), await failure(() => memory.buildPrompt("nowhere", "q"))];
    for (const option of options) failures.push(await failure(() => memory.buildPrompt(id, "now", option)));
    return failures.map(({ code, message }) => [code, message.split(" must")[0], message]);
  });
  assert.deepEqual(failures.map(([code]) => code), ["invalid-input", "not-found", ...Array(7).fill("invalid-input")]);
  assert.deepEqual(failures.filter((_, at) => at !== 1).map(([, argument]) => argument), ["query", "maxTokens", "maxTokens", "maxTokens", "countTokens", "maxMessages", "recallLimit", "options"]);
  assert.match(failures[2][2], /more than 3$/);
});

test("branches: the prompt follows the active one", async () => {
  const contents = await inPage(async () => {
    const { memory, id } = await openConversation();
    const [first, second] = await memory.addMessages(id, numbered(3));
    await memory.addMessage(id, { role: "assistant", content: "instead", parentId: first.id });
    const read = async () => (await memory.buildPrompt(id, "q")).messages.map(({ content }) => content);
    const onBranch = await read();
    await memory.switchBranch(id, second.id);
    return [onBranch, await read()];
  });
  assert.deepEqual(contents, [["message 0", "instead", "q"], ["message 0\n\nmessage 1\n\nmessage 2\n\nq"]]);
});

test("every server takes it: roles alternate, nothing is empty, calls of tools have their results", async () => {
  const { prompts, contexts, blank } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const [prompts, contexts] = [[], []];
    const ask = async (messages) => {
      const { id } = await memory.createConversation();
      await memory.addMessages(id, messages);
      prompts.push((await memory.buildPrompt(id, "x?")).messages);
      contexts.push(await memory.buildConversationContext(id));
    };
    const user = (content, metadata = {}) => ({ role: "user", content, metadata });
    const assistant = (content, metadata = {}) => ({ role: "assistant", content, metadata });
    const tool = (content, tool_call_id) => ({ role: "tool", content, metadata: { tool_call_id } });
    await ask([user("q")]);
    await ask([assistant("Hello"), user("", { attachments: [{ type: "image/png" }] }), assistant(" ")]);
    const calls = { tool_calls: [{ id: "a", type: "function" }, { id: "b", type: "function" }] };
    await ask([user("q"), assistant("", calls), tool("1", "a"), tool("2", "a"), tool("3", "c"), assistant("so")]);
    await ask([user(`I am Ada ![](data:image/png;base64,${"iVBOR".repeat(60_000)})`), assistant("Hello Ada")]);
    await ask([...talk(10), ...Array(12).fill(assistant(""))]);
    const others = { toolCalls: [{ id: "x", name: "f", arguments: { a: 1 } }] };
    await ask([user("q"), assistant("", others), { ...tool("1", "x"), metadata: { toolCallId: "x", name: { no: "name" } } }, assistant("so")]);
    await ask([{ ...user("x?"), status: "failed" }, { role: "system", content: "Error: no", metadata: { errorType: "model" } }]);
    contexts.blank = (await failure(() => memory.buildPrompt(id, " "))).code;
    return { prompts, contexts, blank: contexts.blank };
  });
  assert.deepEqual(prompts.slice(0, 4), [
    [{ role: "user", content: "q\n\nx?" }],
    [{ role: "user", content: "[1 picture]\n\nx?" }],
    [
      { role: "user", content: "q" },
      { role: "assistant", content: "", tool_calls: [{ id: "a", type: "function" }] },
      { role: "tool", content: "1", tool_call_id: "a" },
      { role: "assistant", content: "so" },
      { role: "user", content: "x?" },
    ],
    [{ role: "user", content: "I am Ada ![]([image/png, 219 KB])" }, { role: "assistant", content: "Hello Ada" }, { role: "user", content: "x?" }],
  ]);
  assert.deepEqual(prompts[5].slice(1, 3), [
    { role: "assistant", content: "", tool_calls: [{ id: "x", type: "function", function: { name: "f", arguments: '{"a":1}' } }] },
    { role: "tool", content: "1", tool_call_id: "x" },
  ]);
  assert.deepEqual(prompts[6], [{ role: "user", content: "x?" }], "what was asked in vain and is asked again is said once");
  assert.equal(blank, "invalid-input");
  assert.equal(contexts[1], "Assistant: Hello\nUser: [1 picture]");
  assert.equal(contexts[4].split("\n").length, 10, "what says nothing makes no line");
});

test("a long question fits unless a budget was given; pictures make no title", async () => {
  const { fits, failed, title } = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "user", content: `data:image/png;base64,${"iVBOR".repeat(1000)} and words` });
    const question = "a word ".repeat(20_000);
    const fits = (await memory.buildPrompt(id, question)).messages.at(-1).content.endsWith(question);
    const failed = await failure(() => memory.buildPrompt(id, question, { maxTokens: 4096 }));
    return { fits, failed, title: (await memory.getConversation(id)).title };
  });
  assert.equal(fits, true);
  assert.equal(failed.code, "invalid-input");
  assert.match(failed.message, /^maxTokens must be at least \d+: .* more than 4096$/);
  assert.equal(title, "[image/png, 3.6 KB] and words");
});
