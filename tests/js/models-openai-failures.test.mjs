// openAICompatible: everything that goes wrong between the question and the answer, and what the error says.
import assert from "node:assert/strict";
import { after, before, mock, test } from "node:test";
import { answers, chunk, events, finish, modelServer, saying } from "./support/model-server.mjs";
import { failure, generate, importPackage, prompt } from "./support/models.mjs";

const { isOffline, openAICompatible } = await importPackage();

let server;
before(async () => (server = await modelServer()));
after(() => server.close());

const modelOf = (options) => openAICompatible({ baseURL: server.url, model: "little", ...options });

async function failureOf(...plan) {
  server.plan(...plan);
  const error = await failure(() => generate(modelOf()), "model");
  assert.ok(error.message.startsWith(`${server.url}/chat/completions `), error.message);
  return error;
}

test("a refusal: the message has the server's words and the cure, the cause has status and body", async () => {
  const wrongKey = await failureOf(answers.json({ error: { message: "Incorrect API key", type: "auth" } }, 401));
  assert.match(wrongKey.message, /status 401 \("Incorrect API key"\): apiKey is missing or wrong/);
  assert.deepEqual(wrongKey.cause, { status: 401, body: '{"error":{"message":"Incorrect API key","type":"auth"}}' });
  for (const [body, words] of [
    [{ error: "no such model" }, "no such model"],
    [{ message: "not this way" }, "not this way"],
    [{ detail: [{ loc: ["body"], msg: "field required" }] }, "field required"],
    [[{ error: { message: "in a list" } }], "in a list"],
  ]) {
    const { message } = await failureOf(answers.json(body, 404));
    assert.ok(message.includes(`status 404 ("${words}"): baseURL or model is wrong`), message);
  }
  const page = await failureOf(answers.plain(502, { "content-type": "text/html" }, "<html>Bad gateway</html>"));
  assert.match(page.message, /status 502: it failed; try again later$/);
  const long = await failureOf(answers.plain(400, {}, "x".repeat(100_000)));
  assert.deepEqual(long.cause, { status: 400, body: "x".repeat(4096) });
  assert.ok(long.message.length < 500);
  assert.equal(server.requests.length, 1, "asked once: these do not pass");
});

test("an error inside the stream, in the ways that servers tell it", async () => {
  const said = events([chunk({ content: "half an " })]);
  for (const told of [
    events([{ error: { message: "overloaded", code: 500 } }]),
    events([{ ...chunk({}), error: "overloaded" }]),
    events([{ object: "error", message: "overloaded", code: 400 }]),
    'event: error\ndata: {"message":"overloaded"}\n\n',
    "event: error\ndata: overloaded\n\n",
    'error: {"message":"overloaded"}\n\n',
  ]) {
    const error = await failureOf(answers.stream(said + told + saying("never")));
    assert.match(error.message, /failed while it answered: "overloaded"/);
    assert.equal(error.cause.status, 200);
    assert.match(error.cause.body, /overloaded/);
    assert.equal(isOffline(error), false);
  }
  const whole = await failureOf(answers.json({ error: { message: "overloaded" } }));
  assert.match(whole.message, /overloaded/);
});

test("a connection cut in the middle: the answer broke off", async () => {
  const text = events([chunk({ content: "half an " })]);
  for (const cut of [text, `${text}data: {"cho`]) {
    const error = await failureOf(answers.cutAfter(cut));
    assert.match(error.message, /the answer broke off after 8 characters/);
    assert.ok(error.cause instanceof Error);
    assert.equal(isOffline(error), false);
  }
  const closed = await failureOf(answers.stream(`${text}data: {"choices":[{"del`));
  assert.match(closed.message, /broke off after 8 characters/);
  const inJson = await failureOf(answers.cutAfter('{"choices":[{"message":{"content":"half'));
  assert.match(inJson.message, /broke off/);
});

test("what is no answer of a model", async () => {
  const malformed = await failureOf(answers.stream(`${events([chunk({ content: "a" }), "{not json"])}${saying("b")}`));
  assert.match(malformed.message, /something other than OpenAI's JSON/);
  assert.deepEqual(malformed.cause, { status: 200, body: "{not json" });
  const lines = await failureOf(answers.plain(200, {}, '{"message":{"content":"a"}}\n{"done":true}\n'));
  assert.match(lines.message, /something other than OpenAI's JSON/);
  const page = "\n<!doctype html><title>Log in</title>";
  for (const answer of [answers.plain(200, { "content-type": "text/html" }, page), answers.bySize(page, 1)]) {
    const error = await failureOf(answer);
    assert.match(error.message, /answered with a page.*baseURL is wrong/);
    assert.deepEqual(error.cause, { status: 200, body: page });
  }
});

test("an answer with nothing in it", async () => {
  for (const text of ["", "data: [DONE]\n\n", events([chunk({ content: "" })]), saying(" \n"), "Service unavailable"]) {
    const error = await failureOf(answers.stream(text));
    assert.match(error.message, /an answer with nothing in it/, JSON.stringify(text));
    assert.deepEqual(error.cause, { status: 200, body: text });
  }
  const thought = await failureOf(answers.stream(events([chunk({ reasoning_content: "hmm" }), finish("length")])));
  assert.match(thought.message, /nothing in it \(finish reason "length"\)/);
  await failureOf(answers.plain(204, {}, undefined));
  await failureOf(answers.json({ choices: [] }));
});

test("an event that never ends is not kept for ever", async () => {
  const error = await failureOf(answers.stream(`data: ${"x".repeat(17 * 1024 * 1024)}`));
  assert.match(error.message, /an event too long/);
});

test("429 and 503 are asked again, as soon as the server allows it, three times in all", async () => {
  const refusal = (status) => answers.plain(status, { "retry-after": "0" }, "later");
  server.plan(refusal(429), refusal(503), answers.stream(saying("at last")));
  assert.equal((await generate(modelOf())).text, "at last");
  assert.equal(server.requests.length, 3);
  assert.deepEqual(server.requests[2].body, server.requests[0].body);
  const error = await failureOf(refusal(429), refusal(503), refusal(429), answers.stream(saying("too late")));
  assert.match(error.message, /status 429 \("later"\): it limits how much it is asked/);
  assert.deepEqual(error.cause, { status: 429, body: "later" });
  assert.equal(server.requests.length, 3);
  for (const status of [400, 401, 404, 500, 502]) {
    await failureOf(refusal(status));
    assert.equal(server.requests.length, 1, `status ${status} does not pass by itself`);
  }
});

test("a failed network is asked again; an answer that has begun never is", async () => {
  server.plan(answers.hangUp(), answers.stream(saying("at last")));
  assert.equal((await generate(modelOf())).text, "at last");
  await failureOf(answers.cutAfter(": hello\n\n"));
  assert.equal(server.requests.length, 1);
});

test("nobody there: the error says so in words, and isOffline says so to programs", async () => {
  const closed = await modelServer();
  await closed.close();
  const error = await failure(() => generate(modelOf({ baseURL: closed.url })), "model");
  assert.match(error.message, /could not be reached \(fetch failed\): this device is offline, baseURL is wrong/);
  assert.equal(error.offline, true);
  assert.ok(isOffline(error));
  assert.equal(error.cause.cause.code, "ECONNREFUSED");
  for (const other of [undefined, null, "offline", { offline: true }, new Error("x")]) assert.equal(isOffline(other), false);
});

test("when the browser knows that it has no network, any failure to reach the server is that", async () => {
  const fetch = () => Promise.reject(new Error("the proxy failed"));
  const isSoWhen = async (onLine) => {
    const known = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    Object.defineProperty(globalThis, "navigator", { value: { onLine }, configurable: true });
    try {
      return isOffline(await failure(() => generate(modelOf({ fetch })), "model"));
    } finally {
      if (known) Object.defineProperty(globalThis, "navigator", known);
      else delete globalThis.navigator;
    }
  };
  assert.deepEqual([await isSoWhen(false), await isSoWhen(true)], [true, false]);
});

/** With a clock that only the test moves: when the attempts came, in milliseconds, until the last one answered. */
async function attemptsAt(outcomes) {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse("2026-01-01T00:00:00Z") });
  try {
    const start = Date.now();
    const times = [];
    const fetch = async () => {
      times.push(Date.now() - start);
      const outcome = outcomes[times.length - 1];
      if (outcome instanceof Error) throw outcome;
      return outcome === undefined ? new Response(saying("at last")) : new Response("later", outcome);
    };
    let isOver = false;
    const answer = generate(modelOf({ fetch })).finally(() => (isOver = true));
    for (let step = 0; !isOver && step < 100_000; step += 1) {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      if (step % 100 === 0) await new Promise(setImmediate);
      mock.timers.tick(10);
    }
    assert.equal((await answer).text, "at last");
    return times;
  } finally {
    mock.timers.reset();
  }
}

test("how long is waited: growing pauses, or what Retry-After says in seconds or as a date, but never for ever", async () => {
  const down = new TypeError("Failed to fetch");
  const refusal = (after) => ({ status: 429, headers: after === undefined ? {} : { "retry-after": after } });
  const between = (value, least, most) => assert.ok(value >= least && value <= most, `${value} is not in ${least}…${most}`);
  for (const outcome of [down, refusal(), refusal("soon")]) {
    const [, second, third] = await attemptsAt([outcome, outcome]);
    between(second, 150, 320);
    between(third - second, 300, 620);
  }
  const pauses = [["2", 2000], ["Thu, 01 Jan 2026 00:00:05 GMT", 5000], ["Thu, 01 Jan 2015 00:00:00 GMT", 0], ["86400", 20_000]];
  for (const [retryAfter, expected] of pauses) {
    const [, second] = await attemptsAt([refusal(retryAfter)]);
    between(second, expected, expected + 30);
  }
});

test("errors of the application's own functions: onDelta's are passed on, a fetch without a Response is told of", async () => {
  server.plan(answers.stall(events([chunk({ content: "a" })])));
  const own = new Error("the page's own");
  const onDelta = () => {
    throw own;
  };
  await assert.rejects(generate(modelOf(), { onDelta }), (error) => error === own);
  await server.requests[0].closed;
  const error = await failure(() => generate(modelOf({ fetch: async () => undefined })), "invalid-input");
  assert.match(error.message, /fetch must resolve with a Response/);
});

test("options, prompts and calls that do not fit: invalid-input that names them", async () => {
  const fit = { baseURL: "https://example.org/v1", model: "little" };
  const wrong = [
    [undefined, /options/],
    [{ model: "little" }, /baseURL/],
    ...["", "no address", "ftp://example.org", "https://me:secret@example.org", 7].map((baseURL) => [{ ...fit, baseURL }, /baseURL/]),
    ...[undefined, "", " ", 7].map((model) => [{ ...fit, model }, /model/]),
    ...[7, "new\nline", " space", "ключ"].map((apiKey) => [{ ...fit, apiKey }, /apiKey/]),
    ...[7, [], { "a b": "c" }, { a: "b\nc" }, { a: 7 }].map((headers) => [{ ...fit, headers }, /headers/]),
    [{ ...fit, fetch: "fetch" }, /fetch/],
  ];
  for (const [options, name] of wrong) {
    const { message } = await failure(async () => openAICompatible(options), "invalid-input");
    assert.match(message, name, JSON.stringify(options));
  }
  const call = { signal: new AbortController().signal, onDelta() {} };
  const prompts = [undefined, {}, prompt([]), prompt([{ role: "robot", content: "x" }]), prompt([{ role: "user" }]), prompt([null])];
  for (const ask of prompts) await failure(() => openAICompatible(fit).generate(ask, call), "invalid-input");
  const functionInside = prompt([{ role: "user", content: "x", extra: () => {} }]);
  const { message } = await failure(() => openAICompatible(fit).generate(functionInside, call), "invalid-input");
  assert.match(message, /prompt\.messages\[0\]\.extra/);
  await failure(() => openAICompatible(fit).generate(prompt(), { ...call, signal: {} }), "invalid-input");
  await failure(() => openAICompatible(fit).generate(prompt(), { ...call, onDelta: "x" }), "invalid-input");
});
