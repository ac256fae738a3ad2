// PouchDB 9 with its default adapter ("idb"), as its documentation advises: a database for each kind of document, ids that
// sort, allDocs over a range of ids, bulkDocs for many documents, and pouchdb-find where the order is another one. It has
// no transactions: a message and its conversation are two writes.
import { PouchDB } from "pouchdb";
import { messageRecord, withMessage } from "../records.js";

const keyOf = ({ conversationId, seq }) => `${conversationId}/${String(seq).padStart(9, "0")}`;
const toMessage = (record) => ({ _id: keyOf(record), ...record });

export async function openPouchdb(databaseName) {
  const conversations = new PouchDB(`${databaseName}-conversations`);
  const messages = new PouchDB(`${databaseName}-messages`);
  await conversations.createIndex({ index: { fields: ["updatedAt"] } });

  return {
    async bulkAdd(filled) {
      await conversations.bulkDocs(filled.map(({ conversation }) => ({ _id: conversation.id, ...conversation })));
      await messages.bulkDocs(filled.flatMap(({ records }) => records.map(toMessage)));
    },

    async append(id, message) {
      const conversation = await conversations.get(id);
      const record = messageRecord(conversation, message, crypto.randomUUID());
      await messages.put(toMessage(record));
      await conversations.put(withMessage(conversation, record));
      return record;
    },

    async newest(id, count) {
      const range = { startkey: `${id}/\ufff0`, endkey: `${id}/`, descending: true };
      const { rows } = await messages.allDocs({ ...range, limit: count, include_docs: true });
      return rows.map(({ doc }) => doc).reverse();
    },

    async list(limit) {
      const { docs } = await conversations.find({ selector: { updatedAt: { $gt: null } }, sort: [{ updatedAt: "desc" }], limit });
      return docs;
    },

    countMessages: async () => (await messages.info()).doc_count,
    close: () => Promise.all([conversations.close(), messages.close()]),
  };
}
