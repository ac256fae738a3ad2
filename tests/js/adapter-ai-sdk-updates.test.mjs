// conversation-memory/ai-sdk: chats that are open while other tabs, the queue or the person change their conversation.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bundle } from "./support/bundle.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { withTabs } = pagesForThisFile();
const turns = await readFile(new URL("support/turns.js", import.meta.url), "utf8");
const kit = fileURLToPath(new URL("support/ai-sdk/kit.js", import.meta.url));

// All before the first test: what is set up for a file is taken down when no test is left.
const pages = new Map();
for (const version of [5, 6, 7]) pages.set(version, await bundle({ file: kit, alias: version === 6 ? {} : { ai: `ai${version}` } }));

/** A chat that is followed, of a conversation that is there or of a new one. */
const open = (tab, id) =>
  tab.evaluate(async (id) => {
    Object.assign(globalThis, await makeAgent());
    globalThis.id = id ?? (await memory.createConversation()).id;
    globalThis.chat = new Chat({ id: globalThis.id, transport: adapter.createChatTransport({ agent }), messages: await adapter.loadUIMessages(memory, globalThis.id) });
    globalThis.unfollow = adapter.followChat(memory, chat);
    // As people do: a chat that still answers is not asked.
    globalThis.ask = (question) => rest(chat).then(() => void chat.sendMessage(question));
    globalThis.shows = (words) => until(() => said(chat.messages) === words, 10_000).catch(() => {
      throw new Error(`${chat.status}: ${said(chat.messages)}`);
    });
    return globalThis.id;
  }, id);

for (const [version, address] of pages) {
  const load = (tab) => tab.evaluate(async (address) => void (await import(address)), address);
  const inTabs = (count, work) => withTabs(count, async (tabs) => (await Promise.all(tabs.map(load)), work(tabs)), { prepare: turns });
  const named = (name) => `AI SDK ${version}: ${name}`;

  test(named("a chat that is open shows what another tab asks and is answered, and goes on behind it"), async () => {
    await inTabs(2, async ([asking, other]) => {
      const id = await open(asking);
      await open(other, id);
      await asking.evaluate(async () => {
        await ask({ text: "one?" });
        await until(() => calls.length === 1);
        calls[0].say("fi");
      });
      await other.evaluate(() => shows("one? | fi"));
      await asking.evaluate(() => (calls[0].say("rst"), calls[0].end("first.")));
      await other.evaluate(() => shows("one? | first.").then(() => rest(chat)));
      await other.evaluate(async () => {
        await ask({ text: "two?" });
        await until(() => calls.length === 1);
        calls[0].end("second");
        await rest(chat);
      });
      await asking.evaluate(() => shows("one? | first. | two? | second"));
      const stored = await other.evaluate(async () => [(await memory.getTree(id)).messages.length, await active(memory, id)]);
      assert.deepEqual(stored, [4, ["one?", "first.", "two?", "second"]], "no branch");

      // Asked in other words: the ids that are stored, in both tabs.
      await asking.evaluate(async () => {
        await ask({ text: "2?", messageId: chat.messages[2].id });
        await until(() => calls.length === 2);
        calls[1].end("zwei");
      });
      for (const tab of [asking, other]) await tab.evaluate(() => shows("one? | first. | 2? | zwei"));
      const isStored = () => until(async () => chat.messages.map(({ id }) => id).join() === (await memory.getMessages(id)).map(({ id }) => id).join());
      for (const tab of [asking, other]) await tab.evaluate(isStored);
      await asking.evaluate(async () => {
        const [question] = (await memory.getTree(id)).messages.filter(({ content }) => content === "two?");
        await memory.switchBranch(id, question.id);
      });
      for (const tab of [asking, other]) await tab.evaluate(() => shows("one? | first. | two? | second"));

      // Nobody hears any more.
      await other.evaluate(() => unfollow());
      await asking.evaluate(async () => {
        await memory.deleteConversation(id);
        await shows("");
      });
      assert.equal(await other.evaluate(() => said(chat.messages)), "one? | first. | two? | second");
    });
  });

  test(named("a question that is asked while another tab's answer arrives keeps its words in sight, and follows the answer"), async () => {
    await inTabs(2, async ([asking, other]) => {
      await open(other, await open(asking));
      await asking.evaluate(async () => {
        await ask({ text: "one?" });
        await until(() => calls.length === 1);
        calls[0].say("fi");
        await until(async () => (await memory.getThread(id)).arriving?.content === "fi");
      });
      await other.evaluate(async () => {
        await shows("one? | fi");
        globalThis.lost = [];
        globalThis.asked = chat.sendMessage({ text: "two?" });
        await until(() => said(chat.messages).includes("two?"));
        globalThis.timer = setInterval(() => said(chat.messages).includes("two?") || lost.push(said(chat.messages)), 2);
      });
      await asking.evaluate(async () => {
        await new Promise((resolve) => setTimeout(resolve, 400));
        calls[0].end("first");
      });
      await other.evaluate(async () => {
        await until(() => calls.length === 1);
        calls[0].end("second");
      });
      for (const tab of [asking, other]) await tab.evaluate(() => shows("one? | first | two? | second"));
      const seen = await other.evaluate(async () => (clearInterval(timer), { lost, stored: await active(memory, id) }));
      assert.deepEqual(seen, { lost: [], stored: ["one?", "first", "two?", "second"] });

      // One that is given up while it waits has its words still.
      await asking.evaluate(async () => {
        await ask({ text: "three?" });
        await until(() => calls.length === 2);
        calls[1].say("thi");
      });
      await other.evaluate(async () => {
        await shows("one? | first | two? | second | three? | thi");
        chat.sendMessage({ text: "four?" });
        await until(() => said(chat.messages).includes("four?"));
        await chat.stop();
      });
      await asking.evaluate(() => calls[1].end("third"));
      await other.evaluate(() => shows("one? | first | two? | second | three? | third | four?"));
    });
  });

  test(named("an answer of another tab that is not to be shown any more is shown when it is whole"), async () => {
    await inTabs(2, async ([asking, other]) => {
      await open(other, await open(asking));
      await asking.evaluate(async () => {
        await ask({ text: "one?" });
        await until(() => calls.length === 1);
        calls[0].say("fi");
      });
      await other.evaluate(async () => {
        await shows("one? | fi");
        await chat.stop();
        globalThis.states = new Set();
        globalThis.timer = setInterval(() => states.add(chat.status), 5);
      });
      await asking.evaluate(async () => {
        for (let piece = 0; piece < 8; piece += 1) {
          calls[0].say("x");
          await new Promise((resolve) => setTimeout(resolve, 120));
        }
      });
      const states = await other.evaluate(() => (clearInterval(timer), [...states]));
      assert.deepEqual(states, ["ready"]);
      await asking.evaluate(() => calls[0].end("first"));
      await other.evaluate(() => shows("one? | first"));
    });
  });

  test(named("a question that waited for the network: its answer is shown when it comes, and the error goes"), async () => {
    await inTabs(1, async ([page]) => {
      await open(page);
      const seen = await page.evaluate(async () => {
        setOnline(false);
        await ask({ text: "one?" });
        await until(() => chat.status === "error");
        const waiting = [chat.error.code, chat.error.offline, said(chat.messages)];
        setOnline(true);
        dispatchEvent(new Event("online"));
        await until(() => calls.length === 1);
        calls[0].say("fi");
        await shows("one? | fi");
        const arriving = chat.error ?? null;
        calls[0].end("first");
        await shows("one? | first");
        await rest(chat);
        // One that comes in one piece.
        setOnline(false);
        await ask({ text: "two?" });
        await until(() => chat.status === "error");
        setOnline(true);
        dispatchEvent(new Event("online"));
        await until(() => calls.length === 2);
        calls[1].end("second");
        await shows("one? | first | two? | second");
        await until(() => chat.status === "ready");
        // A failure stays one.
        await ask({ text: "three?" });
        await until(() => calls.length === 3);
        calls[2].fail(new Error("the model is ill"));
        await until(() => chat.messages.at(-1).role === "system");
        await new Promise((resolve) => setTimeout(resolve, 300));
        const { error: { message: error }, status } = chat;
        // It is asked again, there and after a reload.
        chat.regenerate();
        await until(() => calls.length === 4);
        calls[3].end("third");
        await shows("one? | first | two? | second | three? | third");
        await rest(chat);
        await ask({ text: "four?" });
        await until(() => calls.length === 5);
        calls[4].fail(new Error("the model is ill"));
        await until(() => chat.messages.at(-1).role === "system");
        unfollow();
        const reloaded = new Chat({ id, transport: adapter.createChatTransport({ agent }), messages: await adapter.loadUIMessages(memory, id) });
        adapter.followChat(memory, reloaded);
        reloaded.regenerate({ messageId: reloaded.messages.at(-1).id });
        await until(() => calls.length === 6);
        calls[5].end("fourth");
        await until(() => said(reloaded.messages).endsWith("three? | third | four? | fourth"));
        const last = (await memory.getMessages(id)).at(-1);
        return { waiting, arriving, error, status, branches: (await memory.listBranches(id, last.id)).map(({ role, content }) => `${role} ${content}`) };
      });
      assert.deepEqual(seen.waiting, ["model", true, "one?"]);
      assert.equal(seen.arriving, null);
      assert.match(seen.error, /the model is ill/);
      assert.equal(seen.status, "error");
      assert.equal(seen.branches.length, 2);
      assert.match(seen.branches.join(), /^system Error: .*ill.*,assistant fourth$/s);
    });
  });

  test(named("a chat that shows only the newest messages goes on doing so, and reads no others"), async () => {
    await inTabs(1, async ([page]) => {
      const seen = await page.evaluate(async () => {
        const { memory, agent, calls } = await makeAgent();
        const { id } = await memory.createConversation();
        await memory.addMessages(id, [1, 2, 3, 4].map((number) => ({ role: number % 2 ? "user" : "assistant", content: `${number}` })));
        const [limits, { getThread }] = [new Set(), memory];
        memory.getThread = (...given) => (limits.add(given[1]?.limit), getThread.apply(memory, given));
        const chat = new Chat({ id, transport: adapter.createChatTransport({ agent }), messages: await adapter.loadUIMessages(memory, id, { limit: 2 }) });
        const stop = adapter.followChat(memory, chat, { limit: 2 });
        const steps = [];
        const settle = async () => (await new Promise((resolve) => setTimeout(resolve, 300)), await rest(chat), steps.push(said(chat.messages)));
        await settle();
        await memory.updateMessage(id, chat.messages[1].id, { content: "four" });
        await settle();
        chat.sendMessage({ text: "5" });
        await until(() => calls.length === 1);
        calls[0].end("6");
        await rest(chat);
        await settle();
        // What was loaded of older messages stays.
        chat.messages = await adapter.loadUIMessages(memory, id, { limit: 5 });
        await memory.updateMessage(id, chat.messages[0].id, { content: "two" });
        await settle();
        stop();
        return { steps, most: Math.max(...limits) };
      });
      assert.deepEqual(seen.steps, ["3 | 4", "3 | four", "3 | four | 5 | 6", "two | 3 | four | 5 | 6"]);
      assert.ok(seen.most <= 20, `${seen.most} messages were read`);
    });
  });

  test(named("a chat keeps the greeting that it begins with, and asks behind it"), async () => {
    await inTabs(1, async ([page]) => {
      await open(page);
      const stored = await page.evaluate(async () => {
        chat.messages = [{ id: "hello", role: "assistant", parts: [{ type: "text", text: "Hi, ask me." }] }];
        await memory.renameConversation(id, "Numbers");
        await new Promise((resolve) => setTimeout(resolve, 300));
        await ask({ text: "one?" });
        await until(() => calls.length === 1);
        calls[0].end("first");
        await shows("Hi, ask me. | one? | first");
        await rest(chat);
        return active(memory, id);
      });
      assert.deepEqual(stored, ["Hi, ask me.", "one?", "first"]);
    });
  });

  test(named("a question without words is refused, and nothing of it is stored"), async () => {
    await inTabs(1, async ([page]) => {
      await open(page);
      const seen = await page.evaluate(async () => {
        const begun = [];
        const fresh = new Chat({ id: "not begun", transport: adapter.createChatTransport({ agent, onConversation: (...ids) => begun.push(ids) }) });
        fresh.sendMessage({ text: " \n" });
        await until(() => fresh.status === "error");
        await ask({ text: "" });
        await until(() => chat.status === "error");
        const refused = [chat.error.code, chat.error.argument, begun.length, (await memory.getTree(id)).messages.length, calls.length];
        await ask({ text: "one?" });
        await until(() => calls.length === 1);
        calls[0].end("first");
        await shows("one? | first");
        await ask({ text: "", files: [{ type: "file", mediaType: "text/plain", filename: "a.txt", url: "data:text/plain;base64,YWJj" }] });
        await until(() => calls.length === 2);
        calls[1].end("a file");
        await shows("one? | first |  | a file");
        // One that cannot be stored stays in sight when something else changes.
        const { addMessage } = memory;
        memory.addMessage = async () => Promise.reject(Object.assign(new Error("no room"), { code: "storage-full" }));
        await ask({ text: "three?" });
        await until(() => chat.status === "error");
        memory.addMessage = addMessage;
        await memory.updateMessage(id, chat.messages[1].id, { content: "1st" });
        await shows("one? | 1st |  | a file | three?");
        return { refused, stored: await active(memory, id) };
      });
      assert.deepEqual(seen.refused, ["invalid-input", "messages", 0, 0, 0]);
      assert.deepEqual(seen.stored, ["one?", "1st", "", "a file"]);
    });
  });
}
