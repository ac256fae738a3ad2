// conversation-memory/react: a thread around one of its messages, as a search has found it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";
import { pagesWithReact } from "./support/react/pages.mjs";

for (const { version, inPage } of await pagesWithReact(pagesForThisFile())) {
  const named = (name) => `React ${version}: ${name}`;

  test(named("a thread around a message: pages in both directions, changes, and the newest when that is gone"), async () => {
    const seen = await inPage(async () => {
      const { memory, id } = await openConversation();
      const said = await memory.addMessages(id, talk(60));
      await memory.deleteMessage(id, said[0].id); // the first position is empty
      const thread = watch(({ around }) => hooks.useThread(id, { limit: 6, around }));
      const app = (around) => h(hooks.MemoryProvider, { memory }, h(thread.Component, { around }));
      const { render } = show(app(said[30].id));
      const texts = () => thread.last.messages.map(({ content }) => content.replace("message ", "")).join();
      const steps = [];
      const step = () => steps.push([texts(), thread.last.hasOlder, thread.last.hasNewer]);
      await until(() => !thread.last.isLoading);
      step();
      await Promise.all([thread.last.loadNewer(), thread.last.loadNewer()]);
      step();
      await thread.last.loadOlder();
      step();
      const before = thread.last.messages;
      // It is not at the end: what is added there does not come in.
      await memory.addMessage(id, { role: "user", content: "end" });
      await memory.updateMessage(id, said[31].id, { content: "changed" });
      await until(() => texts().includes("changed"));
      step();
      const kept = thread.last.messages.filter((message) => before.includes(message)).length;
      // At the end it follows.
      render(app(said[58].id));
      await until(() => !thread.last.isLoading && texts().endsWith("end"));
      step();
      await memory.addMessages(id, [{ role: "assistant", content: "more" }, { role: "user", content: "and more" }]);
      await until(() => texts().endsWith("and more"));
      step();
      await thread.last.loadNewer(); // there is nothing
      // Another branch from 57 on: the message is not on it, what they have in common is shown.
      await memory.addMessage(id, { role: "assistant", content: "other", parentId: said[57].id });
      await until(() => texts().includes("other"));
      step();
      for (const gone of [said[0].id, "nobody"]) {
        render(app(gone));
        await until(() => !thread.last.isLoading);
        step();
      }
      render(app(undefined));
      await until(() => !thread.last.isLoading);
      step();
      return { steps, kept, code: thread.last.error?.code ?? null };
    });
    const list = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => from + at).join();
    const newest = [`${list(53, 57)},other`, true, false];
    assert.deepEqual(seen.steps, [
      [list(28, 33), true, true],
      [list(28, 39), true, true],
      [list(22, 39), true, true],
      [list(22, 39).replace("31", "changed"), true, true],
      [`${list(56, 59)},end`, true, false],
      [`${list(56, 59)},end,more,and more`, true, false],
      [`${list(55, 57)},other`, true, false],
      newest, newest, newest,
    ]);
    assert.deepEqual([seen.kept, seen.code], [17, null]);
  });

  test(named("an answer that arrives at the end is no part of a thread that does not reach it"), async () => {
    const seen = await inPage(async () => {
      const { agent, memory, model } = await makeAgent();
      const { id } = await memory.createConversation();
      const said = await memory.addMessages(id, talk(41)); // a question at the end of the page that is shown
      const thread = watch(() => ({ around: hooks.useThread(id, { limit: 5, around: said[12].id }), newest: hooks.useThread(id) }));
      show(h(hooks.MemoryProvider, { memory, agent }, h(thread.Component)));
      await until(() => thread.last.around.messages.length === 5);
      const asked = agent.processQuery("Now?", { conversationId: id });
      await until(() => model.calls.length === 1);
      model.calls[0].say("Y");
      await until(() => thread.last.newest.arriving?.content === "Y");
      model.calls[0].end("Yes.");
      await asked;
      await until(() => thread.last.newest.messages.at(-1).content === "Yes.");
      const last = thread.last.around.messages.at(-1);
      return { last: [last.content, last.role], arrived: thread.frames.some(({ around }) => around.arriving) };
    });
    assert.deepEqual(seen, { last: ["message 14", "user"], arrived: false });
  });
}
