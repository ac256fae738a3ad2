// Bad input, systematically: every public method gets generated arguments, and nothing but a MemoryError comes of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

const CALLS = Number(process.env.GENERATED_CALLS ?? 5_000);
const seed = Number(process.env.GENERATED_SEED ?? 20261122);

test("generated arguments: never a panic, a hang or a foreign error, and the memory still works", async () => {
  const { calls, panics, faults, codes, resolved, checks } = await inPage(
    async (options) => {
      const { generatedCalls } = await import("/generated.js");
      const outcome = await generatedCalls({ ...options, databaseName });
      // They were looked at one by one.
      globalThis.problems.length = 0;
      return outcome;
    },
    { seed, count: CALLS },
  );
  console.log(`generated calls: ${calls}, panics: ${panics}`);
  const hint = `GENERATED_SEED=${seed}`;
  assert.deepEqual(faults, [], hint);
  assert.equal(panics, 0, hint);
  assert.equal(calls, CALLS);
  assert.ok(checks >= CALLS / 250, hint);
  // Most calls of most methods get past the first look at their arguments.
  assert.ok(Object.keys(resolved).length >= 40, Object.keys(resolved).join());
  assert.ok(codes["invalid-input"] > CALLS / 10 && codes["not-found"] > 0 && codes.model > 0, JSON.stringify(codes));
});

test("what an application throws, and what only looks like a Blob or a signal, becomes an error of this package", async () => {
  const { outcomes, works } = await inPage(async () => {
    const { ConversationAgent, createChatRoutes } = await import("conversation-memory");
    const { memory, id } = await openConversation();
    const calm = { generate: async () => ({ text: "an answer" }) };
    const agent = (options) => new ConversationAgent({ manager: memory, model: calm, ...options });
    const aborted = (reason) => AbortSignal.abort(reason);
    const outcomes = {};
    const expect = async (code, name, call) => (outcomes[name] = [code, await codeOf(async () => call())]);
    const thrown = {
      "a revoked proxy": revoked(),
      "a symbol": Symbol("thrown"),
      undefined,
      "an Error whose message is a symbol": Object.assign(new Error("x"), { message: Symbol("message") }),
      "half a MemoryError": { name: "MemoryError", code: 5, message: Symbol("message") },
    };
    for (const [name, value] of Object.entries(thrown)) {
      const fail = () => {
        throw value;
      };
      const getter = (field) => Object.defineProperty({ role: "user" }, field, { get: fail, enumerable: true });
      await expect("invalid-input", `a getter of a message throws ${name}`, () => memory.addMessage(id, getter("content")));
      await expect("invalid-input", `a getter of metadata throws ${name}`, () => memory.storeVisualizationConfig(id, "bar", getter("a")));
      await expect("invalid-input", `a getter of options throws ${name}`, () => memory.getMessages(id, getter("limit")));
      await expect("invalid-input", `countTokens throws ${name}`, () => memory.buildPrompt(id, "x", { countTokens: fail }));
      await expect("model", `a model throws ${name}`, () => agent({ model: { generate: fail } }).processQuery("x"));
      await expect("model", `a layer throws ${name}`, () => agent({ layers: { retrieveData: fail } }).processQuery("x"));
      await expect("aborted", `aborted with ${name}`, () => agent().processQuery("x", { signal: aborted(value) }));
      const model = Object.defineProperty({ ...calm }, "needsNetwork", { get: fail });
      await expect("invalid-input", `needsNetwork throws ${name}`, () => agent({ model }).processQuery("x"));
      await expect("none", `isMemoryError of ${name}`, () => isMemoryError(value));
      const slice = Object.assign(new Blob(["[]"]), { slice: fail });
      await expect("invalid-input", `slice throws ${name}`, () => memory.importAll(slice));
    }
    const blobs = { size: { [Symbol.toStringTag]: "Blob", size: Infinity, slice: () => new Blob() }, proxy: new Proxy(new Blob(["[]"]), {}), heir: Object.create(Blob.prototype) };
    for (const [name, blob] of Object.entries(blobs)) await expect("invalid-input", `a false Blob, ${name}`, () => memory.importAll(blob));
    const signals = { proxy: new Proxy(new AbortController().signal, {}), heir: Object.create(AbortSignal.prototype) };
    for (const [name, signal] of Object.entries(signals)) {
      await expect("invalid-input", `a false signal, ${name}`, () => agent().processQuery("x", { signal }));
      await expect("invalid-input", `a false signal of an import, ${name}`, () => memory.importAll(new Blob(["[]"]), { signal }));
    }
    for (const length of [2 ** 32 - 1, 2 ** 53]) {
      const item = { role: "user", content: "" };
      const endless = (item) => new Proxy([], { get: (_, key) => (key === "length" ? length : item) });
      await expect("invalid-input", `${length} entities`, () => memory.getRelevantPastResults(id, endless("x")));
      await expect("invalid-input", `${length} messages`, () => memory.addMessages(id, endless(item)));
      await expect("invalid-input", `${length} values`, () => memory.storeVisualizationConfig(id, "bar", endless(1)));
    }
    const authenticate = Proxy.revocable(() => "ada", {});
    authenticate.revoke();
    const routes = createChatRoutes({ authenticate: authenticate.proxy, agentFor: agent });
    const { status } = await routes(new Request("https://chat.example/api/v1/chat/conversations"));
    outcomes["a revoked function"] = [500, status];
    await memory.addMessage(id, { role: "user", content: "works" });
    return { outcomes, works: (await memory.getMessages(id)).at(-1).content };
  });
  const wrong = Object.entries(outcomes).filter(([, [expected, actual]]) => expected !== actual);
  assert.deepEqual(wrong, []);
  assert.equal(works, "works");
});
