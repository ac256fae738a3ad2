// Taking times. Contestants take turns in an order drawn anew each round, so that whatever else the machine does
// falls on all of them alike.
import { randomNumbers } from "./workload.js";

/**
 * Runs every contestant once a round and returns the milliseconds each took, round by round. `contestants` maps a
 * name to a function of the round's number; `before` and `after` run around each turn, outside the clock.
 */
export async function takeTurns(contestants, { rounds, warmUp = 0, before = () => {}, after = () => {} }) {
  const names = Object.keys(contestants);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  const random = randomNumbers(rounds);
  for (let round = 0; round < warmUp + rounds; round++) {
    for (const name of shuffled(names, random)) {
      await before(name, round);
      const start = performance.now();
      await contestants[name](round);
      const took = performance.now() - start;
      await after(name, round);
      if (round >= warmUp) times[name].push(took);
    }
  }
  return times;
}

function shuffled(list, random) {
  const result = [...list];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other], result[last]];
  }
  return result;
}

/** Stops the run when a contestant did not do the work: a wrong answer has no speed. */
export function check(condition, what) {
  if (!condition) throw new Error(`The benchmark is wrong: ${what}`);
}

/** Collects garbage where the browser was started so that pages may ask for it. */
export function collectGarbage() {
  globalThis.gc?.();
}

/** Begins to watch the main thread. What it gives tells the longest task since then, in milliseconds: 50 when there was none as long. */
export function watchTasks() {
  let longest = 50; // shorter ones are not told
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  observer.observe({ type: "longtask" });
  return () => {
    observer.disconnect();
    return longest;
  };
}

export function deleteDatabase(name) {
  return new Promise((resolve, reject) => {
    const deleting = indexedDB.deleteDatabase(name);
    deleting.onsuccess = resolve;
    deleting.onerror = () => reject(deleting.error);
  });
}
