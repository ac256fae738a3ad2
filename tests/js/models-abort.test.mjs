// openAICompatible: a call that its caller ends, at whatever moment.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answers, chunk, events, modelServer, saying } from "./support/model-server.mjs";
import { failure, generate, importPackage } from "./support/models.mjs";

const { isOffline, openAICompatible } = await importPackage();

let server;
before(async () => (server = await modelServer()));
after(() => server.close());

const modelOf = (options) => openAICompatible({ baseURL: server.url, model: "little", ...options });
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const half = events([chunk({ content: "half " }), chunk({ content: "an answer" })]);

/** Aborts so many milliseconds into the call, when that many pieces have been heard; gives what was heard of the answer until then. */
async function abortedAfter(milliseconds, { pieces = 0, ...options } = {}) {
  const heard = [];
  const reason = new Error("the person went away");
  const controller = new AbortController();
  const call = generate(modelOf(options), { signal: controller.signal, onDelta: (text) => heard.push(text) });
  const abort = async () => {
    // The time runs from the arrival of the request, which a busy machine may delay.
    while (server.requests.length === 0) await pause(5);
    while (heard.length < pieces) await pause(5);
    await pause(milliseconds);
    controller.abort(reason);
  };
  abort();
  const error = await failure(() => call, "aborted");
  assert.equal(error.cause, reason);
  assert.equal(isOffline(error), false);
  return heard;
}

test("before the call: nothing is asked", async () => {
  server.plan(answers.stream(saying("never")));
  await failure(() => generate(modelOf(), { signal: AbortSignal.abort() }), "aborted");
  assert.equal(server.requests.length, 0);
});

test("before the response, and within it: the server sees the client leave", async () => {
  server.plan(answers.stall());
  assert.deepEqual(await abortedAfter(60), []);
  await server.requests[0].closed;
  server.plan(answers.stall(half));
  assert.deepEqual(await abortedAfter(60, { pieces: 2 }), ["half ", "an answer"]);
  await server.requests[0].closed;
});

test("within the body of a refusal", async () => {
  server.plan((response) => response.writeHead(500).write("this will ta"));
  await abortedAfter(60);
  await server.requests[0].closed;
});

test("while waiting to ask again: at once, and nothing more is asked", async () => {
  server.plan(answers.plain(429, { "retry-after": "15" }, ""));
  const start = performance.now();
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  await abortedAfter(60);
  assert.ok(performance.now() - start < 5_000, "did not wait for the pause to end");
  assert.ok(timers() <= before, "the timer of the pause is gone");
  assert.equal(server.requests.length, 1);
});

test("from inside onDelta: it hears nothing more, though more had arrived", async () => {
  server.plan(answers.stream(saying("one", "two", "three")));
  const controller = new AbortController();
  const heard = [];
  const onDelta = (text) => {
    heard.push(text);
    if (text === "two") controller.abort();
  };
  await failure(() => generate(modelOf(), { signal: controller.signal, onDelta }), "aborted");
  assert.deepEqual(heard, ["one", "two"]);
});

test("with a fetch and a body that do not listen to the signal", async () => {
  const cancelled = [];
  const bodyOf = (name, text) =>
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
      cancel: () => void cancelled.push(name),
    });
  const late = pause(150).then(() => new Response(bodyOf("late", "data: ")));
  assert.deepEqual(await abortedAfter(30, { fetch: () => late }), []);
  await late;
  await pause(20);
  assert.deepEqual(await abortedAfter(30, { pieces: 2, fetch: async () => new Response(bodyOf("body", half)) }), ["half ", "an answer"]);
  await pause(20);
  assert.deepEqual(cancelled, ["late", "body"], "both are let go");
});

test("a timeout is a signal too, and a finished call is not ended afterwards", async () => {
  server.plan(answers.stall());
  const error = await failure(() => generate(modelOf(), { signal: AbortSignal.timeout(40) }), "aborted");
  assert.equal(error.cause.name, "TimeoutError");
  server.plan(answers.stream(saying("done")));
  const controller = new AbortController();
  assert.equal((await generate(modelOf(), { signal: controller.signal })).text, "done");
  controller.abort();
});
