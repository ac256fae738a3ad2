// conversation-memory/assistant-ui: answers that arrive are kept, and what other tabs do is shown.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bundle } from "./support/bundle.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { withTabs } = pagesForThisFile();
const turns = await readFile(new URL("support/turns.js", import.meta.url), "utf8");
const address = await bundle({ file: fileURLToPath(new URL("support/assistant-ui/kit.js", import.meta.url)) });

const load = (tab) => tab.evaluate(async (address) => void (await import(address)), address);
const inTabs = (count, work) => withTabs(count, async (tabs) => (await Promise.all(tabs.map(load)), work(tabs)), { prepare: turns });

/** An application with a model that says what it is told to, which follows the memory. */
const start = (tab) =>
  tab.evaluate(async () => {
    globalThis.memory = await openMemory();
    globalThis.calls = [];
    const model = {
      generate: (prompt, { signal, onDelta, onReasoning }) => new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        calls.push({ say: onDelta, think: onReasoning, end: (text) => resolve({ text }), fail: reject });
      }),
    };
    globalThis.runtime = await startApp(memory, adapter.createChatModelAdapter({ model, manager: memory }));
    globalThis.imports = 0;
    const importThread = runtime.thread.import.bind(runtime.thread);
    runtime.thread.import = (repository) => ((imports += 1), importThread(repository));
    globalThis.unfollow = adapter.followThreads({ manager: memory, runtime });
    globalThis.last = () => runtime.thread.getState().messages.at(-1);
    globalThis.titles = () => {
      const { threadIds, threadItems } = runtime.threads.getState();
      return threadIds.map((id) => Object.values(threadItems).find((item) => item.id === id)?.title).join();
    };
    globalThis.shows = (words) => until(() => said(runtime) === words, 10_000).catch(() => {
      throw new Error(`${said(runtime)} ${titles()}`);
    });
    globalThis.openFirst = async () => {
      await until(() => runtime.threads.getState().threadIds.length > 0, 10_000);
      await runtime.threads.switchToThread(runtime.threads.getState().threadIds[0]);
    };
    globalThis.tree = async () => {
      const [{ id }] = await memory.listConversations();
      const { messages } = await memory.getTree(id);
      return messages.map(({ content, status }) => `${content} (${status})`);
    };
    globalThis.pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  });

test("what had arrived of an answer is there after a reload, of a new thread and of one that was loaded", async () => {
  await inTabs(1, async ([page]) => {
    await start(page);
    await page.evaluate(async () => {
      runtime.thread.append("one?");
      await until(() => calls.length === 1);
      calls[0].think("Hm.");
      calls[0].say("fi");
      await until(async () => (await memory.listConversations()).length === 1 && (await tree()).length === 2);
    });
    await page.reload();
    await load(page);
    await start(page);
    const seen = await page.evaluate(async () => {
      await openFirst();
      await shows("one? | Hm.fi");
      const first = [last().status, await tree()];
      runtime.thread.append("two?");
      await until(() => calls.length === 1);
      calls[0].say("se");
      await until(async () => (await tree()).length === 4);
      calls[0].say("co");
      await until(async () => (await tree()).at(-1) === "seco (interrupted)");
      calls[0].end("second");
      await shows("one? | Hm.fi | two? | second");
      await until(async () => (await tree()).at(-1) === "second (complete)");
      await pause(400);
      if (imports > 0) throw new Error("what this tab has said itself was shown anew");
      // Nothing comes later, and stopping and failing are what assistant-ui says they are.
      runtime.thread.append("three?");
      await until(() => calls.length === 2);
      calls[1].say("th");
      await pause(400);
      runtime.thread.cancelRun();
      await until(() => !runtime.thread.getState().isRunning);
      runtime.thread.append("four?");
      await until(() => calls.length === 3);
      calls[2].say("fo");
      await pause(400);
      console.error = () => {}; // assistant-ui writes what a model throws there
      calls[2].fail(Object.assign(new Error("no model here"), { code: "model" }));
      await until(() => last().status.reason === "error");
      await until(async () => (await tree()).at(-1) === "fo (failed)");
      await until(() => imports > 0);
      await pause(600);
      first.push(imports);
      return { first, shown: said(runtime), tree: await tree(), error: last().status.error.message };
    });
    assert.deepEqual(seen.first, [{ type: "incomplete", reason: "cancelled" }, ["one? (complete)", "fi (interrupted)"], 1]); // once: with the error as it is stored
    assert.deepEqual(seen.tree, ["one? (complete)", "fi (interrupted)", "two? (complete)", "second (complete)", "three? (complete)", "th (interrupted)", "four? (complete)", "fo (failed)"]);
    assert.equal(seen.shown, "one? | Hm.fi | two? | second | three? | th | four? | fo");
    assert.match(seen.error, /no model here/);
    await page.reload();
    await load(page);
    await start(page);
    const error = await page.evaluate(async () => (await openFirst(), await until(() => last()), last().status.error));
    assert.deepEqual(error, { code: "model", message: "no model here" });
  });
});

test("an answer that is deleted in another tab while it arrives stays deleted, and the next question follows what is left", async () => {
  await inTabs(2, async ([asking, other]) => {
    await start(asking);
    await start(other);
    const words = await asking.evaluate(async () => {
      unfollow();
      runtime.thread.append("one?");
      await until(() => calls.length === 1);
      calls[0].say("fi");
      await until(async () => (await memory.listConversations()).length === 1 && (await tree()).length === 2);
      return tree();
    });
    assert.deepEqual(words, ["one? (complete)", "fi (interrupted)"]);
    await other.evaluate(async () => {
      const [{ id }] = await memory.listConversations();
      await memory.deleteMessage(id, (await memory.getMessages(id)).at(-1).id);
    });
    const seen = await asking.evaluate(async () => {
      calls[0].say("rst");
      await pause(600);
      const partial = await tree();
      calls[0].end("first");
      await shows("one? | first");
      await until(() => !runtime.thread.getState().isRunning);
      await pause(300);
      const whole = await tree();
      runtime.thread.append("two?");
      await until(() => calls.length === 2);
      calls[1].end("second");
      await until(async () => (await tree()).at(-1) === "second (complete)");
      const [{ id }] = await memory.listConversations();
      return { partial, whole, active: await active(memory, id) };
    });
    assert.deepEqual(seen, { partial: ["one? (complete)"], whole: ["one? (complete)"], active: ["one?", "two?", "second"] });
  });
});

test("an answer that is deleted in this tab while it arrives stays deleted", async () => {
  await inTabs(1, async ([page]) => {
    await start(page);
    const seen = await page.evaluate(async () => {
      unfollow();
      runtime.thread.append("one?");
      await until(() => calls.length === 1);
      calls[0].say("fi");
      await until(async () => (await memory.listConversations()).length === 1 && (await tree()).length === 2);
      await runtime.thread.getMessageById(last().id).delete();
      const deleted = await tree();
      calls[0].say("rst");
      await pause(600);
      const partial = await tree();
      calls[0].end("first");
      await until(() => !runtime.thread.getState().isRunning);
      await pause(300);
      return { deleted, partial, whole: await tree() };
    });
    assert.deepEqual(seen, { deleted: ["one? (complete)"], partial: ["one? (complete)"], whole: ["one? (complete)"] });
  });
});

test("other tabs show threads and turns as they come, and a question there follows them", async () => {
  await inTabs(2, async ([asking, other]) => {
    await start(asking);
    await start(other);
    await asking.evaluate(async () => {
      runtime.thread.append("one?");
      await until(() => calls.length === 1);
      calls[0].say("fi");
    });
    await other.evaluate(async () => {
      await until(() => titles() === "one?", 10_000);
      await openFirst();
      await shows("one? | fi");
    });
    await asking.evaluate(() => (calls[0].say("rst"), calls[0].end("first.")));
    await other.evaluate(async () => {
      await shows("one? | first.");
      runtime.thread.composer.setText("half a quest");
    });
    await asking.evaluate(async () => {
      await until(() => !runtime.thread.getState().isRunning);
      runtime.thread.append("two?");
      await until(() => calls.length === 2);
      calls[1].end("second");
    });
    await other.evaluate(async () => {
      await shows("one? | first. | two? | second");
      if (runtime.thread.composer.getState().text !== "half a quest") throw new Error("what was being written is gone");
      runtime.thread.append("three?");
      await until(() => calls.length === 1);
      calls[0].end("third");
      await shows("one? | first. | two? | second | three? | third");
    });
    await asking.evaluate(() => shows("one? | first. | two? | second | three? | third"));
    const stored = await other.evaluate(async () => (await until(async () => (await tree()).length === 6), (await memory.getMessages((await memory.listConversations())[0].id)).map(({ content }) => content)));
    assert.deepEqual(stored, ["one?", "first.", "two?", "second", "three?", "third"], "no branch");

    // Whoever looks at another branch goes on doing so while nothing else becomes the active one.
    const again = await asking.evaluate(async () => {
      await runtime.thread.getMessageById(last().id).reload();
      await until(() => calls.length === 3);
      calls[2].end("3rd");
      await shows("one? | first. | two? | second | three? | 3rd");
      await until(async () => (await tree()).at(-1) === "3rd (complete)");
      return last().id;
    });
    await other.evaluate(() => shows("one? | first. | two? | second | three? | 3rd"));
    await other.evaluate(() => runtime.thread.getMessageById(last().id).switchToBranch({ position: "previous" }));
    await asking.evaluate(async (messageId) => {
      const [{ id }] = await memory.listConversations();
      await memory.updateMessageMetadata(id, (await memory.getMessages(id))[0].id, { noted: true });
      await memory.renameConversation(id, "Numbers");
    }, again);
    await other.evaluate(async () => {
      await until(() => titles() === "Numbers", 10_000);
      await pause(600);
      await shows("one? | first. | two? | second | three? | third");
    });

    await asking.evaluate(async () => memory.deleteConversation((await memory.listConversations())[0].id));
    await other.evaluate(() => until(() => titles() === "", 10_000));
    const refused = await other.evaluate(async () => {
      unfollow();
      // In an effect of a component it must not throw.
      const closed = await openMemory();
      await closed.close();
      adapter.followThreads({ manager: closed, runtime })();
      const codes = [];
      for (const options of [undefined, { manager: memory }, { manager: memory, runtime: {} }, { runtime }]) {
        try {
          adapter.followThreads(options);
        } catch (error) {
          codes.push(`${error.code} ${error.argument}`);
        }
      }
      return codes;
    });
    assert.deepEqual(refused, ["invalid-input options", "invalid-input runtime", "invalid-input runtime", "invalid-input manager"]);
  });
});

test("of a thread that is deleted or forgotten in another tab nothing stays in sight but what is being written, and it is gone on elsewhere", async () => {
  for (const how of ["deleteConversation", "forgetEverything"]) {
    const seen = await inTabs(2, async ([deleting, other]) => {
      await start(deleting);
      await start(other);
      await deleting.evaluate(async () => {
        runtime.thread.append("secret?");
        await until(() => calls.length === 1);
        calls[0].end("secret.");
        await until(async () => (await tree()).join() === "secret? (complete),secret. (complete)");
      });
      await other.evaluate(async () => {
        await openFirst();
        await shows("secret? | secret.");
        runtime.thread.composer.setText("next?");
      });
      await deleting.evaluate(async (how) => memory[how]((await memory.listConversations())[0].id), how);
      return other.evaluate(async () => {
        await until(() => said(runtime) === "", 10_000);
        const written = runtime.thread.composer.getState().text;
        runtime.thread.composer.send();
        await until(() => calls.length === 1);
        calls[0].end("next.");
        await until(async () => (await memory.listConversations()).length === 1 && (await tree()).length === 2);
        return [written, said(runtime), ...(await tree())];
      });
    });
    assert.deepEqual(seen, ["next?", "next? | next.", "next? (complete)", "next. (complete)"], how);
  }
});
