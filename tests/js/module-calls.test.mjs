// How often the module calls the browser's objects: what can be counted of its speed on a machine that is busy.
import assert from "node:assert/strict";
import { test } from "node:test";
import { onThisThread, pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

/** Counts the calls of everything that the module imports. */
const prepare = () => {
  let calls = 0;
  const counting = (imports) => Object.fromEntries(Object.entries(imports).map(([name, own]) => [name, (...given) => ((calls += 1), own(...given))]));
  const { Instance, instantiate } = WebAssembly;
  const counted = (modules) => Object.fromEntries(Object.entries(modules).map(([name, imports]) => [name, counting(imports)]));
  WebAssembly.instantiate = (source, imports) => instantiate.call(WebAssembly, source, counted(imports));
  WebAssembly.Instance = new Proxy(Instance, { construct: (target, [module, imports]) => new target(module, counted(imports)) });
  /** Of the second time: names are made once. */
  globalThis.callsOf = async (work) => {
    await work();
    calls = 0;
    await work();
    return calls;
  };
};

test("a record more is checked by some calls more, not by two for each of its fields", onThisThread, async () => {
  const each = await inPage(
    async () => {
      const { memory, id } = await openConversation();
      await memory.addMessages(id, Array.from({ length: 60 }, (_, number) => ({ role: number % 2 ? "assistant" : "user", content: `Number ${number}` })));
      for (let count = 0; count < 50; count += 1) await memory.createConversation();
      const perRecord = async (read) => ((await callsOf(() => read(45))) - (await callsOf(() => read(5)))) / 40;
      return {
        message: await perRecord((count) => memory.getRecentMessages(id, count)),
        conversation: await perRecord((limit) => memory.listConversations({ limit })),
        append: await callsOf(() => memory.addMessage(id, { role: "user", content: "One more" })),
      };
    },
    undefined,
    { prepare },
  );
  const most = { message: 20, conversation: 14, append: 260 };
  for (const [name, calls] of Object.entries(each)) assert.ok(calls > 0 && calls <= most[name], `${name}: ${calls} calls, ${most[name]} at most`);
});
