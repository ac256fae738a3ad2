// conversation-memory/react in a real browser, with React 18 and 19, in StrictMode: threads and turns.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";
import { pagesWithReact } from "./support/react/pages.mjs";

for (const { version, inTabs, inPage } of await pagesWithReact(pagesForThisFile())) {
  const named = (name) => `React ${version}: ${name}`;

  test(named("a thread: pages by cursor, siblings, branches, and the same objects for what has not changed"), async () => {
    const seen = await inPage(async () => {
      const { memory, id } = await openConversation();
      const said = await memory.addMessages(id, talk(20));
      const thread = watch(() => hooks.useThread(id, { limit: 6 }));
      show(h(hooks.MemoryProvider, { memory }, h(thread.Component)));
      const texts = () => thread.last.messages.map(({ content }) => content.replace("message ", "")).join();
      await until(() => !thread.last.isLoading);
      const steps = [texts(), thread.last.hasOlder];
      await Promise.all([thread.last.loadOlder(), thread.last.loadOlder()]);
      steps.push(texts());
      await memory.addMessages(id, [{ role: "user", content: "more" }, { role: "assistant", content: "still" }]);
      await until(() => texts().endsWith("still"));
      steps.push(texts());
      await thread.last.loadOlder();
      await thread.last.loadOlder();
      steps.push(texts(), thread.last.hasOlder);
      // Another answer to question 18: a branch.
      const before = thread.last.messages;
      const [question, answer] = said.slice(18);
      const other = await memory.addMessage(id, { role: "assistant", content: "other", parentId: question.id });
      await until(() => texts().endsWith("18,other"));
      const kept = thread.last.messages.filter((message) => before.includes(message)).length;
      const { siblings } = thread.last.messages.at(-1);
      await thread.last.switchBranch(answer.id);
      const back = texts().slice(-16);
      await memory.updateMessage(id, question.id, { content: "changed" });
      await until(() => texts().includes("changed"));
      await thread.last.switchBranch("nobody");
      const refused = [thread.last.error?.code, thread.last.messages.length];
      await memory.deleteConversation(id);
      await until(() => thread.last.messages.length === 0);
      const gone = thread.last.error.code;
      return { steps, kept, index: siblings.index, ids: siblings.ids.length === 2 && siblings.ids[1] === other.id, back, refused, gone };
    });
    const upTo = (from) => Array.from({ length: 20 - from }, (_, at) => from + at).join();
    assert.deepEqual(seen.steps, [upTo(14), true, upTo(8), `${upTo(8)},more,still`, `${upTo(0)},more,still`, false]);
    assert.equal(seen.kept, 19);
    assert.deepEqual([seen.index, seen.ids, seen.back], [1, true, "18,19,more,still"]);
    assert.deepEqual(seen.refused, ["not-found", 0]);
    assert.equal(seen.gone, "not-found");
  });

  test(named("a turn: the new chat has its id at once, the answer grows in both tabs under the id that it keeps"), async () => {
    await inTabs(2, async ([tab, other]) => {
      await other.evaluate(() => {
        const thread = (globalThis.thread = watch(({ id }) => hooks.useThread(id)));
        const list = (globalThis.list = watch(() => hooks.useConversations()));
        const App = () => h(React.Fragment, null, h(list.Component), h(thread.Component, { id: globalThis.list.last?.conversations[0]?.id }));
        globalThis.shown = show(h(hooks.MemoryProvider, { open: () => openMemory() }, h(App)));
        globalThis.again = () => shown.render(h(hooks.MemoryProvider, { open: () => openMemory() }, h(App)));
      });
      const id = await tab.evaluate(async () => {
        const { ConversationAgent } = await import("conversation-memory");
        globalThis.model = patientModel();
        globalThis.seen = watch(() => {
          const [id, setId] = React.useState();
          return { id, setId, turn: hooks.useTurn(id, { persona: "digital_twin_designer", onConversation: setId }), thread: hooks.useThread(id) };
        });
        show(h(hooks.MemoryProvider, { open: () => openMemory(), agent: (manager) => new ConversationAgent({ manager, model }) }, h(seen.Component)));
        globalThis.words = () => seen.last.thread.messages.map(({ content, status }) => `${content}${status === "complete" ? "" : ` (${status})`}`).join(" | ");
        // The memory is still opening: one is stopped, the other waits for it.
        const stopped = seen.last.turn.ask("too early");
        seen.last.turn.stop();
        if (await stopped) throw new Error("it was answered");
        globalThis.asked = seen.last.turn.ask("How long?");
        await until(() => seen.last.turn.isRunning && seen.last.turn.error === undefined);
        await until(() => seen.last.id && model.calls.length === 1);
        return seen.last.id;
      });
      await other.evaluate(async (id) => (await until(() => list.last.conversations[0]?.id === id), again()), id);
      const early = await tab.evaluate(async () => {
        model.calls[0].say("It is ");
        await until(() => words() === "How long? | It is  (streaming)");
        return [seen.last.turn.isRunning, seen.last.thread.arriving.messageId === seen.last.thread.messages[1].id, (await openMemory().then((memory) => memory.getConversation(seen.last.id))).personaName];
      });
      assert.deepEqual(early, [true, true, "digital_twin_designer"]);
      const growing = await other.evaluate(async () => {
        await until(() => thread.last.messages[1]?.content === "It is ");
        return [thread.last.messages[1].id, thread.last.messages[1].status, thread.last.messages[1].siblings.count];
      });
      assert.deepEqual(growing.slice(1), ["streaming", 1]);
      const end = await tab.evaluate(async () => {
        model.calls[0].say("42.");
        await until(() => words() === "How long? | It is 42. (streaming)");
        model.calls[0].end("It is 42.");
        const { messageId, answer } = await asked;
        await until(() => words() === "How long? | It is 42.");
        return [messageId, answer, seen.last.turn.isRunning, seen.last.turn.error?.code, seen.last.thread.arriving];
      });
      assert.deepEqual(end, [growing[0], "It is 42.", false, undefined, undefined]);
      const there = await other.evaluate(async () => {
        await until(() => thread.last.messages[1]?.status === "complete");
        // No frame in between was without the answer.
        const at = thread.frames.findIndex(({ messages }) => messages.length === 2);
        return [thread.last.messages[1].id, thread.frames.slice(at).every(({ messages }) => messages.length === 2)];
      });
      assert.deepEqual(there, [growing[0], true]);
    });
  });

  test(named("stop, answer again, edit, a failure, a question that waits: nothing rejects, and the state says it"), async () => {
    const seen = await inPage(async () => {
      const { agent, memory, model } = await makeAgent();
      const { id } = await memory.createConversation();
      const turn = watch(() => ({ turn: hooks.useTurn(id), thread: hooks.useThread(id) }));
      show(h(hooks.MemoryProvider, { memory, agent }, h(turn.Component)));
      const words = () => turn.last.thread.messages.map(({ content, status }) => `${content}${status === "complete" ? "" : ` (${status})`}`).join(" | ");
      const steps = [];
      const step = async (expected) => (await until(() => words() === expected && !turn.last.turn.isRunning, 5_000).catch(() => {}), steps.push(words(), turn.last.turn.error?.code ?? null));
      const begun = (count) => until(() => model.calls.length === count);
      let asked = turn.last.turn.ask("one?");
      await begun(1);
      model.calls[0].say("half");
      await until(() => words().includes("half"));
      turn.last.turn.stop();
      const stopped = await asked;
      await step("one? | half (interrupted)");
      const [question, answer] = turn.last.thread.messages;
      asked = turn.last.turn.regenerate(answer.id);
      await begun(2);
      model.calls[1].say("whole");
      await until(() => words() === "one? | whole (streaming)"); // in the place of the answer before
      const { siblings } = turn.last.thread.messages[1];
      model.calls[1].end("whole");
      await asked;
      await step("one? | whole");
      const stored = turn.last.thread.messages[1].siblings;
      asked = turn.last.turn.edit(question.id, "two?");
      await begun(3);
      model.calls[2].end("second");
      await asked;
      await step("two? | second");
      asked = turn.last.turn.ask("three?");
      await begun(4);
      model.calls[3].fail(new Error("the model is ill"));
      const failed = await asked;
      await step("two? | second | three? | Error: the model is ill (failed)");
      // Two at once: the second waits behind the first, and is seen behind its answer.
      const [first, second] = [turn.last.turn.ask("four?"), turn.last.turn.ask("five?")];
      await begun(5);
      model.calls[4].say("4");
      await until(() => words().endsWith("four? | 4 (streaming) | five? (queued)"));
      model.calls[4].end("4");
      await begun(6);
      const isStillRunning = turn.last.turn.isRunning;
      model.calls[5].end("5");
      await Promise.all([first, second]);
      await step("two? | second | three? | Error: the model is ill (failed) | four? | 4 | five? | 5");
      setOnline(false);
      const waits = await turn.last.turn.ask("six?");
      await until(() => words().endsWith("six? (queued)"));
      const offline = [turn.last.turn.error.offline, turn.last.turn.error.messageId === turn.last.thread.messages.at(-1).id];
      setOnline(true);
      return { steps, undefineds: [stopped, failed, waits].map((result) => result === undefined), siblings: [siblings.index, siblings.count, stored.index, stored.count], isStillRunning, offline };
    });
    assert.deepEqual(seen.steps, [
      "one? | half (interrupted)", null,
      "one? | whole", null,
      "two? | second", null,
      "two? | second | three? | Error: the model is ill (failed)", "model",
      "two? | second | three? | Error: the model is ill (failed) | four? | 4 | five? | 5", null,
    ]);
    assert.deepEqual(seen.undefineds, [true, true, true]);
    assert.deepEqual(seen.siblings, [1, 2, 1, 2]);
    assert.deepEqual([seen.isStillRunning, seen.offline], [true, [true, true]]);
  });

  test(named("a component that goes in the middle of a turn: the answer is stored; the provider: what had arrived is kept"), async () => {
    const seen = await inPage(async () => {
      const { ConversationAgent } = await import("conversation-memory");
      const model = patientModel();
      const witness = await openMemory();
      const { id } = await witness.createConversation();
      const chat = watch(() => ({ turn: hooks.useTurn(id), thread: hooks.useThread(id), memory: hooks.useMemory().memory }));
      const open = () => openMemory();
      const agent = (manager) => new ConversationAgent({ manager, model });
      const app = (child) => h(hooks.MemoryProvider, { open, agent }, child);
      const { render, unmount } = show(app(h(chat.Component)));
      await until(() => chat.last.memory);
      const asked = chat.last.turn.ask("one?");
      await until(() => model.calls.length === 1);
      model.calls[0].say("an");
      await until(() => chat.last.thread.arriving);
      render(app(null));
      const frames = chat.frames.length;
      model.calls[0].say("swer");
      await new Promise((resolve) => setTimeout(resolve, 200));
      const isSilent = chat.frames.length === frames;
      // Shown again while it goes on: it runs, and what has arrived is there.
      render(app(h(chat.Component)));
      await until(() => chat.last.thread.arriving?.content === "answer");
      const { isRunning } = chat.last.turn;
      render(app(null));
      model.calls[0].end("answer");
      const { answer } = await asked;
      render(app(h(chat.Component)));
      await until(() => chat.last.thread.messages.length === 2 && !chat.last.turn.isRunning);
      const second = chat.last.turn.ask("two?");
      await until(() => model.calls.length === 2);
      model.calls[1].say("half");
      await until(() => chat.last.thread.arriving);
      unmount();
      const ended = await second;
      const kept = await active(witness, id);
      await witness.close();
      await settled(indexedDB.deleteDatabase(databaseName));
      return { isSilent, isRunning, answer, isAnswered: ended !== undefined, kept };
    });
    assert.deepEqual(seen, { isSilent: true, isRunning: true, answer: "answer", isAnswered: false, kept: ["one?", "answer", "two?", "half (interrupted)"] });
  });

  test(named("useChatUpdates: a chat gets no messages of the one before it, and a memory that was closed takes nothing down"), async () => {
    const seen = await inPage(async () => {
      const memory = await openMemory();
      const [one, other] = [await memory.createConversation(), await memory.createConversation()];
      const messages = await memory.addMessages(one.id, talk(2));
      await memory.addMessages(other.id, talk(4));
      const given = [];
      // What useChat gives.
      const chats = new Map([one, other].map(({ id }) => [id, { id, status: "ready", messages: [], setMessages: (messages) => given.push([id, messages.length]), resumeStream: async () => {}, clearError: () => {} }]));
      // The first chat's messages are read when the second one is on the screen, and the effects have not run.
      let read = () => {};
      const answer = { messages: messages.map((message) => ({ ...message, siblings: { index: 0, count: 1, ids: [message.id] } })) };
      const slow = new Proxy(memory, { get: (of, name) => {
        if (name === "getThread") return (id) => (id === one.id ? new Promise((resolve) => (read = () => resolve(answer))) : of.getThread(id));
        return typeof of[name] === "function" ? of[name].bind(of) : of[name];
      } });
      const Chat = ({ id, memory }) => {
        hooks.useChatUpdates(memory, chats.get(id));
        React.useLayoutEffect(() => void (id === other.id && read()), [id]);
        return "shown";
      };
      const into = document.body.appendChild(document.createElement("div"));
      const root = createRoot(into);
      root.render(h(Chat, { id: one.id, memory: slow }));
      await until(() => into.textContent === "shown");
      await new Promise((resolve) => setTimeout(resolve, 100));
      root.render(h(Chat, { id: other.id, memory: slow }));
      await until(() => given.some(([id, length]) => id === other.id && length === 4));
      const wrong = given.filter(([id, length]) => id === one.id || length !== 4);
      root.unmount();

      const closed = await openMemory();
      await closed.close();
      const page = show(h(Chat, { id: one.id, memory: closed }));
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { wrong, text: page.into.textContent };
    });
    assert.deepEqual(seen, { wrong: [], text: "shown" });
  });

  test(named("switching fast between conversations: never a message, an answer or a turn of another one"), async () => {
    const seen = await inPage(async () => {
      const { agent, memory, model } = await makeAgent();
      const ids = [];
      for (let at = 0; at < 4; at += 1) {
        const { id } = await memory.createConversation();
        await memory.addMessages(id, [{ role: "user", content: `${at}` }, { role: "assistant", content: `${at}` }, { role: "user", content: `${at}` }]);
        ids.push(id);
      }
      // Reads that come late, and in another order than they were asked.
      const read = memory.getThread.bind(memory);
      memory.getThread = async (id, options) => {
        const thread = await read(id, options);
        await new Promise((resolve) => setTimeout(resolve, 120 * Math.random()));
        return thread;
      };
      const called = [];
      const chat = watch(({ id }) => ({ id, turn: hooks.useTurn(id, { onConversation: (id) => called.push(id) }), thread: hooks.useThread(id) }));
      const app = (id) => h(hooks.MemoryProvider, { memory, agent }, h(chat.Component, { id }));
      const { render } = show(app(ids[0]));
      const running = chat.last.turn.ask("0");
      await until(() => model.calls.length === 1);
      // A question without a conversation, left before it has found one.
      render(app(undefined));
      const begun = chat.last.turn.ask("new");
      for (let step = 0; step < 80; step += 1) {
        render(app(ids[(step * 7) % 4]));
        model.calls[0].say("0");
        await new Promise((resolve) => setTimeout(resolve, 15));
        // Now and then long enough that something is shown, however slow the machine is.
        if (step % 10 === 9) await until(() => chat.last.thread.messages.length > 0);
      }
      render(app(ids[0]));
      await until(() => chat.last.thread.arriving && model.calls.length === 2);
      model.calls[1].end("new");
      await begun;
      model.calls[0].end("0");
      await running;
      await until(() => chat.last.thread.messages.length >= 3);
      const faults = chat.frames.flatMap(({ id, thread, turn }) => {
        const own = ids.indexOf(id);
        const strange = thread.messages.filter(({ content, conversationId }) => conversationId !== id || content.replaceAll("0", "") !== `${own}`.replaceAll("0", ""));
        return [...strange.map(({ content }) => `${own}: ${content}`), ...(turn.isRunning && own > 0 ? [`${own} runs`] : [])];
      });
      return { faults, called, shown: chat.frames.filter(({ thread }) => thread.messages.length > 0).length, streamed: chat.frames.some(({ thread }) => thread.arriving) };
    });
    assert.deepEqual(seen.faults, []);
    assert.deepEqual(seen.called, []);
    assert.ok(seen.shown > 5 && seen.streamed, JSON.stringify(seen));
  });
}
