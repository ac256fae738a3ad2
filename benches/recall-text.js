// What recall is measured with: messages drawn from the text of run.mjs, whole and with repetition, so that words keep their
// shares; its questions; and what people type into a search box.
import { randomNumbers } from "./workload.js";

/** `{ documents: [{ id, text }], questions, keywords, typed }`, the same in every page. */
export async function recallText({ total }) {
  const { messages, questions } = await (await fetch("/data/text.json")).json();
  const random = randomNumbers(15);
  const documents = Array.from({ length: total }, (_, id) => ({ id, text: messages[Math.floor(random() * messages.length)] }));
  const keywords = questions.map(longestWords);
  return { documents, questions, keywords, typed: keywords.filter((_, index) => index % 10 === 0).flatMap(prefixes) };
}

function longestWords(question) {
  const words = question.match(/[\p{L}\p{N}]+/gu) ?? [question];
  return words.sort((a, b) => b.length - a.length).slice(0, 2).join(" ");
}

/** What stands in the box after each key, from the second letter on. */
function prefixes(text) {
  return Array.from({ length: Math.max(text.length - 1, 1) }, (_, index) => text.slice(0, index + 2));
}
