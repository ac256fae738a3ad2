// `npm run test:packaging`: the tarball in every bundler and place of cases.mjs, or in those whose name has one of the words
// that are given. `-- --table` prints the table of docs/packaging.md.

import { say } from "../../scripts/lib/log.mjs";
import { main } from "../../scripts/lib/main.mjs";
import { installTarball } from "../../scripts/lib/tarball.mjs";
import { CASES } from "./cases.mjs";
import { tryCase } from "./driver.mjs";
import { tableOf } from "./table.mjs";

await main(import.meta.url, async () => {
  const words = process.argv.slice(2);
  if (words.includes("--table")) return console.log(tableOf(CASES));
  const chosen = CASES.filter(({ name }) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word.toLowerCase())));
  if (chosen.length === 0) return say(`No case has ${words.join(" or ")} in its name.`);
  const folder = await installTarball();
  let failures = 0;
  // One after the other: a bundler takes all processors for itself.
  for (const each of chosen) {
    const start = Date.now();
    const failure = await tryCase(each, folder).then(() => undefined, (error) => error);
    console.log(`${failure ? "✗" : "✓"} ${each.name} (${((Date.now() - start) / 1000).toFixed(1)} s)${failure ? `\n${failure.message}` : ""}`);
    if (failure) failures += 1;
  }
  console.log(`\n${chosen.length - failures} of ${chosen.length} work.`);
  if (failures > 0) process.exitCode = 1;
});
