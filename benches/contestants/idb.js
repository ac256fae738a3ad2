// idb 8, as its documentation advises: what belongs together is asked for at once and awaited with the transaction.
// The newest messages are one getAll, since the conversation says how many there are.
import { openDB } from "idb";
import { USER, messageRecord, withMessage } from "../records.js";

const STORES = ["conversations", "messages"];

export async function openIdb(databaseName) {
  const db = await openDB(databaseName, 1, {
    upgrade(database) {
      database.createObjectStore("conversations", { keyPath: "id" }).createIndex("newestFirst", ["userId", "updatedAt"]);
      database.createObjectStore("messages", { keyPath: ["conversationId", "seq"] });
    },
  });

  function write() {
    const transaction = db.transaction(STORES, "readwrite", { durability: "relaxed" });
    const [conversations, messages] = STORES.map((name) => transaction.objectStore(name));
    return { transaction, conversations, messages };
  }

  return {
    async bulkAdd(filled) {
      const { transaction, conversations, messages } = write();
      await Promise.all([
        ...filled.map(({ conversation }) => conversations.add(conversation)),
        ...filled.flatMap(({ records }) => records.map((record) => messages.add(record))),
        transaction.done,
      ]);
    },

    async append(id, message) {
      const { transaction, conversations, messages } = write();
      const conversation = await conversations.get(id);
      const record = messageRecord(conversation, message, crypto.randomUUID());
      await Promise.all([messages.add(record), conversations.put(withMessage(conversation, record)), transaction.done]);
      return record;
    },

    async newest(id, count) {
      const transaction = db.transaction(STORES);
      const { messageCount } = await transaction.objectStore("conversations").get(id);
      return transaction.objectStore("messages").getAll(IDBKeyRange.bound([id, messageCount - count], [id, Infinity]));
    },

    async list(limit) {
      const found = [];
      const index = db.transaction("conversations").store.index("newestFirst");
      for await (const { value } of index.iterate(IDBKeyRange.bound([USER], [USER, []]), "prev")) {
        found.push(value);
        if (found.length === limit) break;
      }
      return found;
    },

    countMessages: () => db.count("messages"),
    close: () => db.close(),
  };
}
