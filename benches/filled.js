// The databases that the rows about small work share: the same conversations for every contestant, stored once.
import { check } from "./measure.js";
import { messages } from "./workload.js";
import { openOurs } from "./contestants/ours.js";
import { openRawPages } from "./contestants/raw-pages.js";
import { openRawRows } from "./contestants/raw-rows.js";

const OPEN = { ours: openOurs, rows: openRawRows, pages: openRawPages };
let filling;

/** { ours, rows, pages }: each { memory, ids } with `sizes.conversations` conversations of `sizes.messagesEach` messages. */
export function filled(sizes) {
  filling ??= fill(sizes);
  return filling;
}

async function fill({ conversations, messagesEach }) {
  const result = {};
  for (const [name, open] of Object.entries(OPEN)) {
    console.log(`filling "${name}" with ${conversations} conversations of ${messagesEach} messages`);
    const memory = await open(`filled-${name}`);
    const ids = [];
    for (let number = 0; number < conversations; number++) {
      ids.push(await memory.create(messages(messagesEach, number * messagesEach)));
    }
    result[name] = { memory, ids };
  }
  await new Promise((rested) => setTimeout(rested, 3_000)); // while the browser tidies up behind so much writing
  check(new Set(result.ours.ids).size === conversations, "conversations are missing");
  return result;
}
