// What a function given to `inPage` finds in scope.
import { ConversationManager, isMemoryError } from "conversation-memory";

const given = new URLSearchParams(location.search);
const databaseName = given.get("database");
const worker = given.has("worker");

/** Opens the memory of a user in this test's database. */
const openMemory = (userId = "user-1", options = {}) =>
  ConversationManager.open({ userId, databaseName, worker, ...options });

/** A memory with one empty conversation: the start of most tests. */
async function openConversation(userId, options) {
  const memory = await openMemory(userId, options);
  const conversation = await memory.createConversation();
  return { memory, conversation, id: conversation.id };
}

/** A JSON value as text that differs whenever the values differ, -0, key order and lone surrogates included. */
const exact = (value) => JSON.stringify(value, (_, part) => (Object.is(part, -0) ? "negative zero" : part));

/**
 * What a call fails with. The call must give a promise that rejects: one that throws at once is told apart,
 * because `.catch()` in an application would miss it.
 */
async function failure(call) {
  let promise;
  try {
    promise = call();
  } catch (error) {
    return { code: "thrown instead of rejected", message: String(error) };
  }
  try {
    return { code: "none", message: `resolved to ${String(exact(await promise)).slice(0, 300)}` };
  } catch (error) {
    const proper = isMemoryError(error) && error instanceof Error && error.name === "MemoryError";
    const { code, message, argument, record } = error ?? {};
    return proper
      ? { code, message, ...(argument !== undefined && { argument }), ...(record !== undefined && { record }) }
      : { code: "not a MemoryError", message: String(error) };
  }
}

const codeOf = async (call) => (await failure(call)).code;

/** Waits until the clock of the page shows a later millisecond, so that times differ. */
async function laterMillisecond() {
  const start = Date.now();
  while (Date.now() <= start + 1) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Waits for what a test means, and not for a time: that is another one on every machine. */
async function until(condition, milliseconds = 30_000) {
  for (const start = performance.now(); !(await condition()); ) {
    if (performance.now() - start > milliseconds) throw new Error(`it did not come to ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** The database itself, past the package. */
function rawDatabase({ name = databaseName, version, upgrade } = {}) {
  const request = indexedDB.open(name, version);
  request.onupgradeneeded = () => upgrade?.(request.result);
  return settled(request);
}

/**
 * All records as they lie in the object stores: { users: [...], pages: [...], ... }. Not those of the recall index, which come
 * when the page is idle, unless they are asked for.
 */
async function storedRecords(name = databaseName, { withIndex = false } = {}) {
  const database = await rawDatabase({ name });
  const names = [...database.objectStoreNames].filter((store) => withIndex || (store !== "segments" && store !== "vectors"));
  const transaction = database.transaction(names);
  const ended = new Promise((resolve) => (transaction.oncomplete = resolve));
  const lists = await Promise.all(names.map((store) => settled(transaction.objectStore(store).getAll())));
  await ended; // until then a closed database still holds up those who want to delete it
  database.close();
  return Object.fromEntries(names.map((store, index) => [store, lists[index]]));
}

/** User messages "message 0", "message 1", ... */
const numbered = (count, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ role: "user", content: `message ${from + index}` }));

/** The same said by a user and an assistant in turns. */
const talk = (count) => numbered(count).map((message, index) => ({ ...message, role: index % 2 ? "assistant" : "user" }));

/** Every method of a manager but close(), called with arguments that fit. */
const everyCall = {
  getUser: (memory) => memory.getUser(),
  updateUser: (memory) => memory.updateUser({ fullName: "somebody" }),
  definePersona: (memory) =>
    memory.definePersona({ name: "librarian", displayName: "Librarian", systemPrompt: "You are a librarian." }),
  getPersona: (memory) => memory.getPersona("transformation_analyst"),
  listPersonas: (memory) => memory.listPersonas(),
  createConversation: (memory) => memory.createConversation({ title: "another" }),
  getConversation: (memory, id) => memory.getConversation(id),
  listConversations: (memory) => memory.listConversations({ limit: 5 }),
  renameConversation: (memory, id) => memory.renameConversation(id, "renamed"),
  pinConversation: (memory, id) => memory.pinConversation(id, true),
  getConversationSummary: (memory, id) => memory.getConversationSummary(id),
  listConversationSummaries: (memory) => memory.listConversationSummaries(),
  addMessage: (memory, id) => memory.addMessage(id, { role: "user", content: "a question" }),
  addMessages: (memory, id) => memory.addMessages(id, [{ role: "assistant", parts: [{ type: "text", text: "an answer" }] }]),
  getMessages: (memory, id) => memory.getMessages(id),
  getRecentMessages: (memory, id) => memory.getRecentMessages(id, 5),
  getThread: (memory, id) => memory.getThread(id),
  getTree: (memory, id) => memory.getTree(id),
  getAttachment: (memory) => memory.getAttachment("0".repeat(64)),
  updateMessage: (memory, id, messageId) => memory.updateMessage(id, messageId, { content: "changed" }),
  updateMessageMetadata: (memory, id, messageId) => memory.updateMessageMetadata(id, messageId, { mark: 1 }),
  buildConversationContext: (memory, id) => memory.buildConversationContext(id),
  buildPrompt: (memory, id) => memory.buildPrompt(id, "And now?"),
  listBranches: (memory, id, messageId) => memory.listBranches(id, messageId),
  switchBranch: (memory, id, messageId) => memory.switchBranch(id, messageId),
  forkConversation: (memory, id, messageId) => memory.forkConversation(id, messageId),
  getRelevantPastResults: (memory, id) => memory.getRelevantPastResults(id, ["Education"]),
  extractEntities: (memory) => memory.extractEntities("education"),
  recall: (memory, id) => memory.recall("education", { conversationId: id }),
  search: (memory, id) => memory.search("education", { conversationId: id }),
  storeVisualizationConfig: (memory, id) => memory.storeVisualizationConfig(id, "bar", { x: "year" }),
  exportAll: (memory) => memory.exportAll(),
  importAll: async (memory) => memory.importAll(await memory.exportAll()),
  applyRetention: (memory) => memory.applyRetention({ maxAgeDays: 1_000 }),
  repair: (memory) => memory.repair(),
  storageStatus: (memory) => memory.storageStatus(),
  requestPersistence: (memory) => memory.requestPersistence(),
  deleteMessage: (memory, id, messageId) => memory.deleteMessage(id, messageId),
  deleteConversation: (memory, id) => memory.deleteConversation(id),
  forgetEverything: (memory) => memory.forgetEverything(),
};

/** Bytes as text and back, for files of JSON. */
const textOfBytes = (bytes) => btoa(String.fromCharCode(...bytes));
const bytesOfText = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** A message with a file of all bytes, a few at a time. */
const withFile = (name, count, more = {}) => {
  const blob = new File([Uint8Array.from({ length: count }, (_, at) => (at * 7) % 256)], name, { type: "application/x-bytes" });
  return { role: "user", parts: [{ type: "text", text: `See ${name}` }, { type: "file", blob }], ...more };
};

/** What a fixture has of files, of turns that wait, of what was deleted and what was damaged. */
async function fillRareStores(memory) {
  const talk = await memory.createConversation({ title: "Files and ids" });
  const given = { id: "own id", role: "user", author: "Grace", content: "long ago", createdAt: "2019-03-01T09:00:00.000Z" };
  await memory.addMessages(talk.id, [given, { role: "assistant", content: "an answer", status: "interrupted" }]);
  await memory.addMessages(talk.id, [{ id: "second root", role: "user", content: "another beginning", parentId: null }, withFile("a.bin", 300)]);
  await memory.addMessage(talk.id, withFile("b.bin", 2, { id: "with b" }));
  const other = await memory.createConversation({ title: "The same file" });
  await memory.addMessages(other.id, [{ ...given, content: "the same id elsewhere" }, withFile("again.bin", 300)]);
  const { ConversationAgent } = await import("conversation-memory");
  const agent = new ConversationAgent({ manager: memory, model: { generate: () => Promise.reject(new TypeError("Failed to fetch")) } });
  await agent.processQuery("Is anybody there?", { conversationId: other.id }).catch(() => {});
  await agent.dispose();
  await memory.deleteConversation((await memory.createConversation({ title: "Gone" })).id);
}

/** Writes rows past the package. */
async function plant(rows) {
  const database = await rawDatabase();
  const transaction = database.transaction(Object.keys(rows), "readwrite");
  for (const [store, row] of Object.entries(rows)) transaction.objectStore(store).put(row);
  await new Promise((resolve, reject) => Object.assign(transaction, { oncomplete: resolve, onabort: reject }));
  database.close();
}

/** A damaged record that was set aside, and what a tab leaves that is killed while it stores a file. */
async function plantInFixture(memory) {
  await plant({ personas: { userId: "grace", name: "damaged", displayName: 7 } });
  await memory.repair();
  await plant({
    uploads: { userId: "grace", id: "left upload", owner: "a dead tab", savedAt: "2026-01-01T00:00:00.000Z" },
    chunks: { userId: "grace", upload: "left upload", index: 0, bytes: new Uint8Array([1, 2, 255]) },
  });
}

/** A database with something of every kind in it, as { version, stores, records, expected }. */
async function makeFixture() {
  const memory = await openMemory("ada", { databaseName });
  await fillRareStores(memory);
  await memory.updateUser({ email: "ada@example.org", fullName: "Ada" });
  await memory.definePersona({ name: "librarian", displayName: "Librarian", systemPrompt: "You are a librarian." });
  const long = await memory.createConversation();
  await memory.addMessages(long.id, numbered(100));
  for (let index = 0; index < 5; index += 1) {
    await memory.addMessage(long.id, { role: "assistant", content: `answer ${index}`, metadata: { entities: ["Education"] } });
  }
  await memory.storeVisualizationConfig(long.id, "bar", { exact: [-0, 1e308, "\ud800"] });
  const branched = await memory.createConversation({ persona: "librarian", title: "Branches" });
  const [first] = await memory.addMessages(branched.id, numbered(3));
  await memory.addMessage(branched.id, { role: "tool", content: "another way", parentId: first.id });
  const call = { type: "tool-look", toolCallId: "c", state: "output-available", input: {}, output: [1.5, null] };
  await memory.addMessage(branched.id, { role: "assistant", parts: [call, { type: "text", text: "made of parts" }], parentId: first.id });
  const [deleted] = await memory.addMessages(branched.id, numbered(2, 3));
  await memory.deleteMessage(branched.id, deleted.id);
  await memory.pinConversation(branched.id, true);
  const grace = await openMemory("grace", { databaseName });
  await grace.createConversation({ persona: "unknown" });
  await plantInFixture(grace);
  const database = await rawDatabase();
  const stores = [...database.objectStoreNames].map((name) => {
    const store = database.transaction(name).objectStore(name);
    const indexes = [...store.indexNames].map((index) => ({ name: index, keyPath: store.index(index).keyPath }));
    return { name, keyPath: store.keyPath, indexes };
  });
  const { version } = database;
  database.close();
  const records = await storedRecords();
  for (const chunk of records.chunks) chunk.bytes = textOfBytes(chunk.bytes);
  return { version, stores, records, expected: await readEverything() };
}

/** Makes a database of a frozen fixture, with the browser's own means. */
async function layFixture({ version, stores, records }) {
  const database = await rawDatabase({
    version,
    upgrade: (fresh) => {
      for (const { name, keyPath, indexes } of stores) {
        const store = fresh.createObjectStore(name, { keyPath });
        for (const index of indexes) store.createIndex(index.name, index.keyPath);
      }
    },
  });
  const transaction = database.transaction(stores.map(({ name }) => name), "readwrite");
  for (const [name, rows] of Object.entries(records)) {
    for (const row of rows) transaction.objectStore(name).put(name === "chunks" ? { ...row, bytes: bytesOfText(row.bytes) } : row);
  }
  await new Promise((resolve, reject) => Object.assign(transaction, { oncomplete: resolve, onabort: reject }));
  database.close();
}

/** Everything that the public face shows of both users of a fixture. */
async function readEverything() {
  const seen = {};
  for (const userId of ["ada", "grace"]) {
    const memory = await openMemory(userId, { databaseName });
    const conversations = await memory.listConversations();
    seen[userId] = {
      user: await memory.getUser(),
      personas: await memory.listPersonas(),
      conversations,
      summaries: await memory.listConversationSummaries(),
      messages: await Promise.all(conversations.map(({ id }) => memory.getMessages(id, { limit: 1000 }))),
      contexts: await Promise.all(conversations.map(({ id }) => memory.buildConversationContext(id))),
      trees: await Promise.all(conversations.map(({ id }) => memory.getTree(id))),
      threads: await Promise.all(conversations.map(({ id }) => memory.getThread(id, { limit: 5 }))),
    };
    const parts = seen[userId].trees.flatMap(({ messages }) => messages.flatMap(({ parts }) => parts ?? []));
    const ids = [...new Set(parts.flatMap(({ attachment }) => attachment ?? []))];
    const files = await Promise.all(ids.map((id) => memory.getAttachment(id)));
    seen[userId].files = await Promise.all(files.map(async (file) => file && [file.type, textOfBytes(new Uint8Array(await file.arrayBuffer()))]));
    // What waits and what was set aside is only in exports.
    const lines = (await (await memory.exportAll()).text()).trimEnd().split("\n").map((line) => JSON.parse(line));
    seen[userId].exported = lines.filter(({ type }) => ["draft", "damaged", "file"].includes(type)).map(({ crc, ...line }) => line);
    await memory.close();
  }
  return JSON.parse(exact(seen)); // a fixture is a JSON file, which knows no -0
}

Object.assign(globalThis, {
  ConversationManager,
  codeOf,
  databaseName,
  everyCall,
  exact,
  failure,
  isMemoryError,
  laterMillisecond,
  layFixture,
  makeFixture,
  numbered,
  openConversation,
  openMemory,
  rawDatabase,
  readEverything,
  settled,
  storedRecords,
  talk,
  until,
});
