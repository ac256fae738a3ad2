// The light ones of tests/packaging/; `npm run test:packaging` tries them all.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CASES } from "../packaging/cases.mjs";
import { tryCase } from "../packaging/driver.mjs";
import { tableOf } from "../packaging/table.mjs";
import { onlyIn } from "./support/engine.mjs";
import { packageFolder } from "./support/package.mjs";

for (const each of CASES.filter(({ isLight }) => isLight)) {
  test(each.name, each.prints ? {} : onlyIn(["chromium"], "be driven by Playwright"), () => tryCase(each, packageFolder));
}

test("docs/packaging.md has the table of the cases", () => {
  const page = readFileSync(new URL("../../docs/packaging.md", import.meta.url), "utf8");
  assert.ok(page.includes(tableOf(CASES)), "print it with `npm run test:packaging -- --table`");
});
