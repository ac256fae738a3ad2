// RxDB 17 on its free Dexie storage, as its documentation advises: bulkInsert for many documents, compound indexes of
// required fields. It has no transactions: a message and its conversation are two writes.
import { createRxDatabase, getRxStorageDexie } from "rxdb";
import { USER, messageRecord, withMessage } from "../records.js";

const text = (maxLength) => ({ type: "string", maxLength });
const number = { type: "integer", minimum: 0, maximum: 1_000_000_000, multipleOf: 1 };

const CONVERSATIONS = {
  version: 0,
  primaryKey: "id",
  type: "object",
  properties: {
    id: text(36), userId: text(36), personaName: text(500), title: text(500), createdAt: text(24), updatedAt: text(24),
    messageCount: number, headId: text(36), pinned: { type: "boolean" },
  },
  required: ["id", "userId", "updatedAt"],
  indexes: [["userId", "updatedAt"]],
};

const MESSAGES = {
  version: 0,
  primaryKey: "id",
  type: "object",
  properties: {
    id: text(36), conversationId: text(36), parentId: text(36), seq: number, role: text(10), content: { type: "string" },
    metadata: { type: "object", additionalProperties: true }, status: text(20), createdAt: text(24),
  },
  required: ["id", "conversationId", "seq"],
  indexes: [["conversationId", "seq"]],
};

export async function openRxdb(databaseName) {
  const db = await createRxDatabase({ name: databaseName, storage: getRxStorageDexie() });
  await db.addCollections({ conversations: { schema: CONVERSATIONS }, messages: { schema: MESSAGES } });
  const { conversations, messages } = db;
  const found = (documents) => documents.map((each) => each.toJSON());

  return {
    async bulkAdd(filled) {
      await conversations.bulkInsert(filled.map(({ conversation }) => conversation));
      await messages.bulkInsert(filled.flatMap(({ records }) => records));
    },

    async append(id, message) {
      const conversation = await conversations.findOne(id).exec();
      const before = conversation.toJSON();
      const record = messageRecord(before, message, crypto.randomUUID());
      await messages.insert(record);
      await conversation.incrementalPatch(withMessage(before, record));
      return record;
    },

    /** Ascending: a descending order is not read from the index. */
    async newest(id, count) {
      const { messageCount } = await conversations.findOne(id).exec();
      const selector = { conversationId: id, seq: { $gte: messageCount - count } };
      return found(await messages.find({ selector, sort: [{ conversationId: "asc" }, { seq: "asc" }] }).exec());
    },

    list: async (limit) => found(await conversations.find({ selector: { userId: USER }, sort: [{ updatedAt: "desc" }], limit }).exec()),
    countMessages: () => messages.count().exec(),
    close: () => db.close(),
  };
}
