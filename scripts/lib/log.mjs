/** A failure whose message says all there is to say; anything else that is thrown is a fault in the scripts. */
export class Failure extends Error {}

/**
 * Progress goes to standard error, so that standard output holds only what was asked for:
 * `npm pack --json` runs the build and must still print nothing but JSON there.
 */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Does `work`, with one line before it and one line behind it that tells the seconds it took. */
export async function step(title, work) {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  say(`→ ${title}`);
  try {
    const result = await work();
    say(`✓ ${title} (${seconds()})`);
    return result;
  } catch (error) {
    say(`✗ ${title} (${seconds()})`);
    throw error;
  }
}
