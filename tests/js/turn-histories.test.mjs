// Generated histories of turns through the public face: two tabs, one of which may be killed, no network, aborts, failing
// models, and every other write in between; with and without Web Locks.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { engine } from "./support/engine.mjs";
import { isLong } from "./support/long.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { withPage } = pagesForThisFile();
const read = (name) => readFile(new URL(`support/${name}`, import.meta.url), "utf8");
const script = await read("turns.js");
const histories = await read("turn-histories.js");

/** How many, and where they begin: another day, others. */
const { HISTORIES = isLong ? 300 : 30, SEED = Math.floor(Date.now() / 86_400_000) * 1_000 } = process.env;

for (const insecure of [false, true]) {
  const skip = insecure && engine !== "chromium" && "the other engines resolve no names of ours";
  test(`whatever comes between the steps of turns, nothing is mixed up or lost${insecure ? " (without Web Locks)" : ""}`, { skip }, async () => {
    const work = async ([script, first, count]) => {
      const failed = [];
      for (let seed = first; seed < first + count; seed += 1) failed.push(...(await runHistory(seed, script)));
      return failed;
    };
    const failed = [];
    for (let done = 0; done < Number(HISTORIES); done += 10) {
      const some = Math.min(10, Number(HISTORIES) - done);
      failed.push(...(await withPage((page) => page.evaluate(work, [script, Number(SEED) + done, some]), { prepare: { content: `${script}\n${histories}` }, insecure })));
    }
    assert.deepEqual(failed, []);
  });
}
