// The format of this package's exports: JSON Lines, every line with a checksum of its own, so that a torn or altered file
// shows which of its lines are whole.
//
//   {"format":"conversation-memory","version":1,"exportedAt":"…","conversations":2,"messages":17,"crc":"…"}
//   {"type":"user", …}  {"type":"persona", …}  {"type":"conversation", …}  {"type":"message", …}
//   {"type":"draft", …}  {"type":"damaged", …}
//   {"type":"end","records":23,"checksum":"…","crc":"…"}
//
// `crc` is the CRC-32 of the line in UTF-8 up to the comma before it, `checksum` that of all records' checksums, four bytes
// each, the highest first.

import { crc32 } from "./crc32.js";

export const FORMAT = "conversation-memory";
export const VERSION = 1;

/** `,"crc":"01234567"}` */
const TAIL = /,"crc":"([0-9a-f]{8})"\}$/;
const TAIL_LENGTH = 18;

const encoder = new TextEncoder();

/** A line with its checksum, and a line break. */
export function sealed(record: object): { bytes: Uint8Array<ArrayBuffer>; crc: number } {
  const text = encoder.encode(JSON.stringify(record));
  const crc = crc32(text.subarray(0, -1));
  const bytes = new Uint8Array(text.length - 1 + TAIL_LENGTH + 1);
  bytes.set(text.subarray(0, -1));
  encoder.encodeInto(`,"crc":"${hex(crc)}"}\n`, bytes.subarray(text.length - 1));
  return { bytes, crc };
}

/** The record of a line and its checksum; a sentence when the line is not whole. */
export function opened(bytes: Uint8Array, text: string): { record: Record<string, unknown>; crc: number } | string {
  const tail = TAIL.exec(text);
  if (tail === null) return "it has no checksum at its end: it is torn or not a line of an export";
  const crc = crc32(bytes.subarray(0, bytes.length - TAIL_LENGTH));
  if (hex(crc) !== tail[1]) return "its checksum does not fit: it was altered or damaged";
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record === "object" && record !== null) return { record: record as Record<string, unknown>, crc };
  } catch {
    // Whoever wrote it made the checksum of something else.
  }
  return "it is not a JSON object";
}

/** The checksum of checksums. */
export class Sum {
  #sum = 0;
  readonly #bytes = new Uint8Array(4);

  add(crc: number): void {
    new DataView(this.#bytes.buffer).setUint32(0, crc);
    this.#sum = crc32(this.#bytes, this.#sum);
  }

  toString(): string {
    return hex(this.#sum);
  }
}

function hex(crc: number): string {
  return (crc >>> 0).toString(16).padStart(8, "0");
}
