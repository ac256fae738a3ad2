// The model providers in a browser, in a page that names no library: what they use of others is part of the package.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { engine, launchBrowser, onlyIn } from "./support/engine.mjs";
import { answers, chunk, events, modelServer, saying } from "./support/model-server.mjs";
import { prompt } from "./support/models.mjs";
import { newOrigin, servePages } from "./support/page.mjs";

let browser, pages, server, page;
before(async () => {
  [browser, pages, server] = await Promise.all([launchBrowser(), servePages(), modelServer()]);
});
after(() => Promise.all([browser?.close(), pages?.close(), server?.close()]));
beforeEach(async () => {
  page = await (await browser.newContext()).newPage();
  await page.goto(`${newOrigin(pages)}blank.html`);
});
afterEach(() => page.context().close());

/** Asks in the page, aborts when it has heard `abortAfter`, and gives what came of it. */
const ask = (kind, { abortAfter, ask = prompt(), options } = {}) =>
  page.evaluate(
    async ({ kind, options, ask, abortAfter }) => {
      const memory = await import("/node_modules/conversation-memory/dist/index.js");
      const controller = new AbortController();
      const deltas = [];
      const onDelta = (text) => {
        deltas.push(text);
        if (text === abortAfter) controller.abort();
      };
      try {
        return { ...(await memory[kind](options).generate(ask, { signal: controller.signal, onDelta })), deltas };
      } catch (error) {
        const { code, message, offline } = error;
        return { code, message, offline, isMemoryError: memory.isMemoryError(error), isOffline: memory.isOffline(error), deltas };
      }
    },
    { kind, options: options ?? { baseURL: server.url, model: "little", apiKey: "sk-1234" }, ask, abortAfter },
  );

test("an answer arrives in a plain page, from a server of another origin", async () => {
  server.plan(answers.bySize(saying("Schüler ", "🙂"), 5));
  const { text, deltas, metadata } = await ask("openAICompatible");
  assert.deepEqual([text, deltas, metadata.finishReason], ["Schüler 🙂", ["Schüler ", "🙂"], "stop"]);
  assert.equal(server.requests[0].headers.authorization, "Bearer sk-1234");
});

test("aborting and broken connections, as browsers tell of them", async () => {
  const half = events([chunk({ content: "half " })]);
  server.plan(answers.stall(half));
  const aborted = await ask("openAICompatible", { abortAfter: "half " });
  assert.deepEqual([aborted.code, aborted.deltas, aborted.isMemoryError], ["aborted", ["half "], true]);
  await server.requests[0].closed;
  if (engine === "webkit") return; // WebKitGTK tells nobody that a connection broke: to it the answer just ended
  server.plan(answers.cutAfter(half));
  const cut = await ask("openAICompatible");
  assert.deepEqual([cut.code, cut.isOffline], ["model", false]);
  assert.match(cut.message, /broke off after 5 characters/);
});

test("without a network: offline; with it again: an answer", onlyIn(["chromium"], "be taken off the network"), async () => {
  server.plan(answers.stream(saying("back")));
  await ask("openAICompatible"); // loads the package, which is on the network too
  await page.context().setOffline(true);
  const { code, message, offline, isOffline } = await ask("openAICompatible");
  assert.deepEqual([code, offline, isOffline], ["model", true, true]);
  assert.match(message, /the network is away$/);
  await page.context().setOffline(false);
  assert.equal((await ask("openAICompatible")).text, "back");
});

test("nobody there, and a redirect: the network is there, and the prompt and the key go nowhere else", async () => {
  const other = await modelServer();
  other.plan(answers.stream(saying("stolen")));
  server.plan(answers.plain(307, { location: `${other.url}/chat/completions` }, ""));
  const redirected = await ask("openAICompatible");
  assert.equal(other.requests.length, 0);
  await other.close();
  const options = { baseURL: other.url, model: "little" };
  for (const { code, message, offline, isOffline } of [redirected, await ask("openAICompatible", { options })]) {
    assert.deepEqual([code, offline, isOffline], ["model", undefined, true]);
    assert.match(message, /baseURL is wrong or redirects elsewhere, the server does not run, or .* \(CORS\)$/);
  }
});

test("the browser's own model: this browser has none to use, and the error says so", async () => {
  const { code, message, isOffline } = await ask("browserModel", { options: {} });
  assert.deepEqual([code, isOffline], ["model", false], message);
  assert.match(message, /no model of its own|unavailable on this device|does not let this page use/);
});
