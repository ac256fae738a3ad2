// conversation-memory/react: what a turn leaves behind, and what it hides while it runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";
import { pagesWithReact } from "./support/react/pages.mjs";

for (const { version, inTabs, inPage } of await pagesWithReact(pagesForThisFile())) {
  const named = (name) => `React ${version}: ${name}`;

  test(named("the error of a question that waits goes when that is being answered, cancelled or deleted, by whatever tab"), async () => {
    await inTabs(2, async ([tab, other]) => {
      const id = await tab.evaluate(async () => {
        const { agent, memory, model } = await makeAgent();
        const { id } = await memory.createConversation();
        const chat = watch(() => ({ turn: hooks.useTurn(id), thread: hooks.useThread(id) }));
        show(h(hooks.MemoryProvider, { memory, agent }, h(chat.Component)));
        Object.assign(globalThis, { id, agent, memory, model, chat });
        // Waits for the network.
        globalThis.left = async (text) => {
          setOnline(false);
          await chat.last.turn.ask(text);
          await until(() => chat.last.turn.error?.messageId);
          return chat.last.turn.error.messageId;
        };
        return id;
      });
      const answered = await tab.evaluate(async () => {
        await left("one?");
        setOnline(true);
        const flushed = agent.flushQueue();
        await until(() => model.calls.length === 1);
        await until(() => chat.last.turn.error === undefined, 5_000); // it does not wait any more
        model.calls[0].end("1");
        await flushed;
        await until(() => chat.last.thread.messages.length === 2);
        return [chat.last.turn.error?.code ?? null, chat.last.turn.isRunning];
      });
      assert.deepEqual(answered, [null, false]);
      await tab.evaluate(async () => {
        const messageId = await left("two?");
        await memory.updateMessageMetadata(id, messageId, { seen: true }); // a change that answers nothing
        await new Promise((resolve) => setTimeout(resolve, 200));
        if (chat.last.turn.error === undefined) throw new Error("it still waits");
        await agent.cancelQueued(messageId);
        await until(() => chat.last.turn.error === undefined, 5_000);
        globalThis.third = await left("three?");
      });
      const third = await tab.evaluate(() => third);
      await other.evaluate(async ([id, third]) => void (await (await openMemory()).deleteMessage(id, third)), [id, third]);
      await tab.evaluate(async () => {
        await until(() => chat.last.turn.error === undefined, 5_000);
        await left("four?");
      });
      await other.evaluate(async (id) => void (await (await openMemory()).deleteConversation(id)), id);
      await tab.evaluate(() => until(() => chat.last.turn.error === undefined, 5_000));
    });
  });

  test(named("what is asked while a chat begins goes on with it, also when another conversation is shown by then"), async () => {
    const seen = await inPage(async () => {
      const { agent, memory, model } = await makeAgent();
      const { id } = await memory.createConversation();
      const chat = watch(({ id }) => hooks.useTurn(id));
      const element = (id) => h(hooks.MemoryProvider, { memory, agent }, h(chat.Component, { id }));
      const page = show(element(undefined));
      const asked = [chat.last.ask("one?"), chat.last.ask("two?"), chat.last.ask("three?")];
      page.render(element(id));
      for (const number of [1, 2, 3]) {
        await until(() => model.calls.length === number);
        model.calls[number - 1].end(`${number}`);
      }
      const ids = (await Promise.all(asked)).map(({ conversationId }) => conversationId);
      return { chats: new Set(ids).size, isOther: ids[0] !== id, begun: (await active(memory, ids[0])).join(), shown: await active(memory, id) };
    });
    assert.deepEqual(seen, { chats: 1, isOther: true, begun: "one?,1,two?,2,three?,3", shown: [] });
  });

  test(named("while a question is answered again its other answers are hidden from the start, and back when nothing comes of it"), async () => {
    const seen = await inPage(async () => {
      const { agent, memory, model } = await makeAgent();
      const { id } = await memory.createConversation();
      const chat = watch(() => ({ turn: hooks.useTurn(id), thread: hooks.useThread(id) }));
      show(h(hooks.MemoryProvider, { memory, agent }, h(chat.Component)));
      const words = () => chat.last.thread.messages.map(({ content, status }) => `${content}${status === "complete" ? "" : ` (${status})`}`).join(" | ");
      const first = chat.last.turn.ask("one?");
      await until(() => model.calls.length === 1);
      model.calls[0].end("1");
      await first;
      await memory.addMessages(id, [{ role: "user", content: "two?" }, { role: "assistant", content: "2" }]);
      await until(() => words() === "one? | 1 | two? | 2");
      const [, answer] = chat.last.thread.messages;
      let asked = chat.last.turn.regenerate(answer.id);
      await until(() => model.calls.length === 2);
      await until(() => words() === "one?", 5_000).catch(() => {}); // before anything was said
      const early = [words(), chat.last.turn.isRunning];
      chat.last.turn.stop();
      await asked;
      await until(() => words() === "one? | 1 | two? | 2", 5_000);
      const from = chat.frames.length;
      asked = chat.last.turn.regenerate(answer.id);
      await until(() => model.calls.length === 3);
      model.calls[2].say("on");
      await until(() => words() === "one? | on (streaming)");
      model.calls[2].end("one");
      await asked;
      await until(() => words() === "one? | one" && !chat.last.turn.isRunning);
      const ways = chat.frames.slice(from - 1).map(({ thread }) => thread.messages.map(({ content }) => content).join(" | "));
      return { early, ways: ways.filter((way, at) => way !== ways[at - 1]) };
    });
    assert.deepEqual(seen.early, ["one?", true]);
    // From the old answer to none, and from none to the new one, without a frame of the old one in between.
    assert.deepEqual(seen.ways, ["one? | 1 | two? | 2", "one?", "one? | on", "one? | one"]);
  });
}
