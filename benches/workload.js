// The messages every contestant gets: made from a fixed seed, so that two runs write the same bytes.

const SECTORS = ["Education", "Health", "Transport", "Energy", "Housing", "Justice", "Water", "Agriculture"];
const WORDS = (
  "the health of this sector improved over the last year while the number of open projects fell and adoption rose " +
  "in most regions because training reached teams earlier than planned which delivery reports confirm although cost " +
  "per service grew slower than expected compare that with what we saw before and show how capability maps to outcome"
).split(" ");

/** A small seeded generator (mulberry32): numbers from 0 up to, not including, 1. */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

/** A message as an application hands it in: about 390 bytes of JSON, small metadata, user and assistant in turn. */
export function message(number) {
  const random = randomNumbers(number);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const year = 2015 + (number % 10);
  const first = pick(SECTORS);
  const second = pick(SECTORS);
  const length = 180 + Math.floor(random() * 200);
  let content = `${number}: ${first} and ${second} in ${year}:`;
  while (content.length < length) content += ` ${pick(WORDS)}`;
  return { role: number % 2 === 0 ? "user" : "assistant", content, metadata: { entities: [first, second], year } };
}

export function messages(count, from = 0) {
  return Array.from({ length: count }, (_, index) => message(from + index));
}
