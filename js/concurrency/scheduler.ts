// Long work in small portions, between which the page has its turns.

/** How long work may go on before the page has a turn: half a frame. */
const YIELD_AFTER_MS = 8;

let begun = 0;

/** To be awaited often during long work: lets the page have a turn when the work has gone on for long enough. */
export async function yieldIfLong(): Promise<void> {
  if (performance.now() - begun < YIELD_AFTER_MS) return;
  await yieldToMain();
  begun = performance.now();
}

/**
 * Goes on behind everything that waits already. `scheduler.yield` would go on before it: in Chromium and Firefox none of
 * the page's timers and fetches came through until the work had ended. A timer would sleep in a tab that is not seen.
 */
export function yieldToMain(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  return new Promise((resolve) => {
    // Node.js handles a thousand messages of a port before it looks at its timers and sockets again.
    if (typeof setImmediate === "function") return void setImmediate(resolve);
    waiting.push(resolve);
    (channel ??= makeChannel()).port2.postMessage(undefined);
  });
}

/** One for all: making one takes longer than the turn. */
let channel: MessageChannel | undefined;
const waiting: (() => void)[] = [];

function makeChannel(): MessageChannel {
  const made = new MessageChannel();
  made.port1.onmessage = () => waiting.shift()?.();
  return made;
}
