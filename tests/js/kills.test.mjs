// The browser is killed in the middle of a write; `npm run test:faults` does it more often.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kill, WORKS } from "../../scripts/faults/kills.mjs";
import { newSeed } from "../../scripts/faults/random.mjs";
import { onlyIn } from "./support/engine.mjs";
import { packageFolder } from "./support/package.mjs";

test("a killed browser loses nothing that was acknowledged, and leaves nothing half done", onlyIn(["chromium"], "be killed as a whole"), async () => {
  const seed = newSeed();
  // Each run takes other kinds of work, so that all of them have their turn.
  const works = [0, 3].map((step) => WORKS[(seed + step) % WORKS.length]);
  const { rows, writes, lostAtEnd, halfAtEnd } = await kill({ folder: packageFolder, works, seed });
  const hint = `seed ${seed}: ${works.join()}`;
  for (const { work, lost, half } of rows) {
    assert.deepEqual(lost, [], `${work}, ${hint}`);
    assert.deepEqual(half, [], `${work}, ${hint}`);
  }
  assert.deepEqual([lostAtEnd, halfAtEnd], [[], []], hint);
  assert.ok(writes > 0, hint);
});
