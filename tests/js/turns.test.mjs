// Turns while everything else happens: other branches, other tabs, no network, tabs that die; with and without Web Locks.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { engine } from "./support/engine.mjs";
import { onThisThread, pagesForThisFile } from "./support/page.mjs";

const { inPage: page, withTabs: tabs } = pagesForThisFile();
const script = await readFile(new URL("support/turns.js", import.meta.url), "utf8");
const prepare = { content: script };
const inPage = (work, argument) => page(work, argument, { prepare });

/** Once on a page with Web Locks, and once on one of plain http. */
function inTabs(name, count, work) {
  test(name, () => tabs(count, work, { prepare }));
  test(`${name} (without Web Locks)`, { skip: engine !== "chromium" && "the other engines resolve no names of ours" }, () =>
    tabs(count, async (list) => {
      assert.equal(await list[0].evaluate(() => isSecureContext || "locks" in navigator), false);
      return work(list);
    }, { prepare, insecure: true }));
}

test("an answer belongs to its question, whatever becomes the active branch meanwhile", async () => {
  const { switched, added, prompt } = await inPage(async () => {
    const { memory, agent, calls } = await makeAgent();
    const ask = (query, id) => agent.processQuery(query, id && { conversationId: id });
    const first = ask("root");
    await until(() => calls.length === 1);
    calls[0].end();
    const { conversationId: id } = await first;
    const [root] = await memory.getMessages(id);
    const secret = await memory.addMessage(id, { role: "user", content: "private on B", parentId: root.id });
    await memory.switchBranch(id, (await first).messageId);
    const second = ask("on A", id);
    await until(() => calls.length === 2);
    await memory.switchBranch(id, secret.id);
    calls[1].end();
    const { messageId } = await second;
    const switched = { active: await active(memory, id) };
    await memory.switchBranch(id, messageId);
    switched.asked = await active(memory, id);
    // A question that waits gets its prompt when it is answered, of what leads to it.
    setOnline(false);
    const error = await ask("waits on A", id).catch((error) => error);
    await memory.switchBranch(id, secret.id);
    setOnline(true);
    const flushed = agent.flushQueue();
    await until(() => calls.length === 3);
    const prompt = calls[2].prompt.messages.map(({ content }) => content);
    const added = await memory.addMessage(id, { role: "system", content: "a note", parentId: secret.id });
    calls[2].end();
    await flushed;
    return { switched, prompt, added: [await active(memory, id), (await memory.getConversation(id)).headId === added.id, error.messageId !== undefined] };
  });
  assert.deepEqual(switched.active, ["root", "private on B"]);
  assert.deepEqual(switched.asked, ["root", "to root", "on A", "to on A"]);
  assert.deepEqual(prompt, ["root", "to root", "on A", "to on A", "waits on A"]);
  assert.deepEqual(added, [["root", "private on B", "a note"], true, true]);
});

test("asked without a network, an answer given again comes on its branch, and nothing stays queued", async () => {
  const seen = await inPage(async () => {
    const { memory, agent } = await makeAgent({ model: echo });
    const { conversationId: id } = await agent.processQuery("q1");
    await agent.processQuery("q2", { conversationId: id });
    const [question] = await memory.getMessages(id);
    const statuses = async () => (await memory.getMessages(id)).map(({ status }) => status).join();
    setOnline(false);
    const errors = [await agent.regenerate(id, question.id).catch((error) => error)];
    const waiting = await statuses();
    const copies = await memory.getMessages((await memory.forkConversation(id, question.id)).id);
    const prompt = await memory.buildPrompt(id, "x?");
    const cancelled = [await agent.cancelQueued(question.id), await agent.cancelQueued(question.id), await statuses()];
    errors.push(await agent.regenerate(id, question.id).catch((error) => error));
    setOnline(true);
    const results = await agent.flushQueue();
    return { errors: errors.map(({ code, offline, messageId }) => [code, offline, messageId === question.id]), waiting, copies: copies.map(({ status }) => status), prompt: prompt.messages.map(({ content }) => content), cancelled, results: results.length, active: await active(memory, id), branches: (await memory.listBranches(id, results[0].messageId)).length, faults: await faults(memory) };
  });
  assert.deepEqual(seen.errors, Array(2).fill(["model", true, true]));
  assert.equal(seen.waiting, "queued,complete,complete,complete");
  assert.deepEqual(seen.copies, ["complete"]);
  assert.deepEqual(seen.prompt, ["q1", "to q1", "q2", "to q2", "x?"]);
  assert.deepEqual(seen.cancelled, [true, false, "complete,complete,complete,complete"]);
  assert.deepEqual([seen.results, seen.active, seen.branches, seen.faults], [1, ["q1", "to q1"], 2, []]);
});

test("what waits in a file is answered where it would have been, also around a question that was cancelled", async () => {
  const [here, copy] = await inPage(async () => {
    const { memory, agent } = await makeAgent({ model: echo });
    const { id } = await memory.createConversation();
    setOnline(false);
    const asked = [];
    for (const query of ["q1", "q2", "q3"]) asked.push((await agent.processQuery(query, { conversationId: id }).catch((error) => error)).messageId);
    await agent.cancelQueued(asked[1]);
    const file = await memory.exportAll();
    const other = await openMemory("copy", { storage: "memory", worker: false });
    await other.importAll(file);
    const { ConversationAgent } = await import("conversation-memory");
    const second = new ConversationAgent({ manager: other, model: echo });
    setOnline(true);
    const trees = [];
    for (const [manager, flushing] of [[memory, agent], [other, second]]) {
      await flushing.flushQueue();
      await until(async () => (await manager.getTree(id)).messages.every(({ status }) => status !== "queued"));
      const { messages } = await manager.getTree(id);
      const contentOf = new Map(messages.map(({ id, content }) => [id, content]));
      trees.push([messages.map(({ content, parentId, status }) => [content, contentOf.get(parentId) ?? null, status]), await active(manager, id)]);
    }
    return trees;
  });
  assert.deepEqual(copy, here);
  assert.deepEqual(here[1], ["q1", "to q1", "q2 (failed)", "q3", "to q3"]);
});

inTabs("a question is stored at once while another tab's turn runs, and answered when its own tab is gone", 2, async ([one, other]) => {
  const id = await one.evaluate(async () => {
    globalThis.my = await makeAgent();
    globalThis.heard = [];
    const { id } = await my.memory.createConversation();
    my.memory.subscribe(({ type, messageId }) => heard.push([type, messageId]));
    globalThis.first = my.agent.processQuery("one", { conversationId: id });
    await until(() => my.calls.length === 1);
    my.calls[0].say("so far");
    await until(async () => (await storedRecords()).drafts.length === 1);
    return id;
  });
  const stored = await other.evaluate(async (id) => {
    const { memory, agent } = await makeAgent();
    void agent.processQuery("two", { conversationId: id }).catch(() => {});
    await until(async () => (await memory.getMessages(id)).length === 2);
    return active(memory, id);
  }, id);
  await other.close();
  const seen = await one.evaluate(async (id) => {
    await until(async () => heard.some(([type]) => type === "message-added"));
    my.calls[0].end();
    await first;
    await until(() => my.calls.length === 2);
    my.calls[1].end();
    await until(async () => (await my.memory.getMessages(id)).length === 4);
    await until(async () => (await storedRecords()).drafts.length === 0);
    return { active: await active(my.memory, id), faults: await faults(my.memory) };
  }, id);
  assert.deepEqual(stored, ["one", "two (queued)"]);
  assert.deepEqual(seen, { active: ["one", "to one", "two", "to two"], faults: [] });
});

inTabs("when a tab dies in the middle of an answer, one that lives keeps what had arrived", 2, async ([one, other]) => {
  await other.evaluate(async () => void (globalThis.memory = await openMemory()));
  const id = await one.evaluate(async () => {
    const { memory, agent, calls } = await makeAgent();
    void agent.processQuery("one").catch(() => {});
    await until(() => calls.length === 1);
    calls[0].say("half of it");
    await until(async () => (await storedRecords()).drafts[0]?.content === "half of it");
    return (await memory.listConversations())[0].id;
  });
  const alive = await other.evaluate(async (id) => (await new Promise((resolve) => setTimeout(resolve, 3_500)), active(memory, id)), id);
  await one.close();
  const dead = await other.evaluate(async (id) => {
    await until(async () => (await memory.getMessages(id)).length === 2);
    return { active: await active(memory, id), faults: await faults(memory) };
  }, id);
  assert.deepEqual(alive, ["one"]);
  assert.deepEqual(dead, { active: ["one", "half of it (interrupted)"], faults: [] });
});

inTabs("what a dead tab left is kept before the next question is stored", 2, async ([one, other]) => {
  await other.evaluate(async () => void (globalThis.my = await makeAgent({ model: echo })));
  const id = await one.evaluate(async () => {
    const { memory, agent, calls } = await makeAgent();
    void agent.processQuery("one").catch(() => {});
    await until(() => calls.length === 1);
    calls[0].say("half of it");
    await until(async () => (await storedRecords()).drafts[0]?.content === "half of it");
    return (await memory.listConversations())[0].id;
  });
  await one.close();
  const seen = await other.evaluate(async (id) => {
    await untilNobodyAnswers();
    const { answer } = await my.agent.processQuery("two", { conversationId: id });
    return { answer, active: await active(my.memory, id), faults: await faults(my.memory) };
  }, id);
  assert.deepEqual(seen, { answer: "to two", active: ["one", "half of it (interrupted)", "two", "to two"], faults: [] });
});

inTabs("a question of the queue whose tab dies while it is answered is answered once", 2, async ([one, other]) => {
  const id = await one.evaluate(async () => {
    const { memory, agent, calls } = await makeAgent();
    setOnline(false);
    const { conversationId } = await agent.processQuery("one").catch((error) => error);
    setOnline(true);
    void agent.flushQueue().catch(() => {});
    await until(() => calls.length === 1);
    return conversationId;
  });
  await other.evaluate(async () => void (globalThis.my = await makeAgent({ model: echo })));
  await one.close();
  const seen = await other.evaluate(async (id) => {
    await untilNobodyAnswers();
    my.agent.start();
    await until(async () => (await my.memory.getMessages(id)).length === 2);
    await until(async () => (await storedRecords()).drafts.length === 0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { count: (await my.memory.getConversation(id)).messageCount, active: await active(my.memory, id), faults: await faults(my.memory) };
  }, id);
  assert.deepEqual(seen, { count: 2, active: ["one", "to one"], faults: [] });
});

inTabs("questions from two tabs at once are answered one after the other, each by itself", 2, async ([one, other]) => {
  const id = await one.evaluate(async () => {
    globalThis.my = await makeAgent({ model: { generate: async ({ messages }) => (await new Promise((resolve) => setTimeout(resolve, 50)), { text: `to ${messages.at(-1).content}` }) } });
    return (await my.memory.createConversation()).id;
  });
  await other.evaluate(async () => void (globalThis.my = await makeAgent({ model: echo })));
  const ask = (tab, name) => tab.evaluate(([id, name]) => Promise.all([1, 2, 3].map((n) => my.agent.processQuery(`${name}${n}`, { conversationId: id }))).then((all) => all.map(({ answer }) => answer)), [id, name]);
  const answers = await Promise.all([ask(one, "a"), ask(other, "b")]);
  const seen = await one.evaluate(async (id) => ({ active: await active(my.memory, id), faults: await faults(my.memory) }), id);
  assert.deepEqual(answers, ["a", "b"].map((name) => [1, 2, 3].map((n) => `to ${name}${n}`)));
  assert.equal(seen.active.length, 12);
  for (let at = 0; at < 12; at += 2) assert.equal(seen.active[at + 1], `to ${seen.active[at]}`);
  assert.deepEqual(seen.faults, []);
});

test("close waits for a turn under way, and dispose aborts it and keeps what had arrived", async () => {
  const seen = await inPage(async () => {
    const { memory, agent, calls } = await makeAgent();
    const turn = agent.processQuery("one");
    await until(() => calls.length === 1);
    calls[0].say("half, ");
    const closing = memory.close();
    const refused = await codeOf(() => agent.processQuery("two"));
    calls[0].say("and the rest");
    calls[0].end("half, and the rest");
    const { conversationId: id, answer } = await turn;
    await closing;
    const closed = await codeOf(() => memory.getMessages(id));
    const second = await makeAgent();
    const waits = second.agent.processQuery("two", { conversationId: id }).catch((error) => error);
    await until(() => second.calls.length === 1);
    second.calls[0].say("cut");
    await second.agent.dispose();
    const after = [second.calls[0].signal.aborted, (await waits).code, await codeOf(() => second.agent.processQuery("three"))];
    return { answer, refused, closed, after, active: await active(second.memory, id), faults: await faults(second.memory) };
  });
  assert.deepEqual(seen, { answer: "half, and the rest", refused: "closed", closed: "closed", after: [true, "aborted", "closed"], active: ["one", "half, and the rest", "two", "cut (interrupted)"], faults: [] });
});

test("a model that is silent for too long fails the turn, and what it says puts that off", async () => {
  const seen = await inPage(async () => {
    const { memory, agent, calls } = await makeAgent({ maxSilence: 400 });
    const silent = failure(() => agent.processQuery("silent"));
    await silent;
    const turn = agent.processQuery("slow");
    await until(() => calls.length === 2);
    for (const word of ["one ", "two ", "three "]) {
      calls[1].say(word);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    calls[1].end("one two three");
    const { ConversationAgent } = await import("conversation-memory");
    const wrong = [];
    for (const maxSilence of [0, -1, NaN, "1"]) wrong.push(await codeOf(async () => new ConversationAgent({ manager: memory, model: echo, maxSilence })));
    return { silent: await silent, aborted: calls[0].signal.aborted, slow: (await turn).answer, wrong };
  });
  assert.equal(seen.silent.code, "model");
  assert.match(seen.silent.message, /said nothing for 0\.4 s/);
  assert.deepEqual([seen.aborted, seen.slow, new Set(seen.wrong)], [true, "one two three", new Set(["invalid-input"])]);
});

test("of questions with one id in two conversations the named one is cancelled, and the other one is answered", async () => {
  const seen = await inPage(async () => {
    const { agent, memory, calls } = await makeAgent({}, `user ${Math.random()}`);
    setOnline(false);
    const ids = [];
    for (const content of ["one", "two"]) {
      const { id } = await memory.createConversation();
      await memory.addMessage(id, { id: "question", role: "user", content });
      await agent.regenerate(id, "question").catch(() => {});
      ids.push(id);
    }
    const cancel = (...given) => agent.cancelQueued("question", ...given).catch(({ code, argument, message }) => [code, argument, message]);
    const unclear = await cancel();
    setOnline(true);
    dispatchEvent(new Event("online"));
    await until(() => calls.length === 1);
    const cancelled = [await cancel(ids[1]), await cancel(ids[1]), await cancel("nowhere")];
    const { aborted } = calls[0].signal;
    calls[0].end();
    await agent.flushQueue();
    return { unclear, cancelled, aborted, calls: calls.length, active: [await active(memory, ids[0]), await active(memory, ids[1])] };
  });
  assert.deepEqual(seen.unclear.slice(0, 2), ["invalid-input", "messageId"]);
  assert.match(seen.unclear[2], /^messageId must be unique among the questions that wait, where no conversation is named/);
  assert.deepEqual(seen.cancelled, [true, false, false]);
  assert.deepEqual([seen.aborted, seen.calls, seen.active], [false, 1, [["one", "to one"], ["two"]]]);
});

test("a server that stalls while the queue is answered keeps nobody waiting", async () => {
  const seen = await inPage(async () => {
    const waiting = async () => {
      const made = await makeAgent({}, `user ${Math.random()}`);
      setOnline(false);
      const { conversationId, messageId } = await made.agent.processQuery("one").catch((error) => error);
      setOnline(true);
      dispatchEvent(new Event("online"));
      await until(() => made.calls.length === 1);
      return { ...made, id: conversationId, messageId };
    };
    const one = await waiting();
    const cancelled = [await one.agent.cancelQueued(one.messageId), await active(one.memory, one.id)];
    await until(() => one.calls[0].signal.aborted);
    const next = one.agent.processQuery("two", { conversationId: one.id });
    await until(() => one.calls.length === 2);
    one.calls[1].end();
    cancelled.push((await next).answer);
    const two = await waiting();
    const asked = two.agent.processQuery("two", { conversationId: two.id });
    await until(() => two.calls.length === 2);
    two.calls[1].end();
    const answer = (await asked).answer;
    await until(() => two.calls.length === 3);
    two.calls[2].end();
    await until(async () => (await two.memory.getMessages(two.id)).length === 4);
    const three = await waiting();
    await three.memory.close();
    const again = await openMemory(three.memory.userId);
    return { cancelled, answer, both: await active(two.memory, two.id), closed: [three.calls[0].signal.aborted, await active(again, three.id)] };
  });
  assert.deepEqual(seen.cancelled, [true, ["one (failed)"], "to two"]);
  assert.equal(seen.answer, "to two");
  assert.deepEqual(new Set(seen.both), new Set(["one", "to one", "two", "to two"]));
  assert.deepEqual(seen.closed, [true, ["one (queued)"]]);
});

test("a question whose server cannot be reached says so, waits, and is asked again by itself", async () => {
  const seen = await inPage(async () => {
    let calls = 0;
    const model = { generate: (prompt) => (++calls < 3 ? unreachable.generate() : echo.generate(prompt)) };
    const { memory, agent } = await makeAgent({ model });
    const { code, message, offline, messageId, conversationId: id } = await agent.processQuery("one").catch((error) => error);
    const waiting = await active(memory, id);
    await until(async () => (await memory.getMessages(id)).length === 2);
    return { code, message, offline, isNamed: messageId === (await memory.getMessages(id))[0].id, waiting, calls, active: await active(memory, id) };
  });
  assert.equal(seen.code, "model");
  assert.match(seen.message, /Failed to fetch.*kept/);
  assert.doesNotMatch(seen.message, /network is away/);
  assert.deepEqual([seen.offline, seen.isNamed, seen.waiting, seen.calls, seen.active], [undefined, true, ["one (queued)"], 3, ["one", "to one"]]);
});

inTabs("a question that reached no model is asked by another tab that is idle, when its own is gone", 2, async ([one, other]) => {
  await other.evaluate(async () => {
    globalThis.my = await makeAgent({ model: echo });
    my.agent.start();
  });
  const id = await one.evaluate(async () => {
    globalThis.my = await makeAgent({ model: unreachable });
    const { conversationId } = await my.agent.processQuery("one").catch((error) => error);
    await my.memory.close();
    return conversationId;
  });
  const seen = await other.evaluate(async (id) => {
    await until(async () => (await my.memory.getMessages(id)).length === 2);
    return { active: await active(my.memory, id), faults: await faults(my.memory) };
  }, id);
  assert.deepEqual(seen, { active: ["one", "to one"], faults: [] });
});

inTabs("a turn of the queue that is let go of by a tab that closes is taken by another one that is idle", 2, async ([one, other]) => {
  await other.evaluate(async () => {
    setOnline(false);
    globalThis.my = await makeAgent({ model: { ...echo, needsNetwork: true } });
    my.agent.start();
  });
  const id = await one.evaluate(async () => {
    setOnline(false);
    globalThis.my = await makeAgent();
    return (await my.agent.processQuery("one").catch((error) => error)).conversationId;
  });
  await other.evaluate(async () => {
    await new Promise((resolve) => setTimeout(resolve, 1_500)); // it has looked, and is away
    setOnline(true);
  });
  await one.evaluate(async () => {
    setOnline(true);
    dispatchEvent(new Event("online"));
    await until(() => my.calls.length === 1);
    await my.memory.close();
  });
  const seen = await other.evaluate(async (id) => {
    await until(async () => (await my.memory.getMessages(id)).length === 2);
    return { active: await active(my.memory, id), faults: await faults(my.memory) };
  }, id);
  assert.deepEqual(seen, { active: ["one", "to one"], faults: [] });
});

test("close and dispose wait until a turn that was answered before a new question waits again", async () => {
  const seen = await inPage(async () => {
    const found = {};
    for (const how of ["close", "dispose"]) {
      const { memory, agent, calls } = await makeAgent({}, how);
      setOnline(false);
      const { conversationId: id } = await agent.processQuery("one").catch((error) => error);
      setOnline(true);
      const two = codeOf(() => agent.processQuery("two", { conversationId: id }));
      await until(() => calls.length === 1);
      calls[0].say("half");
      const database = await rawDatabase();
      const transaction = database.transaction("conversations", "readwrite");
      // Nothing can be stored until this has ended.
      const held = { until: performance.now() + 500, isOver: false };
      const hold = () => performance.now() < held.until && (transaction.objectStore("conversations").count().onsuccess = hold);
      hold();
      transaction.oncomplete = () => (held.isOver = true);
      await (how === "close" ? memory.close() : agent.dispose());
      const { isOver } = held;
      await until(() => held.isOver);
      database.close();
      const drafts = (await storedRecords()).drafts.filter(({ userId }) => userId === how);
      found[how] = { isOver, code: await two, owners: drafts.map(({ owner }) => owner ?? "nobody"), aborted: calls[0].signal.aborted };
    }
    return found;
  });
  const left = { isOver: true, code: "closed", owners: ["nobody", "nobody"], aborted: true };
  assert.deepEqual(seen, { close: left, dispose: left });
});

test("what was heard is stored, whatever it is and whatever is beside it", async () => {
  const seen = await inPage(async () => {
    const names = JSON.stringify(Array.from({ length: 3_000 }, (_, n) => ({ [`Name ${n}`]: n })));
    let reply;
    const { memory, agent } = await makeAgent({ model: { generate: async () => reply }, prompt: { maxTokens: 1_000_000 } });
    const store = async (given, query = "q") => {
      reply = given;
      const { conversationId, answer } = await agent.processQuery(query);
      const [question, message] = await memory.getMessages(conversationId);
      return { answer, content: message.content, metadata: message.metadata, question };
    };
    const many = await store({ text: "fine" }, `What is in ${names}?`);
    const cyclic = {};
    cyclic.self = cyclic;
    const odd = await store({ text: "fine", metadata: cyclic });
    const large = await store({ text: "fine", metadata: { trace: "x".repeat(3_000_000), kept: 1 } });
    const long = await store({ text: "é".repeat(6_000_000) });
    const object = await store({ text: '{"answer": "42", "insights": ["i"]}' });
    const example = await store({ text: 'Here is an example:\n```json\n{"answer":"42"}\n```\nand the important part' });
    const own = await makeAgent({ model: { generate: async () => ({ text: "the answer" }) }, layers: { generateVisualization: () => { throw new Error("no chart"); } } }, "another");
    await own.agent.processQuery("q").catch(() => {});
    const [{ id }] = await own.memory.listConversations();
    return {
      many: [many.content, many.metadata.entities.length, many.question.metadata.persona],
      odd: [odd.content, odd.metadata.omitted],
      large: [large.content, large.metadata.omitted, large.metadata.kept],
      long: [long.content.length, long.answer.length, long.metadata.truncated],
      object: [object.answer, object.content, object.metadata.insights, object.metadata.reply],
      example: [example.answer, example.content],
      own: await active(own.memory, id),
    };
  });
  assert.deepEqual(seen.many, ["fine", 1_000, "transformation_analyst"]);
  assert.deepEqual(seen.odd, ["fine", ["metadata"]]);
  assert.deepEqual(seen.large, ["fine", ["trace"], 1]);
  assert.deepEqual(seen.long, [4_194_304, 6_000_000, { bytes: 12_000_000, kept: 8_388_608 }]);
  assert.deepEqual(seen.object, ["42", "42", ["i"], '{"answer": "42", "insights": ["i"]}']);
  assert.match(seen.example[1], /^Here is an example:[^]*and the important part$/);
  assert.equal(seen.example[0], seen.example[1]);
  assert.deepEqual(seen.own, ["q", "the answer (interrupted)", "Error: no chart (failed)"]);
});

test("the error of a question that waits says that the model was not reached, and whether the network is away", async () => {
  const seen = await inPage(async () => {
    const { agent } = await makeAgent({ model: unreachable });
    const { isOffline } = await import("conversation-memory");
    const of = (error) => [error.code, error.unreachable, error.offline, isOffline(error)];
    const unreached = await agent.processQuery("one").catch(of);
    setOnline(false);
    const away = await agent.processQuery("two").catch(of);
    setOnline(true);
    await agent.dispose();
    return { unreached, away };
  });
  assert.deepEqual(seen.unreached, ["model", true, undefined, true]);
  assert.deepEqual(seen.away, ["model", true, true, true]);
});

test("a question that cannot be stored leaves nothing, and is not said to be kept", onThisThread, async () => {
  const seen = await inPage(async () => {
    const { memory, agent } = await makeAgent({ model: unreachable });
    const large = await failure(() => agent.processQuery("x".repeat(9_000_000)));
    const before = (await memory.listConversations()).length;
    const add = IDBObjectStore.prototype.put;
    const { id } = await memory.createConversation();
    const full = () => { throw new DOMException("full", "QuotaExceededError"); };
    const model = { generate: () => ((IDBObjectStore.prototype.put = full), unreachable.generate()) };
    const lost = await failure(() => makeAgent({ model, manager: memory }).then(({ agent }) => agent.processQuery("one", { conversationId: id })));
    IDBObjectStore.prototype.put = add;
    return { large: large.code, before, lost, active: await active(memory, id) };
  });
  assert.deepEqual([seen.large, seen.before], ["invalid-input", 0]);
  assert.equal(seen.lost.code, "model");
  assert.doesNotMatch(seen.lost.message, /kept/);
  assert.deepEqual(seen.active, ["one"]);
});

test("making an agent starts nothing, and what is let go of leaves nothing behind", async () => {
  const seen = await inPage(async () => {
    const listeners = new Set();
    const [add, remove] = [globalThis.addEventListener, globalThis.removeEventListener];
    globalThis.addEventListener = (type, listener) => (type === "online" && listeners.add(listener), add(type, listener));
    globalThis.removeEventListener = (type, listener) => (listeners.delete(listener), remove(type, listener));
    const first = await makeAgent();
    setOnline(false);
    await first.agent.processQuery("one").catch(() => {});
    setOnline(true);
    const used = listeners.size;
    await first.memory.close();
    const closed = listeners.size;
    const second = await makeAgent();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const made = [listeners.size, second.calls.length];
    second.agent.start();
    await until(() => second.calls.length === 1);
    const started = listeners.size;
    await second.agent.dispose();
    return { used, closed, made, started, disposed: listeners.size, waits: (await storedRecords()).drafts.length };
  });
  assert.deepEqual(seen, { used: 1, closed: 0, made: [0, 0], started: 1, disposed: 0, waits: 1 });
});
