// What the index costs those who only store: messages one by one, an import, and the main thread while it is made in the
// background. "Without an index" is a build of the package from before it had one, which run.mjs is told with --without-index.
import { fillMemory, openOursRecall } from "./contestants/ours-recall.js";
import { check, collectGarbage, deleteDatabase, takeTurns } from "./measure.js";
import { recallText } from "./recall-text.js";
import { USER } from "./records.js";
import { indexAtRest } from "./stored-index.js";
import { messages } from "./workload.js";

const PACKAGES = { ours: "conversation-memory", "ours, without an index": "conversation-memory-without-index" };

async function openEach(databaseName) {
  const opened = {};
  for (const [name, specifier] of Object.entries(PACKAGES)) {
    const { ConversationManager } = await import(specifier);
    opened[name] = () => ConversationManager.open({ userId: USER, databaseName: `${databaseName} ${name}` });
  }
  return opened;
}

/** The milliseconds of adding a message and of importing everything, of the package and of the one without an index. */
export async function measureStoring(sizes) {
  const { documents } = await recallText(sizes);
  const open = await openEach("storing");
  const memories = {};
  const [ids, files] = [{}, {}];
  for (const name of Object.keys(open)) {
    memories[name] = await open[name]();
    await fillMemory(memories[name], documents);
    await indexAtRest(`storing ${name}`);
    ids[name] = (await memories[name].createConversation()).id;
    files[name] = await memories[name].exportAll();
  }
  const added = messages(sizes.warmUp + sizes.appends);
  const appending = Object.keys(open).map((name) => [name, (round) => memories[name].addMessage(ids[name], added[round])]);
  const append = await takeTurns(Object.fromEntries(appending), { rounds: sizes.appends, warmUp: sizes.warmUp });
  for (const memory of Object.values(memories)) await memory.close();
  return { append, importing: await importing(files, documents.length, sizes) };
}

async function importing(files, count, { bulkRounds }) {
  const open = await openEach("import");
  let memory, report;
  const contestants = Object.keys(open).map((name) => [name, async () => { report = await memory.importAll(files[name]); }]);
  return takeTurns(Object.fromEntries(contestants), {
    rounds: bulkRounds,
    async before(name) {
      memory = await open[name]();
      collectGarbage();
    },
    async after(name) {
      check(report.messages === count && report.problems.length === 0, `${name} has not imported everything`);
      await memory.close();
      await deleteDatabase(`import ${name}`);
    },
  });
}

/** The longest task of the main thread, in milliseconds, from the first message until the index is whole; 50 when there was none as long. */
export async function longestTask(sizes) {
  const { documents } = await recallText(sizes);
  const index = await openOursRecall("tasks");
  let longest = 50; // shorter ones are not told
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  observer.observe({ type: "longtask" });
  await index.fill(documents);
  await indexAtRest("tasks");
  observer.disconnect();
  await index.close();
  return longest;
}
