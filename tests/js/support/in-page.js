// What a function given to `inPage` finds in scope.
import { ConversationManager, isMemoryError } from "conversation-memory";

const databaseName = new URLSearchParams(location.search).get("database");

/** Opens the memory of a user in this test's database. */
const openMemory = (userId = "user-1", options = {}) =>
  ConversationManager.open({ userId, databaseName, ...options });

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
    return proper
      ? { code: error.code, message: error.message }
      : { code: "not a MemoryError", message: String(error) };
  }
}

const codeOf = async (call) => (await failure(call)).code;

/** Waits until the clock of the page shows a later millisecond, so that times differ. */
async function laterMillisecond() {
  const start = Date.now();
  while (Date.now() <= start + 1) await new Promise((resolve) => setTimeout(resolve, 1));
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

/** All records as they lie in the object stores: { users: [...], pages: [...], ... }. */
async function storedRecords(name = databaseName) {
  const database = await rawDatabase({ name });
  const names = [...database.objectStoreNames];
  const transaction = database.transaction(names);
  const lists = await Promise.all(names.map((store) => settled(transaction.objectStore(store).getAll())));
  database.close();
  return Object.fromEntries(names.map((store, index) => [store, lists[index]]));
}

/** User messages "message 0", "message 1", ... */
const numbered = (count, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ role: "user", content: `message ${from + index}` }));

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
  addMessages: (memory, id) => memory.addMessages(id, [{ role: "assistant", content: "an answer" }]),
  getMessages: (memory, id) => memory.getMessages(id),
  getRecentMessages: (memory, id) => memory.getRecentMessages(id, 5),
  updateMessageMetadata: (memory, id, messageId) => memory.updateMessageMetadata(id, messageId, { mark: 1 }),
  buildConversationContext: (memory, id) => memory.buildConversationContext(id),
  getRelevantPastResults: (memory, id) => memory.getRelevantPastResults(id, ["Education"]),
  storeVisualizationConfig: (memory, id) => memory.storeVisualizationConfig(id, "bar", { x: "year" }),
  deleteConversation: (memory, id) => memory.deleteConversation(id),
};

Object.assign(globalThis, {
  ConversationManager,
  codeOf,
  databaseName,
  everyCall,
  exact,
  failure,
  isMemoryError,
  laterMillisecond,
  numbered,
  openConversation,
  openMemory,
  rawDatabase,
  settled,
  storedRecords,
});
