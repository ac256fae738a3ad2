// Dexie 4, as its documentation advises: bulkAdd for many records, a compound index for the order of messages.
import { Dexie } from "dexie";
import { USER, messageRecord, withMessage } from "../records.js";

export async function openDexie(databaseName) {
  const db = new Dexie(databaseName, { chromeTransactionDurability: "relaxed" });
  db.version(1).stores({ conversations: "id, [userId+updatedAt]", messages: "id, [conversationId+seq]" });
  await db.open();
  const messagesOf = (id) => db.messages.where("[conversationId+seq]").between([id, Dexie.minKey], [id, Dexie.maxKey]);

  return {
    /** Everything in one bulkAdd a table. `filled` is a list of { conversation, records }. */
    async bulkAdd(filled) {
      await db.conversations.bulkAdd(filled.map(({ conversation }) => conversation));
      await db.messages.bulkAdd(filled.flatMap(({ records }) => records));
    },
    /** The same, one transaction a conversation. */
    async bulkAddEach(filled) {
      for (const { conversation, records } of filled) {
        await db.transaction("rw", db.conversations, db.messages, async () => {
          await db.conversations.add(conversation);
          await db.messages.bulkAdd(records);
        });
      }
    },
    append: (id, message) =>
      db.transaction("rw", db.conversations, db.messages, async () => {
        const conversation = await db.conversations.get(id);
        const record = messageRecord(conversation, message, crypto.randomUUID());
        await db.messages.add(record);
        await db.conversations.put(withMessage(conversation, record));
        return record;
      }),
    newest: async (id, count) => (await messagesOf(id).reverse().limit(count).toArray()).reverse(),
    list: (limit) =>
      db.conversations.where("[userId+updatedAt]").between([USER, Dexie.minKey], [USER, Dexie.maxKey]).reverse().limit(limit).toArray(),
    readAll: (id) => messagesOf(id).toArray(),
    remove: (id) =>
      db.transaction("rw", db.conversations, db.messages, async () => {
        await messagesOf(id).delete();
        await db.conversations.delete(id);
      }),
    countMessages: () => db.messages.count(),
    close: () => db.close(),
  };
}
