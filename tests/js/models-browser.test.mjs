// browserModel: against a fake of the Prompt API, written after its specification. No browser that these tests run in
// has the real one, so what the fake does not do like it is not found here.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { failure, generate, importPackage, prompt } from "./support/models.mjs";

const { browserModel, isOffline } = await importPackage();

afterEach(() => delete globalThis.LanguageModel);

/** Puts a Prompt API into this global scope, which records what it is told. */
function fakePromptApi({ pieces = ["72", " of 100."], state = "available", params, onCreate, onPrompt, hangs = {} } = {}) {
  const log = { created: [], prompted: [], destroyed: 0, cancelled: 0 };
  const never = () => new Promise(() => {});
  class Session extends EventTarget {
    promptStreaming(input, { signal }) {
      log.prompted.push({ input, signal });
      onPrompt?.(this);
      const left = [...pieces];
      return new ReadableStream({
        async pull(controller) {
          if (left.length === 0 && hangs.stream) await never();
          if (left.length === 0) return controller.close();
          const next = left.shift();
          if (next instanceof Error) controller.error(next);
          else controller.enqueue(next);
        },
        cancel: () => void (log.cancelled += 1),
      }, { highWaterMark: 0 });
    }
    destroy() {
      log.destroyed += 1;
    }
  }
  globalThis.LanguageModel = {
    availability: async () => (hangs.availability ? never() : state),
    ...(params !== undefined && { params: async () => params }),
    async create(options) {
      log.created.push(options);
      onCreate?.(options);
      if (hangs.create) await hangs.create;
      // As the specification has it.
      for (const [index, { role }] of (options.initialPrompts ?? []).entries()) {
        if (!(role === "user" || role === "assistant" || (role === "system" && index === 0))) throw new TypeError(`role ${role}`);
      }
      return new Session();
    },
  };
  return log;
}

const exception = (name, message, rest) => Object.assign(new Error(message), { name }, rest);

test("the history begins the session, the query is asked, the answer arrives in pieces, the session is destroyed", async () => {
  const log = fakePromptApi();
  const history = [
    { role: "user", content: "first" },
    { role: "assistant", content: "answer" },
  ];
  const answer = await generate(browserModel(), { ask: prompt([...history, { role: "user", content: "query" }]) });
  assert.deepEqual(answer, { text: "72 of 100.", deltas: ["72", " of 100."], metadata: {} });
  const [{ signal, ...options }] = log.created;
  assert.deepEqual(options, { initialPrompts: [{ role: "system", content: "Be brief." }, ...history] });
  assert.ok(signal instanceof AbortSignal);
  assert.deepEqual(log.prompted.map(({ input }) => input), ["query"]);
  assert.equal(log.destroyed, 1);
});

test("what the API has no role for is told in another way", async () => {
  const log = fakePromptApi();
  const ask = prompt([
    { role: "system", content: "Recalled: water." },
    { role: "assistant", content: "", tool_calls: [] },
    { role: "tool", content: "72", name: "score" },
    { role: "tool", content: "73" },
    { role: "user", content: "query" },
  ]);
  await generate(browserModel(), { ask });
  assert.deepEqual(log.created[0].initialPrompts, [
    { role: "system", content: "Be brief.\n\nRecalled: water." },
    { role: "user", content: "Result of score:\n72" },
    { role: "user", content: "Result of a tool:\n73" },
  ]);
  await generate(browserModel(), { ask: prompt(undefined, "") });
  assert.equal("initialPrompts" in log.created[1], false);
  const ends = prompt([{ role: "user", content: "query" }, { role: "assistant", content: "answer" }]);
  const { message } = await failure(() => generate(browserModel(), { ask: ends }), "invalid-input");
  assert.match(message, /prompt\.messages/);
});

test("a temperature goes along with the browser's own topK, where it tells one", async () => {
  const sent = async (params, options) => {
    const log = fakePromptApi({ params });
    await generate(browserModel(options));
    return [log.created[0].temperature, log.created[0].topK];
  };
  assert.deepEqual(await sent({ defaultTopK: 3 }, { temperature: 0.5 }), [0.5, 3]);
  assert.deepEqual(await sent(undefined, { temperature: 0 }), [0, undefined]);
  assert.deepEqual(await sent(null, { temperature: 1 }), [1, undefined]);
  assert.deepEqual(await sent({ defaultTopK: 3 }), [undefined, undefined]);
  for (const temperature of ["hot", -1, NaN, Infinity]) {
    const { message } = await failure(async () => browserModel({ temperature }), "invalid-input");
    assert.match(message, /temperature/);
  }
});

test("no such API, and no model on this device: model, and the message says what would bring one", async () => {
  const none = await failure(() => generate(browserModel()), "model");
  assert.match(none.message, /no model of its own.*LanguageModel.*Prompt API.*workers/);
  const log = fakePromptApi({ state: "unavailable" });
  const unavailable = await failure(() => generate(browserModel()), "model");
  assert.match(unavailable.message, /unavailable on this device: it needs/);
  assert.equal(log.created.length, 0);
  for (const state of ["downloadable", "downloading"]) {
    fakePromptApi({ state });
    assert.equal((await generate(browserModel())).text, "72 of 100.", "creating a session downloads the model");
  }
});

test("an overflow of the context is recorded", async () => {
  fakePromptApi({ onPrompt: (session) => session.dispatchEvent(new Event("contextoverflow")) });
  assert.deepEqual((await generate(browserModel())).metadata, { contextOverflow: true });
});

test("what the API throws becomes model, with a cure where there is one; a session is destroyed every time", async () => {
  const rest = { requested: 9000, quota: 6000 };
  const tooLong = exception("QuotaExceededError", "too large", rest);
  const cases = [
    [tooLong, /too long for the browser's model \(9000 tokens, of which 6000 fit\).*maxTokens/],
    [exception("QuotaExceededError", ""), /too long for the browser's model: build it with a smaller maxTokens/],
    [exception("NotAllowedError", "no"), /must follow a click/],
    [exception("NotSupportedError", "no German"), /failed: no German/],
  ];
  for (const [thrown, words] of cases) {
    const raise = () => {
      throw thrown;
    };
    for (const [options, destroyed] of [
      [{ onCreate: raise }, 0],
      [{ onPrompt: raise }, 1],
      [{ pieces: ["half", thrown] }, 1],
    ]) {
      const log = fakePromptApi(options);
      const error = await failure(() => generate(browserModel()), "model");
      assert.match(error.message, words);
      assert.equal(error.cause, thrown);
      assert.equal(log.destroyed, destroyed);
    }
  }
});

test("a download that the network ends may work later; other failures will not", async () => {
  for (const [thrown, expected] of [
    [new DOMException("the download was cut", "NetworkError"), true],
    [new TypeError("Failed to fetch"), true],
    [new DOMException("no", "NotAllowedError"), false],
    [new Error("out of memory"), false],
  ]) {
    fakePromptApi({
      onCreate() {
        throw thrown;
      },
    });
    const error = await failure(() => generate(browserModel()), "model");
    assert.deepEqual([isOffline(error), error.offline], [expected, undefined]);
  }
});

test("an answer with nothing in it", async () => {
  for (const pieces of [[], ["", " \n"]]) {
    const log = fakePromptApi({ pieces });
    const { message } = await failure(() => generate(browserModel()), "model");
    assert.match(message, /nothing in it/);
    assert.equal(log.destroyed, 1);
  }
});

test("aborting, wherever the call is: aborted, and nothing is left open", async () => {
  const abortedWith = async (options, destroyed, cancelled = 0) => {
    const log = fakePromptApi(options);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    await failure(() => generate(browserModel(), { signal: controller.signal }), "aborted");
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.deepEqual([log.destroyed, log.cancelled], [destroyed, cancelled]);
  };
  await abortedWith({ hangs: { availability: true } }, 0);
  await abortedWith({ hangs: { create: new Promise((resolve) => setTimeout(resolve, 50)) } }, 1);
  await abortedWith({ hangs: { stream: true } }, 1, 1);
  const log = fakePromptApi();
  await failure(() => generate(browserModel(), { signal: AbortSignal.abort() }), "aborted");
  assert.equal(log.created.length, 0);
  const controller = new AbortController();
  const heard = [];
  const onDelta = (text) => {
    heard.push(text);
    controller.abort();
  };
  await failure(() => generate(browserModel(), { signal: controller.signal, onDelta }), "aborted");
  assert.deepEqual([heard, log.destroyed], [["72"], 1]);
});

test("what onDelta throws is passed on as it is, and the session is destroyed", async () => {
  const log = fakePromptApi();
  const own = new Error("the page's own");
  const onDelta = () => {
    throw own;
  };
  await assert.rejects(generate(browserModel(), { onDelta }), (error) => error === own);
  assert.equal(log.destroyed, 1);
});
