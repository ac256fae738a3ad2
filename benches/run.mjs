// `npm run bench`: the package beside the same work by hand and beside Dexie, in one run of one browser.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { Failure, say, step } from "../scripts/lib/log.mjs";
import { main } from "../scripts/lib/main.mjs";
import { installTarball } from "../scripts/lib/tarball.mjs";
import { withPages } from "./pages.mjs";
import { FULL, QUICK } from "./sizes.mjs";
import { judge, table } from "./table.mjs";
import { versions } from "./versions.mjs";

const ROWS = ["open", "list", "append", "newest", "context", "prompt", "turn", "delta", "branches", "whole", "bulkOne", "bulkMany", "exchange", "subscribe"];

const HELP = `npm run bench -- [options]
  --quick           a tenth of the data: shows that everything works; its ratios prove nothing
  --rows a,b        only some of ${ROWS.join(", ")}
  --sqlite          on the SQLite backend, to which Chromium is moving, instead of LevelDB
  --json FILE       also writes the versions and every single time to a file
  --profile FILE    also writes a CPU profile of the page for the developer tools; makes everything slower
  --strict          ends with exit code 1 when a bound is missed`;

await main(import.meta.url, async () => {
  const options = readOptions();
  if (options.help) return console.log(HELP);

  const folder = await step("Installing the tarball", installTarball);
  await withPages(folder, options, async (pages) => {
    if (options.profile) await pages.startProfile();
    const results = await measure(pages, options.rows, options.quick ? QUICK : FULL);
    if (options.profile) await writeFile(options.profile, await pages.stopProfile());
    const run = { ...(await versions(folder)), chromium: pages.chromium, backend: await pages.backend(), quick: options.quick };
    print(run, results);
    if (options.json) await writeFile(options.json, JSON.stringify({ run, results }, null, 1));
    if (options.strict && results.some((result) => judge(result).met === false)) process.exitCode = 1;
  });
});

function readOptions() {
  const flag = { type: "boolean", default: false };
  const text = { type: "string" };
  const options = { quick: flag, sqlite: flag, strict: flag, help: flag, rows: text, json: text, profile: text };
  const values = parsed(options);
  const rows = values.rows?.split(",") ?? ROWS;
  const unknown = rows.find((row) => !ROWS.includes(row));
  if (unknown) throw new Failure(`There is no row "${unknown}". The rows are ${ROWS.join(", ")}.`);
  return { ...values, rows };
}

function parsed(options) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new Failure(`${error.message}\n\n${HELP}`);
  }
}

/** All rows but the cold starts run in one page, which lives until the end. */
async function measure(pages, rows, sizes) {
  const results = [];
  for (const row of ROWS.filter((each) => rows.includes(each))) {
    const work = () => (row === "open" ? pages.openCold(sizes.opens) : pages.runRow(row, sizes));
    results.push(await step(`Measuring "${row}"`, work));
  }
  return results.flat();
}

function print(run, results) {
  console.log(`\n${table(results)}\n`);
  for (const [name, value] of Object.entries(run)) console.log(`${name}: ${value}`);
  const judged = results.map(judge).filter(({ met }) => met !== undefined);
  const missed = judged.filter(({ met }) => !met);
  console.log(`\n${judged.length - missed.length} of ${judged.length} bounds met.`);
  for (const { work, ratio, bound, best } of missed) console.log(`MISSED: ${work}: ${ratio.toFixed(2)} × "${best}", the bound is ${bound} ×.`);
  if (run.quick) say("These are the small sizes of --quick; the bounds are about the full ones.");
}
