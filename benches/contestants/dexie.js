// Dexie 4, as its documentation advises: bulkAdd for many records, a compound index for the order of messages.
import { Dexie } from "dexie";

export const dexieVersion = Dexie.semVer;

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
