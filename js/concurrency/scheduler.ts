// Long work in small portions, between which the page has its turns.

/** How long work may go on before the page has a turn, in milliseconds: half a frame. */
const LONGEST = 8;

/** How much is read at once, in bytes: browsers take about a millisecond for it, however little it is. */
const READ = 1024 * 1024;

/** How much is worked on at once, in bytes: a few milliseconds at most, whatever is in it. */
const PIECE = 64 * 1024;

let begun = 0;

/** To be awaited often during long work: lets the page have a turn when the work has gone on for long enough. */
export async function pause(): Promise<void> {
  if (performance.now() - begun < LONGEST) return;
  await turn();
  begun = performance.now();
}

/**
 * Goes on behind everything that waits already. `scheduler.yield` would go on before it: in Chromium and Firefox none of
 * the page's timers and fetches came through until the work had ended. A timer would sleep in a tab that is not seen.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = (channel ??= opened());
    waiting.push(resolve);
    // In Node.js an open port would keep the process from ending.
    (port1 as NodePort).ref?.();
    port2.postMessage(undefined);
  });
}

type NodePort = MessagePort & { ref?: () => void; unref?: () => void };

/** One for all: making one takes longer than the turn. */
let channel: MessageChannel | undefined;
const waiting: (() => void)[] = [];

function opened(): MessageChannel {
  const made = new MessageChannel();
  made.port1.onmessage = () => {
    waiting.shift()?.();
    if (waiting.length === 0) (made.port1 as NodePort).unref?.();
  };
  return made;
}

/** The bytes of a file, piece by piece; throws what the browser throws when it cannot read it (any more). */
export async function* piecesOf(blob: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  // Slices and not its stream: they are of one size in all engines, and a file that is gone is an error in all of them.
  for (let start = 0; start < blob.size; start += READ) {
    const bytes = new Uint8Array(await blob.slice(start, start + READ).arrayBuffer());
    for (let at = 0; at < bytes.length; at += PIECE) {
      yield bytes.subarray(at, at + PIECE);
      await pause();
    }
  }
}
