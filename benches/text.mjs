// The text that recall is measured on: real text of files on this machine, or one that is made of words with Zipf's distribution.
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { Failure } from "../scripts/lib/log.mjs";
import { randomNumbers } from "./workload.js";

const SAID = ["text", "content", "utterance"];
const GENERATED_MESSAGES = 5_000;
const VOCABULARY = 50_000;

/** `{ messages, questions, source }` of a file or of all files in a folder; without a path generated. */
export async function readText(path) {
  if (!path) return generated();
  const found = { messages: [], questions: [] };
  for (const file of await filesOf(path)) {
    const text = await readFile(file, "utf8");
    if (extname(file) === ".json") collect(JSON.parse(text), found);
    else found.messages.push(...text.split("\n").map((line) => line.trim()).filter(Boolean));
  }
  const { messages, questions } = found;
  if (messages.length < 100) throw new Failure(`--text ${path} has ${messages.length} messages; at least 100 are needed.`);
  return { messages, questions: questions.length > 0 ? questions : questionsFrom(messages), source: `real text, ${messages.length} messages repeated` };
}

async function filesOf(path) {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new Failure(`--text ${path}: there is no such file or folder.`);
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => join(path, name)).sort();
}

/** What is said in a data set of dialogues, wherever it stands in it, and what is asked about it. */
function collect(value, found) {
  if (Array.isArray(value)) return value.forEach((each) => collect(each, found));
  if (typeof value !== "object" || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    if (typeof each === "string" && SAID.includes(key) && each.trim()) found.messages.push(each);
    else if (typeof each === "string" && key === "question") found.questions.push(each);
    else collect(each, found);
  }
}

/** Some words of a longer message each, where a data set has no questions. */
function questionsFrom(messages) {
  const random = randomNumbers(2);
  const longer = messages.map((each) => each.split(/\s+/)).filter((words) => words.length >= 8);
  const texts = longer.length > 0 ? longer : messages.map((each) => [each]);
  return Array.from({ length: 200 }, () => {
    const words = texts[Math.floor(random() * texts.length)];
    return words.slice(0, 12).filter((_, index) => index % 4 === 0 || random() < 0.5).join(" ");
  });
}

/** Words of random letters; the word of rank n comes as often as 1 / (n + 2.7) (Zipf and Mandelbrot). */
function generated() {
  const random = randomNumbers(1);
  const words = Array.from({ length: VOCABULARY }, (_, rank) => word(random, rank));
  const shares = [];
  let sum = 0;
  for (let rank = 0; rank < VOCABULARY; rank++) shares.push((sum += 1 / (rank + 2.7)));
  const pick = () => words[firstAbove(shares, random() * sum)];
  const messages = Array.from({ length: GENERATED_MESSAGES }, () => {
    const length = 5 + Math.floor(35 * random() ** 2);
    return Array.from({ length }, pick).join(" ");
  });
  return { messages, questions: questionsFrom(messages), source: "generated text with Zipf's distribution" };
}

/** Frequent words are short. */
function word(random, rank) {
  const length = 2 + Math.floor(Math.log10(rank + 1) * 1.5) + Math.floor(random() * 3);
  return Array.from({ length }, () => "etaoinshrdlucmfwypvbgk"[Math.floor(22 * random() ** 1.5)]).join("");
}

function firstAbove(sums, value) {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
