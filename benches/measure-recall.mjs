// The rows about recall: it beside search libraries on the same messages, and what its index costs those who only store.
import { say } from "../scripts/lib/log.mjs";
import { RECALL } from "./contestants.js";

const NO_PREFIXES = { FlexSearch: "finds whole words only" };

/**
 * All contestants share an origin, and each measurement has a page that has loaded nothing. `text` says what the messages
 * are; the rows that compare with a build without an index are there when `withoutIndex` names one.
 */
export async function recall({ callInNewPage }, sizes, { text, withoutIndex }) {
  const call = (name, ...parameters) => callInNewPage("recall", name, ...parameters);
  const names = Object.keys(RECALL);
  const count = sizes.total.toLocaleString("en");
  const times = { bytes: {}, first: {}, memory: {} };
  let textBytes;
  for (const name of names) {
    say(`  ${name}: index of ${count} messages`);
    const built = await call("buildIndex", name, sizes);
    times.bytes[name] = [built.bytes];
    textBytes = built.textBytes;
    if (name === "ours") times.task = { ours: [built.longest], "50 ms, the bound": [50] };
  }
  for (const name of names) times.memory[name] = [await call("indexMemory", name, sizes)];
  for (let round = 0; round < sizes.peerOpens; round++) {
    for (const name of names) (times.first[name] ??= []).push(await call("firstAnswer", name, sizes));
  }
  const asked = await call("measureQuestions", names, sizes);
  const slowest = Object.fromEntries(Object.entries(asked.typed).map(([name, all]) => [name, [Math.max(...all)]]));
  const rows = [
    { work: `recall: a whole question (${text.source})`, chart: `Find what answers a question in ${count} messages`, times: asked.question, bounds: { MiniSearch: 0.1, FlexSearch: 1 } },
    { work: "recall: two keywords", chart: `Find two words in ${count} messages`, times: asked.keywords, bounds: { MiniSearch: 1 } },
    { work: "search as you type, a key", times: { ...asked.typed, "16 ms, the bound": [16] }, cannot: NO_PREFIXES, bounds: { "16 ms, the bound": 1 } },
    { work: "search as you type, the slowest key", times: slowest, cannot: NO_PREFIXES },
    { work: "open and first recall", chart: "Open and find for the first time", times: times.first, bounds: { MiniSearch: 0.3 } },
    { work: "index in memory", chart: "Index in memory", times: times.memory, unit: "bytes", bounds: { MiniSearch: 0.2 } },
    { work: "index on disk", chart: "Index on disk", times: { ...times.bytes, "the text": [textBytes] }, unit: "bytes", bounds: { "the text": 0.4 } },
    { work: "longest task while the index is made in the background", times: times.task, bound: 1 },
  ];
  if (withoutIndex) {
    const { append, importing } = await call("measureStoring", sizes, "recall-ours");
    rows.push({ work: "append one message, with an index", times: append, bound: 1.1 });
    rows.push({ work: `import ${count} messages, with an index`, times: importing, bound: 1.4 });
  }
  return rows.filter(({ times }) => times.ours); // a build without `search` has no row for it
}
