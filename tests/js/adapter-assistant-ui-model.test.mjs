// conversation-memory/assistant-ui: a model of the package in assistant-ui's local runtime.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bundle } from "./support/bundle.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { withTabs } = pagesForThisFile();
const turns = await readFile(new URL("support/turns.js", import.meta.url), "utf8");
const address = await bundle({ file: fileURLToPath(new URL("support/assistant-ui/kit.js", import.meta.url)) });

const inPage = (work) => withTabs(1, async ([page]) => {
  await page.evaluate(async (address) => void (await import(address)), address);
  return page.evaluate(work);
}, { prepare: turns });

test("its answer streams with its reasoning, it is given the branch with pictures, and it is stopped and fails as assistant-ui says it", async () => {
  const seen = await inPage(async () => {
    const calls = [];
    const model = {
      mediaTypes: ["image/*", "text/plain"],
      generate: (prompt, { signal, onDelta, onReasoning }) => new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        calls.push({ prompt, signal, say: onDelta, think: onReasoning, end: resolve, fail: reject });
      }),
    };
    const runtime = await startApp(await openMemory(), adapter.createChatModelAdapter({ model }));
    const last = () => runtime.thread.getState().messages.at(-1);
    const shown = () => last().content.map(({ type, text }) => `${type}: ${text}`).join(" | ");
    const begun = (count) => until(() => calls.length === count);
    const steps = [];
    const step = async (expected) => (await until(() => shown() === expected, 5_000).catch(() => {}), steps.push(shown()));

    const photo = { type: "image", image: "data:image/png;base64,YWJj", filename: "a.png" };
    runtime.thread.append({ role: "user", content: [{ type: "text", text: "Which bird?" }, photo, { type: "file", data: "ZGU=", mimeType: "text/plain", filename: "b.txt" }] });
    await begun(1);
    calls[0].think("Hm.");
    await step("reasoning: Hm. | text: ");
    calls[0].say("An ");
    calls[0].say("owl");
    await step("reasoning: Hm. | text: An owl");
    calls[0].end({ text: "An owl.", metadata: { finishReason: "stop" } });
    await step("reasoning: Hm. | text: An owl.");
    await until(() => last().status.type === "complete");
    const { custom } = last().metadata;

    runtime.thread.append("Sure?");
    await begun(2);
    calls[1].say("Ye");
    await step("text: Ye");
    runtime.thread.cancelRun();
    await until(() => last().status.type === "incomplete");
    const stopped = [last().status.reason, calls[1].signal.aborted, shown()];

    runtime.thread.append("And now?");
    await begun(3);
    console.error = () => {}; // assistant-ui writes what a model throws there
    calls[2].fail(Object.assign(new Error("no model here"), { code: "model" }));
    await until(() => last().status.reason === "error");
    const failed = String(last().status.error);
    const told = await Promise.all(calls.map(async ({ prompt }) => [prompt.system, await Promise.all(prompt.messages.map(async ({ role, content, files = [] }) => [role, content, ...(await Promise.all(files.map(async ({ name, mediaType, blob }) => [name, mediaType, await blob.text()])))]))]));
    let refused;
    try {
      adapter.createChatModelAdapter({ model: {} });
    } catch (error) {
      refused = [error.code, error.argument];
    }
    return { steps, custom, stopped, failed, told, refused };
  });
  assert.deepEqual(seen.steps, ["reasoning: Hm. | text: ", "reasoning: Hm. | text: An owl", "reasoning: Hm. | text: An owl.", "text: Ye"]);
  assert.deepEqual(seen.custom, { finishReason: "stop" });
  assert.deepEqual(seen.stopped, ["cancelled", true, "text: Ye"]);
  assert.match(seen.failed, /no model here/);
  const question = ["user", "Which bird?", ["a.png", "image/png", "abc"], ["b.txt", "text/plain", "de"]];
  const answer = ["assistant", "An owl."];
  assert.deepEqual(seen.told, [
    ["", [question]],
    ["", [question, answer, ["user", "Sure?"]]],
    ["", [question, answer, ["user", "Sure?"], ["assistant", "Ye"], ["user", "And now?"]]],
  ]);
  assert.deepEqual(seen.refused, ["invalid-input", "model.generate"]);
});

test("a model that does not listen is left, what it said last is shown before its failure, and what is no answer is one", async () => {
  const { stopped, failed, nothing, asked } = await inPage(async () => {
    const message = (content) => ({ id: "m", role: "user", content, attachments: [], metadata: { custom: {} }, createdAt: new Date() });
    const asked = [];
    const all = async (generate, signal = new AbortController().signal, said = [{ type: "text", text: "Hi" }]) => {
      const model = { generate: (prompt, call) => (asked.push(prompt.messages), generate(call)) };
      const shown = [];
      try {
        for await (const { content } of adapter.createChatModelAdapter({ model }).run({ messages: [message(said)], abortSignal: signal, context: {} })) {
          shown.push(content.at(-1).text);
          await new Promise((resolve) => setTimeout(resolve, 20)); // whoever shows it takes a while
        }
        return shown;
      } catch (error) {
        return [...shown, error.code ?? error.message ?? error];
      }
    };
    const controller = new AbortController();
    setTimeout(() => controller.abort("stopped"), 50);
    const stopped = await all(({ onDelta }) => (onDelta("one "), new Promise(() => {})), controller.signal);
    const failed = await all(({ onDelta }) => new Promise((_, reject) => {
      onDelta("one ");
      setTimeout(() => (onDelta("two "), onDelta("three"), reject(new Error("torn"))), 5);
    }));
    const nothing = [await all(async () => undefined), await all(async () => ({ text: 7 }))];
    await all(async () => ({ text: "" }), undefined, [{ type: "image", image: "https://example.org/a.png" }]);
    return { stopped, failed, nothing, asked: asked.at(-1) };
  });
  assert.deepEqual(stopped, ["one ", "stopped"]);
  assert.deepEqual(failed, ["one ", "one two three", "torn"]);
  assert.deepEqual(nothing, [["model"], ["model"]]);
  assert.deepEqual(asked, [{ role: "user", content: "[image: https://example.org/a.png]" }]);
});

test("only files that the model takes are read for it; of the others it is told that they are there", async () => {
  const seen = await inPage(async () => {
    const picture = { type: "image", image: "data:image/png;base64,YWJj", filename: "a.png" };
    const text = { type: "file", data: "ZGU=", mimeType: "text/plain", filename: "b.txt" };
    const messages = [{ id: "m", role: "user", content: [picture, text], attachments: [], metadata: { custom: {} }, createdAt: new Date() }];
    const seen = [];
    for (const mediaTypes of [undefined, ["image/*"], ["TEXT/plain"]]) {
      const model = { mediaTypes, generate: async (prompt) => (seen.push(prompt.messages[0].files.map(({ name, blob }) => [name, blob?.size ?? null])), { text: "" }) };
      const run = adapter.createChatModelAdapter({ model }).run({ messages, abortSignal: new AbortController().signal, context: {} });
      while (!(await run.next()).done);
    }
    return seen;
  });
  assert.deepEqual(seen, [[["a.png", null], ["b.txt", null]], [["a.png", 3], ["b.txt", null]], [["a.png", null], ["b.txt", 2]]]);
});
