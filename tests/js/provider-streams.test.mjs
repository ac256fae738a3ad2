// Streams as the servers of several providers send them, in whatever pieces they arrive.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { generate, importPackage } from "./support/models.mjs";

const { openAICompatible } = await importPackage();

const folder = new URL("../fixtures/providers/", import.meta.url);
const names = (await readdir(folder)).filter((name) => name.endsWith(".sse")).map((name) => name.slice(0, -4));

/** Cuts bytes into pieces of so many. */
const pieces = (bytes, sizeOf) => {
  const cut = [];
  for (let start = 0, end; start < bytes.length; start = end) {
    end = start + sizeOf();
    cut.push(bytes.subarray(start, end));
  }
  return cut;
};

/** `end` is what becomes of the connection behind the pieces. */
const answerTo = (cut, options, end = (controller) => controller.close()) => {
  let next = 0;
  const pull = (controller) => (next === cut.length ? end(controller) : controller.enqueue(cut[next++]));
  const fetch = async () => new Response(new ReadableStream({ pull }), { headers: { "content-type": "text/event-stream" } });
  return generate(openAICompatible({ baseURL: "http://localhost/v1", model: "little", fetch }), options);
};

const tear = (controller) => controller.error(new TypeError("terminated"));

/** What a line of the stream says, where all of it is there. */
const chunkIn = (line) => {
  try {
    return JSON.parse(line.replace(/^data:/, ""));
  } catch {
    return undefined;
  }
};

/** Whether all has been said in this beginning of a stream, when the server closes the connection behind it. */
const isWhole = (text) => {
  const lines = text.split(/\r\n|\n|\r/);
  const last = lines.at(-1);
  if (lines.includes("data: [DONE]")) return true;
  if (last !== "" && !last.startsWith(":") && chunkIn(last) === undefined) return false;
  return lines.some((line) => chunkIn(line)?.choices?.[0]?.finish_reason);
};

for (const name of names) {
  test(`a stream of ${name}`, async () => {
    const bytes = new Uint8Array(await readFile(new URL(`${name}.sse`, folder)));
    const expected = JSON.parse(await readFile(new URL(`${name}.json`, folder), "utf8"));
    let random = 7;
    const upTo = (most) => () => 1 + ((random = (random * 48_271) % 2_147_483_647) % most);
    for (const sizeOf of [() => bytes.length, () => 1, upTo(5), upTo(60), upTo(400)]) {
      let reasoning = "";
      const onReasoning = (text) => (reasoning += text);
      const { deltas, ...completion } = await answerTo(pieces(bytes, sizeOf), { onReasoning });
      assert.deepEqual(completion, expected);
      assert.equal(deltas.join(""), expected.text);
      assert.equal(reasoning, expected.metadata.reasoning ?? "");
    }
  });

  test(`a stream of ${name}, cut at every byte`, async () => {
    const bytes = new Uint8Array(await readFile(new URL(`${name}.sse`, folder)));
    const { text } = JSON.parse(await readFile(new URL(`${name}.json`, folder), "utf8"));
    const outcome = (call) => call.then((answer) => answer.text, ({ code }) => `failed: ${code}`);
    for (let length = 0; length <= bytes.length; length += 1) {
      const beginning = bytes.subarray(0, length);
      const said = new TextDecoder().decode(beginning);
      assert.equal(await outcome(answerTo([beginning])), isWhole(said) ? text : "failed: model", `closed behind ${said.slice(-60)}`);
      const isEnded = said.includes("data: [DONE]");
      assert.equal(await outcome(answerTo([beginning], {}, tear)), isEnded ? text : "failed: model", `torn behind ${said.slice(-60)}`);
    }
  });
}
