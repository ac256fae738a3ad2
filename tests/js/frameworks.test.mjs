// Messages of frameworks, made by the frameworks themselves: stored as parts, they come back deeply equal, say what one
// would search for, and make a prompt that no server refuses. What is between the two is a few lines for each.
import { fromThreadMessageLike, MessageRepository } from "@assistant-ui/core/internal";
import { AIMessage, HumanMessage, mapChatMessagesToStoredMessages, mapStoredMessagesToChatMessages, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { AbstractChat, convertToModelMessages, jsonSchema, lastAssistantMessageIsCompleteWithApprovalResponses, stepCountIs, streamText, tool, validateUIMessages } from "ai";
import { MockLanguageModelV3, simulateReadableStream } from "ai/test";
import assert from "node:assert/strict";
import { test } from "node:test";
import { importPackage } from "./support/models.mjs";
import { refusal } from "./support/refusal.mjs";

const { ConversationManager } = await importPackage();

/** As it is in JSON: without what is undefined. */
const plain = (value) => JSON.parse(JSON.stringify(value));

const PHOTO = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** A memory of its own with a conversation. */
async function opened(context) {
  const memory = await ConversationManager.open({ userId: "ada", storage: "memory" });
  context.after(() => memory.close());
  return { memory, id: (await memory.createConversation()).id };
}

/** The prompt of a conversation, which every server takes. */
async function promptOf(memory, id, options) {
  const prompt = await memory.buildPrompt(id, "And tomorrow?", options);
  assert.equal(refusal(prompt.messages.map(({ files, ...message }) => (files ? { ...message, content: message.content || "[files]" } : message))), undefined);
  return prompt;
}

const told = ({ messages }) =>
  messages.map(({ role, content, tool_calls: calls = [] }) => `${role}: ${content}${calls.map(({ function: { name, arguments: input } }) => ` ${name}${input}`).join("")}`);

// ------------------------------------------------------------------ AI SDK

/** The SDK's chat as a page without React has it. */
class Chat extends AbstractChat {
  constructor(init) {
    const state = {
      status: "ready",
      error: undefined,
      messages: [],
      pushMessage: (message) => (state.messages = [...state.messages, message]),
      popMessage: () => (state.messages = state.messages.slice(0, -1)),
      replaceMessage: (index, message) => (state.messages = state.messages.with(index, structuredClone(message))),
      snapshot: structuredClone,
    };
    super({ ...init, state });
  }
}

const text = (words) => [{ type: "text-start", id: "t" }, { type: "text-delta", id: "t", delta: words }, { type: "text-end", id: "t" }];
const thought = (words) => [{ type: "reasoning-start", id: "r" }, { type: "reasoning-delta", id: "r", delta: words }, { type: "reasoning-end", id: "r" }];
const call = (toolCallId, input) => ({ type: "tool-call", toolCallId, toolName: "weather", input: JSON.stringify(input) });
const end = (unified) => ({ type: "finish", finishReason: { unified, raw: unified }, usage: { inputTokens: { total: 1 }, outputTokens: { total: 1 } } });

/** A chat with a model that says these streams, one after the other, and a tool that the person has to allow. */
function chatOf(streams) {
  const model = new MockLanguageModelV3({ doStream: async () => ({ stream: simulateReadableStream({ chunks: streams.shift() }) }) });
  const weather = tool({
    inputSchema: jsonSchema({ type: "object", properties: { city: { type: "string" } } }),
    needsApproval: true,
    execute: async ({ city }) => ({ city, celsius: 19, days: [18, 20] }),
  });
  const transport = {
    async sendMessages({ messages, abortSignal }) {
      const result = streamText({ model, messages: await convertToModelMessages(messages), tools: { weather }, stopWhen: stepCountIs(3), abortSignal });
      return result.toUIMessageStream({ originalMessages: messages, sendReasoning: true, generateMessageId: () => crypto.randomUUID() });
    },
    reconnectToStream: async () => null,
  };
  return new Chat({ transport, sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses });
}

const settled = async (chat, condition) => {
  for (let waited = 0; !(chat.status === "ready" && condition(chat.messages)); waited += 10) {
    assert.ok(waited < 10_000 && chat.status !== "error", `${chat.status}: ${chat.error?.stack} ${JSON.stringify(chat.messages, null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

/** Stores what the chat shows: new messages behind the one before them, others as they are now. */
async function save(memory, id, messages) {
  const known = new Map((await memory.getTree(id)).messages.map((message) => [message.id, message]));
  for (const [index, { id: messageId, role, parts, metadata }] of plain(messages).entries()) {
    const parentId = messages[index - 1]?.id ?? null;
    if (!known.has(messageId)) await memory.addMessage(id, { id: messageId, role, parts, metadata, parentId });
    else await memory.updateMessage(id, messageId, { parts });
  }
}
const shown = (messages) => messages.map(({ id, role, parts }) => ({ id, role, parts }));

test("AI SDK: reasoning, a tool with approval, a photo, regenerated and edited answers", async (context) => {
  const { memory, id } = await opened(context);
  const chat = chatOf([
    [...thought("The weather."), ...text("Let me see."), call("c1", { city: "Lima" }), end("tool-calls")],
    [...text("It is 19 °C."), end("stop")],
    [...text("A blue sky."), end("stop")],
    [...text("A grey sky."), end("stop")],
    [...text("It snows."), end("stop")],
    [...text("From the very beginning."), end("stop")],
  ]);
  const isTheSame = async () => {
    await save(memory, id, chat.messages);
    const stored = await memory.getMessages(id);
    const read = stored.map(({ id: messageId, role, parts }) => ({ id: messageId, role, parts }));
    assert.deepEqual(read, plain(shown(chat.messages)));
    await validateUIMessages({ messages: read });
    return stored;
  };

  chat.sendMessage({ text: "What is the weather in Lima?" });
  const partOf = (messages) => messages.at(-1)?.parts.find(({ type }) => type === "tool-weather");
  await settled(chat, (messages) => partOf(messages)?.state === "approval-requested");
  await isTheSame();
  assert.deepEqual(told(await promptOf(memory, id)), ["user: What is the weather in Lima?", "assistant: Let me see.", "user: And tomorrow?"]);
  await chat.addToolApprovalResponse({ id: partOf(chat.messages).approval.id, approved: true });
  await settled(chat, (messages) => partOf(messages)?.state === "output-available" && messages.at(-1).parts.at(-1).type === "text");
  const [, answer] = await isTheSame();
  assert.equal(answer.content, "Let me see.\n\nIt is 19 °C.");
  const said = [
    "user: What is the weather in Lima?",
    'assistant: Let me see. weather{"city":"Lima"}',
    'tool: {"city":"Lima","celsius":19,"days":[18,20]}',
    "assistant: It is 19 °C.",
    "user: And tomorrow?",
  ];
  assert.deepEqual(told(await promptOf(memory, id)), said);

  chat.sendMessage({ text: "And on this photo?", files: [{ type: "file", mediaType: "image/png", filename: "sky.png", url: PHOTO }] });
  await settled(chat, (messages) => messages.length === 4);
  await isTheSame();
  const noted = await promptOf(memory, id);
  assert.match(told(noted).at(-3), /^user: And on this photo\?\n\n\[1 picture: sky.png\]$/);
  const [{ blob, ...file }] = (await promptOf(memory, id, { mediaTypes: ["image/*"] })).messages.at(-3).files;
  assert.deepEqual(file, { mediaType: "image/png", name: "sky.png", size: blob.size });
  assert.deepEqual(Buffer.from(await blob.arrayBuffer()), Buffer.from(PHOTO.split(",")[1], "base64"));

  const before = chat.messages.at(-1).id;
  chat.regenerate();
  await settled(chat, (messages) => messages.length === 4 && messages.at(-1).id !== before);
  const regenerated = await isTheSame();
  assert.deepEqual((await memory.listBranches(id, before)).map((message) => message.content), ["A blue sky.", "A grey sky."]);
  chat.sendMessage({ text: "And in winter?", messageId: regenerated[2].id });
  await settled(chat, (messages) => messages.at(-1).parts.at(-1).text === "It snows.");
  await isTheSame();
  chat.sendMessage({ text: "Where were we?", messageId: chat.messages[0].id });
  await settled(chat, (messages) => messages.length === 2);
  await isTheSame();
  assert.deepEqual(told(await promptOf(memory, id)), ["user: Where were we?", "assistant: From the very beginning.", "user: And tomorrow?"]);
});

// ------------------------------------------------------------------ assistant-ui

const toRecord = ({ message: { id, role, content, createdAt, ...beside }, parentId }) =>
  ({ id, role, parts: content, createdAt: createdAt.toISOString(), parentId, metadata: { beside: plain(beside) } });
const toItem = ({ id, role, parts, createdAt, parentId, metadata: { beside } }) =>
  ({ message: { id, role, content: parts, createdAt: new Date(createdAt), ...beside }, parentId: parentId ?? null });

test("assistant-ui: a repository of messages with its branches and its head, in and out", async (context) => {
  const { memory, id } = await opened(context);
  const repository = new MessageRepository();
  const complete = { type: "complete", reason: "stop" };
  const add = (parentId, messageId, role, content, status) =>
    repository.addOrUpdateMessage(parentId, fromThreadMessageLike({ role, content, createdAt: new Date(1_700_000_000_000) }, messageId, status ?? complete));
  add(null, "q1", "user", [{ type: "text", text: "What is the weather in Lima?" }, { type: "image", image: PHOTO, filename: "sky.png" }]);
  add("q1", "a1", "assistant", [
    { type: "reasoning", text: "Hm." },
    { type: "text", text: "Let me see." },
    { type: "tool-call", toolCallId: "c1", toolName: "weather", args: { city: "Lima" }, argsText: '{"city":"Lima"}', result: { celsius: 19 } },
    { type: "text", text: "It is 19 °C." },
    { type: "source", sourceType: "url", id: "s1", url: "https://weather.example/" },
  ]);
  add("q1", "a2", "assistant", [{ type: "text", text: "No idea." }]);
  add("a1", "q2", "user", "Sure?");
  add("q2", "a3", "assistant", [{ type: "tool-call", toolCallId: "c2", toolName: "weather", args: {}, argsText: "{}" }], { type: "requires-action", reason: "tool-calls" });
  add(null, "q0", "user", "Another beginning");
  repository.switchToBranch("a1");
  repository.resetHead("a3");
  const exported = repository.export();

  await memory.addMessages(id, exported.messages.map(toRecord));
  await memory.switchBranch(id, exported.headId);
  const { headId, messages } = await memory.getTree(id);
  const back = { headId, messages: messages.map(toItem) };
  assert.deepEqual(back, { headId: exported.headId, messages: exported.messages.map(({ message, parentId }) => ({ message: { ...plain(message), createdAt: message.createdAt }, parentId })) });
  const again = new MessageRepository();
  again.import(back);
  assert.deepEqual(plain(again.export()), plain(exported));
  assert.deepEqual(again.getMessages().map((message) => message.id), ["q1", "a1", "q2", "a3"]);
  assert.deepEqual(messages.map(({ content }) => content).slice(0, 2), ["What is the weather in Lima?", "Let me see.\n\nIt is 19 °C."]);
  assert.deepEqual(told(await promptOf(memory, id)), [
    "user: What is the weather in Lima?\n\n[1 picture: sky.png]",
    'assistant: Let me see. weather{"city":"Lima"}',
    'tool: {"celsius":19}',
    "assistant: It is 19 °C.",
    "user: Sure?\n\nAnd tomorrow?",
  ]);
});

// ------------------------------------------------------------------ LangChain

const ROLES = { human: "user", ai: "assistant", system: "system", tool: "tool" };
const fromStored = ({ type, data: { content, ...data } }) => ({
  role: ROLES[type],
  ...(typeof content === "string" ? { content } : { parts: content }),
  metadata: { type, data, tool_calls: data.tool_calls, tool_call_id: data.tool_call_id },
});
const toStored = ({ content, parts, metadata: { type, data } }) => ({ type, data: { content: parts ?? content, ...data } });

test("LangChain: human, AI with calls of tools, tool and system messages, in and out", async (context) => {
  const { memory, id } = await opened(context);
  const calls = [{ id: "c1", name: "weather", args: { city: "Lima" }, type: "tool_call" }];
  const messages = [
    new SystemMessage("Answer in one sentence."),
    new HumanMessage({ content: [{ type: "text", text: "What is the weather in Lima?" }, { type: "image_url", image_url: { url: PHOTO } }], id: "h1", name: "Ada" }),
    new AIMessage({ content: "Let me see.", tool_calls: calls, usage_metadata: { input_tokens: 1, output_tokens: 2, total_tokens: 3 } }),
    new ToolMessage({ content: '{"celsius":19}', tool_call_id: "c1", name: "weather", artifact: { raw: [19] }, status: "success" }),
    new AIMessage({ content: [{ type: "text", text: "It is 19 °C." }, { type: "tool_use", id: "c2", name: "weather", input: { city: "Quito" } }], tool_calls: [{ ...calls[0], id: "c2", args: { city: "Quito" } }] }),
    new ToolMessage({ content: [{ type: "text", text: "21" }], tool_call_id: "c2" }),
    new AIMessage("And 21 in Quito."),
  ];
  const stored = plain(mapChatMessagesToStoredMessages(messages));
  await memory.addMessages(id, stored.map(fromStored));
  const back = (await memory.getMessages(id)).map(toStored);
  assert.deepEqual(back, stored);
  assert.deepEqual(plain(mapStoredMessagesToChatMessages(back)), plain(messages));
  assert.equal((await memory.getMessages(id))[1].content, "What is the weather in Lima?");
  const prompt = await promptOf(memory, id);
  assert.match(prompt.system, /Answer in one sentence\.$/);
  assert.deepEqual(told(prompt), [
    "user: What is the weather in Lima?\n\n[1 picture]",
    'assistant: Let me see. weather{"city":"Lima"}',
    'tool: {"celsius":19}',
    'assistant: It is 19 °C. weather{"city":"Quito"}',
    "tool: 21",
    "assistant: And 21 in Quito.",
    "user: And tomorrow?",
  ]);
  assert.equal((await promptOf(memory, id, { mediaTypes: ["image/png"] })).messages[0].files[0].mediaType, "image/png");
});
