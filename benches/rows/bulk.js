// Many messages at once: into one conversation, and spread over many. Each time in a new database, deleted afterwards.
import { openDexie } from "../contestants/dexie.js";
import { openOurs } from "../contestants/ours.js";
import { check, collectGarbage, deleteDatabase, takeTurns } from "../measure.js";
import { toRecords } from "../records.js";
import { messages } from "../workload.js";

export async function bulkOne(sizes) {
  const work = `write ${sizes.total.toLocaleString("en")} messages into one conversation`;
  return bulk(work, [messages(sizes.total)], sizes, {
    "Dexie, one bulkAdd": (dexie, records) => dexie.bulkAdd(records),
  });
}

export async function bulkMany(sizes) {
  const { conversations, messagesEach } = sizes;
  const work = `write ${conversations.toLocaleString("en")} conversations of ${messagesEach} messages`;
  const added = Array.from({ length: conversations }, (_, number) => messages(messagesEach, number * messagesEach));
  return bulk(work, added, sizes, {
    "Dexie, one bulkAdd": (dexie, records) => dexie.bulkAdd(records),
    "Dexie, a transaction a conversation": (dexie, records) => dexie.bulkAddEach(records),
  });
}

/** `added` holds the messages of each conversation. Dexie's records are made beforehand; ours are made on the clock. */
async function bulk(work, added, sizes, dexieWays) {
  const records = toRecords(added);
  const total = added.reduce((sum, each) => sum + each.length, 0);
  let database;
  const contestants = {
    ours: async () => { for (const each of added) await database.create(each); },
  };
  for (const [name, way] of Object.entries(dexieWays)) contestants[name] = () => way(database, records);

  const before = async (name, round) => {
    console.log(`round ${round + 1} of ${sizes.bulkRounds}: ${work}: ${name}`);
    database = await (name === "ours" ? openOurs : openDexie)("bulk");
    collectGarbage();
  };
  const after = async (name) => {
    check(await database.countMessages() === total, `${name} has not stored ${total} messages`);
    await database.close();
    await deleteDatabase("bulk");
  };
  const times = await takeTurns(contestants, { rounds: sizes.bulkRounds, before, after });
  return { work, times, bound: 0.3 };
}
