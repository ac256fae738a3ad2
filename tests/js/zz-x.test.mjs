import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";
const { withPage } = pagesForThisFile();
test("x", () => withPage(async (page) => {
  const r = await page.evaluate(async () => {
    const { memory, id } = await openConversation("user-1", {});
    const text = "A message of some eighty characters, as people write them in a chat with a model, more or less.";
    await memory.addMessages(id, Array.from({ length: 500 }, (_, i) => ({ role: i % 2 ? "assistant" : "user", content: text + i })));
    const { id: id2 } = await memory.createConversation(); await memory.addMessages(id2, Array.from({ length: 500 }, (_, i) => ({ role: i % 2 ? "assistant" : "user", content: text + i })));
    await new Promise((r) => setTimeout(r, 3000));
    const open = (name, upgrade) => new Promise((res, rej) => { const q = indexedDB.open(name); q.onupgradeneeded = () => upgrade?.(q.result); q.onsuccess = () => res(q.result); q.onerror = rej; });
    const ours = await open(databaseName);
    const rawRow = await new Promise((r) => { ours.transaction("conversations").objectStore("conversations").get(["user-1", id2]).onsuccess = (e) => r(e.target.result); });
    const small = await open("small", (db) => { db.createObjectStore("messages"); db.createObjectStore("conversations", { keyPath: ["userId", "id"] }).createIndex("u", ["userId", "updatedAt", "id"]); });
    const small3 = await open("small3", (db) => { db.createObjectStore("pages", { keyPath: ["userId", "conversationId", "firstSeq"] }); db.createObjectStore("runs", { keyPath: ["userId", "conversationId", "firstSeq"] }); const c = db.createObjectStore("conversations", { keyPath: ["userId", "id"] }); c.createIndex("u", ["userId", "updatedAt", "id"]); c.createIndex("c", ["userId", "log.changed"]); });
    for (const db of [small, small3]) await new Promise((r) => { const t = db.transaction("conversations", "readwrite"); t.objectStore("conversations").put(rawRow); t.oncomplete = r; });
    const pageRow = (conv, mid, now) => ({ firstSeq: conv.log.end, messages: [{ id: mid, conversationId: conv.id, parentId: conv.headId, seq: conv.log.end, role: "user", content: text, metadata: {}, status: "complete", createdAt: now }], userId: conv.userId, conversationId: conv.id });
    const next = (conv, mid, now) => { const at = Date.now() * 1000; return { ...conv, updatedAt: now, messageCount: conv.messageCount + 1, headId: mid, log: { ...conv.log, end: conv.log.end + 1, headSeq: conv.log.end, revision: conv.log.revision + 1, changed: at, touched: at, recent: conv.log.recent } }; };
    const sync = {};
    const clock = (name, work) => { const s = performance.now(); const r = work(); sync[name] = (sync[name] ?? 0) + performance.now() - s; return r; };
    const byHand = (db, stores, rows, label) => () => new Promise((res, rej) => {
      const t = clock(label + " transaction", () => db.transaction(stores, "readwrite", { durability: "relaxed" }));
      t.oncomplete = () => res(); t.onabort = rej;
      clock(label + " get", () => t.objectStore("conversations").get(["user-1", id2])).onsuccess = (e) => {
        const conv = clock(label + " result", () => e.target.result); const now = new Date().toISOString(); const mid = crypto.randomUUID();
        const [p, c] = rows(conv, mid, now);
        clock(label + " put1", () => p(t)); clock(label + " put2", () => t.objectStore("conversations").put(c)); clock(label + " commit", () => t.commit());
      };
    });
    const sameRows = (conv, mid, now) => [(t) => t.objectStore("pages").put(pageRow(conv, mid, now)), next(conv, mid, now)];
    const rowRows = (conv, mid, now) => [(t) => t.objectStore("messages").put(pageRow(conv, mid, now).messages[0], ["user-1", conv.id, conv.log.end]), next(conv, mid, now)];
    const works = {
      ours: () => memory.addMessage(id, { role: "user", content: text }),
      "by hand, our database": byHand(ours, ["conversations", "pages", "runs"], sameRows, "our"),
      "by hand, 3 stores": byHand(small3, ["conversations", "pages", "runs"], sameRows, "small3"),
      "by hand, a row a message": byHand(small, ["conversations", "messages"], rowRows, "small"),
    };
    const times = {}; let marks = [];
    const mark = globalThis.mark = (n) => marks.push([n, performance.now()]);
    const wrapM = (proto, name, after) => { const f = proto[name]; proto[name] = function (...a) { mark(name + ">"); const r = f.apply(this, a); mark(name + "<"); after?.(r); return r; }; };
    wrapM(IDBDatabase.prototype, "transaction", (t) => t.addEventListener("complete", () => mark("complete")));
    wrapM(IDBObjectStore.prototype, "get", (q) => q.addEventListener("success", () => mark("success")));
    wrapM(IDBObjectStore.prototype, "put");
    wrapM(IDBTransaction.prototype, "commit");
    const stages = {};
    for (let round = 0; round < 500; round++) for (const [name, work] of Object.entries(works)) { marks = []; const s = performance.now(); const p = work(); mark('returned'); await p; const e = performance.now(); mark('end'); if (round > 40) { let last = s; const l = marks; marks = []; const cnt = {}; for (let [n, t] of l) { n = n + '#' + (cnt[n] = (cnt[n] ?? 0) + 1); ((stages[name] ??= {})[n] ??= []).push(t - last); last = t; } } await new Promise((r) => setTimeout(r, 4)); if (round > 40) (times[name] ??= []).push(e - s); }
    const median = (l) => l.sort((a, b) => a - b)[l.length >> 1];
    const mean = (l) => { l.sort((a, b) => a - b); const k = l.slice(0, Math.ceil(l.length * 0.8)); return (k.reduce((a, b) => a + b, 0) / k.length * 1000).toFixed(0); }; return { stages: Object.fromEntries(Object.entries(stages).map(([n, o]) => [n, Object.entries(o).map(([k, l]) => k + ' ' + mean(l) + (l.length > 459 ? ' x' + l.length : '')).join(', ')])), m: Object.fromEntries(Object.entries(times).map(([n, l]) => [n, median(l)])), sync: Object.fromEntries(Object.entries(sync).map(([n, v]) => [n, v / 500])) };
  });
  console.log(JSON.stringify(r, null, 1));
}));
