// openAICompatible against a server that nobody here wrote, LiteLLM's proxy: from a page of another origin, whole turns.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { missingLiteLLM } from "../../scripts/lib/litellm.mjs";
import { launchBrowser } from "./support/engine.mjs";
import { startLiteLLM } from "./support/litellm.mjs";
import { newOrigin, servePages } from "./support/page.mjs";

const KEY = "sk-proxy-4f7b91";
const WRONG_KEY = "sk-wrong-55e02d";

/** Long enough to be aborted in the middle: LiteLLM makes a piece of every three characters. */
const ANSWER = Array(20).fill('Schüler: 🙂👩‍👩‍👧, 日本, e\u0301,\n\n"x"\\ – 72 of 100.').join("\n");

// A machine without Python or PyPI has no LiteLLM, and nothing is wrong with that.
const skip = (await missingLiteLLM()) ?? false;
const needed = { skip };

let browser, pages, server, page;
before(async () => {
  if (skip) return;
  server = await startLiteLLM({ key: KEY, models: { little: ANSWER, limited: "litellm.RateLimitError" } });
  [browser, pages] = await Promise.all([launchBrowser(), servePages()]);
});
after(() => Promise.all([browser?.close(), pages?.close(), server?.close()]));
beforeEach(async () => {
  if (skip) return;
  page = await (await browser.newContext()).newPage();
  await page.goto(`${newOrigin(pages)}page.html?database=litellm`);
});
afterEach(() => page?.context().close());

/**
 * Runs a function in the page, after it got `modelOf`, `ask` and `agentOf`: a model of that name, what comes of asking
 * it, and an agent with it.
 */
async function inPage(work, argument) {
  await page.evaluate(
    async ({ baseURL, apiKey }) => {
      const { ConversationAgent, isOffline, openAICompatible } = await import("conversation-memory");
      const modelOf = (model, options) => openAICompatible({ baseURL, model, apiKey, ...options });
      const prompt = { system: "Be brief.", messages: [{ role: "user", content: "How healthy is education?" }] };
      const rest = { context: "", pastResults: [], tokens: 0, report: [] };
      const ask = async (model, signal = new AbortController().signal) => {
        const deltas = [];
        const onDelta = (text) => deltas.push(text);
        try {
          return { ...(await model.generate({ ...prompt, ...rest }, { signal, onDelta })), deltas };
        } catch (error) {
          const { code, message, stack, cause } = error;
          const everything = [message, stack, JSON.stringify(cause)].join("\n");
          return { code, message, status: cause?.status, everything, isMemoryError: isMemoryError(error), isOffline: isOffline(error) };
        }
      };
      const agentOf = (manager, model) => new ConversationAgent({ manager, model });
      Object.assign(globalThis, { agentOf, ask, modelOf });
    },
    { baseURL: server.url, apiKey: KEY },
  );
  return page.evaluate(work, argument);
}

test("an answer arrives in many pieces, with its end, its model and what it took", needed, async () => {
  const { text, deltas, metadata, usage } = await inPage(() => ask(modelOf("little")));
  assert.equal(text, ANSWER);
  assert.equal(deltas.join(""), ANSWER);
  assert.ok(deltas.length > 100, `${deltas.length} pieces`);
  assert.deepEqual(metadata, { finishReason: "stop", model: "little" });
  assert.ok(usage.inputTokens > 5 && usage.outputTokens > 100, JSON.stringify(usage));
});

test("turns are stored as complete, with what they took; the second asks with the first", needed, async () => {
  const { heard, answers, messages } = await inPage(async () => {
    const memory = await openMemory();
    const agent = agentOf(memory, modelOf("little"));
    let heard = "";
    const first = await agent.processQuery("How healthy is education?", { onDelta: (text) => (heard += text) });
    const { conversationId } = first;
    const second = await agent.processQuery("And water?", { conversationId });
    const messages = await memory.getMessages(conversationId);
    await memory.close();
    return { heard, answers: [first.answer, second.answer], messages };
  });
  assert.equal(heard, ANSWER);
  assert.deepEqual(answers, [ANSWER, ANSWER]);
  assert.deepEqual(messages.map(({ role, content, status }) => [role, content, status]), [
    ["user", "How healthy is education?", "complete"],
    ["assistant", ANSWER, "complete"],
    ["user", "And water?", "complete"],
    ["assistant", ANSWER, "complete"],
  ]);
  const [first, second] = [messages[1].metadata, messages[3].metadata];
  assert.deepEqual([first.finishReason, first.model], ["stop", "little"]);
  // LiteLLM counts the prompt itself: the second one has the first answer in it.
  assert.ok(second.usage.inputTokens > first.usage.inputTokens + 100, JSON.stringify([first.usage, second.usage]));
});

test("a refusal is a model error with LiteLLM's words and the cure, and never has the key in it", needed, async () => {
  const refused = await inPage(
    async ([key, wrongKey]) => ({
      unknown: await ask(modelOf("none")),
      // Servers repeat what they do not know: here the key itself, in the wrong place.
      repeated: await ask(modelOf(`of-${key}`)),
      missing: await ask(modelOf("little", { apiKey: undefined })),
      wrong: await ask(modelOf("little", { apiKey: wrongKey })),
      limited: await ask(modelOf("limited")),
    }),
    [KEY, WRONG_KEY],
  );
  for (const [name, { code, isMemoryError, isOffline, everything }] of Object.entries(refused)) {
    assert.deepEqual([code, isMemoryError, isOffline], ["model", true, false], `${name}: ${everything}`);
    for (const key of [KEY, WRONG_KEY]) assert.ok(!everything.includes(key), `${name}: ${everything}`);
  }
  const { unknown, repeated, missing, wrong, limited } = refused;
  assert.match(unknown.message, /status 400 \(".*Invalid model name passed in model=none.*"\): it does not take this request/);
  assert.match(repeated.message, /model=of-\[redacted\]/);
  assert.match(missing.message, /status 401 \("Authentication Error, No api key passed in\."\): apiKey is missing or wrong/);
  assert.equal(wrong.status, 400, "LiteLLM looks up other keys than its own in a database, and this one has none");
  assert.match(limited.message, /status 429 \(".*mock rate limit error.*"\): it limits how much it is asked/);
});

test("a refused turn is stored as failed, an aborted one keeps what had arrived, and the next is complete", needed, async () => {
  const { codes, lengthAtAbort, heard, messages } = await inPage(async () => {
    const memory = await openMemory();
    const { id: conversationId } = await memory.createConversation();
    const refused = await codeOf(() => agentOf(memory, modelOf("none")).processQuery("one", { conversationId }));
    const controller = new AbortController();
    let heard = "";
    let pieces = 0;
    let lengthAtAbort;
    const onDelta = (text) => {
      heard += text;
      pieces += 1;
      if (pieces !== 5) return;
      lengthAtAbort = heard.length;
      controller.abort();
    };
    const agent = agentOf(memory, modelOf("little"));
    const aborted = await codeOf(() => agent.processQuery("two", { conversationId, signal: controller.signal, onDelta }));
    await agent.processQuery("three", { conversationId });
    const messages = await memory.getMessages(conversationId);
    await memory.close();
    return { codes: [refused, aborted], lengthAtAbort, heard, messages };
  });
  assert.deepEqual(codes, ["model", "aborted"]);
  assert.equal(heard.length, lengthAtAbort, "nothing is heard after the abort");
  assert.ok(heard.length > 0 && ANSWER.startsWith(heard) && heard !== ANSWER);
  const [, failed, ...rest] = messages.map(({ role, content, status }) => [role, content, status]);
  assert.deepEqual([failed[0], failed[2]], ["system", "failed"]);
  assert.deepEqual(rest, [
    ["user", "two", "complete"],
    ["assistant", heard, "interrupted"],
    ["user", "three", "complete"],
    ["assistant", ANSWER, "complete"],
  ]);
});
