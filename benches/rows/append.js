// One more message in a conversation: the message and the conversation's record, in one transaction.
import { filled } from "../filled.js";
import { check, takeTurns } from "../measure.js";
import { messages } from "../workload.js";

export async function append(sizes) {
  const { ours, rows, pages } = await filled(sizes);
  const id = { ours: ours.ids.at(-1), rows: rows.ids.at(-1), pages: pages.ids.at(-1) };
  const added = messages(sizes.warmUp + sizes.appends);
  const last = {};
  const times = await takeTurns(
    {
      ours: async (round) => { last.ours = await ours.memory.append(id.ours, added[round]); },
      "raw, one row a message": async (round) => { last.rows = await rows.memory.append(id.rows, added[round]); },
      "raw, pages of 64": async (round) => { last.pages = await pages.memory.append(id.pages, added[round]); },
    },
    { rounds: sizes.appends, warmUp: sizes.warmUp },
  );
  const expected = sizes.messagesEach + added.length - 1;
  for (const [name, { seq }] of Object.entries(last)) check(seq === expected, `${name}: the last message has number ${seq}, not ${expected}`);
  return { work: "append one message", times, bound: 1.15 };
}
