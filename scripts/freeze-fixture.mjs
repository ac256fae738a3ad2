// Writes tests/fixtures/schema-<version>.json: a whole database as this release writes it, with what it must be read
// as. Run once, when a release with a new schema is made; a fixture is never changed afterwards.

import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { launchBrowser } from "./lib/browser.mjs";
import { Failure, say } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { root } from "./lib/root.mjs";
import { serve } from "./lib/serve.mjs";
import { installTarball } from "./lib/tarball.mjs";

const fixtures = join(root, "tests", "fixtures");

await main(import.meta.url, async () => {
  const folder = await installTarball();
  const server = await serve({
    routes: [
      ["/node_modules/", join(folder, "node_modules")],
      ["/", join(root, "tests", "js", "support")],
    ],
  });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url.replace(/\/$/, "")}/page.html?database=fixture`);
    const fixture = await page.evaluate(() => makeFixture());
    const file = join(fixtures, `schema-${fixture.version}.json`);
    if (existsSync(file)) throw new Failure(`${file} is frozen already.`);
    await mkdir(fixtures, { recursive: true });
    await writeFile(file, `${text(fixture)}\n`);
    say(`✓ ${file}`);
  } finally {
    await browser.close();
    await server.close();
  }
});

/** JSON has a -0, but `JSON.stringify` writes 0. */
function text(fixture) {
  const marked = JSON.stringify(fixture, (_, value) => (Object.is(value, -0) ? "\u0000-0" : value), 1);
  return marked.replaceAll('"\\u0000-0"', "-0");
}
