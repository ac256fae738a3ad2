// IndexedDB by hand, 64 messages a page: an append rewrites the last page. The conversation says where that page starts.
import { USER, messageRecord, newConversation, withMessage, withMessages } from "../records.js";
import { answer, completion, createConversation, openDatabase } from "./raw.js";

const PAGE = 64;
const pageStart = (seq) => seq - (seq % PAGE);

export async function openRawPages(databaseName) {
  const database = await openDatabase(databaseName, (db) => db.createObjectStore("pages"));

  function write() {
    const transaction = database.transaction(["conversations", "pages"], "readwrite", { durability: "relaxed" });
    return { transaction, conversations: transaction.objectStore("conversations"), pages: transaction.objectStore("pages") };
  }

  return {
    async create(added) {
      const created = newConversation(crypto.randomUUID());
      await createConversation(database, created);
      const { records, conversation } = withMessages(created, added);
      const { transaction, conversations, pages } = write();
      conversations.put(conversation);
      for (let start = 0; start < records.length; start += PAGE) {
        pages.put({ messages: records.slice(start, start + PAGE) }, [USER, conversation.id, start]);
      }
      transaction.commit();
      await completion(transaction);
      return conversation.id;
    },

    async append(id, message) {
      const { transaction, conversations, pages } = write();
      let record;
      conversations.get([USER, id]).onsuccess = ({ target: { result: conversation } }) => {
        if (!conversation) return transaction.abort();
        record = messageRecord(conversation, message, crypto.randomUUID());
        const key = [USER, id, pageStart(record.seq)];
        const store = (page) => {
          page.messages.push(record);
          pages.put(page, key);
          conversations.put(withMessage(conversation, record));
          transaction.commit();
        };
        if (record.seq === key[2]) store({ messages: [] });
        else pages.get(key).onsuccess = ({ target: { result: page } }) => store(page);
      };
      await completion(transaction);
      return record;
    },

    async readAll(id) {
      const pages = database.transaction("pages").objectStore("pages");
      const found = await answer(pages.getAll(IDBKeyRange.bound([USER, id], [USER, id, Infinity])));
      return found.flatMap(({ messages }) => messages);
    },

    close: () => database.close(),
  };
}
