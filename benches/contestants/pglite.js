// PGlite (Postgres), as its documentation advises for browsers: its IndexedDB file system, in the page, with relaxed
// durability: a call does not wait until what it wrote is flushed to IndexedDB.
import { PGlite } from "@electric-sql/pglite";
import { USER, messageRecord, withMessage } from "../records.js";

const TABLES = `
  create table if not exists conversations (
    "id" text primary key, "userId" text, "personaName" text, "title" text, "createdAt" text, "updatedAt" text,
    "messageCount" integer, "headId" text, "pinned" boolean);
  create index if not exists "newestFirst" on conversations ("userId", "updatedAt");
  create table if not exists messages (
    "id" text, "conversationId" text, "parentId" text, "seq" integer, "role" text, "content" text, "metadata" jsonb,
    "status" text, "createdAt" text, primary key ("conversationId", "seq"));`;

const insert = (sql, table, records) =>
  sql.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [JSON.stringify(records)]);

export async function openPglite(databaseName) {
  const db = await PGlite.create(`idb://${databaseName}`, { relaxedDurability: true });
  await db.exec(TABLES);

  return {
    bulkAdd: (filled) =>
      db.transaction(async (sql) => {
        for (const { conversation, records } of filled) {
          await insert(sql, "conversations", [conversation]);
          await insert(sql, "messages", records);
        }
      }),

    append: (id, message) =>
      db.transaction(async (sql) => {
        const { rows: [before] } = await sql.query(`select * from conversations where "id" = $1`, [id]);
        const record = messageRecord(before, message, crypto.randomUUID());
        await insert(sql, "messages", [record]);
        const { title, updatedAt, messageCount, headId } = withMessage(before, record);
        const change = `update conversations set "title" = $2, "updatedAt" = $3, "messageCount" = $4, "headId" = $5 where "id" = $1`;
        await sql.query(change, [id, title, updatedAt, messageCount, headId]);
        return record;
      }),

    async newest(id, count) {
      const newestFirst = `select * from messages where "conversationId" = $1 order by "seq" desc limit $2`;
      return (await db.query(newestFirst, [id, count])).rows.reverse();
    },

    list: async (limit) =>
      (await db.query(`select * from conversations where "userId" = $1 order by "updatedAt" desc limit $2`, [USER, limit])).rows,
    countMessages: async () => (await db.query("select count(*)::integer as count from messages")).rows[0].count,
    close: () => db.close(),
  };
}
