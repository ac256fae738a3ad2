// The lines of a text file of any size.

import { piecesOf } from "./blob-pieces.js";
import { ByteBuffer } from "./byte-buffer.js";

/**
 * A line with its number from 1, without its line break, its text missing when it is not UTF-8; or only that it was there,
 * when it is too long.
 */
export type Line =
  | { number: number; bytes: Uint8Array<ArrayBuffer>; text: string | undefined; tooLong?: never }
  | { number: number; bytes?: never; text?: never; tooLong: true };

/** A longer line, or element of an array, is left out. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** All lines but the empty ones, as many at once as end in a piece of the file. */
export async function* linesOf(blob: Blob, signal?: AbortSignal): AsyncGenerator<Line[], void> {
  const begun = new ByteBuffer(MAX_LINE_BYTES);
  let number = 1;
  for await (const piece of textPiecesOf(blob, signal)) {
    const first = piece.indexOf(LINE_FEED);
    if (first === -1) {
      begun.add(piece);
      continue;
    }
    const lines: Line[] = [];
    addLine(lines, number++, begun.take(piece.subarray(0, first)));
    const last = piece.lastIndexOf(LINE_FEED);
    // All together: for a line by itself, decoding takes longer to begin than to do.
    const texts = decoded(piece.subarray(first + 1, Math.max(first + 1, last)))?.split("\n");
    for (let start = first + 1, at = 0; start <= last; at++) {
      const end = piece.indexOf(LINE_FEED, start);
      addLine(lines, number++, piece.subarray(start, end), texts?.[at]);
      start = end + 1;
    }
    begun.add(piece.subarray(last + 1));
    if (lines.length > 0) yield lines;
  }
  const rest: Line[] = [];
  addLine(rest, number, begun.take(new Uint8Array()));
  if (rest.length > 0) yield rest;
}

function addLine(lines: Line[], number: number, bytes: Uint8Array<ArrayBuffer> | undefined, text?: string): void {
  if (bytes === undefined) {
    lines.push({ number, tooLong: true });
    return;
  }
  const end = bytes[bytes.length - 1] === CARRIAGE_RETURN ? -1 : undefined;
  const line = bytes.subarray(0, end);
  if (line.length > 0) lines.push({ number, bytes: line, text: text === undefined ? decoded(line) : text.slice(0, end) });
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The text that these bytes are; undefined when they are not UTF-8. */
export function decoded(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The pieces of a text file, without the byte order mark that may stand at its beginning. */
export async function* textPiecesOf(blob: Blob, signal?: AbortSignal): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let isBeginning = true;
  for await (const piece of piecesOf(blob, signal)) {
    const isMarked = isBeginning && piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf;
    isBeginning = false;
    yield isMarked ? piece.subarray(3) : piece;
  }
}
