// openAICompatible: servers that know no usage behind a stream, and servers that cannot stream.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answers, chunk, events, modelServer, saying, usage } from "./support/model-server.mjs";
import { failure, generate, importPackage } from "./support/models.mjs";

const { openAICompatible } = await importPackage();

let server;
before(async () => (server = await modelServer()));
after(() => server.close());

const modelOf = (options) => openAICompatible({ baseURL: server.url, model: "little", ...options });

const whole = answers.json({ ...usage([{ index: 0, message: { role: "assistant", content: "72" }, finish_reason: "stop" }]) });
const asked = () => server.requests.map(({ body }) => [body.stream, body.stream_options && "usage"].filter(Boolean).join("+") || "whole");

/** A server that refuses what it does not know, and otherwise answers. */
const refusing = (fields, refusal) => (response, request) => {
  if (fields.some((field) => field in request.body)) return refusal(response);
  return (request.body.stream ? answers.stream(saying("7", "2")) : whole)(response);
};

const OPTIONS = [
  answers.json({ error: { message: "Unrecognized request argument supplied: stream_options", type: "invalid_request_error" } }, 400),
  answers.json({ error: { message: 'json: unknown field "stream_options"' } }, 400),
  answers.json({ error: { message: "Invalid request: unknown field" } }, 400),
  answers.json({ detail: [{ type: "extra_forbidden", loc: ["body", "stream_options"], msg: "Extra inputs are not permitted" }] }, 422),
  answers.json({ detail: [{ msg: "Extra inputs are not permitted" }] }, 422),
  answers.json({ message: "[{'instancePath': '', 'message': 'must NOT have additional properties'}]" }, 400),
  answers.json({ error: "property 'x' is not supported" }, 400),
  answers.plain(400, {}, "Stream options can only be defined when `stream=True`."),
  answers.plain(500, {}, "create() got an unexpected keyword argument 'stream_options'"),
];

const STREAM = [
  answers.json({ error: { message: "Unsupported value: 'stream' does not support true with this model.", param: "stream", code: "unsupported_value" } }, 400),
  answers.json({ error: { message: "Your organization must be verified to stream this model.", param: "stream" } }, 400),
  answers.json({ detail: [{ type: "extra_forbidden", loc: ["body", "stream"], msg: "Extra inputs are not permitted" }] }, 422),
  answers.json({ error: { message: "Streaming is not supported" } }, 501),
  answers.plain(405, {}, "this endpoint cannot stream"),
  answers.json({ error: { message: "streaming is not supported by this model" } }),
  answers.stream(events([{ error: { message: "Streaming not supported" } }])),
  answers.plain(200, { "content-type": "text/plain" }, "streaming is disabled here"),
];

test("stream_options that are refused are left out, and not tried again", async () => {
  for (const refusal of OPTIONS) {
    server.plan(refusing(["stream_options"], refusal));
    const model = modelOf();
    const { text, deltas } = await generate(model);
    assert.deepEqual([text, deltas, asked()], ["72", ["7", "2"], ["true+usage", "true"]]);
    assert.equal((await generate(model)).text, "72");
    assert.deepEqual(asked(), ["true+usage", "true", "true"]);
    const { messages, model: name } = server.requests[0].body;
    assert.deepEqual(server.requests[1].body, { model: name, messages, stream: true });
  }
});

test("a server that cannot stream is asked for the whole answer, and from then on at once", async () => {
  for (const refusal of STREAM) {
    server.plan(refusing(["stream"], refusal));
    const model = modelOf();
    const answer = await generate(model);
    assert.deepEqual([answer.text, answer.deltas, answer.usage], ["72", ["72"], { inputTokens: 12, outputTokens: 34 }]);
    assert.equal((await generate(model)).text, "72");
    assert.deepEqual(asked(), ["true+usage", "whole", "whole"]);
  }
});

test("both, one after the other", async () => {
  for (const stream of [...STREAM, answers.json({ error: { message: "unknown field" } }, 400)]) {
    server.plan((response, { body }) => (body.stream_options ? OPTIONS[0] : body.stream ? stream : whole)(response));
    const model = modelOf();
    assert.equal((await generate(model)).text, "72");
    assert.equal((await generate(model)).text, "72");
    assert.deepEqual(asked(), ["true+usage", "true", "whole", "whole"]);
  }
});

test("asked for less in vain: both reasons are told, and nothing is remembered", async () => {
  const [first, second] = [OPTIONS[0], answers.json({ error: { message: "model is ill" } }, 500)];
  server.plan(first, second, first, answers.stream(saying("72")));
  const model = modelOf();
  const { message, cause } = await failure(() => generate(model), "model");
  assert.match(message, /status 400 \("Unrecognized request argument supplied: stream_options"\).*status 500 \("model is ill"\)/);
  assert.equal(cause.status, 400);
  assert.equal((await generate(model)).text, "72");
  assert.deepEqual(asked(), ["true+usage", "true", "true+usage", "true"]);

  server.plan(OPTIONS[4]);
  const again = await failure(() => generate(modelOf()), "model");
  assert.match(again.message, /completions answered with status 422 \("Extra inputs are not permitted"\): it does not take this request$/);
  assert.deepEqual(asked(), ["true+usage", "true", "whole"], "never more than that");
});

test("what is about something else is not asked again; an answer that has begun never is", async () => {
  for (const plan of [
    answers.json({ error: { message: "This model's maximum context length is 4096 tokens" } }, 400),
    answers.json({ error: { message: "Incorrect API key; stream_options are not supported" } }, 401),
    answers.json({ error: { message: "unknown model" } }, 404),
    answers.plain(502, {}, "upstream does not stream"),
    answers.plain(500, {}, "stream closed"),
    answers.plain(200, { "content-type": "text/html" }, "<p>No streaming"),
    answers.stream(events([chunk({ content: "half" }), { error: { message: "streaming is not supported" } }])),
    answers.stream(events([chunk({ reasoning: "half" }), { error: { message: "streaming is not supported" } }])),
  ]) {
    server.plan(plan, answers.stream(saying("never")));
    await failure(() => generate(modelOf()), "model");
    assert.deepEqual(asked(), ["true+usage"]);
  }
});

test("aborting while it is asked for less", async () => {
  const controller = new AbortController();
  server.plan(OPTIONS[0], (response) => {
    controller.abort();
    answers.stall()(response);
  });
  await failure(() => generate(modelOf(), { signal: controller.signal }), "aborted");
  await server.requests[1].closed;
});

test("a server that fails once, with words about streams, is asked for a stream again", async () => {
  let requests = 0;
  server.plan((response, request) => (++requests === 1 ? answers.plain(500, {}, "http2: stream closed, no response from worker") : request.body.stream ? answers.stream(saying("7", "2")) : whole)(response));
  const model = modelOf();
  await generate(model).catch(() => {});
  assert.equal((await generate(model)).text, "72");
  assert.equal(asked().at(-1), "true+usage");
});
