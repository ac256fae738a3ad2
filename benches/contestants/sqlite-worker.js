// The worker of sqlite.js. Statements are prepared once; everything that is written together is one transaction.
// A worker knows nothing of the page's import map.
import sqlite3InitModule from "/node_modules/@sqlite.org/sqlite-wasm/dist/index.mjs";
import { USER, messageRecord, withMessage } from "../records.js";

const CONVERSATION = ["id", "userId", "personaName", "title", "createdAt", "updatedAt", "messageCount", "headId", "pinned"];
const MESSAGE = ["id", "conversationId", "parentId", "seq", "role", "content", "metadata", "status", "createdAt"];

let db;
const statements = new Map();

function prepared(sql) {
  if (!statements.has(sql)) statements.set(sql, db.prepare(sql));
  return statements.get(sql);
}

function run(sql, values) {
  prepared(sql).bind(values).stepReset();
}

function rows(sql, values) {
  const statement = prepared(sql).bind(values);
  const found = [];
  while (statement.step()) found.push(statement.get({}));
  statement.reset();
  return found;
}

const valuesOf = (columns, record) => columns.map((name) => (name === "metadata" ? JSON.stringify(record[name]) : record[name] ?? null));
const put = (table, columns, record) =>
  run(`insert or replace into ${table} (${columns}) values (${columns.map(() => "?")})`, valuesOf(columns, record));

const calls = {
  async open(name, synchronous) {
    const sqlite3 = await sqlite3InitModule();
    const { OpfsSAHPoolDb } = await sqlite3.installOpfsSAHPoolVfs({ name: `pool-${name}` });
    db = new OpfsSAHPoolDb(`/${name}`);
    db.exec(`
      pragma synchronous = ${synchronous};
      create table if not exists conversations (id text primary key, userId, personaName, title, createdAt, updatedAt, messageCount, headId, pinned);
      create index if not exists newestFirst on conversations (userId, updatedAt);
      create table if not exists messages (id, conversationId, parentId, seq, role, content, metadata, status, createdAt,
        primary key (conversationId, seq));`);
  },

  bulkAdd(filled) {
    db.transaction(() => {
      for (const { conversation, records } of filled) {
        put("conversations", CONVERSATION, conversation);
        for (const record of records) put("messages", MESSAGE, record);
      }
    });
  },

  append: (id, message) =>
    db.transaction(() => {
      const [before] = rows("select * from conversations where id = ?", [id]);
      const record = messageRecord(before, message, crypto.randomUUID());
      put("messages", MESSAGE, record);
      put("conversations", CONVERSATION, withMessage(before, record));
      return record;
    }),

  newest: (id, count) =>
    rows("select * from messages where conversationId = ? order by seq desc limit ?", [id, count])
      .map((row) => ({ ...row, metadata: JSON.parse(row.metadata) }))
      .reverse(),

  list: (limit) => rows("select * from conversations where userId = ? order by updatedAt desc limit ?", [USER, limit]),
  countMessages: () => db.selectValue("select count(*) from messages"),

  close() {
    for (const statement of statements.values()) statement.finalize();
    db.close();
  },
};

onmessage = async ({ data: { name, parameters } }) => {
  try {
    postMessage({ result: await calls[name](...parameters) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
