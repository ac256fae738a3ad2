// `npm run test:faults`: killed browsers, crashed tabs, full disks and senseless calls, and what came of them.
import { parseArgs } from "node:util";
import { crowd } from "./faults/tabs.mjs";
import { fillDisk } from "./faults/quota.mjs";
import { generatedCalls } from "./faults/generated.mjs";
import { kill, WORKS } from "./faults/kills.mjs";
import { newSeed } from "./faults/random.mjs";
import { complaints, killCells, killHead, killLine, markdown, plain, summary } from "./faults/table.mjs";
import { ENGINES, foundEngines } from "./lib/engines.mjs";
import { Failure, say, step } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { installTarball } from "./lib/tarball.mjs";

const USAGE = `npm run test:faults -- [options]
  --long            50 kills instead of 8, more of the rest, and the generated calls in every engine that is installed
  --sqlite          on the SQLite backend, to which Chromium is moving, instead of LevelDB
  --seed N          repeats the delays, and what the tabs do, of the run that printed this seed`;

const FLAG = { type: "boolean", default: false };

await main(import.meta.url, async () => {
  const { long, sqlite, seed } = options();
  const command = `npm run test:faults --${long ? " --long" : ""}${sqlite ? " --sqlite" : ""} --seed ${seed}`;
  const folder = process.env.PACKAGE ?? (await step("Installing the tarball", installTarball));
  const works = Array.from({ length: long ? 50 : 8 }, (_, round) => WORKS[round % WORKS.length]);

  const found = {};
  // Each part as soon as it is there: a later one may take long, or fail.
  const show = (part) => console.log(plain(summary({ [part]: found[part] })));
  found.kills = await step(`${works.length} kills`, () => {
    console.log(killLine(killHead));
    const onRow = (row) => {
      console.log(killLine(killCells(row)));
      // At once, and not only at the end: that may never come, and the profile is gone then.
      for (const what of [...row.lost, ...row.half].slice(0, 5)) console.log(`      ${what}`);
    };
    return kill({ folder, sqlite, works, seed, onRow });
  });
  show("kills");
  found.tabs = await step("Tabs that come and go", () => crowd({ folder, sqlite, seed, seconds: long ? 60 : 10, loners: long ? 20 : 5 }));
  show("tabs");
  found.quota = await step("A full disk", () => fillDisk({ folder, sqlite }));
  show("quota");
  const engines = long ? foundEngines() : ["chromium"];
  found.engines = [`${found.kills.version}${sqlite ? " on SQLite" : ""}`];
  for (const engine of engines) {
    const { title } = ENGINES[engine];
    const counts = await step(`Generated calls in ${title}`, () => generatedCalls(folder, engine));
    found.generated = sumOf(found.generated, counts);
    if (engine !== "chromium" && counts) found.engines.push(`${title} (generated calls${counts.failed ? " FAILED" : ""})`);
  }

  const rows = summary(found);
  console.log(`\n${plain(rows)}\n\n${markdown(rows)}\n\nseed: ${seed} (${command})`);
  for (const { name } of found.quota.cases) say(`  full disk: ${name}`);
  const wrong = complaints(found);
  for (const complaint of wrong) console.log(`FAULT: ${complaint}`);
  if (found.tabs.late > 0) say("The events that were not heard before the next change are those whose author died before it could tell them.");
  if (wrong.length > 0) process.exitCode = 1;
});

function options() {
  try {
    const { values } = parseArgs({ options: { long: FLAG, sqlite: FLAG, seed: { type: "string" } } });
    const seed = values.seed === undefined ? newSeed() : Number(values.seed);
    if (Number.isInteger(seed) && seed >= 0) return { ...values, seed };
  } catch {
    // an option that is none of ours; the usage says which there are
  }
  throw new Failure(USAGE);
}

function sumOf(one, other) {
  if (one === undefined || other === undefined) return one ?? other;
  return { calls: one.calls + other.calls, panics: one.panics + other.panics, failed: one.failed || other.failed };
}
