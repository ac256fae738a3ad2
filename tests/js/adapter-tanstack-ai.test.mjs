// A conversation as the persistence of TanStack AI: with its ChatClient, in a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newSeed, randomOf } from "../../scripts/faults/random.mjs";
import { onlyIn } from "./support/engine.mjs";
import { afterKill, examplesOf, frameworkPage, runModule } from "./support/frameworks.mjs";
import { pagesForThisFile } from "./support/page.mjs";
import { refusal } from "./support/refusal.mjs";

const { inPage, withTabs } = pagesForThisFile();
const page = await frameworkPage(["@tanstack/ai-client"], { extra: '<script type="module" src="/tanstack.js"></script>' });

test("TanStack AI: a chat with thoughts, a tool, a picture, another answer and an edited question is stored as it is", async () => {
  const found = await inPage(async () => {
    const { memory, id } = await openConversation();
    const call = { id: "c1", name: "weather", input: { city: "Lima" }, output: { celsius: 19 } };
    const chat = await openChat(memory, id, [{ thought: "Hm.", call, text: "It is 19 °C." }, { text: "A blue sky." }, { text: "A grey sky." }, { text: "It snows there." }]);
    const differences = [];
    const settled = async () => {
      await chat.settled();
      differences.push(await difference(chat, id));
    };
    await settled();
    await chat.client.sendMessage("What is the weather in Lima?");
    await settled();
    await chat.client.sendMessage({ content: [{ type: "text", content: "And on this?" }, { type: "image", source: { type: "data", value: "iVBORw0KGgo=", mimeType: "image/png" } }] });
    await settled();
    await chat.client.reload();
    await settled();
    const answers = (await memory.listBranches(id, chat.client.getMessages().at(-1).id)).map(({ content }) => content);
    chat.client.setMessagesManually(chat.client.getMessages().slice(0, 2));
    await settled();
    const shortened = (await memory.getMessages(id)).map(({ content }) => content);
    await chat.client.sendMessage("And in winter?");
    await settled();
    const prompt = await memory.buildPrompt(id, "And tomorrow?");
    const contents = (await memory.getMessages(id)).map(({ role, content }) => `${role}: ${content}`);
    const again = await openChat(await openMemory(), id);
    const { messages } = await memory.getTree(id);
    return { differences, answers, shortened, prompt, contents, errors: chat.errors, again: again.texts(), shown: chat.texts(), seen: chat.seen, empty: messages.filter(({ role }) => role === "system").length };
  }, undefined, page);
  const { differences, answers, shortened, prompt, contents, errors, again, shown, seen, empty } = found;
  assert.deepEqual(errors, []);
  assert.deepEqual(differences.filter((each) => each), []);
  assert.equal(differences.length, 6);
  assert.deepEqual(answers, ["A blue sky.", "A grey sky."]);
  assert.deepEqual(shortened.filter((content) => content !== ""), ["What is the weather in Lima?", "It is 19 °C."]);
  assert.deepEqual(contents, ["user: What is the weather in Lima?", "assistant: It is 19 °C.", "user: And in winter?", "assistant: It snows there."]);
  assert.deepEqual(again, shown);
  assert.deepEqual(seen.messages[1].parts.map(({ type }) => type), ["thinking", "tool-call", "tool-result", "text"]);
  assert.equal(empty, 0, "a mark is left");
  assert.equal(refusal(prompt.messages), undefined);
  const calls = prompt.messages.flatMap(({ tool_calls: list = [] }) => list).map(({ function: { name, arguments: input } }) => name + input);
  assert.deepEqual(calls, ['weather{"city":"Lima"}']);
});

test("TanStack AI: every field of a state comes back, times as times, and what is to be resumed", async () => {
  const { back, wanted, bare, gone } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const { persistence } = await openChat(memory, id);
    const at = new Date(1_700_000_000_000);
    const state = {
      messages: [
        { id: "s", role: "system", parts: [{ type: "text", content: "Be brief." }] },
        { id: "u", role: "user", name: "Ada", createdAt: at, metadata: { tanstack: { a: 1 }, own: [null] }, parts: [{ type: "text", content: "" }, { type: "document", source: { type: "url", value: "https://x.example/a.pdf" }, metadata: { b: 2 } }] },
        { id: "a", role: "assistant", createdAt: at, parts: [
          { type: "tool-call", id: "c1", name: "pay", arguments: '{"euro":3}', state: "approval-requested", approval: { id: "p1", needsApproval: true } },
          { type: "tool-result", toolCallId: "c0", content: [{ type: "text", content: "x" }], state: "error", error: "no", createdAt: at },
          { type: "structured-output", data: { text: "kept" }, raw: "{}", state: "complete" },
          { type: "a new kind", of: { part: true } },
        ] },
        { id: "e", role: "assistant", parts: [] },
      ],
      resume: { resumeState: { threadId: id, runId: "r1" }, pendingInterrupts: [{ id: "i1" }] },
    };
    await persistence.setItem(id, state);
    const back = sorted(await persistence.getItem(id));
    await persistence.setItem(id, { messages: state.messages });
    const bare = sorted(await persistence.getItem(id));
    await persistence.removeItem(id);
    return { back, wanted: sorted(state), bare: bare === sorted({ messages: state.messages }), gone: [await persistence.getItem(id), await memory.getConversation(id)] };
  }, undefined, page);
  assert.equal(back, wanted);
  assert.equal(bare, true);
  assert.equal(gone[0], null);
  assert.deepEqual({ count: gone[1].messageCount, title: gone[1].title }, { count: 0, title: "New Conversation" });
});

test("TanStack AI: only what changes is written, and what the application keeps beside a message stays", async () => {
  const { changes, kept, moved } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const { persistence } = await openChat(memory, id);
    const message = (name, content) => ({ id: name, role: name.startsWith("u") ? "user" : "assistant", parts: [{ type: "text", content }] });
    const messages = [message("u1", "?"), message("a1", "…"), message("u2", "!")];
    await persistence.setItem(id, { messages });
    await memory.updateMessageMetadata(id, "a1", { ...(await memory.getMessages(id))[1].metadata, entities: ["Lima"] });
    const changes = [];
    const stop = memory.subscribe(({ type, messageId }) => changes.push(`${type} ${messageId ?? ""}`));
    await persistence.setItem(id, { messages });
    await persistence.setItem(id, { messages: [messages[0], message("a1", "19 °C"), messages[2]] });
    await persistence.setItem(id, { messages: [messages[0], message("a1", "19 °C"), messages[2], message("a2", "20 °C")], resume: { resumeState: { threadId: id, runId: "r" } } });
    await persistence.setItem(id, { messages: [messages[0], message("a1", "19 °C"), messages[2], message("a2", "20 °C")] });
    await persistence.setItem(id, { messages: [messages[0], { ...message("a1", "19 °C"), metadata: { rated: 5 } }, messages[2], message("a2", "20 °C")] });
    await until(() => changes.length >= 4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    stop();
    const [, { metadata: { entities } }] = await memory.getMessages(id);
    // One in the middle is taken out, and two change places.
    const others = [message("a2", "20 °C"), message("u1", "?")];
    await persistence.setItem(id, { messages: others });
    return { changes, kept: entities, moved: sorted(await persistence.getItem(id)) === sorted({ messages: others }) };
  }, undefined, page);
  assert.deepEqual(changes, ["message-updated a1", "message-added a2", "message-updated a2", "message-updated a1"]);
  assert.deepEqual(kept, ["Lima"]);
  assert.equal(moved, true);
});

test("TanStack AI: a photo of 8 MB is stored as a file, and comes back as data", async () => {
  const found = await inPage(async () => {
    const { memory, id } = await openConversation();
    const { persistence } = await openChat(memory, id);
    const source = { type: "data", value: "abcd".repeat(3 * 1024 * 1024), mimeType: "image/jpeg" };
    const photo = { type: "image", source, metadata: { detail: "high" } };
    // What is no base64, and what lies elsewhere, stays what it is.
    const others = [{ type: "audio", source: { type: "data", value: "a-_b", mimeType: "audio/wav" } }, { type: "video", source: { type: "url", value: "https://x.example/a.mp4" } }];
    // As a recorder names it.
    others.push({ type: "video", source: { type: "data", value: "abcd", mimeType: "video/webm;codecs=vp8,opus" } });
    const messages = [{ id: "u", role: "user", parts: [{ type: "text", content: "Which bird?" }, photo, ...others] }];
    await persistence.setItem(id, { messages });
    const answered = [...messages, { id: "a", role: "assistant", parts: [{ type: "text", content: "A wren." }] }];
    await persistence.setItem(id, { messages: answered });
    const [{ parts }] = await memory.getMessages(id);
    const again = await openChat(await openMemory(), id);
    const back = await again.persistence.getItem(id);
    // What was read is known to be stored.
    const changes = [];
    const stop = memory.subscribe(({ type }) => changes.push(type));
    await again.persistence.setItem(id, back);
    await new Promise((resolve) => setTimeout(resolve, 100));
    stop();
    const { attachment, type, size, mediaType } = parts[1];
    return { isSame: sorted(back) === sorted({ messages: answered }), stored: [typeof attachment, type, size, mediaType, parts[1].source ?? null], changes, others: parts.slice(2).map(({ type }) => type) };
  }, undefined, page);
  assert.deepEqual(found, { isSame: true, stored: ["string", "file", 9 * 1024 * 1024, "image/jpeg", null], changes: [], others: ["audio", "video", "file"] });
});

test("TanStack AI: a message that cannot be stored is told of once, and those around it are stored", async () => {
  const { errors, contents, tree, mended } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const { memoryPersistence } = await import("conversation-memory/tanstack-ai");
    const errors = [];
    const persistence = memoryPersistence({ manager: memory, onError: ({ code, argument }) => errors.push(`${code} ${argument}`) });
    const message = (name, content) => ({ id: name, role: name.startsWith("u") ? "user" : "assistant", parts: [{ type: "text", content }] });
    const large = "x".repeat(8 * 1024 * 1024 + 1);
    const [u1, a1, u2] = [message("u1", "one?"), message("a1", "first"), message("u2", large)];
    const write = (...messages) => persistence.setItem(id, { messages }).catch(() => {});
    await write(u1, a1);
    await write(u1, a1, u2);
    // As while an answer arrives.
    for (const words of ["se", "second"]) await write(u1, a1, u2, message("a2", words));
    await write(u1, a1, u2, message("a2", "second"), message("u3", "three?"));
    const contents = (await memory.getMessages(id)).map(({ content }) => content);
    const tree = (await memory.getTree(id)).messages.length;
    const told = errors.splice(0);
    // In one transaction with others, and one that was stored before.
    const other = (await memory.createConversation()).id;
    await persistence.setItem(other, { messages: [u2, a1] }).catch(() => {});
    for (const words of [large, `${large}y`]) await persistence.setItem(other, { messages: [u2, message("a1", words)] }).catch(() => {});
    await persistence.setItem(other, { messages: [u2, message("a1", "short"), message("u3", "three?")] });
    return { errors: [told, errors], contents, tree, mended: (await memory.getMessages(other)).map(({ content }) => content) };
  }, undefined, page);
  assert.deepEqual(contents, ["one?", "first", "second", "three?"]);
  assert.equal(tree, 4, "no branch");
  assert.deepEqual(errors, [["invalid-input messages[0].parts"], ["invalid-input messages[0].parts", "invalid-input change.parts"]]);
  assert.deepEqual(mended, ["short", "three?"]);
});

test("TanStack AI: what others have stored is shown, and stays as it is", async () => {
  const { texts, stored } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const before = await memory.addMessages(id, [{ role: "user", content: "Hello." }, { role: "assistant", content: "Hi." }]);
    const chat = await openChat(memory, id, [{ text: "Fine." }]);
    await chat.client.sendMessage("How are you?");
    await chat.settled();
    const stored = await memory.getMessages(id);
    return { texts: chat.texts(), stored: exact(stored.slice(0, 2)) === exact(before) ? stored.length : stored };
  }, undefined, page);
  assert.deepEqual(texts, ["Hello.", "Hi.", "How are you?", "Fine."]);
  assert.equal(stored, 4);
});

test("TanStack AI: 1,000 messages, and nothing", async () => {
  const { same, nothing, writes } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const { persistence } = await openChat(memory, id);
    const nothing = [await persistence.getItem(id)];
    await persistence.setItem(id, { messages: [] });
    await persistence.removeItem(id);
    nothing.push(await persistence.getItem(id), await persistence.getItem("no such conversation"));
    await persistence.removeItem("no such conversation");
    const messages = Array.from({ length: 1_000 }, (_, index) => ({ id: `m${index}`, role: index % 2 ? "assistant" : "user", parts: [{ type: "text", content: `message ${index}` }] }));
    await persistence.setItem(id, { messages });
    return { same: sorted(await persistence.getItem(id)) === sorted({ messages }), nothing };
  }, undefined, page);
  assert.equal(same, true);
  assert.deepEqual(nothing, [null, null, null]);
});

test("TanStack AI: two tabs go on with one chat, and nothing that either says is lost", async () => {
  await withTabs(2, async (tabs) => {
    const id = await tabs[0].evaluate(async () => {
      const { memory, id } = await openConversation();
      const chat = (globalThis.chat = await openChat(memory, id, [{ text: "first" }, { text: "answer 0" }]));
      await chat.client.sendMessage("begin");
      await chat.settled();
      return id;
    });
    await tabs[1].evaluate(async (id) => void (globalThis.chat = await openChat(await openMemory(), id, [{ text: "answer 1" }])), id);
    const shown = await Promise.all(
      tabs.map((tab, index) =>
        tab.evaluate(async (index) => {
          await chat.client.sendMessage(`question ${index}`);
          await chat.settled();
          return { texts: chat.texts(), errors: chat.errors };
        }, index),
      ),
    );
    for (const [index, { texts, errors }] of shown.entries()) assert.deepEqual({ texts, errors }, { texts: ["begin", "first", `question ${index}`, `answer ${index}`], errors: [] });
    const contents = await tabs[0].evaluate(async (id) => (await (await openMemory()).getTree(id)).messages.map(({ content }) => content), id);
    assert.deepEqual(contents.sort(), ["answer 0", "answer 1", "begin", "first", "question 0", "question 1"]);
  }, page);
});

test("TanStack AI: what another tab deletes while a chat shows it does not come back, whatever the chat does then", async () => {
  await withTabs(2, async (tabs) => {
    const said = ["0", "1", "2", "3", "4", "5"].map((text) => ({ text }));
    const id = await tabs[0].evaluate(async (said) => {
      const { memory, id } = await openConversation();
      const first = await openChat(memory, id, said.slice(0, 1));
      await first.client.sendMessage("q0");
      await first.settled();
      return id;
    }, said);
    const ask = (how, ...text) => tabs[0].evaluate(async ([how, ...text]) => {
      await chat.client[how](...text);
      await chat.settled();
    }, [how, ...text]);
    const remove = (...deleted) => tabs[1].evaluate(async ([id, deleted]) => {
      const memory = await openMemory();
      for (const message of (await memory.getTree(id)).messages) if (deleted.includes(message.content)) await memory.deleteMessage(id, message.id);
    }, [id, deleted]);
    const now = () => tabs[1].evaluate(async (id) => {
      const memory = await openMemory();
      const contents = (messages) => messages.map(({ content }) => content);
      return [contents(await memory.getMessages(id)).join(), contents((await memory.getTree(id)).messages).sort().join()];
    }, id);
    await tabs[0].evaluate(async ([id, said]) => void (globalThis.chat = await openChat(await openMemory(), id, said)), [id, said.slice(1)]);
    await remove("0");
    await ask("sendMessage", "q1");
    assert.deepEqual(await now(), ["q0,q1,1", "1,q0,q1"], "the newest, after it was read");
    await remove("q1", "1");
    await ask("sendMessage", "q2");
    assert.deepEqual(await now(), ["q0,q2,2", "2,q0,q2"], "the newest, after it was written");
    await ask("sendMessage", "q3");
    assert.deepEqual(await now(), ["q0,q2,2,q3,3", "2,3,q0,q2,q3"], "the next question");
    await remove("q3");
    await ask("reload");
    assert.deepEqual(await now(), ["q0,q2,2,4", "2,3,4,q0,q2"], "what another answer is to follow");
    assert.deepEqual(await tabs[0].evaluate(() => chat.errors), []);
  }, page);
});

test("TanStack AI: a chat that is left before it has what is stored, or that could not read it, deletes nothing", async () => {
  const { left, unread, empty, cleared } = await inPage(async () => {
    const { ChatClient } = await import("@tanstack/ai-client");
    const { memoryPersistence } = await import("conversation-memory/tanstack-ai");
    const { memory, id } = await openConversation();
    await memory.addMessages(id, [{ role: "user", content: "q" }, { role: "assistant", content: "a" }]);
    const count = async () => (await memory.getTree(id)).messages.length;
    const wait = () => new Promise((resolve) => setTimeout(resolve, 200));
    let isDamaged = false;
    const manager = new Proxy(memory, { get: (of, name) => {
      if (name === "getThread" && isDamaged) return () => Promise.reject(Object.assign(new Error("damaged"), { code: "corrupt" }));
      return typeof of[name] === "function" ? of[name].bind(of) : of[name];
    } });
    const persistence = memoryPersistence({ manager, onError: () => {} });
    const visit = (threadId = id) => new ChatClient({ threadId, persistence, connection });
    // As a component that goes: the second time the thread is known.
    for (const _ of [1, 2]) {
      visit().stop();
      await wait();
    }
    const left = await count();
    isDamaged = true;
    const damaged = visit();
    await wait();
    isDamaged = false;
    damaged.stop();
    await wait();
    const unread = await count();
    // Another tab begins a chat that this one shows without messages.
    const { id: other } = await memory.createConversation();
    const before = visit(other);
    await wait();
    await memory.addMessage(other, { role: "user", content: "q" });
    before.stop();
    await wait();
    const empty = (await memory.getTree(other)).messages.length;
    const chat = visit();
    await wait();
    chat.clear();
    await wait();
    return { left, unread, empty, cleared: await count() };
  }, undefined, page);
  assert.deepEqual({ left, unread, empty, cleared }, { left: 2, unread: 2, empty: 1, cleared: 0 });
});

test("TanStack AI: a chat that was cleared does not delete what another tab says afterwards, only what it says itself", async () => {
  const { stopped, again } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const other = await openMemory();
    const left = async () => (await memory.getTree(id)).messages.map(({ content }) => content);
    const chat = await openChat(memory, id, [{ text: "first" }, { text: "second" }]);
    const clear = async () => {
      chat.client.clear();
      await chat.settled();
    };
    await chat.client.sendMessage("one?");
    await chat.settled();
    await clear();
    await other.addMessage(id, { role: "user", content: "of another tab" });
    chat.client.stop();
    await chat.settled();
    const stopped = await left();
    await chat.client.sendMessage("two?");
    await chat.settled();
    await clear();
    return { stopped, again: await left() };
  }, undefined, page);
  assert.deepEqual(stopped, ["of another tab"]);
  assert.deepEqual(again, []);
});

test("TanStack AI: a chat that could not be read says that it is not cleared; then only what it has said itself is deleted", async () => {
  const { told, silent, unread, cleared } = await inPage(async () => {
    const { ChatClient } = await import("@tanstack/ai-client");
    const { memoryPersistence } = await import("conversation-memory/tanstack-ai");
    const { memory, id } = await openConversation();
    await memory.addMessages(id, [{ role: "user", content: "q" }, { role: "assistant", content: "a" }]);
    const count = async () => (await memory.getTree(id)).messages.length;
    const wait = () => new Promise((resolve) => setTimeout(resolve, 200));
    let isDamaged = true;
    const manager = new Proxy(memory, { get: (of, name) => {
      if (name === "getThread" && isDamaged) return () => Promise.reject(Object.assign(new Error("damaged"), { code: "corrupt" }));
      return typeof of[name] === "function" ? of[name].bind(of) : of[name];
    } });
    const told = [];
    const persistence = memoryPersistence({ manager, onError: ({ code, cause }, threadId) => told.push([code, cause?.code ?? null, threadId === id]) });
    const chat = new ChatClient({ threadId: id, persistence, connection });
    await wait();
    chat.clear();
    await wait();
    const unread = await count();
    isDamaged = false;
    await chat.sendMessage("one?");
    await wait();
    chat.clear();
    await wait();
    // What it has never shown stays.
    const cleared = (await memory.getMessages(id)).map(({ content }) => content);
    // One that goes while it is read says nothing.
    const before = told.length;
    new ChatClient({ threadId: id, persistence, connection }).stop();
    await wait();
    return { told, silent: told.length === before, unread, cleared };
  }, undefined, page);
  assert.deepEqual(told, [["corrupt", null, true], ["storage", "corrupt", true]]);
  assert.deepEqual({ silent, unread, cleared }, { silent: true, unread: 2, cleared: ["q", "a"] });
});

test("TanStack AI: what others have stored since a chat was read, or since a write of it failed, is not overwritten", async () => {
  const { read, again, failed, shown } = await inPage(async () => {
    const { ChatClient } = await import("@tanstack/ai-client");
    const { memoryPersistence } = await import("conversation-memory/tanstack-ai");
    const { memory, id } = await openConversation();
    const other = await openMemory();
    const message = (name, content) => ({ id: name, role: name.startsWith("q") ? "user" : "assistant", parts: [{ type: "text", content }] });
    await memoryPersistence({ manager: other }).setItem(id, { messages: [message("q", "?"), message("a", "so")] });
    const say = (text) => other.updateMessage(id, "a", { parts: [{ type: "text", text }] });
    const wait = () => new Promise((resolve) => setTimeout(resolve, 200));
    const stored = async () => [(await memory.getMessages(id)).map(({ content }) => content).join(), (await memory.getTree(id)).messages.length];
    let isFull = false;
    const manager = new Proxy(memory, { get: (of, name) => {
      if (name === "addMessages" && isFull) return () => Promise.reject(Object.assign(new Error("full"), { code: "storage-full" }));
      return typeof of[name] === "function" ? of[name].bind(of) : of[name];
    } });
    const own = memoryPersistence({ manager, onError: () => {} });
    let meanwhile = async () => {};
    const persistence = { ...own, async getItem(id) {
      const state = await own.getItem(id);
      await meanwhile();
      return state;
    } };
    meanwhile = async () => {
      await say("so far");
      await other.addMessage(id, { id: "q2", role: "user", content: "!" });
    };
    const visit = async () => {
      const chat = new ChatClient({ threadId: id, persistence, connection });
      await wait();
      return chat;
    };
    (await visit()).stop();
    const read = await stored();
    meanwhile = async () => void (await say("so far, so good"));
    const chat = await visit();
    const again = await stored();
    isFull = true;
    await chat.append({ role: "user", content: "q3" }).catch(() => {});
    await wait();
    await say("other words");
    isFull = false;
    await chat.sendMessage("q4");
    await wait();
    return { read, again, failed: await stored(), shown: chat.getMessages().length };
  }, undefined, page);
  assert.deepEqual(read, ["?,so far,!", 3], "read");
  assert.deepEqual(again, ["?,so far, so good,!", 3], "read once more by the same persistence");
  assert.match(failed[0], /^\?,other words,!,.*q4/);
  assert.equal(failed[1], shown, "no branch");
});

test("TanStack AI: a damaged picture has no data, and a change of its message does not take the file away", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const { persistence } = await openChat(memory, id);
    const image = { type: "image", source: { type: "data", value: "abcd".repeat(1024 * 1024), mimeType: "image/png" } }; // more than one portion
    await persistence.setItem(id, { messages: [{ id: "u", role: "user", parts: [image, { type: "text", content: "Which bird?" }] }] });
    const attachmentOf = async () => (await memory.getMessages(id))[0].parts[0].attachment;
    const attachment = await attachmentOf();
    const database = await rawDatabase();
    const transaction = database.transaction(["files", "chunks"], "readwrite");
    const { upload } = (await settled(transaction.objectStore("files").get(["user-1", attachment]))).content;
    transaction.objectStore("chunks").delete(["user-1", upload, 0]);
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    database.close();
    const again = await openChat(await openMemory(), id);
    const { messages: [message] } = await again.persistence.getItem(id);
    await again.persistence.setItem(id, { messages: [{ ...message, parts: message.parts.with(1, { type: "text", content: "Which small bird?" }) }] });
    return { value: message.parts[0].source.value, content: (await memory.getMessages(id))[0].content, isKept: attachment === (await attachmentOf()) };
  }, undefined, page);
  assert.deepEqual(seen, { value: "", content: "Which small bird?", isKept: true });
});

test("TanStack AI: a browser that is killed while an answer streams has all that was said before, and the answer so far", onlyIn(["chromium"], "be killed as a whole"), async () => {
  const seed = newSeed();
  const delay = randomOf(seed).between(50, 400);
  const { texts, answer } = await afterKill(page, {
    delay,
    work: async () => {
      const { memory, id } = await openConversation();
      const long = Array.from({ length: 100_000 }, (_, index) => `w${index}`).join(" ");
      const chat = await openChat(memory, id, [{ text: "first answer" }, { text: long }]);
      await chat.client.sendMessage("first question");
      await chat.settled();
      const arrived = new Promise((resolve) => memory.subscribe(({ type }) => type === "message-updated" && resolve()));
      const sent = chat.client.sendMessage("second question");
      await arrived;
      tell("begun");
      await sent;
    },
    look: async () => {
      const memory = await openMemory();
      const [{ id }] = await memory.listConversations();
      const chat = await openChat(memory, id);
      const texts = chat.texts();
      return { texts: texts.slice(0, 3), answer: texts[3] };
    },
  });
  assert.deepEqual(texts, ["first question", "first answer", "second question"], `seed ${seed}`);
  assert.match(answer, /^w0 w1 /, `seed ${seed}`);
});

test("TanStack AI: what fails is told, since a ChatClient says nothing of it", async () => {
  const { errors, codes, printed } = await inPage(async () => {
    const { memoryPersistence } = await import("conversation-memory/tanstack-ai");
    const { memory, id } = await openConversation();
    const nowhere = await openChat(memory, "no such conversation", [{ text: "lost" }]);
    await nowhere.client.sendMessage("lost");
    await nowhere.settled();
    const own = memoryPersistence({ manager: memory, onError: () => {} });
    const codes = [];
    for (const call of [
      () => memoryPersistence(),
      () => memoryPersistence({ manager: {} }),
      () => memoryPersistence({ manager: memory, onError: 1 }),
      () => own.setItem(id, { messages: "none" }),
      () => own.setItem(id, { messages: [{ id: "a", role: "tool", parts: [] }] }),
      () => own.setItem(id, { messages: [{ id: "a", role: "user", parts: [{ content: "x" }] }] }),
      () => own.setItem(id, { messages: [{ id: "", role: "user", parts: [] }] }),
    ]) {
      const { code, argument } = await failure(async () => call());
      codes.push(`${code} ${argument}`);
    }
    const printed = [];
    const print = console.error;
    console.error = (...parts) => printed.push(parts[0]);
    await memoryPersistence({ manager: memory }).setItem("x", { messages: [{ id: "a", role: "user", parts: [] }] }).catch(() => {});
    console.error = print;
    return { errors: [...new Set(nowhere.errors)], codes, printed };
  }, undefined, page);
  assert.deepEqual(errors, ["not-found"]);
  assert.deepEqual(codes, [
    "invalid-input options",
    "invalid-input options.manager",
    "invalid-input options.onError",
    "invalid-input state.messages",
    "invalid-input state.messages[0].role",
    "invalid-input state.messages[0].parts[0].type",
    "invalid-input messages[0].id",
  ]);
  assert.deepEqual(printed, ["conversation-memory: the chat x could not be stored or read."]);
});

for (const { line, source } of examplesOf("adapters/tanstack-ai.md", "js run")) {
  test(`docs/adapters/tanstack-ai.md, the example in line ${line}`, () => inPage(runModule, source, page));
}
