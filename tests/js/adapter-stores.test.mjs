// The stores of docs/adapters/vue.md and docs/adapters/svelte.md, as they stand there, with Vue and Svelte in a browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { compile } from "svelte/compiler";
import { compileScript, parse } from "vue/compiler-sfc";
import { examplesOf, frameworkPage } from "./support/frameworks.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { withTabs } = pagesForThisFile();

/** A component of Vue as a build step makes a module of it. */
function vueModule(source) {
  const { descriptor, errors } = parse(source, { filename: "Chat.vue" });
  assert.deepEqual(errors, []);
  return compileScript(descriptor, { id: "chat", inlineTemplate: true }).content;
}

const svelteModule = (source) => compile(source, { filename: "Chat.svelte", generate: "client" }).js.code;

/** `show` puts the component into the page, and gives what removes it. */
const FRAMEWORKS = {
  vue: {
    modules: ["vue"],
    component: { name: "Chat.vue", build: vueModule },
    store: "useThread.js",
    async show(address, props) {
      const [{ createApp }, { default: Chat }] = await Promise.all([import("vue"), import(address)]);
      const app = createApp(Chat, props);
      app.mount(document.body);
      return () => app.unmount();
    },
  },
  svelte: {
    modules: ["svelte", "svelte/store", "svelte/internal/client", "svelte/internal/disclose-version", "svelte/internal/flags/legacy", "svelte/internal/flags/async"],
    component: { name: "Chat.svelte", build: svelteModule },
    store: "thread.js",
    async show(address, props) {
      const [{ mount, unmount }, { default: Chat }] = await Promise.all([import("svelte"), import(address)]);
      const component = mount(Chat, { target: document.body, props });
      return () => unmount(component);
    },
  },
};

/** Until the list shows these. */
async function shows(tab, wanted) {
  const read = () => tab.evaluate(() => [...document.querySelectorAll("li")].map((item) => `${item.className}: ${item.textContent}`));
  let seen;
  for (let waited = 0; waited < 10_000; waited += 20) {
    seen = await read();
    if (typeof wanted === "function" ? wanted(seen) : JSON.stringify(seen) === JSON.stringify(wanted)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(seen, wanted);
}

const pages = {};
const addresses = {};
const stores = {};
const before = {};
for (const [name, { modules, component, store }] of Object.entries(FRAMEWORKS)) {
  const [own, shown] = [store, component.name].map((file) => examplesOf(`adapters/${name}.md`, new RegExp(`^\\w+ file=${file}$`))[0].source);
  pages[name] = await frameworkPage(modules);
  before[name] = await pages[name].put("before.js", examplesOf(`adapters/${name}.md`, /^js file=before\.js$/)[0].source);
  stores[name] = await pages[name].put(store, own);
  addresses[name] = await pages[name].put(`${component.name}.js`, component.build(shown));
}

const [app] = examplesOf("adapters/vue.md", /^vue file=App.vue$/);
addresses.app = await pages.vue.put("App.vue.js", vueModule(app.source).replace("./Chat.vue", "./Chat.vue.js"));

test("vue: an application that opens the memory and keeps it in a shallowRef", async () => {
  await withTabs(1, async ([page]) => {
    await page.evaluate(async ([show, address]) => void (await new Function(`return ({ ${show} }).show`)()(address)), [FRAMEWORKS.vue.show.toString(), addresses.app]);
    await page.evaluate(async () => {
      await until(() => document.querySelector("form"));
      document.querySelector("input").value = "Hello.";
      document.querySelector("input").dispatchEvent(new Event("input"));
      document.querySelector("form").requestSubmit();
    });
    await shows(page, ["user: Hello."]);
  }, pages.vue);
});

test("vue: another conversation is shown as soon as it is read, whatever is read later of the one before", async () => {
  await withTabs(1, async ([page]) => {
    const seen = await page.evaluate(async (address) => {
      const [{ effectScope, nextTick, ref }, { useThread }] = await Promise.all([import("vue"), import(address)]);
      const held = [];
      const memory = { subscribe: () => () => {}, getThread: (id) => new Promise((resolve) => held.push(() => resolve({ messages: [{ id: `message of ${id}` }], arriving: { messageId: `answer of ${id}` } }))) };
      const id = ref("a");
      const scope = effectScope();
      const { thread, arriving } = scope.run(() => useThread(memory, id));
      const seen = [];
      const look = async () => (await nextTick(), await new Promise((resolve) => setTimeout(resolve)), seen.push([...thread.value.messages.map(({ id }) => id), arriving.value?.messageId ?? null]));
      held[0]();
      await look();
      id.value = "b";
      await look();
      id.value = "c";
      await look();
      held[2]();
      await look();
      held[1]();
      await look();
      scope.stop();
      return seen;
    }, stores.vue);
    assert.deepEqual(seen, [["message of a", "answer of a"], [null], [null], ["message of c", "answer of c"], ["message of c", "answer of c"]]);
  }, pages.vue);
});

test("svelte: what was asked for last is shown, though it is read first", async () => {
  await withTabs(1, async ([page]) => {
    const seen = await page.evaluate(async (address) => {
      const { thread } = await import(address);
      const held = [];
      let hear;
      const memory = { subscribe: (heard) => ((hear = heard), () => {}), getThread: () => new Promise((resolve) => held.push((words) => resolve({ messages: [{ id: words }] }))) };
      const seen = [];
      const stop = thread(memory, "a").subscribe(({ messages }) => seen.push(messages.map(({ id }) => id).join()));
      hear([{ type: "message-added", conversationId: "a" }]);
      held[1]("new");
      await new Promise((resolve) => setTimeout(resolve));
      held[0]("old");
      await new Promise((resolve) => setTimeout(resolve));
      stop();
      return seen;
    }, stores.svelte);
    assert.deepEqual(seen, ["", "new"]);
  }, pages.svelte);
});

for (const [name, { show }] of Object.entries(FRAMEWORKS)) {
  test(`${name}: a store on subscribe shows messages and arriving answers of every tab, and ends with its component`, async () => {
    await withTabs(2, async ([one, other]) => {
      const id = await one.evaluate(
        async ([show, address]) => {
          const { memory, id } = await openConversation();
          globalThis.reads = 0;
          const { getThread } = memory;
          memory.getThread = (...given) => ((reads += 1), getThread.apply(memory, given));
          globalThis.remove = await new Function(`return ({ ${show} }).show`)()(address, { memory, conversationId: id });
          return id;
        },
        [show.toString(), addresses[name]],
      );
      await shows(one, []);
      await one.type?.("input", "Hello.");
      await one.press?.("input", "Enter");
      if (!one.type) await one.evaluate(async (id) => (await openMemory()).addMessage(id, { role: "user", content: "Hello." }), id);
      await shows(one, ["user: Hello."]);

      await other.evaluate(async (id) => {
        const { ConversationAgent } = await import("conversation-memory");
        const manager = (globalThis.memory = await openMemory());
        const model = {
          async generate(_, { onDelta }) {
            onDelta("It is ");
            await new Promise((resolve) => (globalThis.finish = resolve));
            onDelta("19 °C.");
            return { text: "It is 19 °C." };
          },
        };
        globalThis.answered = new ConversationAgent({ manager, model }).processQuery("The weather?", { conversationId: id });
      }, id);
      await shows(one, ["user: Hello.", "user: The weather?", "arriving: It is "]);
      await other.evaluate(() => (finish(), answered));
      await shows(one, ["user: Hello.", "user: The weather?", "assistant: It is 19 °C."]);
      if (process.env.SCREENSHOT) await one.screenshot({ path: `${process.env.SCREENSHOT}-${name}.png` });

      await other.evaluate((id) => memory.deleteConversation(id), id);
      await shows(one, []);
      // What concerns every conversation is heard, until the component is gone.
      const before = await one.evaluate(() => (remove(), reads));
      await other.evaluate(() => memory.forgetEverything());
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(await one.evaluate(() => reads), before);
    }, pages[name]);
  });
}

/** Watches the messages of a conversation by the stores that are written by hand. */
const BY_HAND = {
  vue: async ({ useThread }, id) => {
    const { effectScope } = await import("vue");
    const messages = effectScope().run(() => useThread(id));
    return () => messages.value;
  },
  svelte: async ({ thread }, id) => {
    let shown;
    thread(id).subscribe((messages) => (shown = messages));
    return () => shown;
  },
};

for (const name of Object.keys(FRAMEWORKS)) {
  test(`${name}: the store by hand shows what two tabs add, and takes as many lines as the page says`, async () => {
    const [, byHand, own] = /takes (\d+) lines, where the store above takes (\d+)/.exec(await readFile(new URL(`../../docs/adapters/${name}.md`, import.meta.url), "utf8"));
    const linesOf = (info) => examplesOf(`adapters/${name}.md`, info)[0].source.split("\n").filter((line) => line.trim() !== "").length;
    assert.deepEqual([linesOf(/^js file=before\.js$/), linesOf(new RegExp(`^js file=${FRAMEWORKS[name].store}$`))], [Number(byHand), Number(own)]);
    await withTabs(2, async (tabs) => {
      const begin = async ([address, watch]) => {
        globalThis.store = await import(address);
        globalThis.shown = await new Function(`return ${watch}`)()(store, "a");
      };
      for (const tab of tabs) await tab.evaluate(begin, [before[name], BY_HAND[name].toString()]);
      for (const [index, tab] of tabs.entries()) await tab.evaluate((index) => store.addMessage("a", { content: `${index}` }), index);
      await tabs[0].evaluate(() => store.addMessage("b", { content: "of another" }));
      for (const tab of tabs) await tab.evaluate(() => until(() => shown().map(({ content }) => content).join() === "0,1"));
    }, pages[name]);
  });
}
