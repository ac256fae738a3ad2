// The format of this package's exports: JSON Lines, every line with a checksum of its own, so that a torn or altered file
// shows which of its lines are whole.
//
//   {"format":"conversation-memory","version":1,"exportedAt":"…","conversations":2,"messages":17,"crc":"…"}
//   {"type":"user", …}  {"type":"persona", …}  {"type":"conversation", …}  {"type":"message", …}
//   {"type":"file", …}  {"type":"draft", …}  {"type":"damaged", …}
//   {"type":"end","records":23,"checksum":"…","crc":"…"}
//
// `crc` is the CRC-32 of the line in UTF-8 up to the comma before it, `checksum` that of all records' checksums, four bytes
// each, the highest first.

import { crc32, crc32Final, crc32Init, crc32Update } from "@foxglove/crc";

export const FORMAT = "conversation-memory";
export const VERSION = 1;

/** `,"crc":"01234567"}` */
const TAIL = /^,"crc":"([0-9a-f]{8})"\}$/;
const TAIL_LENGTH = 18;

/** So much of a file is looked at to tell whether it is one of ours, and so much of its first line. */
const SNIFFED_BYTES = 64 * 1024;
const SNIFFED_HEADER_CHARACTERS = 400;

/** So many bytes of lines are kept before they are handed to the browser, which may put them on the disk. */
const PART_BYTES = 1024 * 1024;

const encoder = new TextEncoder();

/** Lines with their checksums, written one behind the other into the same memory. */
export class LineWriter {
  readonly #parts: Blob[] = [];
  #bytes = new Uint8Array(PART_BYTES);
  #length = 0;

  /** Writes a line; gives its checksum. */
  write(record: object): number {
    const text = jsonOf(record);
    // No character takes more than three bytes of UTF-8, in which it is one unit of a string.
    const most = 3 * text.length + TAIL_LENGTH + 1;
    if (this.#length + most > this.#bytes.length) this.#close(most);
    const bytes = this.#bytes;
    const start = this.#length;
    const { written } = encoder.encodeInto(text, bytes.subarray(start));
    // The checksum comes before the last bracket.
    const end = start + written - 1;
    const crc = crc32(bytes.subarray(start, end));
    const tail = `,"crc":"${hex(crc)}"}\n`;
    for (let at = 0; at < tail.length; at++) bytes[end + at] = tail.charCodeAt(at);
    this.#length = end + tail.length;
    return crc;
  }

  /** Where it is now. */
  mark(): number {
    this.#close(0);
    return this.#parts.length;
  }

  /** Forgets what was written since. */
  backTo(mark: number): void {
    this.#parts.length = mark;
    this.#length = 0;
  }

  /** All that was written. */
  finish(): Blob[] {
    this.#close(0);
    return this.#parts;
  }

  #close(next: number): void {
    // A blob is a copy.
    if (this.#length > 0) this.#parts.push(new Blob([this.#bytes.subarray(0, this.#length)]));
    this.#length = 0;
    const size = Math.max(PART_BYTES, next);
    if (this.#bytes.length !== size) this.#bytes = new Uint8Array(size);
  }
}

/** Stands for -0, which `JSON.stringify` writes without its sign; nothing that is stored can know it. */
const NEGATIVE_ZERO = `-0 ${Math.random()}`;

function jsonOf(record: object): string {
  if (!hasNegativeZero(record)) return JSON.stringify(record);
  const text = JSON.stringify(record, (_, part: unknown) => (Object.is(part, -0) ? NEGATIVE_ZERO : part));
  return text.replaceAll(JSON.stringify(NEGATIVE_ZERO), "-0");
}

function hasNegativeZero(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return Object.is(value, -0);
  for (const key in value) if (hasNegativeZero((value as Record<string, unknown>)[key])) return true;
  return false;
}

/** Whether a file is one of ours, also when its first line is damaged. */
export async function isOurs(file: Blob): Promise<boolean> {
  const beginning = await beginningOf(file);
  return hasHeader(beginning) || /^\{"type":"(user|persona|conversation|message)",/m.test(beginning);
}

/** The same of a file that may well be another one: lines of other programs have types, too, but not our checksums. */
export async function isSurelyOurs(file: Blob): Promise<boolean> {
  const beginning = await beginningOf(file);
  return hasHeader(beginning) || /^\{"type":.*,"crc":"[0-9a-f]{8}"\}$/m.test(beginning);
}

const beginningOf = (file: Blob): Promise<string> => file.slice(0, SNIFFED_BYTES).text();

function hasHeader(beginning: string): boolean {
  const first = beginning.slice(0, SNIFFED_HEADER_CHARACTERS).split("\n", 1)[0]!;
  return first.includes(`"format":"${FORMAT}"`);
}

/** The record of a line and its checksum; a sentence when the line is not whole. */
export function parseLine(bytes: Uint8Array, text: string): { record: Record<string, unknown>; crc: number } | string {
  const tail = TAIL.exec(text.slice(-TAIL_LENGTH));
  if (tail === null) return "it has no checksum at its end: it is torn or not a line of an export";
  const crc = crc32(bytes.subarray(0, -TAIL_LENGTH));
  if (crc !== parseInt(tail[1]!, 16)) return "its checksum does not fit: it was altered or damaged";
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record === "object" && record !== null) return { record: record as Record<string, unknown>, crc };
  } catch {
    // Whoever wrote it made the checksum of something else.
  }
  return "it is not a JSON object";
}

/** The checksum over the checksums of all records. */
export class ChecksumOfChecksums {
  #checksum = crc32Init();
  readonly #bytes = new Uint8Array(4);

  add(crc: number): void {
    for (let at = 0; at < 4; at++) this.#bytes[at] = crc >>> (24 - 8 * at);
    this.#checksum = crc32Update(this.#checksum, this.#bytes);
  }

  /** What it is now. */
  mark(): number {
    return this.#checksum;
  }

  /** Forgets what was added since. */
  backTo(mark: number): void {
    this.#checksum = mark;
  }

  toString(): string {
    return hex(crc32Final(this.#checksum));
  }
}

function hex(crc: number): string {
  return (crc >>> 0).toString(16).padStart(8, "0");
}
