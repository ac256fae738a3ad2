// Another tab that does not let go of the database: opening fails after a while, and leaves nothing behind.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("storage-blocked after a bounded wait; afterwards the database opens, closes and can be deleted", async () => {
  const seen = await inPage(async () => {
    const holder = await rawDatabase({ version: 1 }); // does not listen for versionchange
    const deletion = indexedDB.deleteDatabase(databaseName);
    const before = performance.now();
    const { code, message } = await failure(() => openMemory());
    const waited = performance.now() - before;
    holder.close();
    await settled(deletion);
    const memory = await openMemory();
    await memory.close();
    let blocked = false;
    const again = indexedDB.deleteDatabase(databaseName);
    again.onblocked = () => (blocked = true);
    await settled(again);
    return { code, message, waited, blocked };
  });
  assert.equal(seen.code, "storage-blocked");
  assert.match(seen.message, /test-/);
  assert.ok(seen.waited > 1_000 && seen.waited < 30_000, `${seen.waited} ms`);
  assert.equal(seen.blocked, false);
});
