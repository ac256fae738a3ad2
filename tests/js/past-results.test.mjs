// getRelevantPastResults: past assistant messages about the same entities.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

/** The results of one question to a conversation whose assistant messages "0", "1", ... carry this metadata. */
const resultsOf = (metadata, entities, options) =>
  inPage(
    async ([metadata, entities, options]) => {
      const { memory, id } = await openConversation();
      await memory.addMessages(
        id,
        metadata.map((metadata, index) => ({ role: "assistant", content: `${index}`, metadata })),
      );
      return memory.getRelevantPastResults(id, entities, options);
    },
    [metadata, entities, options],
  );
const found = (results) => results.map(({ content, overlap }) => [content, [...overlap].sort()]);

test("a result carries the message's fields and the entities in common", async () => {
  const [results, message] = await inPage(async () => {
    const { memory, id } = await openConversation();
    const metadata = { entities: ["Education", "Health"], dimensions: [{ name: "Access", score: 4.5 }], nested: [{}] };
    const message = await memory.addMessage(id, { role: "assistant", content: "an answer", metadata });
    return [await memory.getRelevantPastResults(id, ["Education", "Water"]), message];
  });
  const { id: messageId, content, metadata, createdAt } = message;
  assert.deepEqual(results, [{ messageId, content, metadata, overlap: ["Education"], createdAt }]);
});

test("entities may be a list of strings, a list of names, or an object; dimensions count too", async () => {
  const forms = [
    [{ entities: ["Education"] }, "Education"],
    [{ entities: [{ name: "Education", type: "sector" }] }, "Education"],
    [{ entities: ["Health", { name: "Education" }] }, "Education"],
    [{ entities: { sector: "Education" } }, "Education"],
    [{ entities: { sectors: ["Health", "Education"] } }, "Education"],
    [{ entities: { Education: 5 } }, "Education"],
    [{ entities: { Education: true } }, "Education"],
    [{ entities: { Education: null } }, "Education"],
    [{ entities: { Education: { score: 5 } } }, "Education"],
    [{ entities: { Education: [1, 2] } }, "Education"],
    [{ entities: { Education: [{ name: "Health" }] } }, "Education"],
    [{ dimensions: [{ name: "Access" }, { name: "Education" }] }, "Education"],
    [{ entities: { year: "2024" }, dimensions: [{ name: "Education" }] }, "2024"],
  ];
  const counts = await inPage(async (forms) => {
    const memory = await openMemory();
    const counts = [];
    for (const [metadata, entity] of forms) {
      const { id } = await memory.createConversation();
      await memory.addMessage(id, { role: "assistant", content: "x", metadata });
      counts.push((await memory.getRelevantPastResults(id, [entity])).length);
    }
    return counts;
  }, forms);
  forms.forEach(([metadata], index) => assert.equal(counts[index], 1, JSON.stringify(metadata)));
});

test("what is no entity does not count, and odd metadata does no harm", async () => {
  const metadata = [
    {},
    { entities: { sector: "Health" } },
    { entities: { sectors: ["Health"] } },
    { entities: null, dimensions: null },
    { entities: 5, dimensions: "Education" },
    { entities: [5, null, true, ["Education"], { name: 5 }, { label: "Education" }] },
    { dimensions: [5, null, "x", { name: null }, { title: "Education" }] },
    { dimensions: { name: "Education" } },
    { Education: true, other: { entities: ["Education"] } },
    { entities: ["Education and more", "Educatio"] },
    { dimensions: [{ name: "Access", of: "Education" }] },
  ];
  assert.deepEqual(found(await resultsOf(metadata, ["Education", "sector", "sectors"], { limit: 100 })), []);
});

test("entities compare after NFKC, case folding and trimming; the result spells them as the caller did", async () => {
  const pairs = [
    ["Education", "education"],
    ["EDUCATION", "Education"],
    ["  Education\n", "education"],
    ["Education", " \tEDUCATION "],
    ["ﬁnance", "Finance"],
    ["Ｗａｔｅｒ", "water"],
    ["Caf\u00e9", "CAFE\u0301"],
    ["Straße", "STRASSE"],
    ["ΟΔΟΣ", "οδός".normalize("NFD").replace("\u0301", "")],
    ["№ 5", "no 5"],
    ["Ⅷ", "viii"],
    ["日本", "日本"],
    ["\u00a0Health\u3000", "health"],
  ];
  const overlaps = await inPage(async (pairs) => {
    const memory = await openMemory();
    const overlaps = [];
    for (const [stored, asked] of pairs) {
      const { id } = await memory.createConversation();
      await memory.addMessage(id, { role: "assistant", content: "x", metadata: { entities: [stored] } });
      overlaps.push((await memory.getRelevantPastResults(id, [asked]))[0]?.overlap);
    }
    return overlaps;
  }, pairs);
  pairs.forEach(([stored, asked], index) => assert.deepEqual(overlaps[index], [asked], `${stored} and ${asked}`));
});

test("what only looks alike is not the same", async () => {
  const metadata = [{ entities: ["Éducation", "Educación", "Education.", "Edu cation"] }];
  assert.deepEqual(await resultsOf(metadata, ["Education"]), []);
});

test("most shared entities first, then newest first; three unless a limit is given", async () => {
  const metadata = [
    { entities: ["Education"] },
    { entities: ["Education", "Health", "Water"] },
    { entities: ["Transport"] },
    { entities: ["Health", "Education"] },
    { entities: ["Water"], dimensions: [{ name: "Health" }] },
    { entities: ["Education"] },
  ];
  const asked = ["Education", "Health", "Water"];
  const order = [
    ["1", ["Education", "Health", "Water"]],
    ["4", ["Health", "Water"]],
    ["3", ["Education", "Health"]],
    ["5", ["Education"]],
    ["0", ["Education"]],
  ];
  assert.deepEqual(found(await resultsOf(metadata, asked)), order.slice(0, 3));
  assert.deepEqual(found(await resultsOf(metadata, asked, { limit: undefined })), order.slice(0, 3));
  for (const limit of [0, 1, 4, 5, 100, 2 ** 32]) {
    assert.deepEqual(found(await resultsOf(metadata, asked, { limit })), order.slice(0, limit), `limit ${limit}`);
  }
});

test("an entity counts once, however often it is named on either side", async () => {
  const metadata = [
    { entities: ["Health", "Water"] },
    { entities: ["Education", "education", "EDUCATION"], dimensions: [{ name: "Education" }] },
  ];
  const results = await resultsOf(metadata, ["Education", "EDUCATION", " education", "Health", "Water"]);
  assert.deepEqual(results.map((result) => result.content), ["0", "1"]);
});

test("only assistant messages count", async () => {
  const contents = await inPage(async () => {
    const { memory, id } = await openConversation();
    for (const role of ["user", "assistant", "system", "tool"]) {
      await memory.addMessage(id, { role, content: role, metadata: { entities: ["Education"] } });
    }
    return (await memory.getRelevantPastResults(id, ["Education"], { limit: 10 })).map((result) => result.content);
  });
  assert.deepEqual(contents, ["assistant"]);
});

test("the whole conversation is searched, and only this one", async () => {
  const { results, none } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const other = await memory.createConversation();
    const about = (content) => ({ role: "assistant", content, metadata: { entities: ["Education"] } });
    await memory.addMessage(id, about("the first of all"));
    for (let index = 0; index < 5; index += 1) await memory.addMessages(id, numbered(100));
    await memory.addMessage(id, about("the last"));
    await memory.addMessage(other.id, about("elsewhere"));
    return {
      results: (await memory.getRelevantPastResults(id, ["education"])).map((result) => result.content),
      none: [await memory.getRelevantPastResults(id, []), await memory.getRelevantPastResults(id, ["Water"])],
    };
  });
  assert.deepEqual(results, ["the last", "the first of all"]);
  assert.deepEqual(none, [[], []]);
});

test("a metadata update changes what is found", async () => {
  const counts = await inPage(async () => {
    const { memory, id } = await openConversation();
    const message = await memory.addMessage(id, { role: "assistant", content: "x", metadata: { entities: ["Education"] } });
    await memory.updateMessageMetadata(id, message.id, { entities: ["Health"] });
    const count = async (entity) => (await memory.getRelevantPastResults(id, [entity])).length;
    return [await count("Education"), await count("Health")];
  });
  assert.deepEqual(counts, [0, 1]);
});
