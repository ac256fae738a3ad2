// Work on a whole long conversation: reading and deleting it. For information; issue 2 sets no bound.
import { openDexie } from "../contestants/dexie.js";
import { openOurs } from "../contestants/ours.js";
import { check, collectGarbage, takeTurns } from "../measure.js";
import { toRecords } from "../records.js";
import { messages } from "../workload.js";

export async function whole(sizes) {
  const ours = await openOurs("whole-ours");
  const dexie = await openDexie("whole-dexie");
  const results = [await readAll(ours, dexie, sizes), await remove(ours, dexie, sizes)];
  await ours.close();
  await dexie.close();
  return results;
}

async function readAll(ours, dexie, { total, bulkRounds }) {
  console.log(`storing a conversation of ${total.toLocaleString("en")} messages in ours and in Dexie`);
  const added = messages(total);
  const records = toRecords([added]);
  const oursId = await ours.create(added);
  await dexie.bulkAdd(records);

  let found;
  const times = await takeTurns(
    {
      ours: async () => { found = await ours.readAll(oursId, total); },
      "Dexie, where().between().toArray()": async () => { found = await dexie.readAll(records[0].conversation.id); },
    },
    {
      rounds: bulkRounds,
      before: collectGarbage,
      after: (name) => check(found.length === total && found[total - 1].content === added[total - 1].content, `${name} has not read everything`),
    },
  );
  return { work: `read ${total.toLocaleString("en")} messages`, times };
}

async function remove(ours, dexie, { total, longConversation, bulkRounds }) {
  const added = messages(longConversation);
  const records = toRecords([added], total); // identifiers behind those of the conversation that stays
  let id;
  const times = await takeTurns(
    {
      ours: () => ours.remove(id),
      "Dexie, where().delete()": () => dexie.remove(id),
    },
    {
      rounds: bulkRounds,
      before: async (name) => {
        if (name === "ours") id = await ours.create(added);
        else {
          await dexie.bulkAdd(records);
          id = records[0].conversation.id;
        }
      },
      after: async (name) => check(await (name === "ours" ? ours : dexie).countMessages() === total, `${name} has not deleted the conversation`),
    },
  );
  return { work: `delete a conversation of ${longConversation.toLocaleString("en")} messages`, times };
}
