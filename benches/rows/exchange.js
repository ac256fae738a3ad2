// Everything out into a file and in again, beside the same messages read and written by hand in one go.
import { openOurs } from "../contestants/ours.js";
import { openRawPages } from "../contestants/raw-pages.js";
import { openRawRows } from "../contestants/raw-rows.js";
import { check, collectGarbage, deleteDatabase, takeTurns } from "../measure.js";
import { messages } from "../workload.js";

const RAW = { "raw, pages of 64": openRawPages, "raw, one row a message": openRawRows };

export async function exchange({ total, bulkRounds }) {
  const added = messages(total);
  const count = total.toLocaleString("en");
  const ours = await openOurs("exchange-ours");
  await ours.create(added);
  let file, found;
  const contestants = { ours: async () => { file = await ours.manager.exportAll(); } };
  for (const [name, open] of Object.entries(RAW)) {
    const memory = await open(`exchange ${name}`);
    const id = await memory.create(added);
    contestants[name] = async () => { found = await memory.readAll(id, total); };
  }
  const times = await takeTurns(contestants, { rounds: bulkRounds, before: collectGarbage });
  check(found.length === total, "not everything was read");
  check((await file.slice(0, 200).text()).includes(`"messages":${total}`), "not everything was exported");
  return [{ work: `export ${count} messages`, times, bound: 2 }, await importing(file, added, { total, bulkRounds }, `import ${count} messages`)];
}

async function importing(file, added, { total, bulkRounds }, work) {
  let memory, report;
  const contestants = { ours: async () => { report = await memory.manager.importAll(file); } };
  for (const name of Object.keys(RAW)) contestants[name] = () => memory.create(added);
  const before = async (name, round) => {
    console.log(`round ${round + 1} of ${bulkRounds}: ${work}: ${name}`);
    memory = await (RAW[name] ?? openOurs)("exchange-in");
    collectGarbage();
  };
  const after = async (name) => {
    if (name === "ours") check(report.messages === total && report.problems.length === 0, "not everything was imported");
    await memory.close();
    await deleteDatabase("exchange-in");
  };
  return { work, times: await takeTurns(contestants, { rounds: bulkRounds, before, after }), bound: 2 };
}
