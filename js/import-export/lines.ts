// The lines of a text file of any size.

import { piecesOf } from "../concurrency/scheduler.js";

/**
 * A line with its number from 1, without its line break, its text missing when it is not UTF-8; or only that it was there,
 * when it is too long.
 */
export type Line =
  | { number: number; bytes: Uint8Array<ArrayBuffer>; text: string | undefined; tooLong?: never }
  | { number: number; bytes?: never; text?: never; tooLong: true };

/** The longest line or element that is kept, in bytes. */
export const LONGEST = 64 * 1024 * 1024;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** All lines but the empty ones, as many at once as end in a piece of the file. */
export async function* linesOf(blob: Blob): AsyncGenerator<Line[], void> {
  const begun = new Gathered(LONGEST);
  let number = 1;
  for await (const piece of textOf(blob)) {
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
export async function* textOf(blob: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let isBeginning = true;
  for await (const piece of piecesOf(blob)) {
    const isMarked = isBeginning && piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf;
    isBeginning = false;
    yield isMarked ? piece.subarray(3) : piece;
  }
}

/** The beginning of something that goes on in the next piece: joined only once, and not kept when it is too long. */
export class Gathered {
  readonly #longest: number;
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(part: Uint8Array<ArrayBuffer>): void {
    this.#length += part.length;
    if (this.#length > this.#longest) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  /** All of it with its end, and then there is nothing; undefined when it is too long. */
  take(end: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
    if (this.isEmpty) return end.length > this.#longest ? undefined : end;
    this.add(end);
    const parts = this.#parts;
    const length = this.#length;
    this.#parts = [];
    this.#length = 0;
    if (length > this.#longest) return undefined;
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}
