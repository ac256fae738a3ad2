// `npm run bench`: the package beside the same work by hand and beside other libraries, in one run of one browser.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Failure, say, step } from "../scripts/lib/log.mjs";
import { main } from "../scripts/lib/main.mjs";
import { root } from "../scripts/lib/root.mjs";
import { installTarball } from "../scripts/lib/tarball.mjs";
import { chart } from "./chart.mjs";
import { installLibraries } from "./libraries.mjs";
import { openCold, peers } from "./measure-pages.mjs";
import { recall } from "./measure-recall.mjs";
import { withPages } from "./pages.mjs";
import { mergeRuns } from "./runs.mjs";
import { FULL, QUICK } from "./sizes.mjs";
import { judge, table } from "./table.mjs";
import { readText } from "./text.mjs";
import { versions } from "./versions.mjs";

const ROWS = ["open", "list", "append", "newest", "context", "prompt", "turn", "delta", "branches", "whole", "bulkOne", "bulkMany", "exchange", "subscribe", "peers", "recall"];

/** The rows of several pages; all others run in one page, which lives until the end. */
const OF_PAGES = { open: openCold, peers, recall };
const CHART = join(root, "docs", "benchmarks.svg");

const HELP = `npm run bench -- [options]
  --quick           a tenth of the data: shows that everything works; its ratios prove nothing
  --rows a,b        only some of ${ROWS.join(", ")}
  --runs N          all of it N times, each in a new browser; judges the median ratio of the runs (1)
  --sqlite          on the SQLite backend, to which Chromium is moving, instead of LevelDB
  --text PATH       "recall" on the messages and questions of a file or folder (JSON of dialogues, or a message a line),
                    repeated and shuffled, instead of on generated words
  --without-index FOLDER   also "recall" beside this build of the package from before it had an index: what the index costs
  --json FILE       also writes the versions and every single time to a file
  --chart FILE      measures nothing: draws docs/benchmarks.svg of such a file
  --profile FILE    also writes a CPU profile of the page for the developer tools; makes everything slower
  --strict          ends with exit code 1 when a bound is missed
How recall grows to 1,000,000 messages is measured natively: npm run bench:recall -- --locomo FILE --speed 1000000`;

await main(import.meta.url, async () => {
  const options = await readOptions();
  if (options.help) return console.log(HELP);
  if (options.chart) return drawChart(options.chart);

  await installLibraries();
  const folder = await step("Installing the tarball", installTarball);
  const all = [];
  let run;
  for (let number = 1; number <= options.runs; number++) {
    if (options.runs > 1) say(`Run ${number} of ${options.runs}`);
    await withPages(folder, options, async (pages) => {
      if (options.profile) await pages.startProfile();
      all.push(await measure(pages, options));
      if (options.profile) await writeFile(options.profile, await pages.stopProfile());
      run = { ...(await versions(folder)), chromium: pages.chromium, backend: await pages.backend(), runs: options.runs, quick: options.quick };
    });
  }
  const results = mergeRuns(all);
  print(run, results);
  if (options.json) await writeFile(options.json, JSON.stringify({ run, results }, null, 1));
  if (options.strict && verdictsOf(results).some(({ met }) => !met)) process.exitCode = 1;
});

async function readOptions() {
  const flag = { type: "boolean", default: false };
  const text = { type: "string" };
  const flags = { quick: flag, sqlite: flag, strict: flag, help: flag };
  const options = { ...flags, rows: text, runs: { ...text, default: "1" }, text, "without-index": text, json: text, chart: text, profile: text };
  const values = parsed(options);
  const rows = values.rows?.split(",") ?? ROWS;
  const unknown = rows.find((row) => !ROWS.includes(row));
  if (unknown) throw new Failure(`There is no row "${unknown}". The rows are ${ROWS.join(", ")}.`);
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Failure(`--runs takes a number from 1, not "${values.runs}".`);
  const withoutIndex = values["without-index"] && resolve(values["without-index"]);
  if (withoutIndex && !existsSync(join(withoutIndex, "dist", "index.js"))) {
    throw new Failure(`--without-index takes a folder with dist/, as a checkout has after \`npm run build\`; ${withoutIndex} has none.`);
  }
  return { ...values, rows, runs, withoutIndex, text: rows.includes("recall") ? await readText(values.text) : undefined };
}

function parsed(options) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new Failure(`${error.message}\n\n${HELP}`);
  }
}

async function measure(pages, options) {
  const sizes = options.quick ? QUICK : FULL;
  const results = [];
  for (const row of ROWS.filter((each) => options.rows.includes(each))) {
    const work = () => (OF_PAGES[row] ? OF_PAGES[row](pages, sizes, options) : pages.runRow(row, sizes));
    results.push(await step(`Measuring "${row}"`, work));
  }
  return results.flat();
}

async function drawChart(file) {
  const text = await readFile(file, "utf8").catch(() => {
    throw new Failure(`--chart ${file}: there is no such file.`);
  });
  await writeFile(CHART, chart(JSON.parse(text)));
  say(`✓ ${CHART}`);
}

function verdictsOf(results) {
  return results.flatMap((result) => judge(result).verdicts);
}

function print(run, results) {
  console.log(`\n${table(results)}\n`);
  for (const [name, value] of Object.entries(run)) console.log(`${name}: ${value}`);
  const judged = verdictsOf(results);
  const missed = judged.filter(({ met }) => !met);
  console.log(`\n${judged.length - missed.length} of ${judged.length} bounds met.`);
  for (const { work, ratio, bound, name } of missed) console.log(`MISSED: ${work}: ${ratio.toFixed(2)} × "${name}", the bound is ${bound} ×.`);
  if (run.quick) say("These are the small sizes of --quick; the bounds are about the full ones.");
}
