// What the index costs those who only store: a message, and an import. It is compared with a build of the package from before
// it had an index, which run.mjs is told with --without-index.
import { fillMemory } from "./contestants/ours-recall.js";
import { check, collectGarbage, deleteDatabase, takeTurns } from "./measure.js";
import { recallText } from "./recall-text.js";
import { USER } from "./records.js";
import { messages } from "./workload.js";

const PACKAGES = { ours: "conversation-memory", "ours, without an index": "conversation-memory-without-index" };
const NAMES = Object.keys(PACKAGES);

async function open(name, databaseName) {
  const { ConversationManager } = await import(PACKAGES[name]);
  return ConversationManager.open({ userId: USER, databaseName });
}

const contestants = (work) => Object.fromEntries(NAMES.map((name) => [name, (round) => work(name, round)]));

/** The milliseconds of adding a message, and of importing everything. `indexed` is a database in which all messages have an index. */
export async function measureStoring(sizes, indexed) {
  const { documents } = await recallText(sizes);
  const memories = { ours: await open("ours", indexed), "ours, without an index": await open("ours, without an index", "storing") };
  await fillMemory(memories["ours, without an index"], documents);
  const [ids, files] = [{}, {}];
  for (const name of NAMES) {
    ids[name] = (await memories[name].createConversation()).id;
    files[name] = await memories[name].exportAll();
  }
  const added = messages(sizes.warmUp + sizes.appends);
  const append = await takeTurns(
    contestants((name, round) => memories[name].addMessage(ids[name], added[round])),
    { rounds: sizes.appends, warmUp: sizes.warmUp },
  );
  for (const memory of Object.values(memories)) await memory.close();
  return { append, importing: await importing(files, documents.length, sizes) };
}

async function importing(files, count, { bulkRounds }) {
  let memory, report;
  return takeTurns(
    contestants(async (name) => { report = await memory.importAll(files[name]); }),
    {
      rounds: bulkRounds,
      async before(name) {
        memory = await open(name, "import");
        collectGarbage();
      },
      async after(name) {
        check(report.messages === count && report.problems.length === 0, `${name} has not imported everything`);
        await memory.close();
        await deleteDatabase("import");
      },
    },
  );
}
