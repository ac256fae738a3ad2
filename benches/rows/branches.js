// A long conversation with many branches at random places beside one of the same length without: both of ours.
import { openOurs } from "../contestants/ours.js";
import { check, takeTurns } from "../measure.js";
import { message, messages, randomNumbers } from "../workload.js";

/** So many messages has each branch of its own. */
const EACH = 10;
/** So many alternatives has one message, all over the log. */
const ALTERNATIVES = 100;
/** No branch begins earlier, so that each fills a screen. */
const FIRST = 100;
const NEWEST = 20;
const SCREEN = 50;
const DATABASE = "branches";

export async function branches(sizes) {
  const { total, branches: count, reads, warmUp } = sizes;
  const { manager, close } = await openOurs(DATABASE);
  console.log(`storing ${total.toLocaleString("en")} messages twice, once with ${count.toLocaleString("en")} branches`);
  const plain = (await manager.createConversation()).id;
  await manager.addMessages(plain, messages(total));
  const { id, ids, starts, crowded } = await grown(manager, sizes);
  await new Promise((rested) => setTimeout(rested, 3_000)); // while the browser tidies up behind so much writing

  const random = randomNumbers(1);
  let start;
  const switched = async () => {
    start = starts[Math.floor(random() * starts.length)];
    await manager.switchBranch(id, start);
  };
  /** The other conversation is written as well, for that makes the next read slower. */
  const afterSwitch = (name, round) => (name === "branches" ? switched() : manager.pinConversation(plain, round % 2 === 0));

  const compared = async (work, bound, call, isRight, before) => {
    let answer;
    const contestant = (conversation) => async () => { answer = await call(conversation); };
    const times = await takeTurns(
      { branches: contestant(id), "no branches": contestant(plain) },
      { rounds: reads, warmUp, before, after: (name) => check(isRight(answer), `${work}: ${name}`) },
    );
    return { work, times, bound };
  };
  const newest = (conversation) => manager.getRecentMessages(conversation, NEWEST);
  const screen = (conversation) => manager.getThread(conversation, { limit: SCREEN });
  const prompt = (conversation) => manager.buildPrompt(conversation, "How healthy is education?");
  const isNewest = (list) => list.length === NEWEST;
  const isScreen = (thread) => thread.messages.length === SCREEN;

  const results = [
    await compared(`newest ${NEWEST}`, 1.25, newest, isNewest),
    await compared(`newest ${NEWEST}, after a switch`, 1.25, newest, isNewest, afterSwitch),
    await compared(`screen of ${SCREEN}`, 1.5, screen, isScreen),
    await compared(`screen of ${SCREEN}, after a switch`, 1.5, screen, isScreen, afterSwitch),
    await compared("prompt", 1.5, prompt, (built) => built.messages.length > 5),
    await alternatives(),
  ];
  await manager.switchBranch(id, crowded);
  results.push(await compared(`screen with a message of ${ALTERNATIVES + 1} alternatives`, 1.5, screen, isScreen));
  await close();
  return [...results, await appended(plain, id, ids, sizes)];

  async function alternatives() {
    let found;
    const times = await takeTurns(
      {
        listBranches: async () => { found = await manager.listBranches(id, start); },
        "the newest message": () => manager.getRecentMessages(plain, 1),
      },
      {
        rounds: reads,
        warmUp,
        async before() {
          await switched();
          await screen(id);
        },
        after: () => check(!found || (found.length > 0 && found.every((each) => each.parentId === found[0].parentId)), "not the alternatives"),
      },
    );
    return { work: "alternatives of a message on the screen", times, bound: 2 };
  }
}

/** A conversation with branches at random places; the first messages of these, and one that has very many alternatives. */
async function grown(manager, { total, branches }) {
  const random = randomNumbers(2);
  const { id } = await manager.createConversation();
  const own = (branches + ALTERNATIVES) * EACH;
  const ids = (await manager.addMessages(id, messages(total - own))).map((each) => each.id);
  const crowd = ids[Math.floor(ids.length / 2)];
  const [starts, crowded] = [[], []];
  for (let branch = 0; branch < branches + ALTERNATIVES; branch++) {
    const isOfCrowd = crowded.length * branches < starts.length * ALTERNATIVES;
    const parentId = isOfCrowd ? crowd : ids[FIRST + Math.floor(random() * (ids.length - FIRST))];
    const [first, ...others] = messages(EACH, total - own + branch * EACH);
    const added = await manager.addMessages(id, [{ ...first, parentId }, ...others]);
    ids.push(...added.map((each) => each.id));
    (isOfCrowd ? crowded : starts).push(added[0].id);
  }
  return { id, ids, starts, crowded: crowded.at(-1) };
}

/** In a page that has not seen the message that is answered anew. */
async function appended(plain, id, ids, { total, reads, warmUp }) {
  const { manager, close } = await openOurs(DATABASE);
  const random = randomNumbers(3);
  const times = await takeTurns(
    {
      "begins a branch anywhere": async (round) => {
        const parentId = ids[Math.floor(random() * ids.length)];
        const added = await manager.addMessage(id, { ...message(total + round), parentId });
        check(added.parentId === parentId, "a message follows another one than was said");
      },
      "at the end": (round) => manager.addMessage(plain, message(total + round)),
    },
    { rounds: reads, warmUp },
  );
  await close();
  return { work: "append one message", times };
}
