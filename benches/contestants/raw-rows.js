// IndexedDB by hand, one row a message under [userId, conversationId, seq].
import { USER, messageRecord, newConversation, withMessage, withMessages } from "../records.js";
import { answer, completion, createConversation, listByCursor, listByGetAllRecords, openDatabase } from "./raw.js";

export async function openRawRows(databaseName) {
  const database = await openDatabase(databaseName, (db) => db.createObjectStore("messages"));

  function write() {
    const transaction = database.transaction(["conversations", "messages"], "readwrite", { durability: "relaxed" });
    return {
      transaction,
      conversations: transaction.objectStore("conversations"),
      messages: transaction.objectStore("messages"),
    };
  }

  /** Messages from `first` on: one request, since the keys are known. */
  function readFrom(transaction, id, first) {
    const range = IDBKeyRange.bound([USER, id, first], [USER, id, Infinity]);
    return answer(transaction.objectStore("messages").getAll(range));
  }

  return {
    async create(added) {
      const created = newConversation(crypto.randomUUID());
      await createConversation(database, created);
      const { records, conversation } = withMessages(created, added);
      const { transaction, conversations, messages } = write();
      conversations.put(conversation);
      for (const record of records) messages.put(record, [USER, conversation.id, record.seq]);
      transaction.commit();
      await completion(transaction);
      return conversation.id;
    },

    async append(id, message) {
      const { transaction, conversations, messages } = write();
      let record;
      conversations.get([USER, id]).onsuccess = ({ target: { result: conversation } }) => {
        if (!conversation) return transaction.abort();
        record = messageRecord(conversation, message, crypto.randomUUID());
        messages.put(record, [USER, id, record.seq]);
        conversations.put(withMessage(conversation, record));
        transaction.commit();
      };
      await completion(transaction);
      return record;
    },

    /** The newest messages when the caller already knows how many there are. */
    newestOfKnownCount: (id, count, total) => readFrom(database.transaction("messages"), id, total - count),

    /** The newest messages when the count has to be looked up first. */
    async newest(id, count) {
      const transaction = database.transaction(["conversations", "messages"]);
      const conversation = await answer(transaction.objectStore("conversations").get([USER, id]));
      return readFrom(transaction, id, conversation.messageCount - count);
    },

    readAll: (id) => readFrom(database.transaction("messages"), id, 0),

    listByCursor: (limit) => listByCursor(database, limit),
    listByGetAllRecords: (limit) => listByGetAllRecords(database, limit),
    close: () => database.close(),
  };
}
