// What both hand-written IndexedDB contestants share: opening, awaiting, and the list of conversations.
import { USER } from "../records.js";

const NEWEST_FIRST = "newestFirst";

/** Opens a database with conversations under [userId, id] and one store of messages, made by `createMessages`. */
export async function openDatabase(name, createMessages) {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => {
    opening.result
      .createObjectStore("conversations", { keyPath: ["userId", "id"] })
      .createIndex(NEWEST_FIRST, ["userId", "updatedAt", "id"]);
    createMessages(opening.result);
  };
  return answer(opening);
}

export function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export function completion(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
  });
}

/**
 * Writes a conversation, to which messages are added later: as with the package, so that the index has gone through the
 * same changes in all databases.
 */
export async function createConversation(database, conversation) {
  const transaction = database.transaction("conversations", "readwrite", { durability: "relaxed" });
  transaction.objectStore("conversations").put(conversation);
  transaction.commit();
  await completion(transaction);
}

/** The keys of all conversations of the user, in the index that sorts them by their last change. */
function allOfTheUser() {
  return IDBKeyRange.bound([USER], [USER, []]);
}

function newestFirst(database) {
  return database.transaction("conversations").objectStore("conversations").index(NEWEST_FIRST);
}

/** The newest conversations, one step of a cursor each: works in every browser. */
export function listByCursor(database, limit) {
  return new Promise((resolve, reject) => {
    const found = [];
    const stepping = newestFirst(database).openCursor(allOfTheUser(), "prev");
    stepping.onerror = () => reject(stepping.error);
    stepping.onsuccess = () => {
      const cursor = stepping.result;
      if (!cursor) return resolve(found);
      found.push(cursor.value);
      if (found.length === limit) return resolve(found);
      cursor.continue();
    };
  });
}

export const hasGetAllRecords = "getAllRecords" in IDBIndex.prototype;

/** The same in one request, where the browser has it. */
export async function listByGetAllRecords(database, limit) {
  const query = { query: allOfTheUser(), direction: "prev", count: limit };
  const records = await answer(newestFirst(database).getAllRecords(query));
  return records.map((record) => record.value);
}
