// Reasoning, in whatever form a server gives it: kept apart from the answer, told by a callback of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chunk, events, finish, saying } from "./support/model-server.mjs";
import { failure, generate, importPackage } from "./support/models.mjs";

const { aiSdkModel, openAICompatible } = await importPackage();

/** What a model makes of this response: text, reasoning, and what was told of either. */
async function told(model) {
  const reasonings = [];
  const { text, deltas, metadata } = await generate(model, { onReasoning: (piece) => reasonings.push(piece) });
  assert.equal(deltas.join(""), text);
  assert.equal(reasonings.join(""), metadata.reasoning ?? "");
  return [text, metadata.reasoning];
}

const fetching = (body) => openAICompatible({ baseURL: "http://localhost/v1", model: "little", fetch: async () => new Response(body) });
const ofStream = (...deltas) => fetching(events([...deltas.map((delta) => chunk(delta)), finish(), "[DONE]"]));
const ofWhole = (message) => fetching(JSON.stringify({ choices: [{ message, finish_reason: "stop" }] }));

test("in fields of its own, in a stream and in a whole message", async () => {
  for (const fields of [
    { reasoning_content: "Let me see." },
    { reasoning: "Let me see." },
    { reasoning_text: "Let me see." },
    { thinking: "Let me see." },
    { reasoning_content: "Let me see.", reasoning: "Let me see." },
    { reasoning: "Let me see.", reasoning_details: [{ type: "reasoning.text", text: "Let me see." }] },
    { reasoning: null, reasoning_details: [{ type: "reasoning.text", text: "Let me " }, { type: "reasoning.summary", summary: "see." }] },
    { reasoning: { content: "Let me see." } },
    { content: [{ type: "thinking", thinking: [{ type: "text", text: "Let me " }, { type: "text", text: "see." }] }] },
    { content: [{ type: "thinking", thinking: "Let me see.", signature: "s" }] },
    { content: [{ type: "reasoning", text: "Let me see." }] },
  ]) {
    assert.deepEqual(await told(ofStream(fields, { content: "72" })), ["72", "Let me see."], JSON.stringify(fields));
    const content = fields.content ? [...fields.content, { type: "text", text: "72" }] : "72";
    assert.deepEqual(await told(ofWhole({ ...fields, content })), ["72", "Let me see."], JSON.stringify(fields));
  }
});

const TAGGED = [
  ["<think>Let me see.</think>72", "72", "Let me see."],
  ["<think>\nLet me\n\nsee.\n</think>\n\n72 of\n100", "72 of\n100", "Let me\n\nsee."],
  ["\n <think>Let me see.</think> 72", "72", "Let me see."],
  ["<think>\n\n</think>\n\n72", "72", undefined],
  ["<think></think>72", "72", undefined],
  ["<think>a < b </thin </think >?</think>72 < 100", "72 < 100", "a < b </thin </think >?"],
  ["<thinking>Let me see.</thinking>72", "72", "Let me see."],
  ["<thought>Let me see.</thought>72", "72", "Let me see."],
  ["[THINK]Let me see.[/THINK]72", "72", "Let me see."],
  ["<think>one</think><think>two</think>", "<think>two</think>", "one"],
  [`<think>a${" ".repeat(200)}b</think>72`, "72", `a${" ".repeat(200)}b`],
  // Elsewhere, or not quite a tag, it is text.
  ["72 <think>no</think>", "72 <think>no</think>", undefined],
  ["<thinker>72</thinker>", "<thinker>72</thinker>", undefined],
  ["<th", "<th", undefined],
  ["<", "<", undefined],
  [" \n72", " \n72", undefined],
  [`${" ".repeat(200)}72`, `${" ".repeat(200)}72`, undefined],
];

test("between tags at the beginning of the answer, wherever the stream is cut", async () => {
  for (const [content, text, reasoning] of TAGGED) {
    assert.deepEqual(await told(ofWhole({ content })), [text, reasoning], content);
    for (let at = 0; at <= content.length; at += 1) {
      const parts = [content.slice(0, at), content.slice(at)];
      assert.deepEqual(await told(ofStream(...parts.map((content) => ({ content })))), [text, reasoning], JSON.stringify(parts));
    }
    const letters = [...content].map((content) => ({ content }));
    assert.deepEqual(await told(ofStream(...letters)), [text, reasoning], `each letter of ${content}`);
  }
});

test("white space is held back at an edge, but not for ever: a model may send nothing else", async () => {
  const spaces = Array(200).fill({ content: " " });
  const heard = { deltas: 0, reasonings: 0 };
  const call = { onDelta: () => (heard.deltas += 1), onReasoning: () => (heard.reasonings += 1) };
  await generate(ofStream(...spaces, { content: "72" }), call);
  await generate(ofStream({ content: "<think>a" }, ...spaces, { content: "b</think>72" }), call);
  assert.ok(heard.deltas > 100 && heard.reasonings > 3, JSON.stringify(heard));
});

test("the same through the AI SDK, whose reasoning comes in parts of its own", async () => {
  const ofParts = (...parts) => aiSdkModel({}, { streamText: () => ({ fullStream: ReadableStream.from(parts) }) });
  const end = { type: "finish", finishReason: "stop", totalUsage: { outputTokens: 9 } };
  for (const [content, text, reasoning] of TAGGED) {
    const letters = [...content].map((text) => ({ type: "text-delta", text }));
    assert.deepEqual(await told(ofParts(...letters, end)), [text, reasoning], content);
  }
  const parts = ["Let me ", "see."].map((text) => ({ type: "reasoning-delta", text }));
  assert.deepEqual(await told(ofParts(...parts, { type: "text-delta", text: "72" }, end)), ["72", "Let me see."]);
  const failed = ofParts({ type: "text-delta", text: "half" }, { ...end, finishReason: "error" });
  assert.match((await failure(() => generate(failed), "model")).message, /finish reason error/);
});

test("reasoning alone is no answer: it is told, and then the error", async () => {
  for (const deltas of [[{ reasoning_content: "Let me see." }], [{ content: "<think>Let me" }, { content: " see." }], [{ content: "<think>Let me see.</think>\n" }]]) {
    const heard = [];
    const call = () => generate(ofStream(...deltas), { onReasoning: (text) => heard.push(text) });
    assert.match((await failure(call, "model")).message, /nothing in it \(finish reason "stop"\)/);
    assert.equal(heard.join(""), "Let me see.");
  }
});

test("aborted from inside onReasoning, nothing more is told; what it throws is passed on", async () => {
  const controller = new AbortController();
  const heard = [];
  const onDelta = (text) => heard.push(text);
  const model = fetching(events([chunk({ reasoning: "one" }), chunk({ reasoning: "two" })]) + saying("three"));
  const onReasoning = (text) => {
    heard.push(text);
    controller.abort();
  };
  await failure(() => generate(model, { signal: controller.signal, onDelta, onReasoning }), "aborted");
  assert.deepEqual(heard, ["one"]);
  const own = new Error("the page's own");
  const throws = () => {
    throw own;
  };
  await assert.rejects(generate(model, { onReasoning: throws }), (error) => error === own);
  await failure(() => model.generate({ system: "", messages: [{ role: "user", content: "q" }] }, { onReasoning: 3 }), "invalid-input");
});
