// Pictures and files on their way to a model: from a stored message into the prompt, and in the words of each provider.
import { streamText } from "ai";
import { MockLanguageModelV3, simulateReadableStream } from "ai/test";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answers, modelServer, saying } from "./support/model-server.mjs";
import { failure, generate, importPackage, prompt } from "./support/models.mjs";

const { aiSdkModel, browserModel, ConversationAgent, ConversationManager, openAICompatible } = await importPackage();

let server;
before(async () => (server = await modelServer()));
after(() => server.close());

const png = new Blob([Uint8Array.of(137, 80, 78, 71)], { type: "image/png" });
const pdf = new Blob(["%PDF-"], { type: "application/pdf" });
const PNG = "data:image/png;base64,iVBORw==";
const PDF = "data:application/pdf;base64,JVBERi0=";
const asked = () =>
  prompt([
    { role: "user", content: "What is this?", files: [{ mediaType: "image/png", name: "a.png", size: 4, attachment: "a1", blob: png }, { mediaType: "application/pdf", name: "b.pdf", blob: pdf }] },
    { role: "assistant", content: "A cat." },
    { role: "user", content: "", files: [{ mediaType: "image/png", blob: png }] },
  ]);

test("openAICompatible sends them as parts of the content, and a note of those that the model does not take", async () => {
  const sent = async (mediaTypes) => {
    server.plan(answers.stream(saying("72")));
    const model = openAICompatible({ baseURL: server.url, model: "little", mediaTypes });
    assert.deepEqual(model.mediaTypes, mediaTypes);
    await generate(model, { ask: asked() });
    return server.requests.at(-1).body.messages.slice(1).map(({ content }) => content);
  };
  const picture = { type: "image_url", image_url: { url: PNG } };
  const question = { type: "text", text: "What is this?" };
  assert.deepEqual(await sent(["image/*", "application/pdf"]), [
    [question, picture, { type: "file", file: { filename: "b.pdf", file_data: PDF } }],
    "A cat.",
    [picture],
  ]);
  assert.deepEqual(await sent(["image/png"]), [[{ type: "text", text: "What is this?\n\n[application/pdf: b.pdf]" }, picture], "A cat.", [picture]]);
  assert.deepEqual(await sent(undefined), ["What is this?\n\n[image/png: a.png]\n\n[application/pdf: b.pdf]", "A cat.", "[image/png]"]);
});

test("aiSdkModel sends their bytes as file parts", async () => {
  const chunks = [{ type: "text-start", id: "1" }, { type: "text-delta", id: "1", delta: "72" }, { type: "text-end", id: "1" }, { type: "finish", finishReason: { unified: "stop" }, usage: { inputTokens: {}, outputTokens: {} } }];
  const provider = new MockLanguageModelV3({ doStream: async () => ({ stream: simulateReadableStream({ chunks }) }) });
  await generate(aiSdkModel(provider, { streamText, mediaTypes: ["*/*"] }), { ask: asked() });
  const [, question, , last] = provider.doStreamCalls[0].prompt;
  const parts = ({ content }) => content.map(({ type, text, mediaType, filename, data }) => [type, text ?? mediaType, filename, data && Buffer.from(data).toString("base64")]);
  assert.deepEqual(parts(question), [["text", "What is this?", undefined, undefined], ["file", "image/png", "a.png", "iVBORw=="], ["file", "application/pdf", "b.pdf", "JVBERi0="]]);
  assert.deepEqual(parts(last), [["file", "image/png", undefined, "iVBORw=="]]);
});

test("browserModel gives pictures to the Prompt API, and says beforehand that they will come", async (context) => {
  const log = [];
  context.after(() => delete globalThis.LanguageModel);
  globalThis.LanguageModel = {
    availability: async (options) => (log.push(["availability", options]), "available"),
    create: async (options) => {
      log.push(["create", { ...options, signal: undefined }]);
      const promptStreaming = (input) => (log.push(["prompt", input]), ReadableStream.from(["72"]));
      return Object.assign(new EventTarget(), { promptStreaming, destroy() {} });
    },
  };
  const model = browserModel({ mediaTypes: ["image/*", "application/pdf"] });
  assert.deepEqual(model.mediaTypes, ["image/*"]);
  await generate(model, { ask: asked() });
  const expectedInputs = [{ type: "image" }];
  const [, [, created], [, input]] = log;
  assert.deepEqual(log[0], ["availability", { expectedInputs }]);
  assert.deepEqual(created.expectedInputs, expectedInputs);
  assert.deepEqual(created.initialPrompts.slice(1).map(({ role, content }) => [role, typeof content === "string" ? content : content.map(({ type, value }) => [type, typeof value === "string" ? value : value.size])]), [
    ["user", [["text", "What is this?\n\n[application/pdf: b.pdf]"], ["image", 4]]],
    ["assistant", "A cat."],
  ]);
  assert.deepEqual(input.map(({ role, content }) => [role, content.map(({ type, value }) => [type, value.size])]), [["user", [["image", 4]]]]);
});

test("what does not fit is named", async () => {
  const wrong = [{ mediaTypes: "image/*" }, { mediaTypes: ["image"] }, { mediaTypes: [3] }, { mediaTypes: ["*"] }];
  for (const options of wrong) {
    for (const make of [() => openAICompatible({ baseURL: server.url, model: "x", ...options }), () => browserModel(options), () => aiSdkModel({}, options)]) {
      assert.match((await failure(make, "invalid-input")).message, /^mediaTypes(\[0\])? must be /);
    }
  }
  const model = openAICompatible({ baseURL: server.url, model: "little", mediaTypes: ["image/*"] });
  for (const files of [{}, [3], [{ blob: png }], [{ mediaType: "image/png", blob: "x" }]]) {
    const error = await failure(() => generate(model, { ask: prompt([{ role: "user", content: "x", files }]) }), "invalid-input");
    assert.match(error.message, /^prompt\.messages\[0\]\.files/);
  }
});

test("a stored photo is in the prompt for a model that takes it, and one that is gone is a note", async (context) => {
  const memory = await ConversationManager.open({ userId: "ada", storage: "memory" });
  context.after(() => memory.close());
  const { id } = await memory.createConversation();
  const photo = await memory.addMessage(id, { role: "user", parts: [{ type: "text", text: "What is this?" }, { type: "file", blob: png, name: "a.png" }] });
  const prompts = [];
  const model = { mediaTypes: ["image/*"], generate: async (given) => (prompts.push(given), { text: "A cat." }) };
  const agent = new ConversationAgent({ manager: memory, model });
  await agent.regenerate(id, photo.id);
  await agent.processQuery("Sure?", { conversationId: id });
  const [question, later] = prompts.map(({ messages }) => messages);
  const bytesOf = async (message) => Buffer.from(await message.files[0].blob.arrayBuffer()).toString("base64");
  assert.deepEqual([question.length, question[0].content, await bytesOf(question[0])], [1, "What is this?", "iVBORw=="]);
  assert.deepEqual([later.length, later[0].files[0].name, await bytesOf(later[0])], [3, "a.png", "iVBORw=="]);
  // An agent's own options say more than its model.
  await new ConversationAgent({ manager: memory, model, prompt: { mediaTypes: [] } }).processQuery("Quite?", { conversationId: id });
  assert.deepEqual([prompts[2].messages[0].files, prompts[2].messages[0].content], [undefined, "What is this?\n\n[1 picture: a.png]"]);
  assert.ok(prompts[1].tokens > 1_600 && prompts[2].tokens < 1_000);
  // A picture is all that is asked.
  const alone = await memory.addMessage(id, { role: "user", parts: [{ type: "file", blob: png }] });
  await agent.regenerate(id, alone.id);
  assert.deepEqual([prompts[3].messages.at(-1).content, prompts[3].messages.at(-1).files.length], ["", 1]);
  memory.getAttachment = async () => undefined;
  const gone = await memory.buildPrompt(id, "And?", { mediaTypes: ["image/*"] });
  assert.equal(gone.messages[0].content, "What is this?\n\n[image/png: a.png]");
  assert.equal(gone.messages[0].files, undefined);
});
