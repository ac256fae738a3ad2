// recall: the messages that answer a question, and the index that finds them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { inWorker, pagesForThisFile } from "./support/page.mjs";

const { inPage, withTabs } = pagesForThisFile();

/** What is found, without what the memory gave it. */
const found = (hits) => hits.map(({ message, matched }) => [message.content, matched]);

test("the messages that answer a question come back with the words by which they were found, and where these stand", async () => {
  const hits = await inPage(async () => {
    const memory = await openMemory();
    const garden = await memory.createConversation({ title: "Garden" });
    const family = await memory.createConversation({ title: "Family" });
    await memory.addMessages(garden.id, [
      { role: "user", content: "The roses need water every morning." },
      { role: "assistant", content: "Then water them before the sun is high." },
    ]);
    await memory.addMessages(family.id, [
      { role: "user", content: "👋 My sister Ida moved to Oslo in May." },
      { role: "assistant", content: "How does she like it there?" },
      { role: "user", content: "She plays the piano at a school." },
    ]);
    return memory.recall("Where did my sister move?", { limit: 2 });
  });
  assert.equal(hits[0].message.content, "👋 My sister Ida moved to Oslo in May.");
  assert.deepEqual(hits[0].matched, ["sister", "move"]);
  assert.deepEqual(hits[0].ranges.map(([from, to]) => hits[0].message.content.slice(from, to)), ["sister", "moved"]);
  assert.ok(hits[0].score > hits[1].score);
  assert.equal(hits[0].message.role, "user");
});

test("one conversation, some roles, a time and a limit may be asked for", async () => {
  const [one, users, may, none, first] = await inPage(async () => {
    const memory = await openMemory();
    const { id } = await memory.createConversation();
    const other = await memory.createConversation();
    const said = (content, role, createdAt) => ({ role, content, createdAt });
    await memory.addMessages(id, [
      said("Piano lessons begin", "user", "2026-05-03T10:00:00Z"),
      said("Piano lessons are fun", "assistant", "2026-06-03T10:00:00Z"),
    ]);
    await memory.addMessage(other.id, said("No more piano", "user", "2026-07-03T10:00:00Z"));
    return [
      await memory.recall("piano", { conversationId: id }),
      await memory.recall("piano", { roles: ["user"] }),
      await memory.recall("piano", { after: "2026-05-03T12:00:00+02:00", before: "2026-06-03T10:00:00Z" }),
      await memory.recall("piano", { limit: 0 }),
      await memory.recall("", {}),
    ];
  });
  assert.deepEqual(new Set(found(one).map(([content]) => content)), new Set(["Piano lessons begin", "Piano lessons are fun"]));
  assert.deepEqual(users.map(({ message }) => message.role), ["user", "user"]);
  assert.deepEqual(found(may), [["Piano lessons begin", ["piano"]]]);
  assert.deepEqual([none, first], [[], []]);
});

test("many conversations are loaded together, whatever lies between them", async () => {
  const [first, later] = await inPage(async () => {
    const writer = await openMemory();
    const ids = [];
    // More than one call loads.
    for (let number = 0; number < 600; number += 1) {
      const { id } = await writer.createConversation();
      await writer.addMessage(id, { role: "user", content: `Number ${number} likes ${number % 150 === 7 ? "marzipan" : "bread"}` });
      ids.push(id);
    }
    // A row that cannot be read, and a conversation that is there no more.
    const database = await new Promise((resolve) => (indexedDB.open(databaseName).onsuccess = ({ target }) => resolve(target.result)));
    const rows = database.transaction("conversations", "readwrite").objectStore("conversations");
    const key = [writer.userId, ids[157]];
    const row = await new Promise((resolve) => (rows.get(key).onsuccess = ({ target }) => resolve(target.result)));
    await new Promise((resolve) => (rows.put({ ...row, title: 5 }).onsuccess = resolve));
    database.close();
    await writer.deleteConversation(ids[307]);
    const reader = await openMemory();
    const found = async () => {
      const contents = (await reader.recall("marzipan", { limit: 20 })).map(({ message }) => message.content);
      return contents.filter((content) => content.includes("marzipan")).sort(); // what stands beside one is found, too
    };
    const first = await found();
    await writer.addMessage(ids[300], { role: "user", content: "More marzipan" });
    await writer.deleteConversation(ids[457]);
    return [first, await found()];
  });
  assert.deepEqual(first, ["Number 457 likes marzipan", "Number 7 likes marzipan"]);
  assert.deepEqual(later, ["More marzipan", "Number 7 likes marzipan"]);
});

test("what is said with function words alone is found by them", async () => {
  const hits = await inPage(async () => {
    const memory = await openMemory();
    const { id } = await memory.createConversation({ title: "Plays" });
    await memory.addMessages(id, [{ role: "user", content: "Who are you?" }, { role: "user", content: "To be or not to be" }]);
    return memory.recall("to be or not to be", { limit: 1 });
  });
  assert.deepEqual(hits.map(({ message, score }) => [message.content, Number.isFinite(score)]), [["To be or not to be", true]]);
});

test("a title is found by its words of now, also where another tab has changed it", async () => {
  const found = await withTabs(2, async ([page, other]) => {
    const id = await page.evaluate(async () => {
      globalThis.memory = await openMemory();
      return (await memory.createConversation({ title: "Häuser in Oslo" })).id;
    });
    const titles = (text) => page.evaluate(async (text) => (await memory.search(text)).map(({ title }) => title), text);
    const before = [await titles("oslo häus"), await titles("bergen")];
    await other.evaluate(async (id) => void (await (await openMemory()).renameConversation(id, "Boats of Bergen")), id);
    return [...before, await titles("oslo"), await titles("berg")];
  });
  assert.deepEqual(found, [["Häuser in Oslo"], [], [], ["Boats of Bergen"]]);
});

test("a word that stands in a long message a thousand times is marked without asking the engine about all of it", { skip: inWorker && "the page counts" }, async () => {
  const { lengths, ranges, snippets } = await inPage(async () => {
    const lengths = [];
    const segment = Intl.Segmenter.prototype.segment;
    Intl.Segmenter.prototype.segment = function (text) {
      lengths.push(text.length);
      return segment.call(this, text);
    };
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "user", content: "Fehler: ein Gerät ging verloren, größer als zuvor. ".repeat(2_400) });
    const [hit] = await memory.recall("Gerät Fehler");
    const snippets = (await memory.search("g")).map(({ snippet }) => snippet.length);
    return { lengths, ranges: hit.ranges.length, snippets };
  });
  assert.ok(ranges > 4_000, String(ranges));
  assert.ok(snippets.length > 0 && Math.max(...snippets) < 200, String(snippets));
  assert.ok(Math.max(0, ...lengths) < 1_000, `${lengths.length} texts, the longest of ${Math.max(...lengths)}`);
});

test("what is typed is found at every key, with or without accents", async () => {
  const lost = await inPage(async () => {
    const { memory, id } = await openConversation();
    const words = ["Müller", "information", "l'avion", "Nguyễn", "東京タワー", "서울에서", "Andrea"];
    for (const word of words) await memory.addMessage(id, { role: "user", content: `Das ist ${word} und der Rest.` });
    // Their stems do not begin with what was typed, nor the other way round: "make", "copi", "capabl", "inform".
    for (const word of ["making", "copying", "capability", "informization"]) {
      words.push(word);
      await memory.addMessage(id, { role: "user", content: `This is ${word} and the rest of it` });
    }
    await memory.addMessages(id, Array.from({ length: 200 }, () => ({ role: "user", content: "This and that, here and there" })));
    const lost = [];
    for (const [index, word] of words.entries()) {
      const typed = [...word].map((_, end) => [...word].slice(0, end + 1).join("")).filter((typed) => typed.length > word.indexOf("'") + 1);
      // What is typed as far as "And" means the word, of which there are more than are shown.
      const shown = typed.filter((text) => word !== "Andrea" || text.length > 3);
      for (const text of [...shown, word.normalize("NFD").replace(/[\u0300-\u036f]/g, "")]) {
        const hits = await memory.search(text, { limit: 50, conversationId: id });
        if (!hits.some(({ message }) => message?.seq === index)) lost.push(`${text} of ${word}`);
      }
    }
    return lost;
  });
  assert.deepEqual(lost, []);
});

test("a search box may ask for whole words alone", async () => {
  const [typed, whole, all] = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "user", content: "The students study" });
    const search = async (text, options) => (await memory.search(text, { conversationId: id, ...options })).length;
    return [await search("stu"), await search("stu", { prefix: false }), await search("student", { prefix: false })];
  });
  assert.deepEqual([typed, whole, all], [1, 0, 1]);
});

test("past results and entities of all conversations", async () => {
  const { results, entities } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const other = await memory.createConversation({ title: "Other" });
    await memory.addMessage(other.id, { role: "assistant", content: "72 of 100.", metadata: { entities: ["C++", "Bildung"] } });
    const results = await memory.getRelevantPastResults(id, ["bildung"], { scope: "user" });
    const entities = await memory.extractEntities("c++ am 5月8日; write to ida@example.org about maxTokens");
    return { results: results.map(({ content, overlap }) => [content, overlap]), entities };
  });
  assert.deepEqual(results, [["72 of 100.", ["bildung"]]]);
  assert.deepEqual(entities, ["c++", "5月8日", "ida@example.org", "maxTokens"]);
});

test("names, months and what was asked before count", async () => {
  const [answer, may] = await inPage(async () => {
    const memory = await openMemory();
    const { id } = await memory.createConversation();
    const talk = ["What do you do for fun, Caroline?", "I paint sunsets.", "And you?", "I run every day.", "What about work?", "I teach."];
    await memory.addMessages(id, talk.map((content, index) => ({
      role: index % 2 ? "assistant" : "user",
      author: index % 2 ? "Caroline" : "Melanie",
      content,
      createdAt: `2026-0${index < 2 ? 5 : 6}-0${index + 1}T10:00:00Z`,
    })));
    return [await memory.recall("What does Caroline do for fun?", { limit: 2 }), await memory.recall("What did Caroline say in May?", { limit: 1 })];
  });
  assert.ok(answer.map(({ message }) => message.content).includes("I paint sunsets."));
  assert.deepEqual(may.map(({ message }) => message.content), ["I paint sunsets."]);
});

test("what was edited, deleted, left on another branch or forgotten is not found any more, and nothing of it is stored", async () => {
  const [before, edited, branched, deleted, traces, gone] = await inPage(async () => {
    const { memory, id } = await openConversation();
    const [first, second] = await memory.addMessages(id, [
      { role: "user", content: "The zebra is asleep" },
      { role: "assistant", content: "The giraffe is awake" },
    ]);
    const ask = async () => (await memory.recall("zebra giraffe lion tiger")).map(({ message }) => message.content).sort();
    const stored = async () => {
      // Until what was indexed is stored.
      for (let round = 0; round < 100; round += 1) {
        const { segments } = await storedRecords(databaseName, { withIndex: true });
        if (segments.length > 0) return new TextDecoder().decode(segments[0].bytes);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return "nothing is stored";
    };
    const before = await ask();
    const traces = [(await stored()).includes("zebra")];
    await memory.updateMessage(id, first.id, { content: "The lion is asleep" });
    const edited = await ask();
    traces.push((await stored()).includes("zebra"));
    await memory.addMessage(id, { role: "assistant", content: "The tiger is awake", parentId: first.id });
    const branched = await ask();
    await memory.switchBranch(id, second.id);
    await memory.deleteMessage(id, first.id);
    const deleted = await ask();
    traces.push((await stored()).includes("lion"));
    await memory.deleteConversation(id);
    const { segments } = await storedRecords(databaseName, { withIndex: true });
    return [before, edited, branched, deleted, traces, [await ask(), segments]];
  });
  assert.deepEqual(before, ["The giraffe is awake", "The zebra is asleep"]);
  assert.deepEqual(edited, ["The giraffe is awake", "The lion is asleep"]);
  assert.deepEqual(branched, ["The lion is asleep", "The tiger is awake"]);
  assert.deepEqual(deleted, ["The giraffe is awake"]);
  assert.deepEqual(traces, [true, false, false]);
  assert.deepEqual(gone, [[], []]);
});

test("what another tab stores, edits and removes is found, or not, at once", () => withTabs(2, async ([one, other]) => {
  const id = await one.evaluate(async () => {
    globalThis.memory = await openMemory();
    const { id } = await memory.createConversation();
    await memory.addMessage(id, { role: "user", content: "The zebra is asleep" });
    await memory.recall("zebra");
    return id;
  });
  const ask = (tab) => tab.evaluate(async () => (await memory.recall("zebra lion")).map(({ message }) => message.content).sort());
  const messageId = await other.evaluate(async (id) => {
    globalThis.memory = await openMemory();
    return (await memory.addMessage(id, { role: "user", content: "The lion is awake" })).id;
  }, id);
  assert.deepEqual(await ask(one), ["The lion is awake", "The zebra is asleep"]);
  await other.evaluate(([id, messageId]) => memory.updateMessage(id, messageId, { content: "A second zebra" }), [id, messageId]);
  assert.deepEqual(await ask(one), ["A second zebra", "The zebra is asleep"]);
  await other.evaluate((id) => memory.deleteConversation(id), id);
  assert.deepEqual(await ask(one), []);
  await other.evaluate(async () => {
    const { id } = await memory.createConversation();
    await memory.addMessage(id, { role: "user", content: "The last lion" });
  });
  assert.deepEqual(await ask(one), ["The last lion"]);
  await other.evaluate(() => memory.forgetEverything());
  assert.deepEqual(await ask(one), []);
}));

test("opening indexes nothing; what was changed is indexed when the tab is at rest, and loaded by the next", async () => {
  const [atOnce, covered, reopened, again] = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, numbered(300));
    const segments = async () => (await storedRecords(databaseName, { withIndex: true })).segments;
    const ends = (rows) => rows.map(({ firstSeq, end }) => [firstSeq, end]);
    const atOnce = ends(await segments());
    for (let round = 0; round < 200 && ends(await segments()).at(-1)?.[1] !== 300; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const covered = ends(await segments());
    await memory.close();
    const next = await openMemory();
    const before = exact(await segments());
    await next.getRecentMessages(id, 10);
    const reopened = exact(await segments()) === before;
    const again = await next.recall("message 299", { limit: 1 });
    return [atOnce, covered, reopened, again];
  });
  assert.deepEqual(atOnce, []);
  assert.equal(covered.at(-1)[1], 300);
  covered.forEach(([from], place) => assert.equal(from, covered[place - 1]?.[1] ?? 0));
  assert.equal(reopened, true);
  assert.deepEqual(found(again), [["message 299", ["message", "299"]]]);
});

test("a damaged segment, and one of another release, is made again", async () => {
  const [before, after] = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, numbered(40));
    const ask = async (memory) => (await memory.recall("message 7")).map(({ message, score }) => [message.content, score]);
    const before = await ask(memory);
    const segments = async () => (await storedRecords(databaseName, { withIndex: true })).segments;
    while ((await segments()).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await memory.close();
    const after = [];
    for (const change of [
      (row) => ({ ...row, bytes: Uint8Array.of(99, 1, 2, 3) }),
      (row) => ({ ...row, bytes: row.bytes.slice(0, -7) }),
      (row) => ({ ...row, bytes: "x" }),
      (row) => ({ ...row, end: 1e9 }),
    ]) {
      const database = await rawDatabase();
      const transaction = database.transaction("segments", "readwrite");
      for (const row of await settled(transaction.objectStore("segments").getAll())) transaction.objectStore("segments").put(change(row));
      await new Promise((resolve) => (transaction.oncomplete = resolve));
      database.close();
      const next = await openMemory();
      after.push(await ask(next));
      await next.close();
    }
    return [before, after];
  });
  for (const each of after) assert.deepEqual(each, before);
});

test("a conversation that is not there, and wrong arguments", async () => {
  const failures = await inPage(async () => {
    const { memory, id } = await openConversation();
    const calls = [
      () => memory.recall("x", { conversationId: "none" }),
      () => memory.recall(5),
      () => memory.recall("x", { limit: -1 }),
      () => memory.recall("x", { conversationId: 5 }),
      () => memory.recall("x", { roles: "user" }),
      () => memory.recall("x", { roles: ["nobody"] }),
      () => memory.recall("x", { before: "yesterday" }),
      () => memory.recall("x", { before: "2026-05-03T12:00:00" }), // in which zone?
      () => memory.recall("x", { after: "2026-05-03T12:00" }),
      () => memory.recall("x", { after: "2026-05-03" }),
      () => memory.recall("x", { after: 5 }),
      () => memory.recall("x", null),
    ];
    const failures = [];
    for (const call of calls) {
      const { code, argument } = await failure(call);
      failures.push(argument === undefined ? code : `${code} ${argument}`);
    }
    await memory.close();
    return [...failures, await codeOf(() => memory.recall("x"))];
  });
  assert.deepEqual(failures, [
    "not-found",
    "invalid-input query",
    "invalid-input limit",
    "invalid-input conversationId",
    "invalid-input roles",
    "invalid-input roles[0]",
    "invalid-input before",
    "invalid-input before",
    "invalid-input after",
    "invalid-input after",
    "invalid-input after",
    "invalid-input options",
    "closed",
  ]);
});

test("prompts quote what was said elsewhere when that is asked for, with title and date, and never what the history holds", async () => {
  const [none, everywhere, own, system] = await inPage(async () => {
    const memory = await openMemory();
    const family = await memory.createConversation({ title: "Family\nand friends" });
    await memory.addMessage(family.id, { role: "user", content: "My sister Ida moved to Oslo.", createdAt: "2026-05-14T10:00:00Z" });
    const { id } = await memory.createConversation();
    await memory.addMessage(id, { role: "user", content: "Oslo is cold." });
    const ask = (options) => memory.buildPrompt(id, "Who moved to Oslo?", options);
    const [none, everywhere] = [await ask({}), await ask({ recallScope: "user" })];
    const long = await memory.createConversation();
    await memory.addMessages(long.id, [{ role: "user", content: "The treasure is under the oak." }, ...numbered(40)]);
    const own = await memory.buildPrompt(long.id, "Where is the treasure?", { maxMessages: 10, recallScope: "conversation" });
    return [none, everywhere, own, none.system === everywhere.system];
  });
  const last = (prompt) => prompt.messages.at(-1).content;
  assert.ok(!last(none).includes("Ida"));
  assert.match(last(everywhere), /From "Family and friends", 2026-05-14, user:\n> My sister Ida moved to Oslo\./);
  assert.equal(last(everywhere).split("Oslo is cold").length, 2, "what the history holds is there once");
  assert.match(last(own), /From this conversation, \d{4}-\d\d-\d\d, user:\n> The treasure is under the oak\./);
  assert.ok(own.report.some(({ reason, included }) => included && /^recalled: it says treasure/.test(reason)), JSON.stringify(own.report));
  assert.equal(system, true);
});

test("every engine gives the scores that the crate gives natively, to the last bit", async () => {
  const golden = JSON.parse(await readFile(new URL("../golden/recall.json", import.meta.url), "utf8"));
  const results = await inPage(async ({ messages, questions }) => {
    const { memory, id } = await openConversation();
    await memory.addMessages(id, messages);
    const results = [];
    for (const { question } of questions) {
      const hits = await memory.recall(question, { limit: 5 });
      results.push(hits.map(({ message, score, matched, ranges }) => [message.seq, score, matched, ranges]));
    }
    return results;
  }, golden);
  golden.questions.forEach(({ question, hits }, place) => assert.deepEqual(results[place], hits, question));
});
