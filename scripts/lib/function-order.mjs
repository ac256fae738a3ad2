// The order of the module's functions. A compressor sees the last 32 KB only, so functions that are alike should stand near
// each other: 2.5 % less after gzip than in the order of their names. wasm-opt moves functions, and what refers to them, by
// name only, so the order is written down as names: "0000" comes first.

import { Buffer } from "node:buffer";
import { CUSTOM, functionsOf, importedFunctionsOf, joined, numberBytes, sectionsOf, sized } from "./wasm-sections.mjs";

const FUNCTION_NAMES = 1;

/** What two functions have in common is counted in runs of so many bytes: 5 to 8 do about the same. */
const RUN_BYTES = 6;

/** A run that is in more functions than this says nothing of any of them. */
const COMMON = 100;

/** What deflate looks back to, less the next function. */
const WINDOW_BYTES = 31_000;

/** So many runs are added to those of each function, or the smallest ones would all come first. */
const AT_LEAST = 20;

/** The same module, in which functions have their places as names. */
export function namedByOrder(module) {
  const sections = sectionsOf(module);
  const order = orderOf(functionsOf(sections).map(({ body }) => body));
  const digits = String(order.length).length;
  const first = importedFunctionsOf(sections);
  const entries = order.map((index, place) => [first + index, String(place).padStart(digits, "0")]).sort(([one], [other]) => one - other);
  const names = [numberBytes(entries.length), ...entries.flatMap(([index, name]) => [numberBytes(index), sized(Buffer.from(name))])];
  const content = Buffer.concat([sized(Buffer.from("name")), Buffer.from([FUNCTION_NAMES]), sized(Buffer.concat(names))]);
  const others = sections.filter(({ id, reader }) => id !== CUSTOM || reader().text() !== "name");
  return joined(module, [...others, { id: CUSTOM, content }]);
}

/** The indices of the bodies: behind each the one comes that has the largest share of its runs among the bodies just before it. */
function orderOf(bodies) {
  const functions = bodies.map((body, index) => ({ index, size: body.length, runs: runsOf(body), score: 0 }));
  const having = new Map();
  for (const each of functions) for (const run of each.runs) having.set(run, [...(having.get(run) ?? []), each].slice(0, COMMON));
  for (const each of functions) each.runs = each.runs.filter((run) => having.get(run).length > 1 && having.get(run).length < COMMON);
  const counts = new Map(); // of the runs within the window
  const count = (each, change) => {
    for (const run of each.runs) {
      const before = counts.get(run) ?? 0;
      counts.set(run, before + change);
      if (Math.min(before, before + change) === 0) for (const other of having.get(run)) other.score += change;
    }
  };
  const left = new Set(functions);
  const window = [];
  const order = [];
  let bytes = 0;
  for (let next = functions[0]; next !== undefined; next = likest(left)) {
    left.delete(next);
    order.push(next.index);
    window.push(next);
    bytes += next.size;
    count(next, 1);
    while (bytes > WINDOW_BYTES && window.length > 1) {
      const gone = window.shift();
      bytes -= gone.size;
      count(gone, -1);
    }
  }
  return order;
}

function likest(functions) {
  let [best, most] = [undefined, -1];
  for (const each of functions) {
    const share = each.score / (each.runs.length + AT_LEAST);
    if (share > most) [best, most] = [each, share];
  }
  return best;
}

/** Each run of bytes once, as a number. */
function runsOf(body) {
  const runs = new Set();
  for (let at = 0; at + RUN_BYTES <= body.length; at += 1) runs.add(body.readUIntLE(at, RUN_BYTES));
  return [...runs];
}
