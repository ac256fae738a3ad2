// In Node there is no IndexedDB: refused by default, and everything works when memory storage is asked for by name.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { packageFolder } from "./support/package.mjs";
import { isoTime, uuid7 } from "./support/shapes.mjs";

let folder, ConversationManager, isMemoryError;

/** Writes a module beside the installed package, where it can import the package by its name. */
async function moduleBeside(name, source) {
  const path = join(folder, name);
  await writeFile(path, source);
  return path;
}

before(async () => {
  folder = await mkdtemp(join(packageFolder, "node-test-"));
  const path = await moduleBeside("reexport.mjs", 'export * from "conversation-memory";\n');
  ({ ConversationManager, isMemoryError } = await import(pathToFileURL(path)));
});
after(() => rm(folder, { recursive: true, force: true }));

const openMemory = (userId = "user-1") => ConversationManager.open({ userId, storage: "memory" });

async function codeOf(call) {
  try {
    await call();
    return "none";
  } catch (error) {
    return isMemoryError(error) ? error.code : `not a MemoryError: ${error}`;
  }
}

test("without asking for memory storage: storage-unavailable, and the message says how to ask", async () => {
  for (const options of [{ userId: "user-1" }, { userId: "user-1", storage: "indexeddb" }]) {
    const error = await ConversationManager.open(options).catch((reason) => reason);
    assert.ok(isMemoryError(error), String(error));
    assert.equal(error.code, "storage-unavailable");
    assert.match(error.message, /storage: ?['"]memory['"]/);
  }
});

test("there are no workers for a memory: storage-unavailable, and not without a word on this thread", async () => {
  const error = await ConversationManager.open({ userId: "user-1", storage: "memory", worker: true }).catch((reason) => reason);
  assert.equal(error.code, "storage-unavailable");
  assert.match(error.message, /without `worker`/);
});

test("profile and personas", async () => {
  const memory = await openMemory();
  assert.equal(memory.userId, "user-1");
  assert.equal((await memory.updateUser({ email: "somebody@example.org" })).email, "somebody@example.org");
  assert.equal((await memory.getUser()).id, "user-1");
  await memory.definePersona({ name: "librarian", displayName: "Librarian", systemPrompt: "You are a librarian." });
  assert.equal((await memory.getPersona("librarian")).displayName, "Librarian");
  const names = (await memory.listPersonas()).map((persona) => persona.name).sort();
  assert.deepEqual(names, ["digital_twin_designer", "librarian", "transformation_analyst"]);
  await memory.close();
});

test("conversations and summaries", async () => {
  const memory = await openMemory();
  const first = await memory.createConversation({ title: "first" });
  assert.match(first.id, uuid7);
  assert.match(first.createdAt, isoTime);
  await new Promise((resolve) => setTimeout(resolve, 3));
  const second = await memory.createConversation({ persona: "digital_twin_designer" });
  await memory.renameConversation(second.id, "second");
  assert.equal((await memory.pinConversation(second.id, true)).pinned, true);
  const titles = async (page) => (await memory.listConversations(page)).map((conversation) => conversation.title);
  assert.deepEqual(await titles(), ["second", "first"]);
  assert.deepEqual(await titles({ limit: 1, offset: 1 }), ["first"]);
  const summaries = await memory.listConversationSummaries();
  assert.deepEqual(summaries.map(({ persona }) => persona), ["Digital Twin Designer", "Transformation Analyst"]);
  assert.deepEqual(await memory.getConversationSummary(first.id), summaries[1]);
  assert.equal(await memory.deleteConversation(first.id), true);
  assert.equal(await memory.deleteConversation(first.id), false);
  assert.equal(await memory.getConversation(first.id), undefined);
  await memory.close();
});

test("messages, branches and metadata", async () => {
  const memory = await openMemory();
  const { id } = await memory.createConversation();
  const question = await memory.addMessage(id, { role: "user", content: "a\ud800 question 🙂\u0000" });
  const batch = Array.from({ length: 200 }, (_, index) => ({ role: "assistant", content: `${index}`, metadata: { zero: -0 } }));
  const answers = await memory.addMessages(id, batch);
  assert.equal(question.content, "a\ufffd question 🙂\u0000");
  assert.deepEqual(await memory.getMessages(id, { limit: 3 }), [question, answers[0], answers[1]]);
  assert.deepEqual(await memory.getRecentMessages(id, 2), answers.slice(-2));
  assert.ok(Object.is(answers[0].metadata.zero, -0));
  const updated = await memory.updateMessageMetadata(id, answers[0].id, { changed: [1, { a: null }] });
  assert.deepEqual((await memory.getMessages(id, { offset: 1, limit: 1 }))[0], updated);
  await memory.addMessage(id, { role: "assistant", content: "instead", parentId: question.id });
  assert.deepEqual((await memory.getMessages(id)).map((message) => message.content), [question.content, "instead"]);
  const conversation = await memory.getConversation(id);
  assert.deepEqual([conversation.messageCount, conversation.title], [202, question.content]);
  const before = await memory.getMessages(id);
  assert.equal(await codeOf(() => memory.addMessages(id, [batch[0], { role: "robot", content: "x" }])), "invalid-input");
  const unknownParent = { ...batch[0], parentId: "01890000-0000-7000-8000-000000000000" };
  assert.equal(await codeOf(() => memory.addMessages(id, [batch[0], unknownParent])), "not-found");
  assert.deepEqual(await memory.getMessages(id), before);
  await memory.close();
});

test("context, past results and visualizations", async () => {
  const memory = await openMemory();
  const { id } = await memory.createConversation();
  assert.equal(await memory.buildConversationContext(id), "No previous conversation history.");
  await memory.addMessage(id, { role: "user", content: "How healthy is education?" });
  await memory.addMessage(id, { role: "assistant", content: "72 of 100.", metadata: { entities: ["Education"] } });
  assert.equal(await memory.buildConversationContext(id), "User: How healthy is education?\nAssistant: 72 of 100.");
  const [result] = await memory.getRelevantPastResults(id, ["EDUCATION", "Water"]);
  assert.deepEqual([result.content, result.overlap], ["72 of 100.", ["EDUCATION"]]);
  const message = await memory.storeVisualizationConfig(id, "bar", { x: "year" });
  assert.equal(message.metadata.visualization.chartType, "bar");
  assert.deepEqual((await memory.getMessages(id))[1], message);
  await memory.close();
});

test("another user's conversation is missing; unknown ones are not-found; after close() all is closed", async () => {
  const [memory, stranger] = [await openMemory("user-1"), await openMemory("user-2")];
  const { id } = await memory.createConversation();
  assert.equal(await stranger.getConversation(id), undefined);
  assert.equal(await codeOf(() => stranger.getMessages(id)), "not-found");
  await memory.close();
  assert.equal(await codeOf(() => memory.getMessages(id)), "closed");
  assert.deepEqual(await stranger.listConversations(), []);
  assert.deepEqual(await (await openMemory("user-1")).listConversations(), [], "nothing is kept after close");
});

test("the program ends by itself, and nothing is printed", async () => {
  const path = await moduleBeside(
    "ends.mjs",
    `import { ConversationManager } from "conversation-memory";
     const memory = await ConversationManager.open({ userId: "user-1", storage: "memory" });
     const { id } = await memory.createConversation();
     await memory.addMessage(id, { role: "user", content: "hello" });
     console.log((await memory.getMessages(id)).length);\n`,
  );
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [path], { timeout: 60_000 });
  assert.deepEqual([stdout, stderr], ["1\n", ""]);
});

test("the slim entry works in Node with the bytes of the module", async () => {
  const path = await moduleBeside(
    "slim.mjs",
    `import { readFile } from "node:fs/promises";
     import { init, ConversationManager } from "conversation-memory/slim";
     await init(await readFile(new URL("../node_modules/conversation-memory/dist/memory.wasm", import.meta.url)));
     const memory = await ConversationManager.open({ userId: "user-1", storage: "memory" });
     console.log((await memory.listPersonas()).length);\n`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [path], { timeout: 60_000 });
  assert.equal(stdout, "2\n");
});

test("the program's timers come through while a file is imported", async () => {
  const memory = await openMemory("user-1");
  for (let count = 0; count < 30; count += 1) {
    const { id } = await memory.createConversation();
    const messages = Array.from({ length: 500 }, (_, index) => ({ role: "user", content: `message ${index} `.repeat(20) }));
    await memory.addMessages(id, messages);
  }
  const file = await memory.exportAll();
  const other = await openMemory("user-2");
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 1);
  assert.equal((await other.importAll(file)).messages, 15_000);
  clearInterval(timer);
  assert.ok(ticks >= 3, `the timer came through ${ticks} times`);
});
