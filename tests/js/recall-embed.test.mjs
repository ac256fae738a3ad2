// recall with a model of the application: `embed`. The model is a stand-in, which knows a few words of one meaning.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage: inAnyPage, withTabs } = pagesForThisFile();

const prepare = () => {
  const meanings = ["car automobile vehicle", "doctor physician", "glad cheerful happy", "sea ocean"].map((words) => words.split(" "));
  /** A vector of a text: words of one meaning have one direction. */
  globalThis.vectorOf = (text) => {
    const vector = new Float32Array(16).fill(0.1);
    for (const word of text.toLowerCase().match(/\w+/g) ?? []) {
      const meaning = meanings.findIndex((words) => words.includes(word));
      if (meaning >= 0) vector[meaning * 3] += 1;
    }
    return vector;
  };
  /** A model that counts: the texts of each call, and how many calls there are at once. */
  globalThis.counting = (answer = (texts) => texts.map(vectorOf)) => {
    const model = { calls: [], atOnce: 0, most: 0 };
    model.embed = async (texts) => {
      model.calls.push(texts);
      model.most = Math.max(model.most, ++model.atOnce);
      await new Promise((resolve) => setTimeout(resolve, 5));
      model.atOnce -= 1;
      return answer(texts, model.calls.length);
    };
    return model;
  };
  globalThis.vectors = async () => (await storedRecords(databaseName, { withIndex: true })).vectors;
  globalThis.said = ["My car is red.", "It rains.", "A glad physician lives here.", "Nothing else."];
  globalThis.users = (texts) => texts.map((content) => ({ role: "user", content }));
  globalThis.contents = (hits) => hits.map(({ message }) => message.content);
};
const inPage = (work, argument) => inAnyPage(work, argument, { prepare });

test("messages are found by what they mean, once they are at rest; their vectors are stored", async () => {
  const { before, after, matched, calls, most, stored, next, nextCalls, long } = await inPage(async () => {
    const model = counting();
    const { memory, id } = await openConversation("user-1", { embed: model.embed });
    await memory.addMessages(id, users([...said, ...Array.from({ length: 70 }, (_, number) => `Filler number ${number}.`)]));
    const before = contents(await memory.recall("vehicle"));
    await until(async () => (await vectors()).length === 74);
    const hits = await memory.recall("vehicle", { limit: 1 });
    const calls = model.calls.map((texts) => texts.length);
    await memory.close();
    const other = counting();
    const reopened = await openMemory("user-1", { embed: other.embed });
    const next = contents(await reopened.recall("cheerful doctor", { limit: 1 }));
    await reopened.addMessage(id, { role: "user", content: "The ocean is calm. ".repeat(900) });
    await until(async () => (await vectors()).length === 75);
    const [, ...background] = other.calls;
    const long = background.map((texts) => texts.length);
    return { before, after: contents(hits), matched: hits[0].matched, calls, most: model.most, stored: (await vectors())[0], next, nextCalls: other.calls[0], long };
  });
  assert.deepEqual(before, []);
  assert.deepEqual([after, matched], [["My car is red."], []]);
  assert.ok(calls.every((count) => count <= 32) && calls.reduce((sum, count) => sum + count) === 76, String(calls));
  assert.equal(most, 1, "never two calls at once");
  assert.deepEqual([stored.model, stored.dimensions, stored.bytes.length ?? Object.keys(stored.bytes).length], ["default", 16, 20]);
  assert.deepEqual([next, nextCalls], [["A glad physician lives here."], ["cheerful doctor"]]);
  assert.ok(long.length > 1 && long.every((count) => count <= 32), `a long message takes several calls: ${long}`);
});

test("what is edited, deleted or forgotten takes its vectors along, and nothing else", async () => {
  const [edited, deleted, remade, gone] = await inPage(async () => {
    const model = counting();
    const { memory, id } = await openConversation("user-1", { embed: model.embed });
    const [first, second] = await memory.addMessages(id, users(said));
    await until(async () => (await vectors()).length === 4);
    await memory.updateMessage(id, first.id, { content: "The sea is blue." });
    const edited = (await vectors()).map(({ seq }) => seq);
    await memory.deleteMessage(id, second.id);
    const deleted = (await vectors()).map(({ seq }) => seq);
    await until(async () => (await vectors()).length === 3);
    const remade = [contents(await memory.recall("ocean", { limit: 1 })), model.calls.slice(1)];
    await memory.deleteConversation(id);
    return [edited, deleted, remade, await vectors()];
  });
  assert.deepEqual([edited, deleted], [[1, 2, 3], [2, 3]]);
  assert.deepEqual(remade, [["The sea is blue."], [["The sea is blue."], ["ocean"]]]);
  assert.deepEqual(gone, []);
});

test("whatever the model does wrong, messages are stored and recall answers by words", async () => {
  const results = await inPage(async () => {
    const results = {};
    const wrong = {
      throws: () => { throw new Error("no"); },
      rejects: () => Promise.reject(new Error("no")),
      nothing: () => undefined,
      "too few": (texts) => texts.slice(1).map(vectorOf),
      "too many": (texts) => [...texts, ""].map(vectorOf),
      "of two lengths": (texts) => texts.map((text, at) => vectorOf(text).slice(at % 2)),
      "not numbers": (texts) => texts.map(() => new Float32Array(16).fill(NaN)),
      zeros: (texts) => texts.map(() => new Float32Array(16)),
      empty: (texts) => texts.map(() => []),
      huge: (texts) => texts.map(() => ({ length: 1e9 })),
      "no vectors": (texts) => texts.map(() => "vector"),
    };
    for (const [name, answer] of Object.entries(wrong)) {
      const user = `user ${name}`;
      let asked = 0;
      const embed = (texts) => ((asked += 1), answer(texts));
      const memory = await openMemory(user, { storage: "memory", worker: false, embed });
      const { id } = await memory.createConversation();
      await memory.addMessages(id, users(said));
      const first = contents(await memory.recall("physician"));
      // It is left alone after a failure.
      const before = asked;
      await memory.recall("car");
      results[name] = [first.includes(said[2]), before > 0, asked - before];
      await memory.close();
    }
    return results;
  });
  for (const [name, result] of Object.entries(results)) {
    // A question by itself is of one length.
    assert.deepEqual(result, [true, true, name === "of two lengths" ? 1 : 0], name);
  }
});

test("a first answer of another length turns nothing off for good", async () => {
  const found = await inPage(async () => {
    // The pause after a failure is over at once.
    const now = performance.now.bind(performance);
    let ahead = 0;
    performance.now = () => now() + ahead;
    const model = counting((texts, call) => texts.map((text) => (call === 1 ? vectorOf(text).slice(0, 3) : vectorOf(text))));
    const memory = await openMemory("user-1", { storage: "memory", worker: false, embed: model.embed });
    const { id } = await memory.createConversation();
    await memory.addMessages(id, users(said));
    let found = [];
    for (let times = 0; times < 300 && found.length === 0; times += 1) {
      ahead += 600_000;
      found = contents(await memory.recall("vehicle", { limit: 1 }));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return found;
  });
  assert.deepEqual(found, ["My car is red."]);
});

test("who asks again and again keeps no vectors from being made", async () => {
  const asked = await inPage(async () => {
    const { memory, id } = await openConversation("user-1", { embed: counting().embed });
    await memory.addMessages(id, users(said));
    let asked = 0;
    await until(async () => (asked++, (await memory.recall("vehicle", { limit: 1 })).length > 0));
    return asked;
  });
  assert.ok(asked > 3, `it was asked while they were made: ${asked}`);
});

test("one that never answers keeps nobody waiting for long, and close ends it; the next is asked again", async () => {
  const { first, tookFirst, tookSecond, calls, tookClose, late, after } = await inPage(async () => {
    let calls = 0;
    let answer = () => {};
    const embed = () => {
      calls += 1;
      return new Promise((resolve) => (answer = () => resolve([vectorOf("x")])));
    };
    const { memory, id } = await openConversation("user-1", { embed });
    const timed = async (work) => {
      const start = performance.now();
      const result = await work();
      return [performance.now() - start, result];
    };
    await memory.addMessages(id, users(said));
    const [tookFirst, hits] = await timed(() => memory.recall("physician"));
    const [tookSecond] = await timed(() => memory.recall("car"));
    const [tookClose] = await timed(() => memory.close());
    answer();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const late = await codeOf(() => memory.recall("car"));
    const model = counting();
    const next = await openMemory("user-1", { embed: model.embed });
    await next.recall("car");
    await until(async () => (await vectors()).length === 4);
    return { first: contents(hits).includes(said[2]), tookFirst, tookSecond, calls, tookClose, late, after: contents(await next.recall("vehicle", { limit: 1 })) };
  });
  assert.deepEqual([first, calls, late, after], [true, 1, "closed", ["My car is red."]]);
  // The model was waited for once: of how long the rest takes a busy machine says nothing.
  assert.ok(tookFirst > 1_500 && [tookFirst, tookSecond, tookClose].every((time) => time < 30_000), `${tookFirst} ${tookSecond} ${tookClose}`);
});

test("another name of the model has all vectors made anew", async () => {
  const [before, after, calls] = await inPage(async () => {
    const { memory, id } = await openConversation("user-1", { embed: counting().embed, embedModel: "small-1" });
    await memory.addMessages(id, users(said));
    await until(async () => (await vectors()).length === 4);
    const before = (await vectors()).map(({ model }) => model);
    await memory.close();
    const model = counting((texts) => texts.map((text) => [...vectorOf(text), 0.5]));
    const next = await openMemory("user-1", { embed: model.embed, embedModel: "small-2" });
    await next.recall("vehicle");
    await until(async () => (await vectors()).every(({ model }) => model === "small-2"));
    return [before, (await vectors()).map(({ dimensions }) => dimensions), model.calls.length];
  });
  assert.deepEqual([before, after, calls], [Array(4).fill("small-1"), [17, 17, 17, 17], 2]);
});

test("of two tabs one makes the vectors, and both find by them", () => withTabs(2, async ([one, other]) => {
  for (const tab of [one, other]) {
    await tab.evaluate(async () => {
      globalThis.model = counting();
      globalThis.memory = await openMemory("user-1", { embed: model.embed });
    });
  }
  await one.evaluate(async () => {
    const { id } = await memory.createConversation();
    await memory.addMessages(id, users([...said, ...Array.from({ length: 60 }, (_, number) => `Filler number ${number}.`)]));
    await memory.recall("glad");
  });
  await other.evaluate(() => memory.recall("glad"));
  await one.evaluate(() => until(async () => (await vectors()).length === 64));
  const ask = (tab) => tab.evaluate(async () => {
    await until(async () => (await memory.recall("vehicle", { limit: 1 })).length > 0);
    return contents(await memory.recall("vehicle", { limit: 1 }));
  });
  assert.deepEqual([await ask(one), await ask(other)], [["My car is red."], ["My car is red."]]);
  const calls = await Promise.all([one, other].map((tab) => tab.evaluate(() => model.calls.flat().filter((text) => text.startsWith("Filler")).length)));
  assert.equal(calls[0] + calls[1], 60, `each text is embedded once: ${calls}`);
}, { prepare }));

test("prompts quote by it, in a worker the model stays on the page, and what is no model is refused", async () => {
  const [hits, failures, ran] = await inPage(async () => {
    let ran = false;
    const embed = async (texts) => {
      ran = typeof document === "object";
      return texts.map(vectorOf);
    };
    const { memory, id } = await openConversation("user-1", { embed, worker: true });
    await memory.addMessages(id, users(said));
    await until(async () => (await vectors()).length === 4);
    const hits = contents(await memory.recall("automobile", { limit: 1 }));
    await memory.buildPrompt(id, "automobile", { recallScope: "user" });
    await memory.close();
    const failures = [];
    for (const options of [{ embed: 5 }, { embed: "model" }, { embed, embedModel: 5 }]) {
      const { code, argument } = await failure(() => openMemory("user-1", options));
      failures.push(`${code} ${argument}`);
    }
    return [hits, failures, ran];
  });
  assert.deepEqual(hits, ["My car is red."]);
  assert.deepEqual(failures, ["invalid-input embed", "invalid-input embed", "invalid-input embedModel"]);
  assert.equal(ran, true);
});

test("a clock that is set back an hour keeps no vectors from being made", async () => {
  const { first, then } = await inPage(async () => {
    const model = counting();
    const { memory, id } = await openConversation("user-1", { embed: model.embed });
    await memory.addMessage(id, { role: "user", content: said[0] });
    await new Promise((resolve) => setTimeout(resolve, 300)); // the change is heard of by now
    const now = Date.now;
    Date.now = () => now() - 3_600_000;
    await until(async () => (await vectors()).length === 1);
    const first = model.calls.length;
    // After a failure it is left alone for five seconds, whatever the clock says.
    const failing = model.embed;
    await memory.close();
    let fails = true;
    const embed = (texts) => (fails ? Promise.reject(new Error("away")) : failing(texts));
    const again = await openMemory("user-1", { embed });
    await again.recall("vehicle");
    Date.now = () => now() - 7_200_000;
    fails = false;
    await again.addMessage(id, { role: "user", content: said[2] });
    await until(async () => (await vectors()).length === 2);
    return { first, then: model.calls.length };
  });
  assert.deepEqual([first, then], [1, 2]);
});
