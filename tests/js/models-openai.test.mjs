// openAICompatible: what is asked, and every way in which a server may say its answer.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answers, chunk, events, finish, modelServer, saying, usage } from "./support/model-server.mjs";
import { generate, importPackage, prompt } from "./support/models.mjs";

const { openAICompatible } = await importPackage();

let server;
before(async () => (server = await modelServer()));
after(() => server.close());

const modelOf = (options) => openAICompatible({ baseURL: server.url, model: "little", ...options });

/** The answer to a stream of this text. */
async function answerTo(text) {
  server.plan(answers.stream(text));
  return generate(modelOf());
}

test("the request is what OpenAI documents, and fields of a provider go along", async () => {
  server.plan(answers.stream(saying("72")));
  const toolCalls = [{ id: "call-1", type: "function", function: { name: "score", arguments: "{}" } }];
  const messages = [
    { role: "user", content: "How healthy is education?" },
    { role: "assistant", content: "", tool_calls: toolCalls },
    { role: "tool", content: "72", tool_call_id: "call-1", name: "score" },
  ];
  await generate(modelOf({ apiKey: "sk-1234", headers: { "X-Title": "Twin" } }), { ask: prompt(messages) });
  const [{ method, url, headers, body }] = server.requests;
  assert.deepEqual([method, url], ["POST", "/v1/chat/completions"]);
  assert.equal(headers["content-type"], "application/json");
  assert.equal(headers.authorization, "Bearer sk-1234");
  assert.equal(headers["x-title"], "Twin");
  assert.deepEqual(body, {
    model: "little",
    messages: [{ role: "system", content: "Be brief." }, ...messages],
    stream: true,
    stream_options: { include_usage: true },
  });
});

test("a call without its result and a result without its call are said in a way that servers take", async (context) => {
  // The prompt is not one that the package makes: its roles do not alternate.
  const server = await modelServer({ strict: false });
  context.after(() => server.close());
  server.plan(answers.stream(saying("72")));
  const call = (id) => ({ id, type: "function", function: { name: "score", arguments: "{}" } });
  const whole = [
    { role: "assistant", content: "", tool_calls: [call("a"), call("b")] },
    { role: "tool", content: "1", tool_call_id: "b" },
    { role: "tool", content: "2", tool_call_id: "a" },
  ];
  await generate(modelOf({ baseURL: server.url }), {
    ask: prompt([
      { role: "user", content: "q" },
      { role: "tool", content: "imported", name: "web" },
      ...whole,
      { role: "tool", content: "3", tool_call_id: "c" },
      { role: "assistant", content: "let me see", tool_calls: [call("d"), call("e")] },
      { role: "tool", content: "4", tool_call_id: "d" },
      { role: "assistant", content: "", tool_calls: [call("f")] },
      { role: "user", content: "and?" },
    ]),
  });
  assert.deepEqual(server.requests[0].body.messages.slice(1), [
    { role: "user", content: "q" },
    { role: "user", content: "Result of web:\nimported" },
    ...whole,
    { role: "user", content: "Result of a tool:\n3" },
    { role: "assistant", content: "let me see" },
    { role: "user", content: "Result of a tool:\n4" },
    { role: "user", content: "and?" },
  ]);
});

test("no system prompt, no key; slashes behind the address; a query in it; headers of the application win", async () => {
  server.plan(answers.stream(saying("yes")));
  await generate(modelOf({ baseURL: `${server.url}//` }), { ask: prompt(undefined, "") });
  await generate(modelOf({ baseURL: `${server.url}?version=1`, apiKey: "one", headers: { Authorization: "Basic abc" } }));
  const [first, second] = server.requests;
  assert.equal(first.url, "/v1/chat/completions");
  assert.equal(first.headers.authorization, undefined);
  assert.deepEqual(first.body.messages, prompt().messages);
  assert.equal(second.url, "/v1/chat/completions?version=1");
  assert.equal(second.headers.authorization, "Basic abc");
});

test("text, deltas, finish reason, model and usage", async () => {
  for (const choices of [[], null]) {
    const chunks = [chunk({ role: "assistant", content: "" }), chunk({ content: "72" }), chunk({ content: " of 100." })];
    const answer = await answerTo(events([...chunks, finish("length"), usage(choices), "[DONE]"]));
    assert.deepEqual(answer, {
      text: "72 of 100.",
      deltas: ["72", " of 100."],
      metadata: { finishReason: "length", model: "little-model-2026" },
      usage: { inputTokens: 12, outputTokens: 34 },
    });
  }
  const early = await answerTo(events([usage([], 5, 6), usage(null, 7, 8)]) + saying("72"));
  assert.deepEqual(early.usage, { inputTokens: 7, outputTokens: 8 }, "the last that is told, wherever it stands");
  assert.equal("usage" in (await answerTo(saying("72"))), false, "no usage is made up");
});

test("the answer is the same however its bytes are cut, with any line ends, comments and fields", async () => {
  const words = ["Schüler: ", "🙂👩‍👩‍👧", "\n\n日本", ' "x"\\'];
  const lines = [": comment", ...words.map((content) => `event: message\nid: 7\ndata:${JSON.stringify(chunk({ content }))}\n`)];
  const end = `: ping\n\nretry: 10\nunknown: 1\ndata:\n\n${events([finish(), usage([]), "[DONE]"])}`;
  const text = `\ufeff${lines.join("\n")}\n${end}`;
  for (const newline of ["\n", "\r\n", "\r"]) {
    const wire = text.replaceAll("\n", newline);
    for (const size of [1, 2, 3, 7, 1_000_000]) {
      server.plan(answers.bySize(wire, size));
      const { text: said, deltas, metadata, usage: used } = await generate(modelOf());
      assert.equal(said, words.join(""), `${JSON.stringify(newline)}, ${size} bytes at a time`);
      assert.deepEqual(deltas, words);
      assert.equal(metadata.finishReason, "stop");
      assert.equal(used.inputTokens, 12);
    }
  }
});

test("an end without [DONE], without a finish reason, or without the last blank line is an end", async () => {
  const words = events([chunk({ content: "all " }), chunk({ content: "said" })]);
  const finished = words + events([finish()]);
  for (const text of [finished, finished.trimEnd(), `${finished}: bye`, `${words}data: [DONE]`, `${words}data: [DONE]\n\n`]) {
    assert.equal((await answerTo(text)).text, "all said", JSON.stringify(text.slice(-40)));
  }
});

test("after [DONE] the connection is let go, whatever the server does with it", async () => {
  server.plan(answers.stall(saying("all said")));
  assert.equal((await generate(modelOf())).text, "all said");
  await server.requests[0].closed;
});

test("a connection that is cut after [DONE] took nothing away", async () => {
  for (const end of ["data: [DONE]", "data: [DONE]\n\n"]) {
    server.plan(answers.cutAfter(events([chunk({ content: "all said" })]) + end));
    assert.equal((await generate(modelOf())).text, "all said");
  }
});

test("a server that does not stream is understood, whatever it calls its answer", async () => {
  const message = { role: "assistant", content: "72 of 100.", reasoning_content: "Let me see." };
  const answer = { model: "whole", ...usage([{ index: 0, message, finish_reason: "stop" }]) };
  for (const type of ["application/json", "text/event-stream", "text/plain"]) {
    server.plan(answers.plain(200, { "content-type": type }, `\n ${JSON.stringify(answer, null, 2)}\n`));
    assert.deepEqual(await generate(modelOf()), {
      text: "72 of 100.",
      deltas: ["72 of 100."],
      metadata: { finishReason: "stop", model: "whole", reasoning: "Let me see." },
      usage: { inputTokens: 12, outputTokens: 34 },
    });
  }
  server.plan(answers.plain(200, { "content-type": "text/html" }, saying("a stream")));
  assert.equal((await generate(modelOf())).text, "a stream");
});

test("reasoning is kept apart; content in parts and refusals are text; other choices are not ours", async () => {
  const { text, metadata, deltas } = await answerTo(
    events([
      chunk({ reasoning_content: "Let me " }),
      chunk({ reasoning: "see." }),
      chunk({ content: [{ type: "thinking", thinking: [{ type: "text", text: " So:" }] }, { type: "text", text: "72" }] }),
      { ...chunk({}), choices: [{ index: 1, delta: { content: "another" } }, { index: 0, delta: { content: " of" } }] },
      chunk({ content: null, refusal: " no" }),
      finish(),
    ]),
  );
  assert.deepEqual([text, metadata.reasoning, deltas], ["72 of no", "Let me see. So:", ["72", " of", " no"]]);
});

const called = (id, name, text, rest) => ({ id, type: "function", function: { name, arguments: text }, ...rest });
const part = (index, id, name, text, rest) => ({ index, ...called(id, name, text, rest), type: id && "function" });

test("tool calls are put together by their index, and what a provider adds to them is kept", async () => {
  const { text, metadata } = await answerTo(
    events([
      chunk({ content: null, tool_calls: [part(0, "a", "score", "", { extra_content: { signature: "s" } })] }),
      chunk({ tool_calls: [part(1, "b", "rank", '{"y')] }),
      chunk({ tool_calls: [part(0, null, null, '{"x"'), part(1, "", "", '":2}')] }),
      chunk({ tool_calls: [part(0, undefined, undefined, ":1}")] }),
      finish("tool_calls"),
    ]),
  );
  assert.equal(text, "");
  assert.deepEqual(metadata.toolCalls, [
    called("a", "score", '{"x":1}', { extra_content: { signature: "s" } }),
    called("b", "rank", '{"y":2}'),
  ]);
});

test("tool calls of servers that give no index, the same index to all, or whole calls", async () => {
  const expected = [called("a", "score", '{"x":1}'), called("b", "rank", '{"y":2}')];
  for (const index of [undefined, 0]) {
    const parts = [part(index, "a", "score", '{"x"'), part(index, undefined, undefined, ":1}")];
    const chunks = [...parts, part(index, "b", "rank", '{"y":2}')].map((one) => chunk({ tool_calls: [one] }));
    assert.deepEqual((await answerTo(events([...chunks, finish()]))).metadata.toolCalls, expected, `index ${index}`);
  }
  const tool_calls = expected.map(({ id, ...rest }) => rest);
  server.plan(answers.json({ choices: [{ message: { role: "assistant", content: null, tool_calls } }] }));
  assert.deepEqual((await generate(modelOf())).metadata.toolCalls, tool_calls);
  const asObject = [{ id: "a", type: "function", function: { name: "score", arguments: { x: 1 } } }];
  server.plan(answers.json({ choices: [{ message: { tool_calls: asObject } }] }));
  assert.deepEqual((await generate(modelOf())).metadata.toolCalls, [expected[0]]);
});

test("one model serves many calls at the same time", async () => {
  server.plan(async (response, { body }) => answers.bySize(saying(body.messages.at(-1).content), 9)(response));
  const model = modelOf();
  const asked = Array.from({ length: 8 }, (_, index) => `question ${index} ü`);
  const all = await Promise.all(asked.map((content) => generate(model, { ask: prompt([{ role: "user", content }]) })));
  assert.deepEqual(all.map(({ text }) => text), asked);
});
