// Answers that other tabs see grow: what has arrived is told while it arrives, and nothing of it once it is over.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { onThisThread, pagesForThisFile } from "./support/page.mjs";

const { inPage, withTabs: tabs } = pagesForThisFile();

/** Counts what is posted about answers, and can hold back what comes of them. What is heard has the time at which it was told. */
const channels = `
  globalThis.posted = [];
  globalThis.isHeld = false;
  globalThis.held = [];
  let toldAt;
  const Channel = globalThis.BroadcastChannel;
  if (Channel) globalThis.BroadcastChannel = class extends Channel {
    #own = null;
    constructor(name) {
      super(name);
      if (name.includes("answers")) globalThis.answersChannel = name;
      super.addEventListener("message", (event) => {
        const deliver = () => {
          toldAt = event.data.sentAt;
          this.#own?.({ data: event.data });
          toldAt = undefined;
        };
        if (isHeld && this.name.includes("answers")) held.push(deliver);
        else deliver();
      });
    }
    get onmessage() { return this.#own; }
    set onmessage(own) { this.#own = own; }
    postMessage(data) {
      if (this.name.includes("answers")) posted.push(data.type);
      super.postMessage(data);
    }
  };
  globalThis.listen = async () => {
    globalThis.memory ??= await openMemory();
    globalThis.heard = [];
    globalThis.stop = memory.subscribe((change) => heard.push({ ...change, at: toldAt ?? performance.timeOrigin + performance.now() }));
  };
  globalThis.pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  globalThis.progress = () => heard.filter(({ type }) => type === "answer-progress");
  /** Asks, and has what the model says under way: one word every ten milliseconds, some hundred of them. */
  globalThis.begin = async (options) => {
    Object.assign(globalThis, await makeAgent({ ...options, manager: globalThis.memory }));
    globalThis.answering = agent.processQuery("How long is it?").then((result) => ({ result }), ({ code }) => ({ code }));
    await until(() => calls.length === 1);
  };
  globalThis.say = async (words) => {
    for (let word = 0; word < words; word += 1) { calls[0].say("word "); await pause(10); }
  };
`;
const prepare = `${await readFile(new URL("support/turns.js", import.meta.url), "utf8")}${channels}`;
const withTabs = (count, work) => tabs(count, work, { prepare });

const inShort = (heard) => heard.map(({ type }) => type).filter((type, at, all) => type !== "answer-progress" || all[at - 1] !== type);

/** Checks that the pieces of one answer grow, and are told no more often than every 100 ms; gives the last one's text. */
function grown(heard, messageId) {
  const pieces = heard.filter(({ type }) => type === "answer-progress");
  assert.ok(pieces.length > 0);
  for (const [index, piece] of pieces.entries()) {
    assert.equal(piece.messageId, messageId);
    const before = pieces[index - 1];
    if (before) assert.ok(piece.content.startsWith(before.content), `${before.content} | ${piece.content}`);
  }
  const all = pieces.at(-1).at - pieces[0].at;
  assert.ok(pieces.length <= all / 100 + 2, `${pieces.length} in ${all} ms`);
  return pieces.at(-1).content;
}

test("two tabs show one answer growing, and then its message", async () => {
  await withTabs(2, async ([running, other]) => {
    for (const tab of [running, other]) await tab.evaluate(() => listen());
    await running.evaluate(async () => {
      await begin();
      await say(60);
    });
    for (const tab of [running, other]) await tab.evaluate(() => until(() => progress().at(-1)?.content === "word ".repeat(60)));
    const { result } = await running.evaluate(() => (calls[0].end("word ".repeat(60)), answering));
    for (const tab of [running, other]) {
      const heard = await tab.evaluate(async () => (await until(() => heard.filter(({ type }) => type === "message-added").length === 2), await pause(300), heard));
      assert.deepEqual(inShort(heard), ["conversation-created", "message-added", "answer-progress", "message-added"]);
      assert.equal(grown(heard, result.messageId), "word ".repeat(60));
      assert.ok(heard.filter(({ type }) => type === "answer-progress").length >= 4);
      assert.equal(heard.at(-1).messageId, result.messageId);
      assert.equal(heard.find(({ type }) => type === "answer-progress").conversationId, result.conversationId);
    }
  });
});

/** What the database answers comes late, as in a page that is busy: not before `isLate` is false. */
const late = `
  globalThis.isLate = true;
  const { set } = Object.getOwnPropertyDescriptor(IDBRequest.prototype, "onsuccess");
  Object.defineProperty(IDBRequest.prototype, "onsuccess", {
    set(own) { set.call(this, own && ((event) => until(() => !isLate).then(() => own(event)))); },
  });
`;

for (const [how, again] of [["", false], [", by somebody who has just begun to listen anew", true]]) {
  test(`an answer is told behind its question, also where it arrives before the database has told of that${how}`, onThisThread, async () => {
    await withTabs(2, async ([running, other]) => {
      await running.evaluate(() => listen());
      await other.evaluate(
        async ([late, again]) => {
          globalThis.memory = await openMemory();
          eval(late);
          await listen();
          if (again) await (stop(), listen());
        },
        [late, again],
      );
      await running.evaluate(async () => (await begin(), await say(30)));
      const before = await other.evaluate(async () => (await pause(300), [...heard]));
      assert.deepEqual(before, [], "nothing is known yet of what was stored");
      const { content } = await other.evaluate(async () => ((isLate = false), await until(() => progress().length > 0), progress()[0]));
      assert.equal(content, "word ".repeat(30));
      await running.evaluate(() => (calls[0].end(), answering));
      const heard = await other.evaluate(async () => (await until(() => heard.filter(({ type }) => type === "message-added").length === 2), heard));
      assert.deepEqual(inShort(heard), ["conversation-created", "message-added", "answer-progress", "message-added"]);
    });
  });
}

test("an answer of which something was told grows on while the database is asked what was missed", onThisThread, async () => {
  await withTabs(2, async ([running, other]) => {
    await other.evaluate(() => listen());
    await running.evaluate(async () => (await begin(), await say(10)));
    await other.evaluate(async (late) => {
      await until(() => progress().at(-1)?.content === "word ".repeat(10));
      eval(late);
      document.dispatchEvent(new Event("visibilitychange"));
    }, late);
    await running.evaluate(() => say(20));
    await other.evaluate(async () => (await until(() => progress().at(-1).content === "word ".repeat(30)), (isLate = false)));
    await running.evaluate(() => (calls[0].end(), answering));
  });
});

for (const storage of ["indexeddb", "memory"]) {
  test(`an answer that comes at once is told behind its question (${storage})`, async () => {
    const types = await inPage(
      async (storage) => {
        globalThis.memory = await openMemory("user-1", { storage });
        await listen();
        const model = { generate: async (_, { onDelta }) => (onDelta("at once"), await pause(200), { text: "at once" }) };
        const { agent } = await makeAgent({ manager: memory, model });
        for (const query of ["one", "two"]) await agent.processQuery(query);
        await until(() => heard.filter(({ type }) => type === "message-added").length === 4);
        return heard.map(({ type }) => type);
      },
      storage,
      { prepare },
    );
    const turn = ["message-added", "answer-progress", "message-added"];
    assert.deepEqual(types.filter((type) => !type.startsWith("conversation-")), [...turn, ...turn]);
  });
}

test("a page that is loaded anew in the middle is told at once what there is, though the model is silent", async () => {
  await withTabs(2, async ([running, other]) => {
    await other.evaluate(() => listen());
    await running.evaluate(async () => (await begin(), await say(30)));
    await other.reload();
    const first = await other.evaluate(async () => {
      await listen();
      await until(() => progress().length > 0);
      // A second listener of the same tab too.
      const second = [];
      memory.subscribe((change) => second.push(change.content));
      await until(() => second.length > 0);
      return [progress()[0].content, second[0]];
    });
    assert.deepEqual(first, Array(2).fill("word ".repeat(30)));
    const { result } = await running.evaluate(async () => (await say(10), calls[0].end("the end"), answering));
    const heard = await other.evaluate(async () => (await until(() => heard.some(({ type }) => type === "message-added")), await pause(300), heard));
    assert.ok(grown(heard, result.messageId).length >= 150);
    assert.deepEqual(inShort(heard), ["answer-progress", "message-added"]);
  });
});

test("an answer that arrives in a worker is seen growing by a page that is loaded anew", async () => {
  await withTabs(2, async ([home, other]) => {
    await home.evaluate(() => {
      const code = `
        import { ConversationAgent, ConversationManager } from "${location.origin}/node_modules/conversation-memory/dist/index.js";
        const manager = await ConversationManager.open({ userId: "user-1", databaseName: ${JSON.stringify(databaseName)} });
        const model = { generate: async (prompt, { onDelta }) => {
          let isEnough = false;
          self.onmessage = () => (isEnough = true);
          for (; !isEnough; await new Promise((resolve) => setTimeout(resolve, 20))) onDelta("word ");
          return { text: "the end" };
        } };
        await new ConversationAgent({ manager, model }).processQuery("How long is it?");
        self.postMessage("done");`;
      globalThis.worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })), { type: "module" });
      globalThis.done = new Promise((resolve, reject) => Object.assign(worker, { onmessage: resolve, onerror: reject }));
    });
    await other.evaluate(async () => (await listen(), until(() => progress().length > 2)));
    await other.reload();
    await other.evaluate(async () => (await listen(), until(() => progress().length > 0)));
    await home.evaluate(async () => (worker.postMessage("enough"), await done, true));
    const heard = await other.evaluate(async () => (await until(() => heard.some(({ type }) => type === "message-added")), heard));
    assert.deepEqual(inShort(heard).slice(-2), ["answer-progress", "message-added"]);
    grown(heard, heard.at(-1).messageId);
  });
});

test("when the tab in which an answer arrives is killed, what was saved becomes the message, and nothing is told after that", async () => {
  await withTabs(2, async ([running, other]) => {
    await other.evaluate(() => listen());
    await running.evaluate(async () => (await begin(), await say(60), until(async () => (await storedRecords()).drafts[0]?.content.startsWith("word word"))));
    await running.goto(`${new URL(await running.evaluate(() => location.href)).origin}/left.html`);
    const { heard, stored } = await other.evaluate(async () => {
      await until(() => heard.filter(({ type }) => type === "message-added").length === 2);
      await pause(500);
      const { conversationId } = heard[0];
      return { heard, stored: (await memory.getMessages(conversationId)).at(-1) };
    });
    assert.equal(stored.status, "interrupted");
    assert.ok(grown(heard, stored.id).startsWith("word word"));
    assert.equal(inShort(heard).at(-1), "message-added");
  });
});

for (const [how, act] of [
  ["was aborted", "controller.abort()"],
  ["has failed", 'calls[0].fail(new Error("the model is ill"))'],
]) {
  test(`nothing is told of an answer that ${how}, nor of what its model says after that`, async () => {
    await withTabs(2, async ([running, other]) => {
      for (const tab of [running, other]) await tab.evaluate(() => listen());
      const after = await running.evaluate(async (act) => {
        const controller = new AbortController();
        Object.assign(globalThis, await makeAgent({ manager: memory }), { controller });
        const ended = agent.processQuery("q", { signal: controller.signal }).catch(({ code }) => code);
        await until(() => calls.length === 1);
        await say(20);
        calls[0].say("and more"); // waits for its time when the turn ends
        eval(act);
        const before = progress().length;
        await ended;
        for (let word = 0; word < 20; word += 1) { calls[0].say("too late "); await pause(10); }
        await pause(300);
        return progress().length - before;
      }, act);
      assert.equal(after, 0);
      const heard = await other.evaluate(async () => (await until(() => heard.filter(({ type }) => type === "message-added").length > 1), await pause(300), heard));
      assert.ok(heard.every(({ content }) => content === undefined || /^(word )+(and more)?$/.test(content)));
      assert.ok(inShort(heard).lastIndexOf("answer-progress") < inShort(heard).lastIndexOf("message-added"));
    });
  });
}

test("pieces that come later than the message they are of are not told", async () => {
  await withTabs(2, async ([running, other]) => {
    await other.evaluate(async () => (await listen(), (globalThis.isHeld = true)));
    const { result } = await running.evaluate(async () => (await begin(), await say(30), calls[0].end("the end"), answering));
    const heard = await other.evaluate(async (messageId) => {
      await until(() => heard.some((change) => change.messageId === messageId));
      if (held.length === 0) throw new Error("nothing was held back");
      for (const deliver of held) deliver();
      return heard;
    }, result.messageId);
    assert.ok(!inShort(heard).includes("answer-progress"));
  });
});

test("a tab that listens hears an answer grow without a look into the database", onThisThread, async () => {
  await withTabs(2, async ([running, other]) => {
    await other.evaluate(async () => {
      globalThis.transactions = [];
      const { transaction } = IDBDatabase.prototype;
      IDBDatabase.prototype.transaction = function (names, ...rest) {
        transactions.push(`${names}`);
        return transaction.call(this, names, ...rest);
      };
      await listen();
    });
    await running.evaluate(async () => {
      globalThis.memory = await openMemory();
      await begin();
      await say(5);
    });
    // What is asked when somebody begins to listen, and when another tab has been quiet for a while, is over.
    const before = await other.evaluate(async () => (await until(() => progress().length > 0), await pause(500), [transactions.splice(0).length, progress().length]));
    await running.evaluate(() => say(150));
    const during = await other.evaluate(async () => (await until(() => progress().at(-1).content === "word ".repeat(155)), [transactions.splice(0), progress().length]));
    await running.evaluate(() => (calls[0].end("the end"), answering));
    await other.evaluate(() => until(() => heard.at(-1).type === "message-added"));
    assert.ok(before[0] > 0, "what is counted is counted");
    assert.deepEqual(during[0], []);
    assert.ok(during[1] - before[1] >= 5, `${during[1]} pieces, ${before[1]} of them before`);
  });
});

test("an answer grows on while a message with its id is added to another conversation", async () => {
  await withTabs(2, async ([running, other]) => {
    for (const tab of [running, other]) await tab.evaluate(() => listen());
    const id = await running.evaluate(async () => {
      await begin();
      await say(5);
      await until(() => progress().length > 0);
      const { messageId } = progress()[0];
      const { id } = await memory.createConversation();
      await memory.addMessage(id, { id: messageId, role: "assistant", content: "a copy" });
      return messageId;
    });
    await other.evaluate((id) => until(() => heard.some(({ type, messageId }) => type === "message-added" && messageId === id)), id);
    await running.evaluate(() => say(30));
    for (const tab of [running, other]) await tab.evaluate(() => until(() => progress().at(-1)?.content === "word ".repeat(35)));
    await running.evaluate(() => (calls[0].end("the end"), answering));
    for (const tab of [running, other]) {
      // Its own message ends it.
      const types = await tab.evaluate((id) => until(() => heard.filter(({ type, messageId }) => type === "message-added" && messageId === id).length === 2).then(() => pause(300)).then(() => heard.filter(({ messageId }) => messageId === id).map(({ type }) => type)), id);
      assert.equal(types.at(-1), "message-added");
      assert.equal(types.filter((type) => type === "message-added").length, 2);
    }
  });
});

test("an answer in a conversation that is deleted is told no more", async () => {
  await withTabs(2, async ([running, other]) => {
    await other.evaluate(() => listen());
    await running.evaluate(async () => (await begin(), void say(100)));
    const last = await other.evaluate(async () => {
      await until(() => progress().length > 0);
      await memory.deleteConversation(heard[0].conversationId);
      await until(() => heard.at(-1).type === "conversation-deleted");
      await pause(400);
      return heard.at(-1).type;
    });
    assert.equal(last, "conversation-deleted");
    // Nor to who begins to listen after that.
    await other.reload();
    await running.evaluate(() => void say(60));
    assert.deepEqual(await other.evaluate(async () => (await listen(), await pause(500), heard)), []);
  });
});

for (const storage of ["indexeddb", "memory"]) {
  for (const [how, last] of [["deleteConversation", "conversation-deleted"], ["forgetEverything", "everything-forgotten"]]) {
    test(`a word that comes between ${how} and its event is not told (${storage})`, async () => {
      const types = await inPage(
        async ([storage, how, last]) => {
          globalThis.memory = await openMemory("user-1", { storage });
          await listen();
          await begin();
          await say(5);
          await until(() => progress().length > 0);
          await pause(200);
          const { conversationId } = progress()[0];
          // It is told in a task of its own; this runs before it.
          await memory[how](conversationId).then(() => calls[0].say("too late"));
          await until(() => heard.some(({ type }) => type === last));
          await pause(300);
          return heard.map(({ type }) => type);
        },
        [storage, how, last],
        { prepare },
      );
      assert.equal(types.at(-1), last, types.join());
    });
  }
}

test("after everything was forgotten nothing is told of what another tab has not stopped yet, but of what is asked then", async () => {
  await withTabs(2, async ([running, other]) => {
    await other.evaluate(() => listen());
    await running.evaluate(async () => (await begin(), await say(5)));
    const { conversationId, messageId } = await other.evaluate(async () => (await until(() => progress().length > 0), progress()[0]));
    await other.evaluate(async () => {
      await memory.forgetEverything();
      await until(() => heard.at(-1).type === "everything-forgotten");
    });
    // As by a tab that has not heard of it.
    await running.evaluate(
      ([name, progress]) => {
        const channel = new BroadcastChannel(name);
        channel.postMessage({ type: "arrived", progress: { ...progress, type: "answer-progress", content: "late" }, sentAt: performance.timeOrigin + performance.now(), asks: false });
      },
      [await other.evaluate(() => answersChannel), { conversationId, messageId }],
    );
    const after = await other.evaluate(async () => (await pause(600), heard.at(-1).type));
    assert.equal(after, "everything-forgotten");
    await running.evaluate(async () => (await begin(), await say(5)));
    const told = await other.evaluate(async () => (await until(() => heard.at(-1).type === "answer-progress"), heard.at(-1)));
    assert.notEqual(told.conversationId, conversationId);
  });
});

test("where nobody listens one word of an answer is posted; with many listeners as many as with one", async () => {
  await withTabs(2, async ([running, other]) => {
    await other.evaluate(async () => void (globalThis.memory = await openMemory()));
    const alone = await running.evaluate(async () => {
      await begin();
      await say(60);
      calls[0].end("the end");
      await answering;
      return posted.splice(0);
    });
    assert.deepEqual(alone, ["arrived"]);
    await other.evaluate(async () => {
      await listen();
      for (let more = 0; more < 9; more += 1) memory.subscribe(() => {});
    });
    const [count, time] = await running.evaluate(async () => {
      const start = performance.now();
      const ended = agent.processQuery("again");
      await until(() => calls.length === 2);
      // Until the other tab has said that it listens, and some more.
      for (let word = 0; word < 60 || posted.length < 4; word += 1) { calls[1].say("word "); await pause(10); }
      calls[1].end("the end");
      await ended;
      return [posted.length, performance.now() - start];
    });
    assert.ok(count <= time / 100 + 2, `${count} in ${time} ms`);
    // Who stops to listen is told no more, and after a while nothing is posted.
    await other.evaluate(async () => void (await memory.close()));
    const quiet = await running.evaluate(async () => {
      posted.length = 0;
      const ended = agent.processQuery("and again");
      await until(() => calls.length === 3);
      for (let word = 0; word < 200; word += 1) { calls[2].say("word "); await pause(15); }
      calls[2].end("the end");
      await ended;
      return posted.length;
    });
    assert.ok(quiet <= 21, `${quiet}`);
    // One's own listener hears it without that.
    const own = await running.evaluate(async () => {
      await listen();
      await until(() => posted.includes("follows"));
      posted.length = 0;
      const ended = agent.processQuery("at home");
      await until(() => calls.length === 4);
      for (let word = 0; word < 60; word += 1) { calls[3].say("word "); await pause(10); }
      calls[3].end("the end");
      await ended;
      return [progress().length >= 4, posted];
    });
    assert.deepEqual(own, [true, ["arrived"]]);
  });
});

test("a browser without BroadcastChannel tells it in its own tab, and a memory without a database too", async () => {
  for (const options of [{}, { storage: "memory" }]) {
    const heard = await inPage(async (options) => {
      globalThis.memory = await openMemory("user-1", options);
      await listen();
      await begin();
      await say(30);
      calls[0].end("the end");
      await answering;
      await until(() => heard.filter(({ type }) => type === "message-added").length === 2);
      return heard;
    }, options, { prepare: `delete globalThis.BroadcastChannel;${prepare}` });
    assert.deepEqual(inShort(heard).slice(-2), ["answer-progress", "message-added"]);
    grown(heard, heard.at(-1).messageId);
  }
});
