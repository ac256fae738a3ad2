// A small model for demonstration, so that the page can be tried without a server: it knows the sample's figures and nothing
// else. It stands where a real language model would, behind the same `generate`.
import { HEALTH, SECTORS, YEARS } from "./sample.js";

const FIRST = YEARS[0];
const LAST = YEARS.at(-1);
const PAUSE = 30; // milliseconds between two words

export const SUGGESTIONS = [
  "How healthy is Education in 2025?",
  "Compare all sectors in 2024",
  "Which sector grew most?",
];

const figure = (sector, year) => HEALTH[sector][YEARS.indexOf(year)];
const and = new Intl.ListFormat("en");

/** The model, in the shape of the package's `LanguageModel`. */
export function demoModel({ pause = PAUSE } = {}) {
  let turns = 0;
  return {
    async generate({ messages }, { signal, onDelta }) {
      const questions = messages.filter(({ role }) => role === "user").map(({ content }) => content);
      const { text, insights, dimensions } = answerTo(questions, turns++);
      const block = dimensions && `\n\n\`\`\`json\n${JSON.stringify({ insights, dimensions }, undefined, 2)}\n\`\`\``;
      const whole = text + (block ?? "");
      for (const word of whole.match(/\s*\S+\s*?/g)) {
        await sleep(pause, signal);
        onDelta(word);
      }
      return { text: whole, metadata: { model: "demonstration", finishReason: "stop" } };
    },
  };
}

function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(done, milliseconds);
    function done() {
      signal.removeEventListener("abort", stop);
      resolve();
    }
    function stop() {
      clearTimeout(timer);
      reject(signal.reason);
    }
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** What it says to the last of the questions. `turn` varies the words, so that another answer looks like one. */
function answerTo(questions, turn) {
  const question = questions.at(-1) ?? "";
  const years = yearsIn(question);
  const beyond = years.filter((year) => !YEARS.includes(year));
  if (beyond.length > 0) return { text: `I have no figures for ${and.format(beyond.map(String))}: mine go from ${FIRST} to ${LAST}. ${ABOUT}` };

  const named = sectorsIn(question);
  const every = /\b(all|every|each|sectors?|compare|overall|best|worst|most|least|which)\b/i.test(question);
  // "And in 2024?" is about what was spoken of before.
  const earlier = () => questions.slice(0, -1).map(sectorsIn).findLast((some) => some.length > 0) ?? [];
  const sectors = named.length > 0 ? named : every ? SECTORS : years.length > 0 ? earlier() : [];

  if (sectors.length === 0) return { text: `${pick(turn, ["That I do not know.", "I have no answer to that."])} ${ABOUT}` };
  if (/\b(grew|grow|growth|gained?|rose|risen|improved?|fell|fall|lost|change[ds]?)\b/i.test(question) && sectors.length > 1) return growth(sectors, years, turn);
  if (sectors.length > 1) return comparison(sectors, years.at(-1) ?? LAST, turn);
  return years.length === 1 ? moment(sectors[0], years[0], turn) : course(sectors[0], years, turn);
}

const ABOUT = `I am only this page's demonstration model: I know the invented health figures of ${and.format(SECTORS)} from ${FIRST} to ${LAST}. `
  + `Ask me, for example: “${SUGGESTIONS[0]}” On the chat page a real model can be chosen under “Model”.`;
const NOTE = "(A demonstration: the figures are invented.)";

const yearsIn = (text) => [...new Set((text.match(/\b(?:19|20)\d\d\b/g) ?? []).map(Number))].sort();
const sectorsIn = (text) => SECTORS.filter((sector) => text.toLowerCase().includes(sector.toLowerCase()));
const pick = (turn, phrases) => phrases[turn % phrases.length];
const signed = (number) => (number < 0 ? `−${-number}` : `+${number}`);

/** One sector in one year, with the way there. */
function moment(sector, year, turn) {
  const value = figure(sector, year);
  const before = YEARS.includes(year - 1) ? figure(sector, year - 1) : undefined;
  const way = before === undefined ? "It is the first year I have" : `A year earlier it was ${before}, so that is ${signed(value - before)}`;
  return {
    text: `${pick(turn, [`${sector} stands at ${value} of 100 in ${year}.`, `In ${year} the health of ${sector} is ${value} of 100.`])} ${way}. ${NOTE}`,
    insights: before === undefined ? [] : [`${sector} ${value < before ? "lost" : "gained"} ${Math.abs(value - before)} points in ${year}`],
    dimensions: YEARS.filter((one) => one <= Math.max(year, YEARS[1])).map((one) => ({ name: String(one), value: figure(sector, one), sector })),
  };
}

/** One sector over the years. */
function course(sector, years, turn) {
  const from = years[0] ?? FIRST;
  const to = years.at(-1) ?? LAST;
  const span = YEARS.filter((year) => year >= from && year <= to);
  const [first, last] = [figure(sector, from), figure(sector, to)];
  const best = span.toSorted((one, other) => figure(sector, other) - figure(sector, one))[0];
  return {
    text: `${pick(turn, [`${sector} went from ${first} in ${from} to ${last} in ${to}.`, `From ${from} to ${to} ${sector} moved from ${first} to ${last} of 100.`])} That is ${signed(last - first)}; its best year was ${best}. ${NOTE}`,
    insights: [`Best year of ${sector}: ${best}, with ${figure(sector, best)}`],
    dimensions: span.map((year) => ({ name: String(year), value: figure(sector, year), sector })),
  };
}

/** Several sectors in one year. */
function comparison(sectors, year, turn) {
  const ranked = sectors.toSorted((one, other) => figure(other, year) - figure(one, year));
  const list = and.format(ranked.map((sector) => `${sector} with ${figure(sector, year)}`));
  return {
    text: `${pick(turn, [`In ${year} the order is ${list}.`, `Ranked for ${year}: ${list}.`])} ${NOTE}`,
    insights: [`${ranked[0]} leads by ${figure(ranked[0], year) - figure(ranked[1], year)} points`],
    dimensions: ranked.map((sector) => ({ name: sector, value: figure(sector, year), year })),
  };
}

/** How much several sectors changed. */
function growth(sectors, years, turn) {
  const from = years.length > 1 || years[0] < LAST ? years[0] : FIRST;
  const to = years.length > 1 ? years.at(-1) : LAST;
  const change = (sector) => figure(sector, to) - figure(sector, from);
  const ranked = sectors.toSorted((one, other) => change(other) - change(one));
  const list = and.format(ranked.map((sector) => `${sector} ${signed(change(sector))}`));
  return {
    text: `${pick(turn, [`${ranked[0]} grew most between ${from} and ${to}.`, `Between ${from} and ${to} ${ranked[0]} is ahead.`])} In points: ${list}. ${NOTE}`,
    insights: [`${ranked[0]}: ${signed(change(ranked[0]))} points since ${from}`],
    dimensions: ranked.map((sector) => ({ name: sector, value: change(sector), from, to })),
  };
}
