// Measurements that need more than one page: cold starts, and contestants that have a page of their own.
import { say } from "../scripts/lib/log.mjs";
import { STORAGE } from "./contestants.js";

const NAMES = Object.keys(STORAGE);
const originOf = (name) => `storage-${NAMES.indexOf(name)}`;
const turned = (list, by) => [...list.slice(by % list.length), ...list.slice(0, by % list.length)];

/** A new page for every start, in turns. The first round creates the databases and does not count. */
export async function openCold({ callInNewPage }, { opens }) {
  const times = { "ours, module and database": [], "Dexie, module and database": [], "ours, module alone": [], "Dexie, module alone": [] };
  for (let round = 0; round <= opens; round++) {
    for (const name of round % 2 ? ["ours", "Dexie"] : ["Dexie", "ours"]) {
      const { load, open } = await callInNewPage(undefined, "openCold", name, `cold-${name}`);
      if (round === 0) continue;
      times[`${name}, module and database`].push(load + open);
      times[`${name}, module alone`].push(load);
    }
  }
  return { work: "open in a page that has loaded nothing", times };
}

/** What stores conversations, each by itself: writing, small work, and opening what was written. For information: there are no bounds. */
export async function peers({ callInNewPage }, sizes) {
  const { conversations, messagesEach, longConversation, peerOpens } = sizes;
  const count = (number) => number.toLocaleString("en");
  const titles = {
    open: `open ${count(conversations)} conversations, nothing loaded before`,
    append: "append one message",
    newest: `newest 20 of ${count(longConversation)} messages`,
    list: `50 newest of ${count(conversations)} conversations`,
    bulk: `write ${count(conversations)} conversations of ${messagesEach} messages`,
  };
  const times = Object.fromEntries(Object.keys(titles).map((row) => [row, Object.fromEntries(NAMES.map((name) => [name, []]))]));
  for (const name of NAMES) {
    say(`  ${name}`);
    const measured = await callInNewPage(originOf(name), "measureStorage", name, sizes, "peer");
    for (const [row, each] of Object.entries(measured)) times[row][name].push(...each);
  }
  for (let round = 0; round < peerOpens; round++) {
    for (const name of turned(NAMES, round)) {
      const { load, open } = await callInNewPage(originOf(name), "openCold", name, "peer");
      times.open[name].push(load + open);
    }
  }
  return Object.entries(titles).map(([row, title]) => ({ work: `peers: ${title}`, chart: title[0].toUpperCase() + title.slice(1), times: times[row] }));
}
