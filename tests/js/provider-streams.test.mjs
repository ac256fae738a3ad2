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

const answerTo = (cut) => {
  let next = 0;
  const pull = (controller) => (next === cut.length ? controller.close() : controller.enqueue(cut[next++]));
  const fetch = async () => new Response(new ReadableStream({ pull }), { headers: { "content-type": "text/event-stream" } });
  return generate(openAICompatible({ baseURL: "http://localhost/v1", model: "little", fetch }));
};

for (const name of names) {
  test(`a stream of ${name}`, async () => {
    const bytes = new Uint8Array(await readFile(new URL(`${name}.sse`, folder)));
    const expected = JSON.parse(await readFile(new URL(`${name}.json`, folder), "utf8"));
    let random = 7;
    const upTo = (most) => () => 1 + ((random = (random * 48_271) % 2_147_483_647) % most);
    for (const sizeOf of [() => bytes.length, () => 1, upTo(5), upTo(60), upTo(400)]) {
      const { deltas, ...completion } = await answerTo(pieces(bytes, sizeOf));
      assert.deepEqual(completion, expected);
      assert.equal(deltas.join(""), expected.text);
    }
    // Cut off before the model has said that it is through, it is no whole answer.
    const text = new TextDecoder().decode(bytes);
    const finish = text.search(/"finish_reason":"/);
    const torn = new TextEncoder().encode(text.slice(0, text.lastIndexOf("data:", finish) + 20));
    await assert.rejects(answerTo([torn]), { code: "model" });
  });
}
