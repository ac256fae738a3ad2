// Databases of every schema that was ever released open with this release, and everything in them is there.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();
const folder = new URL("../fixtures/", import.meta.url);
const fixtures = (await readdir(folder)).filter((name) => name.endsWith(".json"));

/**
 * By schema: what its migration adds to what an older database is expected to hold, such as a field with its default in each
 * conversation. A function from the expectation of the schema before; fixtures themselves are never edited.
 */
const ADDED = {};

/** What is expected of a fixture today. */
function expectedOf(name, { expected }) {
  const since = Number(name.match(/\d+/)[0]);
  const steps = Object.entries(ADDED).filter(([schema]) => Number(schema) > since);
  return steps.reduce((before, [, add]) => add(before), expected);
}

test("every schema up to the current one has a fixture", async () => {
  const current = await inPage(async () => {
    await (await openMemory()).close();
    const database = await rawDatabase();
    const { version } = database;
    database.close();
    return version;
  });
  const expected = Array.from({ length: current }, (_, index) => `schema-${index + 1}.json`);
  assert.deepEqual(fixtures.sort(), expected.sort());
});

for (const name of fixtures) {
  test(`a database of ${name} opens, is read as it was written, and takes new messages`, async () => {
    const fixture = JSON.parse(await readFile(new URL(name, folder), "utf8"));
    const { seen, added } = await inPage(async (fixture) => {
      await layFixture(fixture);
      const seen = await readEverything();
      const memory = await openMemory("ada");
      const [{ id }] = await memory.listConversations();
      await memory.addMessages(id, numbered(20, 1000));
      const recent = await memory.getRecentMessages(id, 20);
      return { seen, added: recent.map(({ content }) => content) };
    }, fixture);
    assert.deepEqual(seen, expectedOf(name, fixture));
    assert.deepEqual(added, Array.from({ length: 20 }, (_, index) => `message ${1000 + index}`));
  });
}

test("the fixtures hold what a migration could break", async () => {
  for (const name of fixtures) {
    const { records, expected } = JSON.parse(await readFile(new URL(name, folder), "utf8"));
    assert.ok(records.pages.length >= 4 && records.users.length === 2 && records.personas.length >= 5, name);
    assert.equal(expected.ada.messages.flat().length, 108 + 3 + 3, name);
    // Nothing is lost where there was nothing: each object store has rows, and what can be seen of them was.
    for (const [store, rows] of Object.entries(records)) assert.ok(rows.length > 0, `${name}: ${store}`);
    assert.deepEqual(expected.ada.files.map(([type, bytes]) => [type, Buffer.from(bytes, "base64").length]), [["application/x-bytes", 300], ["application/x-bytes", 2]], name);
    const kinds = (user) => [...new Set(user.exported.map(({ type }) => type))];
    assert.deepEqual([kinds(expected.ada).sort(), kinds(expected.grace)], [["draft", "file"], ["damaged"]], name);
    const all = expected.ada.trees.flatMap(({ messages }) => messages);
    const has = (condition) => assert.ok(all.some(condition), `${name}: ${condition}`);
    has(({ id, author, createdAt }) => id === "own id" && author === "Grace" && createdAt.startsWith("2019"));
    has(({ author, role }) => author === undefined && role === "user");
    has(({ id, parentId, seq }) => id === "second root" && parentId === undefined && seq > 0);
    has(({ status }) => status === "queued");
    assert.equal(all.filter(({ id }) => id === "own id").length, 2, name);
  }
});
