// conversation-memory/assistant-ui in a real browser, with assistant-ui's own runtimes and repository.
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
const withPage = (work) => withTabs(1, async ([page]) => (await load(page), work(page)), { prepare: turns });
const inPage = (work) => withPage((page) => page.evaluate(work));

test("a repository of messages with its branches, its head and its files, in and out", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const history = adapter.createThreadHistoryAdapter({ manager: memory, conversationId: id });
    const photo = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const repository = new MessageRepository();
    const complete = { type: "complete", reason: "stop" };
    const add = (parentId, messageId, like, status = complete) =>
      repository.addOrUpdateMessage(parentId, fromThreadMessageLike({ createdAt: new Date(1_700_000_000_000), ...like }, messageId, status));
    const attachment = { id: "f1", type: "document", name: "a.txt", contentType: "text/plain", status: { type: "complete" }, content: [{ type: "text", text: "<attachment>abc</attachment>" }, { type: "file", data: "YWJj", mimeType: "text/plain", filename: "a.txt" }] };
    add(null, "q1", { role: "user", content: [{ type: "text", text: "What is the weather in Lima?" }, { type: "image", image: photo, filename: "sky.png" }], attachments: [attachment, { ...attachment, id: "f2", content: [] }], metadata: { custom: { mood: "curious" } } });
    add("q1", "a1", { role: "assistant", content: [
      { type: "reasoning", text: "Hm." },
      { type: "text", text: "Let me see." },
      { type: "tool-call", toolCallId: "c1", toolName: "weather", args: { city: "Lima" }, argsText: '{"city":"Lima"}', result: { celsius: 19 } },
      { type: "file", data: photo, mimeType: "image/png" },
      { type: "file", data: "https://weather.example/a.pdf", mimeType: "application/pdf", sourceType: "url" },
      { type: "data", name: "chart", data: { x: [1, 2] } },
      { type: "source", sourceType: "url", id: "s1", url: "https://weather.example/" },
    ] });
    add("q1", "a2", { role: "assistant", content: [{ type: "text", text: "No idea." }] }, { type: "incomplete", reason: "cancelled" });
    add("a1", "q2", { role: "user", content: "Sure?" });
    add("q2", "a3", { role: "assistant", content: [{ type: "tool-call", toolCallId: "c2", toolName: "weather", args: {}, argsText: "{}" }] }, { type: "requires-action", reason: "tool-calls" });
    add(null, "q0", { role: "user", content: "Another beginning" });
    repository.switchToBranch("a1");
    repository.resetHead("a3");
    const exported = repository.export();
    const plain = (value) => JSON.parse(JSON.stringify(value));
    for (const item of exported.messages) await history.append(item);
    await memory.switchBranch(id, exported.headId);
    const loaded = await history.load();
    const stored = (await memory.getTree(id)).messages;
    // The same again, and a change.
    const before = exact(stored);
    const update = memory.updateMessage.bind(memory);
    let updates = 0;
    memory.updateMessage = (...given) => ((updates += 1), update(...given));
    for (const item of exported.messages) await history.append(item);
    const isIdle = updates === 0 && exact((await memory.getTree(id)).messages) === before;
    const tool = exported.messages.find(({ message }) => message.id === "a3");
    const approved = { ...tool, message: { ...tool.message, status: complete, content: [{ ...tool.message.content[0], result: "sunny" }] } };
    await history.update(approved);
    await history.update(approved);
    const again = new MessageRepository();
    again.import(await history.load());
    const changed = again.getMessage("a3").message;
    await history.delete([tool, tool]);
    const left = (await history.load()).messages.map(({ message }) => message.id);
    return {
      exported: plain(exported), loaded: plain(loaded), isDate: loaded.messages[0].message.createdAt instanceof Date, isIdle, left,
      shown: again.getMessages().map(({ id }) => id), changed: [changed.status.type, changed.content[0].result],
      contents: stored.map(({ content, status }) => `${content} (${status})`),
      files: stored.flatMap(({ parts = [] }) => parts.filter(({ attachment }) => attachment).map(({ name, mediaType, size }) => [name ?? null, mediaType, size])),
      texts: JSON.stringify(stored).includes("iVBOR"),
    };
  });
  // In whatever order the fields are.
  assert.deepEqual(seen.loaded.messages, seen.exported.messages);
  assert.equal(seen.loaded.headId, seen.exported.headId);
  assert.deepEqual([seen.isDate, seen.isIdle, seen.texts], [true, true, false]);
  assert.deepEqual(seen.shown, ["q1", "a1", "q2", "a3"]);
  assert.deepEqual(seen.changed, ["complete", "sunny"]);
  assert.deepEqual(seen.left, ["q1", "a1", "q2", "a2", "q0"]);
  assert.deepEqual(seen.files, [["sky.png", "image/png", 70], ["a.txt", "text/plain", 3], [null, "image/png", 70]]);
  assert.deepEqual(seen.contents.slice(0, 2), ["What is the weather in Lima?\n\n<attachment>abc</attachment> (complete)", "Let me see. (complete)"]);
  assert.ok(seen.contents.includes("No idea. (interrupted)"));
});

test("an application: threads with titles, a picture, branches; all of it there after a reload", async () => {
  await withPage(async (page) => {
    const first = await page.evaluate(async () => {
      globalThis.memory = await openMemory();
      const runtime = (globalThis.runtime = await startApp(memory));
      const send = async (text, fits) => (runtime.thread.append(text), await until(() => said(runtime).endsWith(fits) && !runtime.thread.getState().isRunning));
      await send("Hello there", "I heard: Hello there");
      await until(async () => (await memory.listConversations())[0]?.messageCount === 2);
      await until(() => runtime.threads.mainItem.getState().title === "Hello there");
      await runtime.thread.composer.addAttachment(new File([new Uint8Array(1000).fill(7)], "photo.png", { type: "image/png" }));
      runtime.thread.composer.setText("What is this?");
      runtime.thread.composer.send();
      await until(() => said(runtime).endsWith("I heard: What is this? photo.png") && !runtime.thread.getState().isRunning);
      // Edited, and answered anew.
      const edit = runtime.thread.getMessageByIndex(2).composer;
      edit.beginEdit();
      edit.setText("And this?");
      edit.send();
      await until(() => said(runtime).includes("I heard: And this?") && !runtime.thread.getState().isRunning);
      runtime.thread.getMessageByIndex(3).reload();
      await until(() => runtime.thread.getMessageByIndex(3).getState().branchCount === 2 && !runtime.thread.getState().isRunning);
      const { remoteId } = runtime.threads.mainItem.getState();
      await until(async () => (await memory.getConversation(remoteId)).messageCount === 7);
      const shown = said(runtime);
      await runtime.threads.switchToNewThread();
      await send("Second", "I heard: Second");
      await until(async () => (await memory.listConversations())[0].messageCount === 2 && (await memory.listConversations()).length === 2);
      return { remoteId, shown, head: (await memory.getConversation(remoteId)).headId };
    });
    await page.reload();
    await load(page);
    const again = await page.evaluate(async (remoteId) => {
      globalThis.memory = await openMemory();
      const runtime = (globalThis.runtime = await startApp(memory));
      const titles = () => runtime.threads.getState().threadIds.map((id) => runtime.threads.getItemById(id).getState().title);
      await until(() => titles().length === 2);
      const before = titles();
      await runtime.threads.switchToThread(remoteId);
      await until(() => said(runtime) !== "");
      const shown = said(runtime);
      const { branchCount, attachments } = runtime.thread.getMessageByIndex(2).getState();
      const answers = runtime.thread.getMessageByIndex(3).getState().branchCount;
      runtime.thread.getMessageByIndex(2).switchToBranch({ position: "previous" });
      await until(() => said(runtime).includes("What is this?"));
      const [photo] = runtime.thread.getMessageByIndex(2).getState().attachments;
      const image = await (await fetch(photo.content[0].image)).blob();
      const item = runtime.threads.getItemById(remoteId);
      await item.rename("Renamed");
      await item.archive();
      await until(() => runtime.threads.getState().archivedThreadIds.length === 1, 3_000).catch(() => {});
      const archived = [runtime.threads.getState().threadIds.length, runtime.threads.getState().archivedThreadIds.length, (await memory.getConversation(remoteId)).title];
      return { before, shown, branchCount, answers, photo: [photo.name, image.size, image.type], attachments: attachments.length, archived };
    }, first.remoteId);
    assert.equal(again.shown, first.shown);
    assert.deepEqual(again.before, ["Second", "Hello there"]);
    assert.deepEqual([again.branchCount, again.answers, again.photo], [2, 2, ["photo.png", 1000, "image/png"]]);
    assert.deepEqual(again.archived, [1, 1, "Renamed"]);
    await page.reload();
    await load(page);
    const last = await page.evaluate(async (remoteId) => {
      globalThis.memory = await openMemory();
      const runtime = await startApp(memory);
      const state = () => [runtime.threads.getState().threadIds.length, runtime.threads.getState().archivedThreadIds.length];
      await until(() => state().join() === "1,1");
      const item = runtime.threads.getItemById(remoteId);
      await item.unarchive();
      await until(() => state().join() === "2,0");
      await item.archive();
      await item.delete();
      await until(() => state().join() === "1,0");
      return [(await memory.listConversations()).length, await memory.getConversation(remoteId), Object.keys(localStorage).filter((key) => key.startsWith("conversation-memory"))];
    }, first.remoteId);
    assert.deepEqual(last, [1, undefined, []]);
  });
});

test("an answer that is there before its question with a large file is stored; what fails does not hold up the next", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const history = adapter.createThreadHistoryAdapter({ manager: memory, conversationId: id });
    const item = (parentId, messageId, like) => ({ parentId, message: fromThreadMessageLike(like, messageId, { type: "complete", reason: "stop" }) });
    const data = btoa("x".repeat(3_000_000));
    const question = item(null, "q", { role: "user", content: [{ type: "text", text: "What is this?" }, { type: "file", data, mimeType: "text/plain" }] });
    const results = await Promise.allSettled([
      history.append(question),
      history.append(item("q", "a", { role: "assistant", content: "Many letters." })),
      history.append(item("nobody", "b", { role: "assistant", content: "Lost" })),
      history.update(item("q", "a", { role: "assistant", content: "Three million letters." })),
      history.delete([item("q", "c", { role: "user", content: "never stored" })]),
    ]);
    return { results: results.map(({ status, reason }) => reason?.code ?? status), active: await active(memory, id) };
  });
  assert.deepEqual(seen.results, ["fulfilled", "fulfilled", "not-found", "fulfilled", "fulfilled"]);
  assert.deepEqual(seen.active, ["What is this?", "Three million letters."]);
});

test("what was deleted elsewhere is not updated back, what was never stored is added, and the application's metadata stays", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const other = await openMemory();
    const item = (parentId, messageId, like) => ({ parentId, message: fromThreadMessageLike({ createdAt: new Date(1_700_000_000_000), ...like }, messageId, { type: "complete", reason: "stop" }) });
    const q1 = item(null, "q1", { role: "user", content: "one?" });
    const a1 = (text) => item("q1", "a1", { role: "assistant", content: text });
    const contents = async () => (await memory.getMessages(id)).map(({ content }) => content).join();
    const history = adapter.createThreadHistoryAdapter({ manager: memory, conversationId: id });
    await history.append(q1);
    await history.update(a1("new"));
    const steps = [await contents()];
    const noted = async () => (await memory.getMessages(id)).at(-1).metadata.entities ?? null;
    await other.updateMessageMetadata(id, "a1", { ...(await other.getMessages(id)).at(-1).metadata, entities: ["Lima"] });
    await history.update(a1("first"));
    steps.push(await contents(), await noted());
    await history.append(a1("1st"));
    steps.push(await contents(), await noted());
    await other.deleteMessage(id, "a1");
    await history.update(a1("late"));
    await history.append(a1("late"));
    steps.push(await contents());
    // One that this page has loaded.
    const loading = adapter.createThreadHistoryAdapter({ manager: other, conversationId: id });
    await loading.load();
    await memory.deleteMessage(id, "q1");
    await loading.update(q1);
    steps.push(await contents());
    await loading.append(item("q1", "q2", { role: "user", content: "two?" }));
    // Whoever deletes it himself may store it again.
    await loading.delete([q1]);
    await loading.append(q1);
    steps.push((await memory.getTree(id)).messages.map(({ content }) => content).join());
    return steps;
  });
  assert.deepEqual(seen, ["one?,new", "one?,first", ["Lima"], "one?,1st", ["Lima"], "one?", "", "two?,one?"]);
});

test("a thread with a damaged file is loaded without its bytes, and storing the message again does not take the file away", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const image = `data:image/png;base64,${"a".repeat(1024 * 1024 * 4)}`; // more than one portion
    const message = fromThreadMessageLike({ role: "user", content: [{ type: "text", text: "Which bird?" }, { type: "image", image }], createdAt: new Date(1_700_000_000_000) }, "u1", { type: "complete", reason: "stop" });
    await adapter.createThreadHistoryAdapter({ manager: memory, conversationId: id }).append({ parentId: null, message });
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
    const history = adapter.createThreadHistoryAdapter({ manager: other, conversationId: id });
    const [item] = (await history.load()).messages;
    const before = exact(await memory.getTree(id));
    await history.append(item);
    const isSame = before === exact(await memory.getTree(id));
    await history.update({ ...item, message: { ...item.message, content: item.message.content.with(0, { type: "text", text: "Which small bird?" }) } });
    return { code: damaged.code, image: item.message.content[1].image, isSame, content: (await memory.getMessages(id))[0].content, isKept: attachment === (await attachmentOf()) };
  });
  assert.deepEqual(seen, { code: "corrupt", image: "data:image/png;base64,", isSame: true, content: "Which small bird?", isKept: true });
});

test("the list in pages, threads of others, titles, and options that do not fit", async () => {
  const seen = await inPage(async () => {
    const memory = await openMemory();
    for (let at = 0; at < 120; at += 1) await memory.createConversation({ title: `number ${at}` });
    const threads = adapter.createThreadListAdapter({ manager: memory, persona: "digital_twin_designer" });
    const pages = [await threads.list()];
    while (pages.at(-1).nextCursor) pages.push(await threads.list({ after: pages.at(-1).nextCursor }));
    const anew = (await threads.list()).threads.length;
    const titles = new Set(pages.flatMap(({ threads }) => threads.map(({ title }) => title)));
    const { remoteId } = await threads.initialize("local");
    const fresh = await threads.fetch(remoteId);
    const titleOf = async () => {
      const chunks = [];
      for (const reader = (await threads.generateTitle(remoteId, [])).getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done) return chunks.map(({ textDelta = "" }) => textDelta).join("");
        chunks.push(value);
      }
    };
    const untitled = await titleOf();
    await memory.addMessage(remoteId, { role: "user", content: "What is it called?" });
    const titled = await titleOf();
    await threads.archive(remoteId);
    const isKept = Object.keys(localStorage).length;
    const other = await adapter.createThreadListAdapter({ manager: await openMemory("user-2") }).fetch(remoteId).catch(({ code }) => code);
    const refused = [];
    for (const call of [
      () => adapter.createThreadListAdapter(),
      () => adapter.createThreadListAdapter({ manager: {} }),
      () => adapter.createThreadListAdapter({ manager: memory, useAui: 7 }),
      () => adapter.createThreadHistoryAdapter({ manager: memory }),
      () => adapter.createThreadHistoryAdapter({ manager: memory, conversationId: "a", thread: () => {} }),
      () => adapter.createAttachmentAdapter({ manager: memory, accept: 7 }),
    ]) {
      try {
        call();
      } catch (error) {
        refused.push(`${error.code} ${error.argument}`);
      }
    }
    await memory.forgetEverything();
    await threads.list();
    return { anew, marks: [isKept, Object.keys(localStorage).length], sizes: pages.map(({ threads }) => threads.length), count: titles.size, fresh: [fresh.title, fresh.status, fresh.custom], untitled, titled, other, refused };
  });
  assert.deepEqual(seen.marks, [1, 0], "nothing is left of what was archived when everything is forgotten");
  assert.deepEqual(seen.sizes, [50, 50, 20]);
  assert.equal(seen.anew, 120, "a list that is loaded anew is as long as it was");
  assert.equal(seen.count, 120);
  assert.deepEqual(seen.fresh, [undefined, "regular", { pinned: false, messageCount: 0, personaName: "digital_twin_designer" }]);
  assert.deepEqual([seen.untitled, seen.titled, seen.other], ["", "What is it called?", "not-found"]);
  assert.deepEqual(seen.refused, ["invalid-input options", "invalid-input manager.addMessage", "invalid-input useAui", "invalid-input options", "invalid-input options", "invalid-input accept"]);
});

test("custom: threads are pinned, from the start too, and what a conversation cannot keep is refused", async () => {
  const seen = await inPage(async () => {
    const memory = await openMemory();
    const threads = adapter.createThreadListAdapter({ manager: memory });
    const pinned = async (id) => (await memory.getConversation(id)).pinned;
    const { remoteId: id } = await threads.initialize("local", { custom: { pinned: true, folder: "birds" } });
    const states = [await pinned(id)];
    const { custom } = await threads.fetch(id);
    for (const given of [{ ...custom, pinned: false }, { pinned: true }, undefined]) {
      await threads.updateCustom(id, given);
      states.push(await pinned(id));
    }
    const refused = [];
    for (const given of [{ folder: "birds" }, { pinned: "yes" }]) refused.push(await failure(() => threads.updateCustom(id, given)));
    const runtime = await startApp(memory);
    runtime.thread.append("Which bird?");
    const { mainItem } = runtime.threads;
    await until(() => mainItem.getState().remoteId && !runtime.thread.getState().isRunning);
    await mainItem.updateCustom({ ...mainItem.getState().custom, pinned: true });
    return { states, refused: refused.map(({ code, argument }) => `${code} ${argument}`), shown: await pinned(mainItem.getState().remoteId) };
  });
  assert.deepEqual(seen.states, [true, false, true, false]);
  assert.deepEqual(seen.refused, ["invalid-input custom.folder", "invalid-input custom.pinned"]);
  assert.equal(seen.shown, true);
});

test("what the agent has stored is shown, and messages of a runtime's own format come back as they were", async () => {
  const seen = await inPage(async () => {
    const { memory, agent } = await makeAgent({ model: { generate: async () => ({ text: "72.", metadata: { reasoning: "Let me see." } }) } });
    const { conversationId: id } = await agent.processQuery("How healthy is education?");
    const tool = { type: "tool", toolCallId: "c", toolName: "score", state: "done", input: { x: 1 }, output: [72] };
    await memory.addMessage(id, { role: "assistant", parts: [tool, { type: "dynamic-thing", x: 1 }, { type: "file", blob: new Blob(["abc"], { type: "text/plain" }), name: "a.txt" }] });
    const history = adapter.createThreadHistoryAdapter({ manager: memory, conversationId: id });
    const repository = new MessageRepository();
    repository.import(await history.load());
    const shown = repository.getMessages().map(({ role, content, status }) => [role, content, status?.type ?? null]);
    // As the runtime of the AI SDK has it.
    const format = {
      format: "ai-sdk/v6",
      encode: ({ message: { id, ...rest } }) => rest,
      decode: ({ id, parent_id: parentId, content }) => ({ parentId, message: { id, ...content } }),
      getId: ({ id }) => id,
    };
    const formatted = history.withFormat(format);
    const before = (await formatted.load()).messages.map(({ message }) => message.parts.map(({ type }) => type).join());
    const url = `data:text/plain;base64,${btoa("abc")}`;
    const { headId } = await memory.getConversation(id);
    const own = [
      { parentId: headId, message: { id: "u1", role: "user", parts: [{ type: "text", text: "Hi" }, { type: "file", mediaType: "text/plain", url }], metadata: { custom: 1 } } },
      { parentId: "u1", message: { id: "m1", role: "assistant", parts: [{ type: "step-start" }, { type: "text", text: "Ho", state: "done" }] } },
    ];
    for (const item of own) await formatted.append(item);
    const back = (await formatted.load()).messages.slice(-2);
    const changed = { parentId: "u1", message: { ...own[1].message, parts: [{ type: "text", text: "Ho!" }] } };
    await formatted.update(changed);
    const after = (await formatted.load()).messages.at(-1);
    await formatted.delete([changed, changed]);
    const other = history.withFormat({ ...format, format: "langchain", encode: ({ message }) => message, decode: ({ content }) => ({ parentId: null, message: content }) });
    await other.append({ parentId: null, message: { id: "h1", type: "human", content: "As LangChain has it" } });
    return { shown, before, own, back, changed, after, left: (await memory.getTree(id)).messages.length, other: await other.load(), role: (await memory.getTree(id)).messages.at(-1) };
  });
  const [question, answer, made] = seen.shown;
  assert.deepEqual(question, ["user", [{ type: "text", text: "How healthy is education?" }], null]);
  assert.deepEqual(answer, ["assistant", [{ type: "reasoning", text: "Let me see." }, { type: "text", text: "72." }], "complete"]);
  assert.deepEqual(made[1], [
    { type: "tool-call", toolCallId: "c", toolName: "score", args: { x: 1 }, argsText: '{"x":1}', result: [72] },
    { type: "data", name: "dynamic-thing", data: { type: "dynamic-thing", x: 1 } },
    { type: "file", data: "data:text/plain;base64,YWJj", mimeType: "text/plain", filename: "a.txt" },
  ]);
  assert.deepEqual(seen.before, ["text", "reasoning,text", "dynamic-tool,dynamic-thing,file"]);
  assert.deepEqual(seen.back, seen.own);
  assert.deepEqual(seen.after, seen.changed);
  assert.equal(seen.left, 5);
  assert.deepEqual(seen.other.messages, [{ parentId: null, message: { id: "h1", type: "human", content: "As LangChain has it" } }]);
  assert.deepEqual([seen.role.role, seen.role.content], ["user", "As LangChain has it"]);
});

test("attachments: a picture, a file, one for which there is no room", async () => {
  const seen = await inPage(async () => {
    const memory = await openMemory();
    const attachments = adapter.createAttachmentAdapter({ manager: memory });
    const pending = await attachments.add({ file: new File(["abc"], "a.txt", { type: "text/plain" }) });
    const sent = await attachments.send(pending);
    const picture = await attachments.send(await attachments.add({ file: new File(["abc"], "a.png", { type: "image/png" }) }));
    const stopped = await attachments.send(pending, { signal: AbortSignal.abort() }).catch(({ name }) => name);
    const full = adapter.createAttachmentAdapter({ manager: { addMessage() {}, storageStatus: async () => ({ usageBytes: 98, quotaBytes: 100 }) } });
    const refused = (await full.add({ file: new File(["abc"], "a.txt") })).status;
    await attachments.remove(sent);
    return { pending: pending.status.type, content: sent.content, status: sent.status, picture: [picture.type, picture.content[0].type], stopped, refused };
  });
  assert.equal(seen.pending, "requires-action");
  assert.deepEqual(seen.content, [{ type: "file", data: "data:text/plain;base64,YWJj", mimeType: "text/plain", filename: "a.txt" }]);
  assert.deepEqual([seen.status, seen.picture, seen.stopped], [{ type: "complete" }, ["image", "image"], "AbortError"]);
  assert.deepEqual(seen.refused, { type: "incomplete", reason: "error", message: "There is no room for the file in this browser." });
});
