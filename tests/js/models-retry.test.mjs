// openAICompatible: when it asks again, when it does not, and how long it waits.
import assert from "node:assert/strict";
import { after, before, mock, test } from "node:test";
import { answers, modelServer, saying } from "./support/model-server.mjs";
import { failure, generate, importPackage } from "./support/models.mjs";

const { openAICompatible } = await importPackage();

let server;
before(async () => (server = await modelServer()));
after(() => server.close());

const modelOf = (options) => openAICompatible({ baseURL: server.url, model: "little", ...options });

async function failureOf(...plan) {
  server.plan(...plan);
  return failure(() => generate(modelOf()), "model");
}

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

test("the pauses grow, or are what Retry-After says in seconds or as a date, but never very long", async () => {
  const down = new TypeError("Failed to fetch");
  const refusal = (after) => ({ status: 429, headers: after === undefined ? {} : { "retry-after": after } });
  const between = (value, least, most) => {
    assert.ok(value >= least && value <= most, `${value} is not in ${least}…${most}`);
  };
  for (const outcome of [down, refusal(), refusal("soon")]) {
    const [, second, third] = await attemptsAt([outcome, outcome]);
    between(second, 150, 320);
    between(third - second, 300, 620);
  }
  for (const [retryAfter, expected] of [
    ["2", 2000],
    ["Thu, 01 Jan 2026 00:00:05 GMT", 5000],
    ["Thu, 01 Jan 2015 00:00:00 GMT", 0],
    ["86400", 20_000],
  ]) {
    const [, second] = await attemptsAt([refusal(retryAfter)]);
    between(second, expected, expected + 30);
  }
});
