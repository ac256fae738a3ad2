// A readable account of a run: sections, what was seen, and whether it was as expected.

import { isDeepStrictEqual } from "node:util";

/** How soon what is expected must be seen. */
const SEEN_WITHIN_MS = 20_000;

let unmet = 0;

export const section = (title) => console.log(`\n${title}\n${"─".repeat(title.length)}`);

export const tell = (text) => console.log(text.replace(/^/gm, "    "));

/** Reads again and again until it is as wanted, and prints whether it ever was. */
export async function expect(what, read, wanted) {
  const end = Date.now() + SEEN_WITHIN_MS;
  let seen = await read();
  while (!isDeepStrictEqual(seen, wanted) && Date.now() < end) {
    await new Promise((later) => setTimeout(later, 50));
    seen = await read();
  }
  const met = isDeepStrictEqual(seen, wanted);
  console.log(`  ${met ? "✓" : "✗"} ${what}`);
  if (met) return;
  unmet += 1;
  tell(`wanted ${JSON.stringify(wanted)}\nsaw    ${JSON.stringify(seen)}`);
}

/** How many expectations were not met so far. */
export const unmetCount = () => unmet;
