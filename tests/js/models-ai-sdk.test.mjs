// aiSdkModel: against the real AI SDK with its own mock of a provider.
import assert from "node:assert/strict";
import { APICallError, streamText } from "ai";
import { MockLanguageModelV3, simulateReadableStream } from "ai/test";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, afterEach, beforeEach, test } from "node:test";
import { failure, generate, importPackage, prompt } from "./support/models.mjs";
import { packageFolder } from "./support/package.mjs";

const { aiSdkModel, isOffline } = await importPackage();

// The SDK prints errors unless it is told not to.
const printed = [];
const { error: print } = console;
beforeEach(() => (console.error = (...words) => printed.push(words)));
afterEach(() => {
  console.error = print;
  assert.deepEqual(printed.splice(0), [], "nothing is printed");
});

const text = (...words) => [
  { type: "text-start", id: "1" },
  ...words.map((delta) => ({ type: "text-delta", id: "1", delta })),
  { type: "text-end", id: "1" },
];
const tokens = { inputTokens: { total: 12, noCache: 12 }, outputTokens: { total: 34, text: 34 } };
const finish = (unified = "stop", usage = tokens) => ({ type: "finish", finishReason: { unified, raw: unified }, usage });
const begin = { type: "response-metadata", id: "r", modelId: "mock-2026", timestamp: new Date(0) };

/** A model whose provider streams these parts. */
function modelOf(chunks, options) {
  const provider = new MockLanguageModelV3({ doStream: async () => ({ stream: simulateReadableStream({ chunks }) }) });
  return { provider, model: aiSdkModel(provider, { streamText, ...options }) };
}

const failing = (doStream, options) => aiSdkModel(new MockLanguageModelV3({ doStream }), { streamText, ...options });
const request = { url: "https://example.org", requestBodyValues: {} };
const refusal = (statusCode, rest) =>
  new APICallError({ message: "too much", ...request, statusCode, responseBody: "body", ...rest });

test("deltas, text, usage, finish reason, model, reasoning; the prompt as the SDK takes it", async () => {
  const steps = ["reasoning-start", "reasoning-delta", "reasoning-end"];
  const thought = steps.map((type) => ({ type, id: "0", delta: "Let me see." }));
  const { provider, model } = modelOf([begin, ...thought, ...text("72", " of 100."), finish("length")]);
  const ask = prompt([
    { role: "user", content: "first" },
    { role: "assistant", content: "answer", tool_calls: [] },
    { role: "system", content: "Recalled: water." },
    { role: "user", content: "query" },
  ]);
  assert.deepEqual(await generate(model, { ask }), {
    text: "72 of 100.",
    deltas: ["72", " of 100."],
    metadata: { finishReason: "length", model: "mock-2026", reasoning: "Let me see." },
    usage: { inputTokens: 12, outputTokens: 34 },
  });
  const said = (content) => (typeof content === "string" ? content : content[0].text);
  assert.deepEqual(provider.doStreamCalls[0].prompt.map(({ role, content }) => [role, said(content)]), [
    ["system", "Be brief.\n\nRecalled: water."],
    ["user", "first"],
    ["assistant", "answer"],
    ["user", "query"],
  ]);
});

test("calls of tools are told as openAICompatible tells them; without text they are an answer", async () => {
  const call = { type: "tool-call", toolCallId: "a", toolName: "score", input: '{"x":1}' };
  const { model } = modelOf([begin, call, finish("tool-calls")]);
  const { text: said, metadata } = await generate(model);
  assert.equal(said, "");
  assert.deepEqual(metadata.toolCalls, [{ id: "a", type: "function", function: { name: "score", arguments: '{"x":1}' } }]);
});

test("no usage is made up", async () => {
  const { model } = modelOf([...text("72"), finish("stop", { inputTokens: {}, outputTokens: {} })]);
  assert.equal("usage" in (await generate(model)), false);
});

test("a provider that refuses: status and body; one that does not answer: offline", async () => {
  const refused = await failure(() => generate(failing(async () => Promise.reject(refusal(400)))), "model");
  assert.match(refused.message, /failed: too much/);
  assert.deepEqual(refused.cause, { status: 400, body: "body" });
  const long = refusal(400, { responseBody: "x".repeat(9000) });
  const cut = await failure(() => generate(failing(async () => Promise.reject(long))), "model");
  assert.equal(cut.cause.body.length, 4096);
  // As the SDK's providers word what `fetch` throws.
  const unreached = new APICallError({ message: "Cannot connect to API: ", ...request, cause: new TypeError("fetch failed") });
  const reject = (error) => failing(async () => Promise.reject(error), { maxRetries: 0 });
  const unreachable = await failure(() => generate(reject(unreached)), "model");
  assert.deepEqual([unreachable.unreachable, unreachable.offline, isOffline(unreachable)], [true, undefined, true]);
  for (const words of ["Failed to fetch", "Load failed", "NetworkError when attempting to fetch resource."]) {
    assert.ok(isOffline(await failure(() => generate(reject(new TypeError(words))), "model")), words);
  }
  const bug = await failure(() => generate(reject(new TypeError("x is not a function"))), "model");
  assert.equal(isOffline(bug), false);
  assert.equal(bug.cause.message, "x is not a function");
});

test("the SDK asks again as often as it is told", async () => {
  let calls = 0;
  const busy = async () => {
    calls += 1;
    throw refusal(429, { responseHeaders: { "retry-after-ms": "1" } });
  };
  for (const [maxRetries, expected] of [[0, 1], [1, 2], [undefined, 3]]) {
    calls = 0;
    const error = await failure(() => generate(failing(busy, { maxRetries })), "model");
    assert.deepEqual([calls, error.cause], [expected, { status: 429, body: "body" }]);
  }
});

test("errors within the stream are thrown, also those of the stream itself", async () => {
  const { model } = modelOf([...text("half"), { type: "error", error: new Error("overloaded") }, finish("error")]);
  const told = await failure(() => generate(model), "model");
  assert.match(told.message, /overloaded/);
  const broken = async () => ({
    stream: new ReadableStream({
      start: (controller) => text("half").forEach((part) => controller.enqueue(part)),
      pull: (controller) => controller.error(new TypeError("network error: fetch failed")),
    }, { highWaterMark: 0 }),
  });
  const heard = [];
  const cut = await failure(() => generate(failing(broken), { onDelta: (delta) => heard.push(delta) }), "model");
  assert.deepEqual([heard, isOffline(cut)], [["half"], false], "what has begun is not asked again as if it had not");
  const thrown = await failure(() => generate(aiSdkModel({}, { streamText: () => null })), "model");
  assert.ok(thrown.cause instanceof TypeError);
});

test("an answer with nothing in it", async () => {
  for (const words of [[], ["", " \n"]]) {
    const { model } = modelOf([...text(...words), finish("content-filter")]);
    const { message } = await failure(() => generate(model), "model");
    assert.match(message, /nothing in it \(finish reason "content-filter"\)/);
  }
});

test("aborting: before, before the answer, within it, from onDelta, and with a provider that does not listen", async () => {
  const { provider, model } = modelOf([...text("one", "two"), finish()]);
  await failure(() => generate(model, { signal: AbortSignal.abort() }), "aborted");
  assert.equal(provider.doStreamCalls.length, 0);
  const told = [];
  const abortedAfter = async (doStream, pieces = 0) => {
    const controller = new AbortController();
    const heard = [];
    const onDelta = (delta) => heard.push(delta) === pieces && setTimeout(() => controller.abort());
    if (pieces === 0) setTimeout(() => controller.abort(), 30);
    const doStreamAsTold = (options) => {
      options.abortSignal.addEventListener("abort", () => told.push("aborted"));
      return doStream(options);
    };
    await failure(() => generate(failing(doStreamAsTold), { signal: controller.signal, onDelta }), "aborted");
    return heard;
  };
  assert.deepEqual(await abortedAfter(() => new Promise(() => {})), []);
  const slow = (chunks) => async () => ({ stream: simulateReadableStream({ chunks, chunkDelayInMs: 12 }) });
  const heard = await abortedAfter(slow([...text(..."abcdefghijklmnop"), finish()]), 2);
  assert.ok(heard.length > 0 && heard.length < 5, String(heard));
  const start = (controller) => text("one").forEach((part) => controller.enqueue(part));
  const endless = async () => ({ stream: new ReadableStream({ start }) });
  assert.deepEqual(await abortedAfter(endless), ["one"]);
  assert.deepEqual(told, ["aborted", "aborted", "aborted"], "the provider is told");
  const controller = new AbortController();
  const first = [];
  const onDelta = (delta) => {
    first.push(delta);
    controller.abort();
  };
  await failure(() => generate(model, { signal: controller.signal, onDelta }), "aborted");
  assert.deepEqual(first, ["one"]);
});

test("what onDelta throws is passed on as it is", async () => {
  const own = new Error("the page's own");
  const onDelta = () => {
    throw own;
  };
  await assert.rejects(generate(modelOf(text("one")).model, { onDelta }), (error) => error === own);
});

test("without streamText: the package ai where it can be found, and otherwise the way to pass it", async () => {
  const provider = modelOf([...text("72"), finish()]).provider;
  const { message, cause } = await failure(() => generate(aiSdkModel(provider)), "model");
  assert.match(message, /aiSdkModel\(model, \{ streamText \}\) with import \{ streamText \} from "ai"/);
  assert.equal(cause.code, "ERR_MODULE_NOT_FOUND");

  const folder = await mkdtemp(join(tmpdir(), "models-ai-"));
  after(() => rm(folder, { recursive: true, force: true }));
  const place = join("node_modules", "conversation-memory");
  await cp(join(packageFolder, place), join(folder, place), { recursive: true });
  const installed = dirname(createRequire(import.meta.url).resolve("ai/package.json"));
  await symlink(installed, join(folder, "node_modules", "ai"), "junction");
  const beside = await importPackage(folder);
  assert.equal((await generate(beside.aiSdkModel(provider))).text, "72");
});

test("arguments that do not fit: invalid-input that names them", async () => {
  for (const model of [undefined, null, "", 7]) await failure(async () => aiSdkModel(model), "invalid-input");
  for (const [options, name] of [
    [{ streamText: "x" }, /streamText/],
    [{ maxRetries: -1 }, /maxRetries/],
    [7, /options/],
  ]) {
    const { message } = await failure(async () => aiSdkModel({}, options), "invalid-input");
    assert.match(message, name);
  }
  await failure(() => generate(modelOf([]).model, { ask: prompt([]) }), "invalid-input");
});
