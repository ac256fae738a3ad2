// The bytes of a file of any size.

import { yieldIfLong } from "../concurrency/scheduler.js";
import { throwIfAborted } from "./abort.js";

/** How much is read at once: browsers take about a millisecond for it, however little it is. */
const READ_BYTES = 1024 * 1024;

/** How much is worked on at once: a few milliseconds at most, whatever is in it. */
const PIECE_BYTES = 64 * 1024;

/** The bytes of a file, piece by piece; throws what the browser throws when it cannot read it (any more), and `aborted`. */
export async function* piecesOf(blob: Blob, signal?: AbortSignal): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  // Slices and not its stream: they are of one size in all engines, and a file that is gone is an error in all of them.
  for (let start = 0; start < blob.size; start += READ_BYTES) {
    const bytes = new Uint8Array(await blob.slice(start, start + READ_BYTES).arrayBuffer());
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      yield bytes.subarray(at, at + PIECE_BYTES);
      await yieldIfLong();
      throwIfAborted(signal);
    }
  }
}
