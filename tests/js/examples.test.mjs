// The light ones of examples/, without the network; `npm run test:examples` installs and builds them all.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { EXAMPLES } from "../examples/cases.mjs";
import { tryExample } from "../examples/driver.mjs";
import { launchBrowser, onlyIn } from "./support/engine.mjs";
import { packageFolder } from "./support/package.mjs";

const inChromium = onlyIn(["chromium"], "be driven by Playwright");
let browser;
before(async () => void (inChromium.skip || (browser = await launchBrowser())));
after(() => browser?.close());

// At once, as most of it is waiting for answers.
describe("the light ones", { concurrency: true }, () => {
  for (const each of EXAMPLES.filter(({ light }) => light)) {
    test(each.name, inChromium, () => tryExample(each, packageFolder, browser, { isLight: true }));
  }
});

test("every example is tried, and names exact versions and the tarball of this release", () => {
  const folder = new URL("../../examples/", import.meta.url);
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  assert.deepEqual(names.sort(), EXAMPLES.map(({ name }) => name).sort());
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  for (const name of names) {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(new URL(`${name}/package.json`, folder), "utf8"));
    const { "conversation-memory": own, ...others } = { ...devDependencies, ...dependencies };
    assert.equal(own, `file:../../conversation-memory-${version}.tgz`, name);
    for (const [other, wanted] of Object.entries(others)) assert.match(wanted, /^\d+\.\d+\.\d+$/, `${name}: ${other}`);
  }
});
