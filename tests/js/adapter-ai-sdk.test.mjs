// conversation-memory/ai-sdk in a real browser, with the AI SDK 5, 6 and 7.
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

for (const [version, address] of pages) {
  const load = (tab) => tab.evaluate(async (address) => void (await import(address)), address);
  const inTabs = (count, work) => withTabs(count, async (tabs) => (await Promise.all(tabs.map(load)), work(tabs)), { prepare: turns });
  const inPage = (work, argument) => inTabs(1, ([page]) => page.evaluate(work, argument));
  const named = (name) => `AI SDK ${version}: ${name}`;

  test(named("a chat with reasoning, a tool, a photo of 2 MB, answered anew and edited, is saved and loaded as it is"), async () => {
    const seen = await inPage(async (mayApprove) => {
      const { memory, id } = await openConversation();
      const streams = [
        [...say.thought("The weather."), ...say.text("Let me see."), say.call("c1", { city: "Lima" }), say.end("tool-calls")],
        [...say.text("It is 19 °C."), say.end("stop")],
        [...say.text("A blue sky."), say.end("stop")],
        [...say.text("A grey sky."), say.end("stop")],
        [...say.text("From the very beginning."), say.end("stop")],
      ];
      const model = mockModel(streams);
      const weather = ai.tool({
        inputSchema: ai.jsonSchema({ type: "object", properties: { city: { type: "string" } } }),
        ...(mayApprove && { needsApproval: true }),
        execute: async ({ city }) => ({ city, celsius: 19, days: [18, 20] }),
      });
      const transport = {
        async sendMessages({ messages, abortSignal }) {
          const result = ai.streamText({ model, messages: await ai.convertToModelMessages(messages), tools: { weather }, stopWhen: ai.stepCountIs(3), abortSignal });
          return result.toUIMessageStream({ originalMessages: messages, sendReasoning: true, generateMessageId: () => crypto.randomUUID(), messageMetadata: ({ part }) => (part.type === "finish" ? { tokens: 2 } : undefined) });
        },
        reconnectToStream: async () => null,
      };
      const chat = new Chat({ transport, ...(mayApprove && { sendAutomaticallyWhen: ai.lastAssistantMessageIsCompleteWithApprovalResponses }) });
      const faults = [];
      const check = async (what, edited) => {
        await adapter.saveUIMessages(memory, id, chat.messages);
        const back = await adapter.loadUIMessages(memory, id);
        await ai.validateUIMessages?.({ messages: back });
        const shown = plain(chat.messages);
        // An edited question has an id of its own.
        if (edited !== undefined && back[edited].id !== shown[edited].id) shown[edited].id = back[edited].id;
        else if (edited !== undefined) faults.push([`${what}, id`]);
        if (!equal(back, shown)) faults.push([what, shown, back]);
        // The same again changes nothing.
        const before = exact(await memory.getTree(id));
        await adapter.saveUIMessages(memory, id, back);
        if (exact(await memory.getTree(id)) !== before) faults.push([`${what}, again`]);
      };
      const sorted = (value) => JSON.stringify(value, (_, part) => (part && typeof part === "object" && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort()) : part));
      const equal = (one, other) => sorted(one) === sorted(other);
      chat.sendMessage({ text: "What is the weather in Lima?" });
      const call = (messages) => messages.at(-1)?.parts.find(({ type }) => type === "tool-weather");
      if (mayApprove) {
        await rest(chat, (messages) => call(messages)?.state === "approval-requested");
        await check("approval");
        await chat.addToolApprovalResponse({ id: call(chat.messages).approval.id, approved: true });
      }
      await rest(chat, (messages) => call(messages)?.state === "output-available" && messages.at(-1).parts.at(-1).type === "text");
      await check("tool");
      const bytes = new Uint8Array(2 * 1024 * 1024 + 1).map((_, at) => (at * at) % 251);
      const url = await new Promise((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result);
        reader.readAsDataURL(new Blob([bytes], { type: "image/png" }));
      });
      chat.sendMessage({ text: "And on this photo?", files: [{ type: "file", mediaType: "image/png", filename: "sky.png", url }] });
      await rest(chat, (messages) => messages.length === 4);
      await check("photo");
      const stored = (await memory.getMessages(id))[2].parts.find(({ type }) => type === "file");
      const before = chat.messages.at(-1).id;
      chat.regenerate();
      await rest(chat, (messages) => messages.length === 4 && messages.at(-1).id !== before);
      await check("answered anew");
      const answers = (await memory.listBranches(id, before)).map(({ content }) => content);
      await memory.switchBranch(id, before);
      const other = said(await adapter.loadUIMessages(memory, id, { limit: 1 }));
      await check("back"); // what the chat shows is the active branch again
      chat.sendMessage({ text: "Where were we?", messageId: chat.messages[0].id });
      await rest(chat, (messages) => messages.length === 2 && said(messages).endsWith("beginning."));
      await check("edited", 0);
      await memory.close();
      return { faults, stored: [stored.size, typeof stored.attachment, stored.url ?? null, stored.name], answers, other };
    }, version > 5);
    assert.deepEqual(seen.faults, []);
    assert.deepEqual(seen.stored, [2 * 1024 * 1024 + 1, "string", null, "sky.png"]);
    assert.deepEqual(seen.answers, ["A blue sky.", "A grey sky."]);
    assert.equal(seen.other, "A blue sky.");
  });

  test(named("a chat that is answered elsewhere: an edited question and its answer are a branch beside the others, however often it is saved"), async () => {
    const { steps, trees, branches, other, reloaded, inPlace } = await inPage(async () => {
      const { memory, id } = await openConversation();
      const streams = ["A wren.", "A robin.", "An owl.", "A hen.", "A kite."].map((text) => [...say.text(text), say.end("stop")]);
      const model = mockModel(streams);
      let asked = Promise.resolve();
      const transport = {
        async sendMessages({ messages }) {
          await asked;
          return ai.streamText({ model, messages: await ai.convertToModelMessages(messages) }).toUIMessageStream({ originalMessages: messages, generateMessageId: () => crypto.randomUUID() });
        },
        reconnectToStream: async () => null,
      };
      const file = { type: "file", mediaType: "image/png", url: "data:image/png;base64,YWJj" };
      const chat = new Chat({ transport });
      const steps = [];
      const trees = [];
      const save = async (messages = chat.messages) => {
        await adapter.saveUIMessages(memory, id, messages);
        const tree = exact(await memory.getTree(id));
        await adapter.saveUIMessages(memory, id, messages);
        trees.push(tree === exact(await memory.getTree(id)));
        steps.push(said(await adapter.loadUIMessages(memory, id)));
      };
      const ask = async (question) => {
        let answer;
        asked = new Promise((resolve) => (answer = resolve));
        chat.sendMessage(question);
        await until(() => chat.status === "submitted");
        await save(); // the question, before its answer is there
        answer();
        await rest(chat, (messages) => messages.at(-1).role === "assistant");
        await save();
      };
      await ask({ text: "Hello" });
      await ask({ text: "Which bird?", files: [file] });
      const question = chat.messages[2].id;
      await ask({ text: "Which small bird?", messageId: question });
      chat.regenerate();
      await rest(chat, (messages) => said(messages).endsWith("A hen."));
      await save();
      await ask({ text: "Which tiny bird?", messageId: question });
      const branches = (await memory.listBranches(id, question)).map(({ content }) => content);
      // After a reload the chat has the new question's own id, and goes on.
      const reloaded = await adapter.loadUIMessages(memory, id);
      const isNew = reloaded[2].id !== question;
      await save([...reloaded, { id: "next", role: "user", parts: [{ type: "text", text: "Sure?" }] }]);
      await memory.switchBranch(id, question);
      const old = await adapter.loadUIMessages(memory, id);
      await save(old);
      // A question that keeps its answer is changed where it is.
      const changed = old.with(2, { ...old[2], parts: [{ type: "text", text: "Which bird??" }] });
      await save(changed);
      return { steps, trees, branches, other: said(old), reloaded: [said(reloaded), isNew], inPlace: (await memory.listBranches(id, question)).map(({ content }) => content) };
    });
    const before = "Hello | A wren. | ";
    assert.deepEqual(steps, [
      "Hello", "Hello | A wren.", `${before}Which bird?`, `${before}Which bird? | A robin.`, `${before}Which small bird?`, `${before}Which small bird? | An owl.`,
      `${before}Which small bird? | A hen.`, `${before}Which tiny bird?`, `${before}Which tiny bird? | A kite.`, `${before}Which tiny bird? | A kite. | Sure?`,
      `${before}Which bird? | A robin.`, `${before}Which bird?? | A robin.`,
    ]);
    assert.ok(trees.every(Boolean), trees.join());
    assert.deepEqual(branches, ["Which bird?", "Which small bird?", "Which tiny bird?"]);
    assert.equal(other, `${before}Which bird? | A robin.`);
    assert.deepEqual(reloaded, [`${before}Which tiny bird? | A kite.`, true]);
    assert.deepEqual(inPlace, ["Which bird??", "Which small bird?", "Which tiny bird?"]);
  });

  test(named("an edited question is known when the one before it was deleted, and a question without an answer is changed where it is"), async () => {
    const { deleted, inPlace } = await inPage(async () => {
      const { memory, id } = await openConversation();
      const message = (name, text) => ({ id: name, role: name.startsWith("u") ? "user" : "assistant", parts: [{ type: "text", text }] });
      const save = (conversation, ...messages) => adapter.saveUIMessages(memory, conversation, messages);
      await save(id, message("u1", "one?"), message("a1", "1"));
      await save(id, message("u1", "two?"), message("a2", "2"));
      await memory.deleteMessage(id, "u1");
      await save(id, message("u1", "two?"), message("a2", "2"));
      await save(id, message("u1", "two?"), message("a2", "2"), message("u2", "more?"));
      const deleted = (await memory.getTree(id)).messages.map(({ content }) => content);
      const other = (await memory.createConversation()).id;
      await save(other, message("u1", "a photo that is being uploaded"));
      await save(other, message("u1", "a photo"), message("a1", "A wren."));
      return { deleted, inPlace: (await memory.getTree(other)).messages.map(({ content }) => content) };
    });
    assert.deepEqual(deleted.sort(), ["1", "2", "more?", "two?"]);
    assert.deepEqual(inPlace, ["a photo", "A wren."]);
  });

  test(named("the transport: what is asked while an answer arrives, in this tab or another, waits for it and follows it"), async () => {
    await inTabs(2, async ([page, other]) => {
      const id = await page.evaluate(async () => {
        Object.assign(globalThis, await makeAgent());
        const { id } = await memory.createConversation();
        globalThis.chat = new Chat({ id, transport: adapter.createChatTransport({ agent }) });
        chat.sendMessage({ text: "one?" });
        await until(() => calls.length === 1);
        calls[0].say("fi");
        // Until what has arrived of it is saved.
        await until(async () => (await memory.getThread(id)).arriving?.content === "fi");
        await until(() => said(chat.messages).endsWith("fi"));
        chat.sendMessage({ text: "two?" });
        chat.sendMessage({ text: "three?" });
        await new Promise((resolve) => setTimeout(resolve, 300));
        return id;
      });
      await other.evaluate(async (id) => {
        Object.assign(globalThis, await makeAgent());
        globalThis.chat = new Chat({ id, transport: adapter.createChatTransport({ agent }), messages: await adapter.loadUIMessages(memory, id) });
        chat.sendMessage({ text: "not to be asked" });
        await new Promise((resolve) => setTimeout(resolve, 200));
        await chat.stop();
        await rest(chat);
        if (chat.status !== "ready") throw new Error(`${chat.error}`);
      }, id);
      const seen = await page.evaluate(async (id) => {
        const early = [calls.length, (await memory.getTree(id)).messages.length];
        calls[0].end("first");
        for (const [number, text] of [[2, "second"], [3, "third"]]) {
          await until(() => calls.length === number);
          calls[number - 1].end(text);
        }
        await rest(chat, () => true);
        await until(async () => (await memory.getTree(id)).messages.length === 6);
        return { early, active: await active(memory, id), error: chat.error?.message };
      }, id);
      assert.deepEqual(seen.early, [1, 1]);
      assert.equal(seen.error, undefined);
      assert.deepEqual(seen.active, ["one?", "first", "two?", "second", "three?", "third"]);
    });
  });

  test(named("the transport: after an edit and the way back the question that is shown is answered once more"), async () => {
    const { asked, stored } = await inPage(async () => {
      const { memory, agent, calls } = await makeAgent();
      const { id } = await memory.createConversation();
      const chat = new Chat({ id, transport: adapter.createChatTransport({ agent }) });
      const answer = async (number, text) => {
        await until(() => calls.length === number);
        calls[number - 1].end(text);
        await rest(chat, (messages) => said(messages).endsWith(text));
      };
      chat.sendMessage({ text: "one?" });
      await answer(1, "first");
      const [{ id: question }] = chat.messages;
      chat.sendMessage({ text: "1?", messageId: question });
      await answer(2, "second");
      await memory.switchBranch(id, question);
      chat.messages = await adapter.loadUIMessages(memory, id);
      chat.regenerate();
      await answer(3, "third");
      return { asked: calls.map(({ query }) => query), stored: await active(memory, id) };
    });
    assert.deepEqual(asked, ["one?", "1?", "one?"]);
    assert.deepEqual(stored, ["one?", "third"]);
  });

  test(named("the transport: a question in a chat whose conversation was deleted elsewhere does not bring the chat back"), async () => {
    const seen = await inPage(async () => {
      const { memory, agent } = await makeAgent({ model: echo });
      const other = await openMemory();
      const codes = [];
      const begun = [];
      const transport = adapter.createChatTransport({ agent, onConversation: (...ids) => begun.push(ids) });
      const ask = async (chat) => {
        chat.sendMessage({ text: "And?" });
        await until(() => chat.status === "error" || said(chat.messages).endsWith("to And?"));
        await rest(chat);
        codes.push(chat.error?.code ?? said(chat.messages));
      };
      const { id: loaded } = await memory.createConversation();
      await memory.addMessages(loaded, talk(2));
      const chat = new Chat({ id: loaded, transport, messages: await adapter.loadUIMessages(memory, loaded) });
      await other.deleteConversation(loaded);
      await ask(chat);
      // One that this page has only asked in.
      const { id: asked } = await memory.createConversation();
      const fresh = new Chat({ id: asked, transport });
      await ask(fresh);
      await other.deleteConversation(asked);
      await ask(fresh);
      // The first question of a chat that was never answered.
      const { id: single } = await memory.createConversation();
      const question = { id: "q", role: "user", parts: [{ type: "text", text: "And?" }] };
      await adapter.saveUIMessages(memory, single, [question]);
      await other.deleteConversation(single);
      const unanswered = new Chat({ id: single, transport, messages: [question] });
      await unanswered.regenerate().catch(() => {});
      codes.push(unanswered.error?.code ?? said(unanswered.messages));
      const left = (await memory.listConversations()).length;
      // Nothing of what was deleted is in a chat that begins anew under the same id.
      const anew = new Chat({ id: asked, transport });
      await ask(anew);
      const [[conversationId, chatId]] = begun;
      return { codes, left, chat: chatId === asked, begun: begun.length, anew: await active(memory, conversationId) };
    });
    const codes = ["not-found", "And? | to And?", "not-found", "not-found", "And? | to And?"];
    assert.deepEqual(seen, { codes, left: 0, chat: true, begun: 1, anew: ["And?", "to And?"] });
  });

  test(named("the transport: two questions at once in a new chat are of one conversation"), async () => {
    const seen = await inPage(async () => {
      const { memory, agent, calls } = await makeAgent();
      const begun = [];
      const transport = adapter.createChatTransport({ agent, onConversation: (id) => begun.push(id) });
      const ask = (name) => transport.sendMessages({ trigger: "submit-message", chatId: "new", messages: [{ id: name, role: "user", parts: [{ type: "text", text: name }] }] });
      const streams = [ask("one?"), ask("two?")];
      await until(() => calls.length > 0);
      calls[0].end("first");
      await until(() => calls.length > 1);
      calls[1].end("second");
      for (const stream of await Promise.all(streams)) await Array.fromAsync?.(stream);
      return { begun: begun.length, conversations: (await memory.listConversations()).length };
    });
    assert.deepEqual(seen, { begun: 1, conversations: 1 });
  });

  test(named("the transport: questions are stored under the chat's ids, answers under those that they keep; anew and in other words are branches"), async () => {
    const seen = await inPage(async () => {
      const { memory, agent, calls } = await makeAgent();
      const { id } = await memory.createConversation();
      const transport = adapter.createChatTransport({ agent });
      const chat = new Chat({ id, transport });
      const faults = [];
      const isStored = async (what) => {
        const [shown, stored] = [plain(chat.messages), await adapter.loadUIMessages(memory, id)];
        const names = (messages) => messages.map(({ id, role }) => `${role} ${id}`).join();
        if (said(shown) !== said(stored) || names(shown) !== names(stored)) faults.push([what, shown, stored]);
        const metadata = shown.at(-1).metadata;
        if (shown.at(-1).role === "assistant" && !Array.isArray(metadata?.insights)) faults.push([what, metadata]);
      };
      const answer = async (number, ...words) => {
        await until(() => calls.length === number);
        for (const word of words) calls[number - 1].say(word);
        await until(() => said(chat.messages).endsWith(words.join("")));
        const state = chat.status;
        calls[number - 1].end(words.join(""));
        await rest(chat);
        return state;
      };
      const states = [];
      chat.sendMessage({ text: "one?" });
      states.push(await answer(1, "fi", "rst"));
      await isStored("one");
      const tree = exact(await memory.getTree(id));
      await adapter.saveUIMessages(memory, id, chat.messages);
      if (exact(await memory.getTree(id)) !== tree) faults.push(["saved once more"]);
      const first = chat.messages[1].id;
      chat.regenerate();
      states.push(await answer(2, "second"));
      await isStored("anew");
      chat.sendMessage({ text: "two?", files: [{ type: "file", mediaType: "text/plain", filename: "a.txt", url: "data:text/plain;base64,YWJj" }] });
      await answer(3, "third");
      await isStored("file");
      const question = chat.messages[2].id;
      chat.sendMessage({ text: "2?", messageId: question });
      await answer(4, "fourth");
      chat.regenerate();
      await answer(5, "fifth");
      const shown = said(chat.messages);
      const all = (await memory.getTree(id)).messages.map(({ content, parentId, id }) => ({ content, parentId, id }));
      const parentOf = (content) => all.find(({ id }) => id === all.find((each) => each.content === content).parentId)?.content ?? null;
      const parents = Object.fromEntries(all.map(({ content }) => [content, parentOf(content)]));
      // A chat that is shown anew goes on with the ids that are stored.
      const again = new Chat({ id, transport, messages: await adapter.loadUIMessages(memory, id) });
      again.sendMessage({ text: "three?" });
      await until(() => calls.length === 6);
      calls[5].end("sixth");
      await rest(again);
      return { faults, states, shown, parents, first: all.find(({ id }) => id === first).content, active: await active(memory, id) };
    });
    assert.deepEqual(seen.faults, []);
    assert.deepEqual(seen.states, ["streaming", "streaming"]);
    assert.equal(seen.shown, "one? | second | 2? | fifth");
    assert.equal(seen.first, "first");
    assert.deepEqual(seen.parents, { "one?": null, first: "one?", second: "one?", "two?": "second", third: "two?", "2?": "second", fourth: "2?", fifth: "2?" });
    assert.deepEqual(seen.active, ["one?", "second", "2?", "fifth", "three?", "sixth"]);
  });

  test(named("the transport: stopping keeps what had arrived, a failure is the chat's error, a new chat finds its conversation"), async () => {
    const seen = await inPage(async () => {
      const { memory, agent, calls } = await makeAgent();
      const begun = [];
      const transport = adapter.createChatTransport({ agent, persona: "digital_twin_designer", onConversation: (...ids) => begun.push(ids) });
      const chat = new Chat({ id: "my-chat", transport, messages: [{ id: "hello", role: "assistant", parts: [{ type: "text", text: "Hi, ask me." }] }] });
      chat.sendMessage({ text: "one?" });
      await until(() => calls.length === 1);
      calls[0].say("half");
      await until(() => said(chat.messages).endsWith("half"));
      await chat.stop();
      await rest(chat);
      const [[id, name]] = begun;
      await until(async () => (await active(memory, id)).length === 3);
      const stopped = [await active(memory, id), chat.status, name, (await memory.getConversation(id)).personaName];
      chat.sendMessage({ text: "two?" });
      await until(() => calls.length === 2);
      calls[1].fail(new Error("the model is ill"));
      await rest(chat);
      const failed = [chat.status, chat.error.code, isMemoryError(chat.error), begun.length];
      chat.clearError?.();
      // The same question once more is not stored once more.
      chat.sendMessage();
      await until(() => calls.length === 3);
      calls[2].end("now");
      await rest(chat);
      const answered = await active(memory, id);
      const questions = (await memory.getTree(id)).messages.filter(({ content }) => content === "two?").length;
      const refused = [];
      for (const options of [undefined, {}, { agent: {} }, { agent, persona: 7 }]) {
        try {
          adapter.createChatTransport(options);
        } catch (error) {
          refused.push([error.code, error.argument]);
        }
      }
      const tool = await transport.sendMessages({ trigger: "submit-message", chatId: id, messages: [{ id: "x", role: "assistant", parts: [] }] }).catch(({ code }) => code);
      return { stopped, failed, answered, questions, refused, tool };
    });
    assert.deepEqual(seen.stopped, [["Hi, ask me.", "one?", "half (interrupted)"], "ready", "my-chat", "digital_twin_designer"]);
    assert.deepEqual(seen.failed, ["error", "model", true, 1]);
    assert.deepEqual(seen.answered.slice(3), ["two?", "now"]);
    assert.equal(seen.questions, 1);
    assert.deepEqual(seen.refused, [["invalid-input", "options"], ["invalid-input", "agent"], ["invalid-input", "agent.regenerate"], ["invalid-input", "persona"]]);
    assert.equal(seen.tool, "invalid-input");
  });

  test(named("an answer goes on in another tab, and in a page that is loaded anew, from its beginning to its end"), async () => {
    await inTabs(2, async ([running, other]) => {
      const id = await running.evaluate(async () => {
        Object.assign(globalThis, await makeAgent());
        globalThis.id = (await memory.createConversation()).id;
        await memory.addMessages(id, talk(2));
        globalThis.chat = new Chat({ id, transport: adapter.createChatTransport({ agent }), messages: await adapter.loadUIMessages(memory, id) });
        return id;
      });
      const follow = (id) =>
        other.evaluate(async (id) => {
          Object.assign(globalThis, await makeAgent({ model: echo }));
          globalThis.chat = new Chat({ id, transport: adapter.createChatTransport({ agent }), messages: await adapter.loadUIMessages(memory, id) });
          const before = said(chat.messages);
          globalThis.resumed = chat.resumeStream();
          return before;
        }, id);
      // Nothing arrives.
      await follow(id);
      assert.deepEqual(await other.evaluate(async () => (await resumed, [chat.status, said(chat.messages)])), ["ready", "message 0 | message 1"]);
      await running.evaluate(async () => {
        chat.sendMessage({ text: "how long?" });
        await until(() => calls.length === 1);
        calls[0].say("It is ");
        await until(() => said(chat.messages).endsWith("It is "));
      });
      assert.equal(await follow(id), "message 0 | message 1 | how long?");
      await other.evaluate(() => until(() => said(chat.messages).endsWith("how long? | It is ")));
      await running.evaluate(() => calls[0].say("long"));
      await other.evaluate(() => until(() => said(chat.messages).endsWith("It is long")));
      await other.reload();
      await load(other);
      assert.equal(await follow(id), "message 0 | message 1 | how long?");
      await other.evaluate(() => until(() => said(chat.messages).endsWith("It is long")));
      await running.evaluate(async () => (calls[0].say("er."), calls[0].end("It is longer."), rest(chat)));
      const end = await other.evaluate(async () => (await resumed, await rest(chat), [plain(chat.messages).map(({ id }) => id), said(chat.messages), Array.isArray(chat.messages.at(-1).metadata.insights)]));
      const ids = await running.evaluate(() => plain(chat.messages).map(({ id }) => id));
      assert.deepEqual(end, [ids, "message 0 | message 1 | how long? | It is longer.", true]);
      // Answered anew: the answer before is not shown, nor part of the one that arrives.
      await running.evaluate(async () => {
        chat.regenerate();
        await until(() => calls.length === 2);
        calls[1].say("another ");
        await until(() => said(chat.messages).endsWith("another "));
        await until(async () => (await memory.getThread(id)).arriving); // saved after 250 ms
      });
      assert.equal(await follow(id), "message 0 | message 1 | how long?");
      await other.evaluate(() => until(() => said(chat.messages).endsWith("how long? | another ")));
      await running.evaluate(() => calls[1].fail(new Error("the model is ill")));
      // What had arrived is the message.
      assert.deepEqual(await other.evaluate(async () => (await resumed, await rest(chat), said(chat.messages))), "message 0 | message 1 | how long? | another ");
      await running.evaluate(async () => {
        await rest(chat);
        chat.clearError?.();
        chat.sendMessage({ text: "gone?" });
        await until(() => calls.length === 3);
        calls[2].say("go");
        await until(() => said(chat.messages).endsWith("go"));
      });
      await follow(id);
      await other.evaluate(() => until(() => said(chat.messages).endsWith("go")));
      await running.evaluate(() => memory.deleteConversation(id));
      assert.match(await other.evaluate(async () => (await resumed, await until(() => chat.status !== "streaming"), `${chat.status} ${chat.error?.code}`)), /^error not-found$|^ready/);
    });
  });

  test(named("an agent in a worker answers useChat, and its answer is shown to its end after a reload"), async () => {
    await inTabs(2, async ([hosting, page]) => {
      // A tab that stays: a worker ends with its page.
      await hosting.evaluate(async () => {
        const database = new URLSearchParams(location.search).get("database");
        const worker = new Worker(`/agent-worker.js?database=${database}`, { type: "module" });
        await new Promise((resolve, reject) => Object.assign(worker, { onmessage: resolve, onerror: ({ message }) => reject(new Error(message)) }));
      });
      const begin = (id) =>
        page.evaluate(async (id) => {
          globalThis.memory = await openMemory();
          globalThis.worker = new BroadcastChannel("agent");
          const regenerate = (conversationId, messageId, { onBegin, onDelta, onReasoning }) =>
            new Promise((resolve, reject) => {
              const own = crypto.randomUUID();
              const on = { begin: onBegin, delta: onDelta, reasoning: onReasoning, answer: resolve, failure: (message) => reject(new Error(message)) };
              worker.addEventListener("message", ({ data: [event, call, value] }) => call === own && on[event](value));
              worker.postMessage(["ask", own, conversationId, messageId]);
            });
          globalThis.id = id ?? (await memory.createConversation()).id;
          globalThis.chat = new Chat({ id: globalThis.id, transport: adapter.createChatTransport({ agent: { manager: memory, regenerate } }), messages: await adapter.loadUIMessages(memory, globalThis.id) });
          return globalThis.id;
        }, id);
      const shows = (words) => page.evaluate((words) => until(() => said(chat.messages) === words), words);
      const id = await begin();
      await page.evaluate(async () => {
        const asked = new Promise((resolve) => worker.addEventListener("message", ({ data: [event] }) => event === "model" && resolve()));
        chat.sendMessage({ text: "Which bird?" });
        await asked;
        worker.postMessage(["say", "A "]);
      });
      await shows("Which bird? | A ");
      await page.evaluate(() => until(async () => (await memory.getThread(id)).arriving)); // saved after 250 ms
      await page.reload();
      await load(page);
      await begin(id);
      await page.evaluate(() => void (globalThis.resumed = chat.resumeStream()));
      await shows("Which bird? | A ");
      await page.evaluate(() => (worker.postMessage(["say", "wr"]), worker.postMessage(["end", "A wren."])));
      await shows("Which bird? | A wren.");
      const stored = await page.evaluate(async () => (await resumed, await rest(chat), [await active(memory, id), (await memory.getTree(id)).messages.length]));
      assert.deepEqual(stored, [["Which bird?", "A wren."], 2]);
    });
  });

  test(named("why an answer has ended is told in the SDK's words, also where it is followed"), async () => {
    const { reasons, refused } = await inPage(async () => {
      const told = ["stop", "length", "content_filter", "tool_calls", "max_tokens", "words of its own", undefined];
      const waiting = [...told];
      const model = { generate: async () => ({ text: "A wren.", metadata: { finishReason: waiting.shift() } }) };
      const { memory, agent } = await makeAgent({ model });
      const { id } = await memory.createConversation();
      const reasons = [];
      const transport = adapter.createChatTransport({ agent });
      const chunks = [];
      const watched = { reconnectToStream: transport.reconnectToStream, sendMessages: async (options) => (await transport.sendMessages(options)).pipeThrough(new TransformStream({ transform: (chunk, controller) => (chunks.push(chunk), controller.enqueue(chunk)) })) };
      const chat = new Chat({ id, transport: watched, onFinish: ({ finishReason }) => reasons.push(finishReason ?? null) });
      for (const _ of told) {
        chat.sendMessage({ text: "Which bird?" });
        const count = reasons.length;
        await until(() => reasons.length > count);
        await rest(chat);
      }
      let end;
      const slow = await makeAgent({ manager: memory, model: { generate: (_, { onDelta }) => (onDelta("A "), new Promise((resolve) => (end = resolve))) } });
      const turn = slow.agent.processQuery("And that?", { conversationId: id });
      await until(async () => (await memory.getThread(id)).arriving);
      const resumed = chat.resumeStream();
      await until(() => said(chat.messages).endsWith("A "));
      end({ text: "A kite.", metadata: { finishReason: "length" } });
      await Promise.all([turn, resumed]);
      // The SDK checks what a server sends by this.
      const schema = ai.uiMessageChunkSchema && (typeof ai.uiMessageChunkSchema === "function" ? ai.uiMessageChunkSchema() : ai.uiMessageChunkSchema);
      const checks = schema ? await Promise.all(chunks.map((chunk) => schema.validate(chunk))) : [];
      return { reasons, refused: checks.filter(({ success }) => !success).map(({ error }) => error.message) };
    });
    assert.deepEqual(reasons, ["stop", "length", "content-filter", "tool-calls", "length", "other", null, "length"]);
    assert.deepEqual(refused, []);
  });

  test(named("aiSdkModel answers the agent's questions"), async () => {
    const seen = await inPage(async () => {
      const { aiSdkModel, ConversationAgent } = await import("conversation-memory");
      const memory = await openMemory();
      const model = aiSdkModel(mockModel([[...say.thought("Let me see."), ...say.text("72", " of 100."), say.end("stop")]]), { streamText: ai.streamText });
      const deltas = [];
      const agent = new ConversationAgent({ manager: memory, model });
      const { conversationId, answer, finishReason } = await agent.processQuery("How healthy is education?", { onDelta: (delta) => deltas.push(delta) });
      const [, { metadata }] = await memory.getMessages(conversationId);
      return [answer, finishReason, deltas, metadata.reasoning, metadata.usage];
    });
    assert.deepEqual(seen, ["72 of 100.", "stop", ["72", " of 100."], "Let me see.", { inputTokens: 1, outputTokens: 1 }]);
  });

  test(named("saves that overlap keep what came last, in two tabs too; what was added in the midst leaves the chat in sight"), async () => {
    const { failures, shown, kept, next, left, edited } = await inTabs(2, async ([tab, other]) => {
      const id = await tab.evaluate(async () => (await openConversation()).id);
      const saveAll = ({ id, texts }) => {
        const message = (id, role, text) => ({ id, role, parts: [{ type: "text", text }] });
        const memory = openMemory();
        const saves = texts.map(async (text) => adapter.saveUIMessages(await memory, id, [message("q", "user", "Which bird?"), message("a", "assistant", text)]));
        return Promise.allSettled(saves).then((ended) => ended.flatMap(({ reason }) => (reason ? [`${reason.code} ${reason.message}`] : [])));
      };
      const failures = [await tab.evaluate(saveAll, { id, texts: ["", "A", "A wr", "A wren."] })];
      const shown = await tab.evaluate(async (id) => (await (await openMemory()).getMessages(id)).map(({ content }) => content), id);
      failures.push(...(await Promise.all([tab.evaluate(saveAll, { id, texts: ["A robin"] }), other.evaluate(saveAll, { id, texts: ["A robin"] })])));
      return { failures: failures.flat(), shown, ...(await tab.evaluate(async (id) => {
        const memory = await openMemory();
        const chat = ["one", "two", "three", "four"].map((text, at) => ({ id: text, role: at % 2 ? "assistant" : "user", parts: [{ type: "text", text }] }));
        const contents = async () => (await memory.getMessages(id)).map(({ content }) => content);
        await adapter.saveUIMessages(memory, id, chat);
        const kept = await contents();
        await memory.deleteMessage(id, "two"); // in another tab, while this chat shows it
        await adapter.saveUIMessages(memory, id, chat);
        const [next, left] = [await contents(), (await memory.getTree(id)).messages.map(({ content }) => content)];
        const said = (at, text) => chat.with(at, { ...chat[at], parts: [{ type: "text", text }] });
        await adapter.saveUIMessages(memory, id, said(1, "two, and more of it"));
        await memory.deleteMessage(id, "three");
        await adapter.saveUIMessages(memory, id, said(2, "three!"));
        return { kept, next, left, edited: [await contents(), (await memory.getTree(id)).messages.map(({ content }) => content)] };
      }, id)) };
    });
    assert.deepEqual(failures, []);
    assert.deepEqual(shown, ["Which bird?", "A wren."]);
    assert.deepEqual(kept, ["one", "two", "three", "four"]);
    assert.deepEqual(next, ["one", "three", "four"]);
    assert.equal(left.includes("two"), false, "a deleted message came back");
    // A deleted answer stays deleted while more of it arrives; what is asked in other words under the id of a deleted question is new.
    assert.equal(edited[1].some((content) => content.startsWith("two")), false, "a deleted answer came back");
    assert.equal(edited[1].includes("three!"), true);
  });

  test(named("a chat that is saved does not undo what another tab or the application has stored of its messages"), async () => {
    const seen = await inPage(async () => {
      const { memory, id } = await openConversation();
      const model = mockModel([[...say.text("Let me see."), say.call("c1", { city: "Lima" }), say.end("tool-calls")]]);
      const weather = ai.tool({ inputSchema: ai.jsonSchema({ type: "object", properties: { city: { type: "string" } } }) });
      const transport = {
        sendMessages: async ({ messages }) =>
          ai.streamText({ model, messages: await ai.convertToModelMessages(messages), tools: { weather } }).toUIMessageStream({
            originalMessages: messages,
            generateMessageId: () => crypto.randomUUID(),
            messageMetadata: ({ part }) => (part.type === "finish" ? { tokens: 2 } : undefined),
          }),
        reconnectToStream: async () => null,
      };
      const stale = new Chat({ transport });
      stale.sendMessage({ text: "What is the weather in Lima?" });
      await rest(stale, (messages) => messages.length === 2);
      const save = () => adapter.saveUIMessages(memory, id, plain(stale.messages));
      await save();
      const answer = stale.messages[1].id;

      const other = await openMemory();
      const chat = new Chat({ transport, messages: await adapter.loadUIMessages(other, id) });
      await (chat.addToolOutput ?? chat.addToolResult).call(chat, { tool: "weather", toolCallId: "c1", output: "19 °C" });
      await adapter.saveUIMessages(other, id, chat.messages);
      await other.storeVisualizationConfig(id, "bar", { mark: "bar" });
      const stored = async () => {
        const { parts, metadata } = (await memory.getMessages(id)).find((message) => message.id === answer);
        return [parts.find(({ toolCallId }) => toolCallId === "c1").output ?? null, metadata.visualization?.chartType ?? null, metadata.tokens ?? null];
      };
      const steps = [];
      await save();
      steps.push(await stored());
      stale.messages = stale.messages.with(1, { ...stale.messages[1], metadata: { tokens: 3 } });
      await save();
      steps.push(await stored());
      // What a chat changes in place, of what was loaded, is written.
      const loaded = await adapter.loadUIMessages(memory, id);
      loaded[1].parts.find(({ toolCallId }) => toolCallId === "c1").output = "20 °C";
      await adapter.saveUIMessages(memory, id, loaded);
      steps.push(await stored());
      return steps;
    });
    assert.deepEqual(seen, [["19 °C", "bar", 2], ["19 °C", "bar", 3], ["20 °C", "bar", 3]]);
  });

  test(named("a chat that shows an older version, after a newer one was loaded beside it, does not undo that; what it goes back to itself is stored"), async () => {
    const seen = await inPage(async () => {
      const { memory, id } = await openConversation();
      const other = await openMemory();
      const file = { type: "file", mediaType: "text/plain", url: `data:text/plain;base64,${btoa("abc")}` };
      const message = (text, metadata) => ({ id: "a1", role: "assistant", parts: [{ type: "text", text }, file], metadata });
      const stored = async () => {
        const [{ content, metadata }] = await memory.getMessages(id);
        return `${content.split("\n")[0]} ${metadata.rating}`;
      };
      const steps = [];
      const save = async (...given) => {
        await adapter.saveUIMessages(memory, id, [message(...given)]);
        steps.push(await stored());
      };
      await save("v1", { rating: 1 });
      await other.updateMessage(id, "a1", { parts: [{ type: "text", text: "v2" }], metadata: { rating: 2 } });
      await adapter.loadUIMessages(memory, id); // of a list beside the chat
      await save("v1", { rating: 1 });
      for (const [text, rating] of [["v3", 3], ["v1", 1], ["v3", 3]]) await save(text, { rating });
      return steps;
    });
    assert.deepEqual(seen, ["v1 1", "v2 2", "v3 3", "v1 1", "v3 3"]);
  });

  test(named("what a chat takes out of its metadata is removed, and what the application keeps beside it stays"), async () => {
    const seen = await inPage(async () => {
      const { memory, id } = await openConversation();
      const other = await openMemory();
      const steps = [];
      const save = async (metadata) => {
        await adapter.saveUIMessages(memory, id, [{ id: "a1", role: "assistant", parts: [{ type: "text", text: "A wren." }], metadata }]);
        const [{ metadata: stored }] = await memory.getMessages(id);
        steps.push(JSON.stringify(stored, Object.keys(stored).sort()));
      };
      const note = async (field) => {
        const [{ metadata }] = await other.getMessages(id);
        await other.updateMessage(id, "a1", { metadata: { ...metadata, ...field } });
      };
      await save({ rating: 1, tokens: 2 });
      await note({ own: 1 });
      await save({ tokens: 2 });
      await save({ rating: 2, tokens: 2 });
      // What was loaded beside the chat, which does not show it, it has not taken away.
      await note({ later: 1 });
      await adapter.loadUIMessages(memory, id);
      await save({ tokens: 3 });
      await save(undefined);
      await save({});
      return steps;
    });
    assert.deepEqual(seen, [
      '{"rating":1,"tokens":2}',
      '{"own":1,"tokens":2}',
      '{"own":1,"rating":2,"tokens":2}',
      '{"later":1,"own":1,"tokens":3}',
      '{"later":1,"own":1,"tokens":3}',
      '{"later":1,"own":1}',
    ]);
  });

  test(named("the transport: an answer with reasoning is not written again when its chat is saved, and stays deleted"), async () => {
    const seen = await inPage(async () => {
      const model = { generate: async (_, { onReasoning, onDelta }) => (onReasoning("Hm."), onDelta("first"), { text: "first" }) };
      const { memory, agent } = await makeAgent({ model });
      const { id } = await memory.createConversation();
      const chat = new Chat({ id, transport: adapter.createChatTransport({ agent }) });
      chat.sendMessage({ text: "one?" });
      await rest(chat, (messages) => messages.length === 2);
      const types = chat.messages[1].parts.map(({ type }) => type);
      // Of a page that knows nothing of it.
      const other = await openMemory();
      const before = exact(await memory.getTree(id));
      for (const manager of [other, memory]) await adapter.saveUIMessages(manager, id, chat.messages);
      const isSame = before === exact(await memory.getTree(id));
      await memory.deleteMessage(id, chat.messages[1].id);
      for (const manager of [other, memory]) await adapter.saveUIMessages(manager, id, chat.messages);
      // One that was never saved with its chat.
      chat.sendMessage({ text: "two?" });
      await rest(chat, (messages) => messages.length === 4);
      await memory.deleteMessage(id, chat.messages[3].id);
      await adapter.saveUIMessages(memory, id, chat.messages);
      return { types, isSame, left: await active(memory, id) };
    });
    assert.deepEqual(seen, { types: ["reasoning", "text"], isSame: true, left: ["one?", "two?"] });
  });

  test(named("a chat with a damaged file is loaded without its bytes, and saving it does not take the file away"), async () => {
    const seen = await inPage(async () => {
      const { memory, id } = await openConversation();
      const bytes = "a".repeat(1024 * 1024 * 4); // more than one portion
      const file = { type: "file", mediaType: "image/png", filename: "a.png", url: `data:image/png;base64,${bytes}` };
      await adapter.saveUIMessages(memory, id, [{ id: "u1", role: "user", parts: [{ type: "text", text: "Which bird?" }, file] }]);
      const attachmentOf = async () => (await memory.getMessages(id))[0].parts[1].attachment;
      const attachment = await attachmentOf();
      const database = await rawDatabase();
      const transaction = database.transaction(["files", "chunks"], "readwrite");
      const { upload } = (await settled(transaction.objectStore("files").get(["user-1", attachment]))).content;
      transaction.objectStore("chunks").delete(["user-1", upload, 0]);
      await new Promise((resolve) => (transaction.oncomplete = resolve));
      database.close();

      const other = await openMemory();
      const damaged = await failure(() => other.getAttachment(attachment));
      const chat = new Chat({ messages: await adapter.loadUIMessages(other, id) });
      const { url } = chat.messages[0].parts[1];
      const before = exact(await memory.getTree(id));
      await adapter.saveUIMessages(other, id, chat.messages);
      const isSame = before === exact(await memory.getTree(id));
      await adapter.saveUIMessages(other, id, [{ ...chat.messages[0], parts: chat.messages[0].parts.with(0, { type: "text", text: "Which small bird?" }) }]);
      return { code: damaged.code, url, isSame, content: (await memory.getMessages(id))[0].content, isKept: attachment === (await attachmentOf()) };
    });
    assert.deepEqual(seen, { code: "corrupt", url: "data:image/png;base64,", isSame: true, content: "Which small bird?", isKept: true });
  });

  test(named("what is typed is stored: a question put back to older words, and one of which only the edited version is deleted"), async () => {
    const seen = await inPage(async () => {
      const { memory, agent, calls } = await makeAgent();
      const part = (text) => [{ type: "text", text }];
      const { id } = await memory.createConversation();
      const chat = [{ id: "q", role: "user", parts: part("old words") }, { id: "a", role: "assistant", parts: part("one") }];
      await adapter.saveUIMessages(memory, id, chat);
      await memory.updateMessage(id, "q", { content: "new words" }); // by another tab
      const [loaded] = await adapter.loadUIMessages(memory, id);
      const back = [{ ...loaded, parts: part("old words") }, { id: "b", role: "assistant", parts: part("two") }];
      await adapter.saveUIMessages(memory, id, back);
      const typed = await active(memory, id);
      // Through the transport.
      const third = (await memory.createConversation()).id;
      const asking = new Chat({ id: third, transport: adapter.createChatTransport({ agent }) });
      const ask = async (text, options) => {
        const number = calls.length + 1;
        asking.sendMessage({ text, ...options });
        await until(() => calls.length === number || asking.error);
        calls[number - 1]?.end(`to ${text}`);
        await rest(asking);
      };
      await ask("first");
      const question = asking.messages[0].id;
      await ask("second", { messageId: question });
      for (const message of (await memory.getMessages(third)).reverse()) await memory.deleteMessage(third, message.id);
      await ask("third", { messageId: question });
      return { typed, error: asking.error?.message ?? null, edited: await active(memory, third), all: (await memory.getTree(third)).messages.map(({ content }) => content) };
    });
    assert.deepEqual(seen.typed, ["old words", "two"]);
    assert.equal(seen.error, null);
    assert.deepEqual(seen.edited, ["third", "to third"]);
    assert.deepEqual(seen.all.sort(), ["first", "third", "to first", "to third"]);
  });

  test(named("the transport: what was deleted while the chat shows it stays deleted, and the next question follows what is left"), async () => {
    const seen = await inPage(async () => {
      const { memory, agent, calls } = await makeAgent();
      const { id } = await memory.createConversation();
      const chat = new Chat({ id, transport: adapter.createChatTransport({ agent }) });
      const ask = async (text, answer, options) => {
        chat.sendMessage({ text, ...options });
        const number = calls.length + 1;
        await until(() => calls.length === number);
        calls[number - 1].say(answer);
        calls[number - 1].end(answer);
        await rest(chat);
      };
      const all = async () => (await memory.getTree(id)).messages.map(({ content }) => content);
      await ask("one?", "first");
      await ask("two?", "second", { files: [{ type: "file", mediaType: "text/plain", filename: "a.txt", url: "data:text/plain;base64,YWJj" }] });
      const [, answer, question, second] = chat.messages.map(({ id }) => id);
      await ask("2?", "third", { messageId: question });
      for (const message of await memory.getMessages(id, { limit: 2, offset: 2 })) await memory.deleteMessage(id, message.id);
      await memory.deleteMessage(id, second);
      await memory.deleteMessage(id, answer);
      const left = await all();
      await ask("three?", "fourth");
      const behind = await active(memory, id);
      for (const message of await memory.getMessages(id)) await memory.deleteMessage(id, message.id);
      await ask("four?", "fifth");
      return { left, behind, end: await all(), active: await active(memory, id) };
    });
    assert.deepEqual(seen.left, ["one?", "two?"]);
    assert.deepEqual(seen.behind, ["one?", "three?", "fourth"]);
    assert.deepEqual(seen.end.sort(), ["fifth", "four?", "two?"]);
    assert.deepEqual(seen.active, ["four?", "fifth"]);
  });

  test(named("the transport: a question that was deleted elsewhere is not put back by asking it again; in other words it is a new one"), async () => {
    const seen = await inPage(async () => {
      const { memory, agent } = await makeAgent({ model: echo });
      const { id } = await memory.createConversation();
      const chat = new Chat({ id, transport: adapter.createChatTransport({ agent }) });
      const ask = async (how, ...given) => {
        await chat[how](...given).catch(() => {});
        await rest(chat);
        return [chat.error?.code ?? null, (await memory.getTree(id)).messages.map(({ content }) => content).join()];
      };
      const steps = [await ask("sendMessage", { text: "one?" }), await ask("sendMessage", { text: "two?" })];
      const question = chat.messages[2].id;
      const other = await openMemory();
      for (const message of (await other.getMessages(id)).slice(2).reverse()) await other.deleteMessage(id, message.id);
      steps.push(await ask("regenerate"));
      steps.push(await ask("sendMessage", { text: "two?", messageId: question }));
      steps.push(await ask("sendMessage", { text: "2?", messageId: question }));
      return steps;
    });
    assert.deepEqual(seen, [
      [null, "one?,to one?"],
      [null, "one?,to one?,two?,to two?"],
      ["not-found", "one?,to one?"],
      ["not-found", "one?,to one?"],
      [null, "one?,to one?,2?,to 2?"],
    ]);
  });

  test(named("the transport: what had arrived of an answer whose question was deleted is not stored with the next question"), async () => {
    const seen = await inTabs(2, async ([asking, other]) => {
      const id = await asking.evaluate(async () => {
        globalThis.made = await makeAgent();
        const { id } = await made.memory.createConversation();
        globalThis.chat = new Chat({ id, transport: adapter.createChatTransport({ agent: made.agent }) });
        chat.sendMessage({ text: "one?" });
        await until(() => made.calls.length === 1);
        made.calls[0].say("fir");
        await until(() => said(chat.messages) === "one? | fir");
        return id;
      });
      // Another page that shows it while it arrives.
      await other.evaluate(async (id) => {
        globalThis.made = await makeAgent({ model: echo });
        globalThis.chat = new Chat({ id, messages: await adapter.loadUIMessages(made.memory, id), transport: adapter.createChatTransport({ agent: made.agent }) });
        globalThis.resumed = chat.resumeStream();
        await until(() => said(chat.messages) === "one? | fir");
        const [question] = await made.memory.getMessages(id);
        await made.memory.deleteMessage(id, question.id);
      }, id);
      const left = (id) => made.memory.getTree(id).then(({ messages }) => messages.map(({ content }) => content));
      const first = await asking.evaluate(async (id) => {
        made.calls[0].end("first");
        await rest(chat);
        chat.sendMessage({ text: "two?" });
        await until(() => made.calls.length === 2);
        made.calls[1].end("second");
        await rest(chat, (messages) => said(messages).endsWith("second"));
        return active(made.memory, id);
      }, id);
      const all = await other.evaluate(left, id);
      const second = await other.evaluate(async (id) => {
        await resumed;
        chat.sendMessage({ text: "three?" });
        await rest(chat, (messages) => said(messages).endsWith("to three?"));
        const { messages } = await made.memory.getTree(id);
        return messages.map(({ content }) => content);
      }, id);
      return { first, all, second };
    });
    assert.deepEqual(seen, { first: ["two?", "second"], all: ["two?", "second"], second: ["two?", "second", "three?", "to three?"] });
  });

  test(named("everything is forgotten while a chat looks for an answer that arrives: there is none"), async () => {
    const resumed = await inPage(async () => {
      const { ConversationAgent } = await import("conversation-memory");
      const { memory, id } = await openConversation();
      const agent = new ConversationAgent({ manager: memory, model: { generate: async () => ({ text: "A wren." }) } });
      const looking = adapter.createChatTransport({ agent }).reconnectToStream({ chatId: id });
      await new Promise((resolve) => setTimeout(resolve, 100));
      await memory.forgetEverything();
      return looking.then((stream) => stream, ({ code }) => code);
    });
    assert.equal(resumed, null);
  });

  test(named("what is no message is refused in words, and nothing of the call is stored"), async () => {
    const { failures, count } = await inPage(async () => {
      const { memory, id } = await openConversation();
      const message = (more) => ({ id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text: "x" }], ...more });
      const circle = {};
      circle.circle = circle;
      const odd = [
        [message({ parts: [{ type: "data-x", data: 1n }] })],
        [message(), message({ metadata: circle })],
        [Object.defineProperty(message(), "parts", { get: () => { throw new Error("no"); } })],
        [, message()],
        [message({ parts: [, { type: "text", text: "x" }] })],
        [message({ parts: undefined })],
        [message({ metadata: "text" })],
        [message({ metadata: [] })],
        [message({ id: undefined })],
        [message({ role: undefined })],
        null,
        "messages",
      ];
      const failures = [];
      for (const messages of odd) failures.push(await failure(() => adapter.saveUIMessages(memory, id, messages)));
      return { failures: failures.map(({ code, argument }) => `${code} ${argument}`), count: (await memory.getTree(id)).messages.length };
    });
    assert.deepEqual(failures, [
      "invalid-input messages[0].parts", "invalid-input messages[1].metadata", "invalid-input messages[0].parts", "invalid-input messages[0]",
      "invalid-input messages[0].parts[0]", "invalid-input messages[0].parts", "invalid-input messages[0].metadata",
      "invalid-input messages[0].metadata", "invalid-input messages[0].id", "invalid-input messages[0].role",
      "invalid-input messages", "invalid-input messages",
    ]);
    assert.equal(count, 0);
  });
}

test("a large file is read out of its data URL in pieces, and comes back as it was", async () => {
  const { longest, isSame } = await withTabs(1, async ([page]) => {
    await page.evaluate(async (address) => void (await import(address)), pages.get(6));
    return page.evaluate(async () => {
      const { memory, id } = await openConversation();
      const characters = "ab/+".repeat(4 * 1024 * 1024);
      const url = `data:image/png;base64,${characters}YQ==`;
      const decode = globalThis.atob;
      let longest = 0;
      globalThis.atob = (text) => ((longest = Math.max(longest, text.length)), decode(text));
      await adapter.saveUIMessages(memory, id, [{ id: "m", role: "user", parts: [{ type: "file", mediaType: "image/png", url }] }]);
      globalThis.atob = decode;
      const [{ parts: [file] }] = await adapter.loadUIMessages(memory, id);
      return { longest, isSame: file.url === url };
    });
  }, { prepare: turns });
  assert.ok(longest > 0 && longest <= 1024 * 1024, `${longest} characters at once`);
  assert.ok(isSame);
});
