// openAICompatible: everything that goes wrong between the question and the answer, and what the error says.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
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
  const nested = await failureOf(answers.plain(400, {}, "[".repeat(30_000) + "]".repeat(30_000)));
  assert.match(nested.message, /status 400 \("\[{300}…"\): it does not take this request/);
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

test("nobody there: the error says what is in the way, and isOffline says to programs that it may work later", async () => {
  const closed = await modelServer();
  await closed.close();
  const error = await failure(() => generate(modelOf({ baseURL: closed.url })), "model");
  assert.match(error.message, /could not be reached \(fetch failed\): nothing answers at that address: baseURL is wrong, or/);
  assert.deepEqual([error.unreachable, error.offline, isOffline(error)], [true, undefined, true]);
  assert.equal(error.cause.cause.code, "ECONNREFUSED");
  const coded = (code) => Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("no"), { code }) });
  for (const [thrown, words] of [
    [coded("ENOTFOUND"), /there is no server of that name/],
    [coded("ECONNRESET"), /the connection was cut/],
    [coded("UND_ERR_CONNECT_TIMEOUT"), /did not answer in time/],
    [coded("DEPTH_ZERO_SELF_SIGNED_CERT"), /certificate/],
    // In the words of Chromium, Firefox and Safari.
    ...["Failed to fetch", "NetworkError when attempting to fetch resource.", "Load failed"].map((words) => [
      new TypeError(words),
      /baseURL is wrong or redirects elsewhere, the server does not run, or .* \(CORS\)$/,
    ]),
  ]) {
    const { message, unreachable, offline } = await failure(() => generate(modelOf({ fetch: () => Promise.reject(thrown) })), "model");
    assert.match(message, words);
    assert.doesNotMatch(message, /network is away|offline/i);
    assert.deepEqual([unreachable, offline], [true, undefined]);
  }
  for (const other of [undefined, null, "offline", { offline: true }, new Error("x")]) assert.equal(isOffline(other), false);
});

test("a redirect is not followed, asked once, and said", async () => {
  const other = await modelServer();
  try {
    other.plan(answers.stream(saying("stolen")));
    for (const status of [301, 302, 303, 307, 308]) {
      const error = await failureOf(answers.plain(status, { location: `${other.url}/chat/completions` }, ""));
      assert.match(error.message, /redirects to another address, which is not followed: .* Correct baseURL$/);
      assert.deepEqual([error.offline, error.unreachable, isOffline(error)], [undefined, undefined, false]);
      assert.equal(server.requests.length, 1);
    }
    assert.equal(other.requests.length, 0);
  } finally {
    await other.close();
  }
});

test("when the browser knows that it has no network, any failure to reach the server is that", async () => {
  const fetch = () => Promise.reject(new Error("the proxy failed"));
  const isSoWhen = async (onLine) => {
    const known = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    Object.defineProperty(globalThis, "navigator", { value: { onLine }, configurable: true });
    try {
      const error = await failure(() => generate(modelOf({ fetch })), "model");
      assert.equal(/the network is away/.test(error.message), !onLine);
      assert.deepEqual([error.offline, error.unreachable], onLine ? [undefined, undefined] : [true, true]);
      return isOffline(error);
    } finally {
      if (known) Object.defineProperty(globalThis, "navigator", known);
      else delete globalThis.navigator;
    }
  };
  assert.deepEqual([await isSoWhen(false), await isSoWhen(true)], [true, false]);
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
    ["sk-1234", /^options must be an object with baseURL and model$/],
    ...["", "no address", "ftp://a.org", "https://me:word@a.org", 7].map((baseURL) => [{ ...fit, baseURL }, /baseURL/]),
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
  const messages = [[], [null], [{ role: "robot", content: "x" }], [{ role: "user" }]];
  for (const ask of [undefined, {}, ...messages.map((list) => prompt(list))]) {
    await failure(() => openAICompatible(fit).generate(ask, call), "invalid-input");
  }
  const functionInside = prompt([{ role: "user", content: "x", extra: () => {} }]);
  const { message } = await failure(() => openAICompatible(fit).generate(functionInside, call), "invalid-input");
  assert.match(message, /prompt\.messages\[0\]\.extra/);
  await failure(() => openAICompatible(fit).generate(prompt(), { ...call, signal: {} }), "invalid-input");
  await failure(() => openAICompatible(fit).generate(prompt(), { ...call, onDelta: "x" }), "invalid-input");
});
