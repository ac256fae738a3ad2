// The chat API: bodies of any length, in any pieces.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ada, chatForThisFile, request, streaming } from "./support/chat.mjs";

const MEBIBYTE = 1024 * 1024;
const chat = chatForThisFile();

const body = (size) => `{"query":"${"x".repeat(size - 12)}"}`;
const tooLarge = { detail: "The body must have at most 1048576 bytes" };

test("413 beyond 1 MiB of bytes, not of letters; 1 MiB is answered", async () => {
  assert.equal(body(100).length, 100);
  const letters = `{"query":"${"ü".repeat(0.6 * MEBIBYTE)}"}`;
  for (const given of [body(MEBIBYTE + 1), body(1.5 * MEBIBYTE), letters, " ".repeat(MEBIBYTE + 1)]) {
    const answer = await chat.post(given);
    assert.deepEqual([answer.status, answer.body], [413, tooLarge]);
  }
  assert.equal((await chat.post(body(MEBIBYTE))).status, 200);
  assert.equal(chat.agents.get("ada").calls.length, 1);
});

test("413 for a length that is only said, without reading", async () => {
  let read = false;
  const stream = new ReadableStream({ pull: () => void (read = true) }, { highWaterMark: 0 });
  for (const length of [`${MEBIBYTE + 1}`, "999999999999999999999999", "Infinity"]) {
    const answer = await chat.post(stream, { duplex: "half", headers: { "content-length": length } });
    assert.deepEqual([answer.status, answer.body, read], [413, tooLarge, false]);
  }
  for (const length of ["abc", "-5", "", "3"]) {
    const answer = await chat.post(body(MEBIBYTE * 2), { headers: { "content-length": length } });
    assert.deepEqual([length, answer.status], [length, 413], "what it says may be wrong");
  }
});

test("413 for a stream without an end, which is stopped", { timeout: 30_000 }, async () => {
  for (const chunk of [new Uint8Array(50_000).fill(32), new Uint8Array(0)]) {
    let cancelled = false;
    const stream = new ReadableStream({
      pull: (controller) => controller.enqueue(chunk),
      cancel() {
        cancelled = true;
        return new Promise(() => {}); // and takes its time
      },
    });
    const answer = await chat.post(stream, { duplex: "half" });
    assert.deepEqual([answer.status, answer.body, cancelled], [413, tooLarge, true]);
  }
});

test("a stream may come in any pieces, also within a letter", async () => {
  const bytes = new TextEncoder().encode('{"query":"ünï 🙂"}');
  for (const size of [1, 2, 3, 1000]) {
    const starts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => index * size);
    const pieces = starts.map((start) => bytes.slice(start, start + size));
    const { body } = await chat.post(streaming(pieces), { duplex: "half" });
    assert.equal(body.message, "You said: ünï 🙂");
  }
  const whole = streaming([body(MEBIBYTE).slice(0, 1000), body(MEBIBYTE).slice(1000)]);
  assert.equal((await chat.post(whole, { duplex: "half" })).status, 200);
});

test("a browser without streams of requests reads the body as a whole", async () => {
  const whole = (given) =>
    Object.defineProperty(request("/message", { method: "POST", token: ada, body: given }), "body", { value: undefined });
  const statuses = [];
  for (const given of ['{"query":"ünï"}', undefined, "{", body(MEBIBYTE), body(MEBIBYTE + 1)]) {
    statuses.push((await chat.routes(whole(given))).status);
  }
  assert.deepEqual(statuses, [200, 422, 422, 200, 413]);
});

test("422 for a stream that breaks, or is none of bytes", async () => {
  const breaking = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
  const words = new ReadableStream({
    start(controller) {
      controller.enqueue('{"query":"x"}');
      controller.close();
    },
  });
  for (const stream of [breaking, words]) {
    const answer = await chat.post(stream, { duplex: "half" });
    const detail = [{ loc: ["body"], msg: "The body cannot be read", type: "body_unreadable" }];
    assert.deepEqual([answer.status, answer.body], [422, { detail }]);
  }
});
