// The newest 20 messages of a long conversation.
import { filled } from "../filled.js";
import { check, takeTurns } from "../measure.js";
import { message, messages } from "../workload.js";

const COUNT = 20;

export async function newest(sizes) {
  const { ours, rows } = await filled(sizes);
  const total = sizes.longConversation;
  const oursId = await ours.memory.create(messages(total));
  const rowsId = await rows.memory.create(messages(total));
  const found = {};
  const times = await takeTurns(
    {
      ours: async () => { found.ours = await ours.memory.newest(oursId, COUNT); },
      "raw, getAll of a key range known beforehand": async () => { found.known = await rows.memory.newestOfKnownCount(rowsId, COUNT, total); },
      "raw, count looked up first (for information)": async () => { found.read = await rows.memory.newest(rowsId, COUNT); },
    },
    { rounds: sizes.reads, warmUp: sizes.warmUp },
  );
  for (const [name, list] of Object.entries(found)) {
    const [first] = list;
    const right = first.seq === total - COUNT && first.content === message(total - COUNT).content;
    check(list.length === COUNT && right, `${name}: not the newest ${COUNT}`);
  }
  return {
    work: `newest ${COUNT} of ${total.toLocaleString("en")} messages`, times, bound: 1.25,
    against: ["raw, getAll of a key range known beforehand"],
  };
}
