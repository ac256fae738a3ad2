// `npm run test:examples`: every example of examples/, or those whose name has one of the words that are given, from the
// tarball: installed, built, and used in a browser as a person would.

import { launchBrowser } from "../../scripts/lib/browser.mjs";
import { say } from "../../scripts/lib/log.mjs";
import { main } from "../../scripts/lib/main.mjs";
import { installTarball } from "../../scripts/lib/tarball.mjs";
import { EXAMPLES } from "./cases.mjs";
import { tryExample } from "./driver.mjs";

await main(import.meta.url, async () => {
  const words = process.argv.slice(2);
  const chosen = EXAMPLES.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  if (chosen.length === 0) return say(`No example has ${words.join(" or ")} in its name.`);
  const folder = await installTarball();
  const browser = await launchBrowser();
  let failures = 0;
  for (const each of chosen) {
    const start = Date.now();
    const failure = await tryExample(each, folder, browser).then(() => undefined, (error) => error);
    console.log(`${failure ? "✗" : "✓"} ${each.name} (${((Date.now() - start) / 1000).toFixed(1)} s)${failure ? `\n${failure.stack}` : ""}`);
    if (failure) failures += 1;
  }
  await browser.close();
  console.log(`\n${chosen.length - failures} of ${chosen.length} work.`);
  if (failures > 0) process.exitCode = 1;
});
