// Recall beside search libraries. run.mjs calls these functions, each in a page that has loaded nothing, but `measureQuestions`,
// in which everybody takes turns.
import { RECALL } from "./contestants.js";
import { check, collectGarbage, takeTurns, watchTasks } from "./measure.js";
import { recallText } from "./recall-text.js";
import { memoryInUse, watchMemory } from "./memory.js";

const LIMIT = 10;
const WARM_UP = 5; // a question to a large index takes long

const databaseOf = (name) => `recall-${name}`;
const open = async (name) => (await RECALL[name]())(databaseOf(name));

/** Makes the index of all messages and keeps it. The bytes of what is kept, and of the messages' text; the longest task of keeping it, in milliseconds. */
export async function buildIndex(name, sizes) {
  const { documents } = await recallText(sizes);
  const index = await open(name);
  await index.fill(documents);
  const longestTask = watchTasks(); // while what is stored is indexed in the background
  const bytes = await index.save();
  const longest = longestTask();
  await index.close?.();
  return { bytes, longest, textBytes: new Blob(documents.map(({ text }) => text)).size };
}

/** From an opened page to the first answer. The code is loaded before. */
export async function firstAnswer(name, sizes) {
  const { questions } = await recallText({ ...sizes, total: 0 });
  const openIndex = await RECALL[name]();
  const start = performance.now();
  const index = await openIndex(databaseOf(name));
  await index.load();
  const found = await index.recall(questions[0], LIMIT);
  const took = performance.now() - start;
  check(found.length > 0, `${name} finds nothing`);
  await index.close?.();
  return took;
}

/** The bytes that an index takes in memory after some questions. */
export async function indexMemory(name, sizes) {
  const modules = watchMemory();
  const { questions } = await recallText({ ...sizes, total: 0 });
  const index = await open(name);
  const before = await memoryInUse();
  await index.load();
  for (const question of questions.slice(0, 20)) await index.recall(question, LIMIT);
  const after = await memoryInUse();
  check(name !== "ours" || modules.length > 0, "the memory of the package's module was not seen");
  await index.close?.();
  return after - before;
}

/** The milliseconds of whole questions, of two keywords and of keys typed into a search box. */
export async function measureQuestions(names, sizes) {
  const { questions, keywords, typed } = await recallText({ ...sizes, total: 0 });
  const indexes = {};
  for (const name of names) {
    indexes[name] = await open(name);
    await indexes[name].load();
  }
  collectGarbage();
  const ask = (asked, rounds, call = "recall") => {
    const able = names.filter((name) => indexes[name][call]);
    const contestants = able.map((name) => [name, (round) => indexes[name][call](asked[round % asked.length], LIMIT)]);
    return takeTurns(Object.fromEntries(contestants), { rounds, warmUp: WARM_UP });
  };
  await checkAnswers(indexes, questions, "recall");
  await checkAnswers(indexes, typed, "search");
  return {
    question: await ask(questions, sizes.questions),
    keywords: await ask(keywords, sizes.questions),
    typed: await ask(typed, Math.min(typed.length, sizes.keystrokes), "search"),
  };
}

/** Who finds nothing is fast. */
async function checkAnswers(indexes, texts, call) {
  const asked = texts.slice(0, 20);
  for (const [name, index] of Object.entries(indexes)) {
    if (!index[call]) continue;
    let answered = 0;
    for (const text of asked) answered += (await index[call](text, LIMIT)).length > 0;
    check(answered > asked.length / 2, `${name} answers ${answered} of ${asked.length}: ${asked[0]} …`);
  }
}
