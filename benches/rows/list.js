// The newest conversations with their counts.
import { hasGetAllRecords } from "../contestants/raw.js";
import { filled } from "../filled.js";
import { check, takeTurns } from "../measure.js";

const LIMIT = 50;

export async function list(sizes) {
  const { ours, rows } = await filled(sizes);
  const found = {};
  const contestants = {
    ours: async () => { found.ours = await ours.memory.list(LIMIT); },
    "raw, cursor over an index": async () => { found.cursor = await rows.memory.listByCursor(LIMIT); },
  };
  if (hasGetAllRecords) {
    contestants["raw, getAllRecords of an index"] = async () => { found.records = await rows.memory.listByGetAllRecords(LIMIT); };
  }
  const times = await takeTurns(contestants, { rounds: sizes.reads, warmUp: sizes.warmUp });
  for (const [name, conversations] of Object.entries(found)) {
    const sorted = conversations.every((each, index) => index === 0 || conversations[index - 1].updatedAt >= each.updatedAt);
    const counted = conversations.every((each) => each.messageCount === sizes.messagesEach);
    check(conversations.length === LIMIT && sorted && counted, `${name}: not the newest ${LIMIT} conversations`);
  }
  return { work: `${LIMIT} newest of ${sizes.conversations.toLocaleString("en")} conversations`, times, bound: 1.25 };
}
