// A disk that is full, in all that a memory does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fillDisk } from "../../scripts/faults/quota.mjs";
import { onlyIn } from "./support/engine.mjs";
import { packageFolder } from "./support/package.mjs";

test("a full disk: refused calls store nothing, reads and deletes work, and what is freed is of use", onlyIn(["chromium"], "be told how much room there is"), async () => {
  const { cases } = await fillDisk({ folder: packageFolder });
  assert.deepEqual(cases.filter(({ fault }) => fault !== undefined), []);
  assert.ok(cases.length >= 20, `${cases.length} cases`);
});
