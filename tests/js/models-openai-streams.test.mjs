// openAICompatible: which streams are whole, which tell of an error, and what in them is no part of an answer.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answers, chunk, events, finish, modelServer, saying, usage } from "./support/model-server.mjs";
import { failure, generate, importPackage } from "./support/models.mjs";

const { isOffline, openAICompatible } = await importPackage();

let server;
before(async () => (server = await modelServer()));
after(() => server.close());

const modelOf = (options) => openAICompatible({ baseURL: server.url, model: "little", ...options });

async function answerTo(text) {
  server.plan(answers.stream(text));
  return generate(modelOf());
}

/** The error, and what had been heard by then. */
async function failureOf(plan) {
  server.plan(plan);
  const heard = [];
  const error = await failure(() => generate(modelOf(), { onDelta: (text) => heard.push(text) }), "model");
  return { message: error.message, cause: error.cause, isOffline: isOffline(error), heard: heard.join("") };
}

const through = { finish_reason: "stop" };

test("a finish reason counts only behind the last piece: half an answer never is a whole one", async () => {
  const tool = { index: 0, id: "a", type: "function", function: { name: "score", arguments: "{" } };
  for (const [name, pieces] of Object.entries({
    "on every piece": [chunk({ content: "half " }, through), chunk({ content: "an " }, through)],
    "on a reasoning piece": [chunk({ reasoning_content: "hm" }, through), chunk({ content: "half an " })],
    "on a piece of the role": [chunk({ role: "assistant", content: "" }, through), chunk({ content: "half an " })],
    "before a call of a tool": [chunk({ content: "half an " }, through), chunk({ tool_calls: [tool] })],
    "before more text": [chunk({ content: "half " }), finish(), chunk({ content: "an " })],
    "nowhere": [chunk({ content: "half an " })],
    "as the word null": [chunk({ content: "half an " }, { finish_reason: "null" })],
  })) {
    const half = events(pieces);
    const plans = { torn: answers.cutAfter(half), "torn in a line": answers.cutAfter(`${half}data: {"cho`), "closed in a line": answers.stream(`${half}data: {"cho`) };
    // Closed in order behind a finish reason, nothing tells a half from a whole.
    if (name !== "on every piece") plans.closed = answers.stream(half);
    for (const [how, plan] of Object.entries(plans)) {
      const { message, heard } = await failureOf(plan);
      assert.match(message, /the answer broke off after 8 characters/, `${name}, ${how}`);
      assert.equal(heard, "half an ", `${name}, ${how}`);
    }
    const whole = await answerTo(half + saying("answer"));
    assert.equal(whole.text, "half an answer", name);
    assert.equal(whole.metadata.finishReason, "stop", name);
  }
});

test("behind a finish reason, a torn connection and a half line are no end; empty pieces, usage and comments change nothing", async () => {
  const said = events([chunk({ content: "all said" }), finish()]);
  for (const end of ["d", "data:", "data: ", 'data: {"choi', "data: [DONE", "event", "id: 7"]) {
    assert.match((await failureOf(answers.stream(said + end))).message, /broke off after 8/, end);
  }
  for (const end of ["", ": bye", events([usage([])])]) {
    assert.match((await failureOf(answers.cutAfter(said + end))).message, /broke off after 8/, end);
  }
  const empty = events([chunk({ content: "" }), chunk({ tool_calls: [] }), usage([]), { ...chunk({}), choices: [{ index: 1, delta: { content: "another" } }] }]);
  for (const end of ["", "\n", ": bye", ": bye\n\n", empty, "data: ping\n", "data: ping\n\n", "id: 7\n"]) {
    const { text, metadata } = await answerTo(said + end);
    assert.deepEqual([text, metadata.finishReason], ["all said", "stop"], end);
  }
});

test("an error told in the choice or by the finish reason is an error, and what had arrived was told", async () => {
  const half = events([chunk({ content: "half " })]);
  const error = { message: "Provider overloaded", code: 502 };
  for (const choice of [
    { delta: { content: "an " }, error },
    { delta: { content: "an " }, error, finish_reason: "error" },
    { delta: { content: "an " }, error: "Provider overloaded" },
    { message: { content: "an " }, error },
  ]) {
    const { message, cause, heard } = await failureOf(answers.stream(`${half}${events([{ choices: [choice] }])}${saying("never")}`));
    assert.match(message, /failed while it answered: "Provider overloaded"/);
    assert.equal(cause.status, 200);
    assert.equal(heard, "half an ");
  }
  for (const reason of ["error", "ERROR", "network_error", "server_error", "insufficient_system_resource", "abort"]) {
    const { message, heard } = await failureOf(answers.stream(half + events([finish(reason), "[DONE]"])));
    assert.match(message, new RegExp(`failed while it answered: "finish reason ${reason}"`));
    assert.equal(heard, "half ");
  }
  const whole = await failureOf(answers.json({ choices: [{ message: { role: "assistant", content: "half" }, error, finish_reason: "error" }] }));
  assert.match(whole.message, /Provider overloaded/);
  const listed = await failureOf(answers.stream(`data: [${JSON.stringify({ error })}]\n\n`));
  assert.match(listed.message, /Provider overloaded/);
  for (const reason of ["stop", "length", "content_filter", "tool_calls", "eos"]) {
    const { text, metadata } = await answerTo(half + events([{ ...finish(reason), error: null }, "[DONE]"]));
    assert.deepEqual([text, metadata.finishReason], ["half ", reason]);
  }
});

test("events that are not JSON are passed over wherever they stand, and alone they are no answer", async () => {
  const noise = [": PROCESSING", "ping", "[PING]", '"ping"', "keep-alive", "7", "null", "[]", "OK", ": OPENROUTER PROCESSING"];
  const pieces = [chunk({ content: "all " }), chunk({ content: "said" }), finish(), "[DONE]"];
  for (const data of noise) {
    for (let place = 0; place < pieces.length; place += 1) {
      const { text, deltas } = await answerTo(events([...pieces.slice(0, place), data, ...pieces.slice(place)]));
      assert.deepEqual([text, deltas], ["all said", ["all ", "said"]], data);
    }
    for (const end of [[], ["[DONE]"]]) {
      const error = await failureOf(answers.stream(events([data, data, ...end])));
      assert.match(error.message, /something other than OpenAI's JSON/, data);
      assert.equal(error.isOffline, false);
    }
  }
  // A damaged piece is not passed over: words would be missing in the middle.
  const { message } = await failureOf(answers.stream(events([chunk({ content: "all " }), '{"choices":[{"del', ...pieces])));
  assert.match(message, /something other than OpenAI's JSON/);
});
