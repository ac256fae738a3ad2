// A long conversation with many branches must cost hardly more than one without: both of ours, side by side.
import { openOurs } from "../contestants/ours.js";
import { check, takeTurns } from "../measure.js";
import { message, messages, randomNumbers } from "../workload.js";

/** So many messages has each branch of its own. */
const EACH = 10;
/** So many alternatives has one message, all over the log. */
const ALTERNATIVES = 100;
const COUNT = 20;
/** No branch begins before: each fills a screen. */
const FIRST = 100;

export async function branches(sizes) {
  const { total, branches: count, reads, warmUp } = sizes;
  const { manager, close } = await openOurs("branches");
  console.log(`storing ${total.toLocaleString("en")} messages twice, once with ${count.toLocaleString("en")} branches`);
  const plain = (await manager.createConversation()).id;
  await manager.addMessages(plain, messages(total));
  const { id, ids, starts, crowded } = await branched(manager, sizes);
  await new Promise((rested) => setTimeout(rested, 3_000)); // while the browser tidies up behind so much writing

  const random = randomNumbers(1);
  const rounds = { rounds: reads, warmUp };
  const any = (list) => list[Math.floor(random() * list.length)];
  let start;
  /** A branch that was not the active one: only its switch has been seen. */
  const switched = async (name) => {
    start = any(starts);
    if (name === "ours, branches") await manager.switchBranch(id, start);
  };
  const compared = async (work, call, right, bound, before) => {
    const found = {};
    const contestant = (conversation) => async () => { found[conversation] = await call(conversation); };
    const times = await takeTurns(
      { "ours, branches": contestant(id), "ours, none": contestant(plain) },
      { ...rounds, before, after: (name) => check(right(found[name === "ours, none" ? plain : id]), `${work}: ${name}`) },
    );
    return { work, times, bound };
  };
  const newest = (conversation) => manager.getRecentMessages(conversation, COUNT);
  const has20 = (list) => list.length === COUNT && list[COUNT - 1].seq > list[0].seq;
  const results = [
    await compared(`newest ${COUNT}`, newest, has20, 1.25),
    await compared(`newest ${COUNT}, after a switch`, newest, has20, 1.25, switched),
    await compared("screen of 50, after a switch", (each) => manager.getThread(each), (thread) => thread.messages.length === 50, 1.5, switched),
    await compared("prompt, after a switch", (each) => manager.buildPrompt(each, "How healthy is education?"), (prompt) => prompt.messages.length > 5, 1.5, switched),
  ];
  let alternatives;
  results.push({
    work: "alternatives of a message on the screen",
    times: await takeTurns(
      {
        "ours, listBranches": async () => { alternatives = await manager.listBranches(id, start); },
        "ours, the newest message": () => manager.getRecentMessages(plain, 1),
      },
      {
        ...rounds,
        async before(name) {
          if (name !== "ours, listBranches") return;
          await switched("ours, branches");
          await manager.getThread(id, { limit: EACH });
        },
        after: () => check(alternatives === undefined || alternatives.some((each) => each.id === start), "not its alternatives"),
      },
    ),
    bound: 2,
  });
  await manager.switchBranch(id, crowded);
  const shown = (thread) => thread.messages.length === 50;
  results.push(await compared(`screen of 50 with ${ALTERNATIVES} alternatives of one`, (each) => manager.getThread(each), shown, 1.5));
  await close();
  return [...results, await appended(plain, id, ids, sizes)];
}

/** A conversation with branches at random places, the beginnings of these, and one of very many alternatives. */
async function branched(manager, { total, branches }) {
  const random = randomNumbers(2);
  const { id } = await manager.createConversation();
  const number = (index) => total + index * EACH;
  const ids = (await manager.addMessages(id, messages(total - (branches + ALTERNATIVES) * EACH))).map((each) => each.id);
  const crowd = ids[Math.floor(ids.length / 2)];
  const starts = [];
  let crowded;
  for (let branch = 0; branch < branches + ALTERNATIVES; branch++) {
    const isAlternative = branch % Math.ceil((branches + ALTERNATIVES) / ALTERNATIVES) === 0;
    const parentId = isAlternative ? crowd : ids[FIRST + Math.floor(random() * (ids.length - FIRST))];
    const [first, ...rest] = messages(EACH, number(branch));
    const added = await manager.addMessages(id, [{ ...first, parentId }, ...rest]);
    ids.push(...added.map((each) => each.id));
    if (isAlternative) crowded = added[0].id;
    else starts.push(added[0].id);
  }
  return { id, ids, starts, crowded };
}

/** In a page that has seen no message of it, a question is asked anew somewhere. */
async function appended(plain, id, ids, { total, reads, warmUp }) {
  const { manager, close } = await openOurs("branches");
  const random = randomNumbers(3);
  let added;
  const times = await takeTurns(
    {
      "ours, at a message not seen": async (round) => {
        const parentId = ids[Math.floor(random() * ids.length)];
        added = await manager.addMessage(id, { ...message(total + round), parentId });
        check(added.parentId === parentId, "it follows another message");
      },
      "ours, at the end": async (round) => { added = await manager.addMessage(plain, message(total + round)); },
    },
    { rounds: reads, warmUp },
  );
  await close();
  return { work: "append one message, which begins a branch", times };
}
