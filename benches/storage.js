// One contestant by itself: many conversations written at once, then small work on them. It has a page and an origin of its
// own, because some work on after a call has returned, and because all databases of an origin share one log.
import { STORAGE } from "./contestants.js";
import { check } from "./measure.js";
import { toRecords } from "./records.js";
import { message, messages } from "./workload.js";

const NEWEST = 20;
const LISTED = 50;

/** The milliseconds of every turn, by row. The database stays, for `openCold`. */
export async function measureStorage(name, sizes, databaseName) {
  const memory = await (await STORAGE[name]())(databaseName);
  const { conversations, messagesEach, longConversation } = sizes;
  const many = fillings(Array.from({ length: conversations }, (_, number) => messages(messagesEach, number * messagesEach)));
  const [long] = fillings([messages(longConversation)], conversations * messagesEach);

  const started = performance.now();
  const ids = (await memory.bulkAdd(many)) ?? many.map(({ conversation }) => conversation.id);
  const bulk = [performance.now() - started];
  check((await memory.countMessages()) === conversations * messagesEach, `${name} has not stored everything`);
  const [longId] = (await memory.bulkAdd([long])) ?? [long.conversation.id];
  await new Promise((rested) => setTimeout(rested, 3_000)); // while the browser tidies up behind so much writing

  const added = messages(sizes.warmUp + sizes.peerTurns);
  const append = await turns(sizes, async (round) => {
    const { seq } = await memory.append(ids.at(-1), added[round]);
    check(seq === messagesEach + round, `${name}: message ${round} has number ${seq}`);
  });

  // A message is added before every reading, as in a chat, so that what was read before is not the answer. (RxDB follows in memory
  // what the documents of a query become, and answers from there all the same.)
  const newest = await turns(
    sizes,
    async (round) => {
      const found = await memory.newest(longId, NEWEST);
      const [first, last] = [found[0], found.at(-1)];
      const right = found.length === NEWEST && last.seq === longConversation + round && first.seq === last.seq - NEWEST + 1;
      check(right && last.content === message(round).content, `${name}: not the newest ${NEWEST}`);
    },
    (round) => memory.append(longId, message(round)),
  );
  const list = await turns(
    sizes,
    async (round) => {
      const found = await memory.list(LISTED);
      const sorted = found.every((each, index) => index === 0 || found[index - 1].updatedAt >= each.updatedAt);
      const touched = found.find(({ id }) => id === ids[round % ids.length]);
      check(found.length === LISTED && sorted && touched?.updatedAt === found[0].updatedAt, `${name}: not the newest ${LISTED}`);
    },
    (round) => memory.append(ids[round % ids.length], message(round)),
  );
  await memory.close();
  return { append, newest, list, bulk };
}

/** What to write, as records for those that store records, and as messages for those that make their own. */
function fillings(messagesOfEach, firstId) {
  return toRecords(messagesOfEach, firstId).map((filled, index) => ({ ...filled, messages: messagesOfEach[index] }));
}

async function turns({ warmUp, peerTurns }, work, before = () => {}) {
  const times = [];
  for (let round = 0; round < warmUp + peerTurns; round++) {
    await before(round);
    const start = performance.now();
    await work(round);
    if (round >= warmUp) times.push(performance.now() - start);
  }
  return times;
}
