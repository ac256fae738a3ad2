// Questions with files: stored with their turn, all of it or nothing, and answered in the order in which they were asked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("a question with a file is stored in one step with its conversation, and its file goes to the model", async () => {
  const { begun, parts, blob, given, texts, note } = await inPage(async () => {
    const { ConversationAgent } = await import("conversation-memory");
    const memory = await openMemory();
    const given = [];
    const model = { mediaTypes: ["image/*"], generate: async ({ messages }) => (given.push(messages.at(-1)), { text: "A wren." }) };
    const agent = new ConversationAgent({ manager: memory, model });
    const png = new File([Uint8Array.of(1, 2, 3)], "bird.png", { type: "image/png" });
    let begun;
    const { conversationId } = await agent.processQuery("Which bird?", { files: [png], onBegin: (turn) => (begun = turn) });
    const [question] = await memory.getMessages(conversationId);
    const blob = await memory.getAttachment(question.parts[1].attachment);
    await agent.processQuery("", { conversationId, files: [new Blob(["%PDF-"], { type: "application/pdf" })] });
    const messages = await memory.getMessages(conversationId);
    return {
      begun: begun.conversationId === conversationId && begun.questionId === question.id,
      parts: question.parts.map(({ type, text, name, mediaType, size }) => [type, text ?? name, mediaType, size]),
      blob: [...new Uint8Array(await blob.arrayBuffer())],
      given: given.map(({ files }) => files?.map(({ mediaType, size }) => [mediaType, size])),
      note: given[1].content,
      texts: messages.map(({ role, content, parts }) => `${role}: ${content}${parts ? ` (${parts.length})` : ""}`),
    };
  });
  assert.equal(begun, true);
  assert.deepEqual(parts, [["text", "Which bird?", undefined, undefined], ["file", "bird.png", "image/png", 3]]);
  assert.deepEqual(blob, [1, 2, 3]);
  assert.deepEqual(given[0], [["image/png", 3]]);
  assert.match(note, /1 file/);
  assert.deepEqual(texts, ["user: Which bird? (2)", "assistant: A wren.", "user:  (1)", "assistant: A wren."]);
});

test("while another question is answered, one with a file waits behind its answer, also without a network", async () => {
  const { online, offline, prompts } = await inPage(async () => {
    const { ConversationAgent } = await import("conversation-memory");
    const memory = await openMemory();
    const prompts = [];
    let away = false;
    let go;
    const gate = new Promise((resolve) => (go = resolve));
    const model = {
      generate: async ({ messages }) => {
        const asked = messages.at(-1).content;
        if (away) throw Object.assign(new Error("no way"), { code: "model", offline: true, unreachable: true });
        if (asked.startsWith("one")) await gate;
        prompts.push(messages.filter(({ role }) => role !== "system").map(({ content }) => content.split("\n").at(-1)));
        return { text: `answer ${asked.split("\n").at(-1)}` };
      },
    };
    const agent = new ConversationAgent({ manager: memory, model });
    const { id } = await memory.createConversation();
    const file = () => new Blob(["x"], { type: "text/plain" });
    const shown = async (of) => (await memory.getMessages(of)).map(({ content }) => content.split("\n")[0]);
    const first = agent.processQuery("one", { conversationId: id });
    // It is asked once its file is stored.
    let second;
    await new Promise((onBegin) => (second = agent.processQuery("two", { conversationId: id, files: [file()], onBegin })));
    const third = agent.processQuery("three", { conversationId: id });
    while ((await memory.getMessages(id)).length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    go();
    await Promise.all([first, second, third]);
    const online = await shown(id);

    const other = await memory.createConversation();
    Object.defineProperty(navigator, "onLine", { value: false, configurable: true });
    for (const [text, options] of [["a", {}], ["b", { files: [file()] }], ["c", {}]]) {
      await agent.processQuery(text, { conversationId: other.id, ...options }).catch(() => {});
    }
    delete navigator.onLine;
    dispatchEvent(new Event("online"));
    while ((await memory.getMessages(other.id)).some(({ status }) => status !== "complete") || (await memory.getMessages(other.id)).length < 6) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { online, offline: await shown(other.id), prompts };
  });
  assert.deepEqual(online, ["one", "answer one", "two", "answer two", "three", "answer three"]);
  assert.deepEqual(offline, ["a", "answer a", "b", "answer b", "c", "answer c"]);
  assert.deepEqual(prompts[1].slice(0, 2), ["one", "answer one"]);
});

test("a question whose file cannot be stored leaves nothing", async () => {
  const { failures, count, uploads } = await inPage(async () => {
    const { ConversationAgent } = await import("conversation-memory");
    const memory = await openMemory();
    const agent = new ConversationAgent({ manager: memory, model: { generate: async () => ({ text: "" }) } });
    const failures = [];
    for (const files of [[new Blob([new Uint8Array(1)]), "text"], "text", [{}], 7, [new Blob([new ArrayBuffer(257 * 1024 * 1024)])]]) {
      await agent.processQuery("What?", { files }).catch(({ code, argument }) => failures.push([code, argument]));
    }
    await agent.processQuery(" ", { files: [] }).catch(({ code, argument }) => failures.push([code, argument]));
    return { failures, count: (await memory.listConversations()).length, uploads: (await storedRecords()).uploads?.length ?? 0 };
  });
  assert.deepEqual(failures, [
    ["invalid-input", "files[1]"], ["invalid-input", "files"], ["invalid-input", "files[0]"], ["invalid-input", "files"],
    ["invalid-input", "files[0]"], ["invalid-input", "query"],
  ]);
  assert.deepEqual([count, uploads], [0, 0]);
});

test("a question in other words keeps its files", async () => {
  const { parts, given, references } = await inPage(async () => {
    const { ConversationAgent } = await import("conversation-memory");
    const memory = await openMemory();
    const given = [];
    const model = { mediaTypes: ["*/*"], generate: async ({ messages }) => (given.push(messages.at(-1).files?.length), { text: "A wren." }) };
    const agent = new ConversationAgent({ manager: memory, model });
    const { conversationId } = await agent.processQuery("Which bird?", { files: [new Blob(["x"], { type: "image/png" })] });
    const [question] = await memory.getMessages(conversationId);
    await agent.editAndResend(conversationId, question.id, "Which plant?");
    const [edited] = await memory.getMessages(conversationId);
    await memory.deleteMessage(conversationId, question.id);
    const blob = await memory.getAttachment(edited.parts[1].attachment);
    return { parts: edited.parts.map(({ type, text }) => text ?? type), given, references: await blob.text() };
  });
  assert.deepEqual(parts, ["Which plant?", "file"]);
  assert.deepEqual(given, [1, 1]);
  assert.equal(references, "x");
});

test("close waits for the answer to a question with a file, which the model is still given", async () => {
  const { answered, given, stored } = await inPage(async () => {
    const { ConversationAgent } = await import("conversation-memory");
    const memory = await openMemory();
    const given = [];
    const model = { mediaTypes: ["*/*"], generate: async ({ messages }) => (given.push(messages.at(-1).files?.length), { text: "A wren." }) };
    const agent = new ConversationAgent({ manager: memory, model });
    let closing;
    const onBegin = () => (closing = memory.close());
    const asked = agent.processQuery("Which bird?", { files: [new Blob(["x"], { type: "image/png" })], onBegin });
    const answered = await asked.then(({ answer }) => answer, ({ code }) => code);
    await closing;
    const again = await openMemory();
    const [{ id }] = await again.listConversations();
    return { answered, given, stored: (await again.getMessages(id)).map(({ content }) => content) };
  });
  assert.equal(answered, "A wren.");
  assert.deepEqual(given, [1]);
  assert.deepEqual(stored, ["Which bird?", "A wren."]);
});
