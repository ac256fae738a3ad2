// Tabs that write the same conversations are closed, crash and come back; `npm run test:faults` does it for longer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newSeed } from "../../scripts/faults/random.mjs";
import { crowd } from "../../scripts/faults/tabs.mjs";
import { onlyIn } from "./support/engine.mjs";
import { packageFolder } from "./support/package.mjs";

test("tabs that come and go lose, double and reorder nothing, and those that stay hear everything", onlyIn(["chromium"], "crash a tab when it is told to"), async () => {
  const seed = newSeed();
  const { writes, lost, doubled, reordered, heard, missed, doubledEvents, misordered, faults, ...rest } = await crowd({ folder: packageFolder, seconds: 4, seed });
  const none = { lost: 0, doubled: 0, reordered: 0, missed: 0, doubledEvents: 0, misordered: 0, faults: [] };
  assert.deepEqual({ lost, doubled, reordered, missed, doubledEvents, misordered, faults }, none, `seed ${seed}`);
  assert.ok(writes > 0 && heard > writes && rest.closed + rest.crashed + rest.reloaded > 0, `seed ${seed}`);
});
