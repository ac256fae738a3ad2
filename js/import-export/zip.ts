// The files in a zip archive: PKWARE's APPNOTE.TXT, sections 4.3 (the records), 4.4 (their fields) and 4.5.3 (zip64).

import { crc32Final, crc32Init, crc32Update } from "@foxglove/crc";
import { yieldIfLong } from "../concurrency/scheduler.js";
import { piecesOf } from "./blob-pieces.js";
import { throwIfAborted } from "./abort.js";
import { BlobWriter } from "./blob-writer.js";

/** A file in the archive. */
export interface ZipEntry {
  name: string;
  /** In bytes, unpacked. */
  size: number;
  /** Unpacks it. Rejects when it is damaged, encrypted, packed in an unknown way or too large, and with `aborted`. */
  open(): Promise<Blob>;
}

// The records, by their signatures, and their lengths without the parts that vary.
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
const END = 0x06054b50;
const END_BYTES = 22;
const END64 = 0x06064b50;
const END64_BYTES = 56;
const LOCATOR64 = 0x07064b50;
const LOCATOR64_BYTES = 20;

const STORED = 0;
const DEFLATED = 8;

// Stands in a field whose value is too large for it.
const ALL16 = 0xffff;
const ALL32 = 0xffffffff;

/** The most that one file may have unpacked. */
export const MAX_UNPACKED_BYTES = 2 * 1024 * 1024 * 1024;

/** The largest directory that is read: some hundred thousand files. */
const MAX_DIRECTORY_BYTES = 32 * 1024 * 1024;

/** What is unpacked at once: at most 16 MiB come out, and that only of an archive made to harm. */
const INFLATED_AT_ONCE_BYTES = 16 * 1024;

/** What the directory says of a file. */
interface Listed {
  name: string;
  flags: number;
  method: number;
  crc: number;
  packed: number;
  size: number;
  /** Where its local record is. */
  offset: number;
}

interface Directory {
  start: number;
  end: number;
  count: number;
  /** How many bytes stand before the archive, from which all its offsets are counted. */
  prefix: number;
}

/**
 * Whether it begins as a zip archive does, with a file or with the end of an empty directory; or whether it ends with a
 * directory, as what unpacks itself does.
 */
export async function isZip(blob: Blob): Promise<boolean> {
  const beginning = await read(blob, 0, 4);
  if (beginning.byteLength < 4) return false;
  if ([LOCAL, END, END64].includes(beginning.getUint32(0, true))) return true;
  const directory = await findDirectory(blob).catch(() => undefined);
  return directory !== undefined && directory.start < directory.end && (await isCentral(blob, directory.start));
}

async function isCentral(blob: Blob, at: number): Promise<boolean> {
  const record = await read(blob, at, at + 4);
  return record.byteLength === 4 && record.getUint32(0, true) === CENTRAL;
}

/**
 * The files of the archive, without its folders, in the order of its directory. Throws an Error with a sentence when it
 * is damaged, and what the browser throws when it cannot read it (any more). `signal` stops also what is unpacked later.
 */
export async function entriesOf(blob: Blob, signal?: AbortSignal): Promise<ZipEntry[]> {
  const { start, end, count, prefix } = await findDirectory(blob);
  if (end - start > MAX_DIRECTORY_BYTES) throw new Error("the zip archive has too many files to be read");
  const directory = await read(blob, start, end);
  const decoder = new TextDecoder();
  const entries: ZipEntry[] = [];
  let at = 0;
  let packed = 0;
  for (let index = 0; index < count; index++) {
    if (index % 100 === 0) await yieldIfLong();
    throwIfAborted(signal);
    const [listed, next] = readListed(directory, at, decoder);
    at = next;
    packed += LOCAL_BYTES + listed.packed;
    listed.offset += prefix;
    const { name, size } = listed;
    if (!name.endsWith("/")) entries.push({ name, size, open: () => open(blob, start, listed, signal) });
  }
  // The same bytes under many names are how a small archive becomes a huge one.
  if (packed > start) throw damaged("its files overlap");
  return entries;
}

async function findDirectory(blob: Blob): Promise<Directory> {
  const from = Math.max(0, blob.size - LOCATOR64_BYTES - END_BYTES - ALL16);
  const tail = await read(blob, from, blob.size);
  for (let at = tail.byteLength - END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END) continue;
    // A comment may follow.
    if (at + END_BYTES + tail.getUint16(at + 20, true) <= tail.byteLength) return readEnd(blob, tail, at, from + at);
  }
  throw damaged("it has no directory, as when its end is missing");
}

/** Where the record at `at` says that the directory is; `limit` is where that record is in the file. */
async function readEnd(blob: Blob, tail: DataView, at: number, limit: number): Promise<Directory> {
  let disk = tail.getUint16(at + 4, true);
  let count = tail.getUint16(at + 10, true);
  let size = tail.getUint32(at + 12, true);
  let start = tail.getUint32(at + 16, true);
  const locator = at - LOCATOR64_BYTES;
  const isFull = disk === ALL16 || count === ALL16 || size === ALL32 || start === ALL32;
  if (isFull && locator >= 0 && tail.getUint32(locator, true) === LOCATOR64) {
    // Behind a prefix it is not where the locator says, but still right before it.
    const offsets = [readUint64(tail, locator + 8), limit - LOCATOR64_BYTES - END64_BYTES];
    let end: DataView<ArrayBuffer> | undefined;
    for (limit of offsets) {
      end = limit >= 0 && limit < blob.size ? await read(blob, limit, limit + END64_BYTES) : undefined;
      if (end?.byteLength === END64_BYTES && end.getUint32(0, true) === END64) break;
      end = undefined;
    }
    if (end === undefined) throw damaged("its zip64 end is missing");
    disk = end.getUint32(16, true);
    count = readUint64(end, 32);
    size = readUint64(end, 40);
    start = readUint64(end, 48);
  }
  if (disk !== 0) throw new Error("the zip archive is a part of one in several files, which cannot be read");
  if (start + size > limit || count * CENTRAL_BYTES > size) throw damaged("its directory is not where it says");
  // Where more stands before the directory than the archive knows of, the directory still ends at its end.
  const isMoved = start + size < limit && size > 0 && !(await isCentral(blob, start));
  const prefix = isMoved ? limit - size - start : 0;
  return { start: start + prefix, end: start + prefix + size, count, prefix };
}

/** The record of the directory at `at`, and where the next one is. */
function readListed(directory: DataView<ArrayBuffer>, at: number, decoder: TextDecoder): [Listed, number] {
  const { byteLength } = directory;
  if (at + CENTRAL_BYTES > byteLength || directory.getUint32(at, true) !== CENTRAL) {
    throw damaged("its directory lists fewer files than it says");
  }
  const extra = at + CENTRAL_BYTES + directory.getUint16(at + 28, true);
  const comment = extra + directory.getUint16(at + 30, true);
  const next = comment + directory.getUint16(at + 32, true);
  if (next > byteLength) throw damaged("its directory is cut off");
  const name = new Uint8Array(directory.buffer, at + CENTRAL_BYTES, extra - at - CENTRAL_BYTES);
  let size = directory.getUint32(at + 24, true);
  let packed = directory.getUint32(at + 20, true);
  let offset = directory.getUint32(at + 42, true);
  if (size === ALL32 || packed === ALL32 || offset === ALL32) {
    // Only those that are too large are there, in this order.
    const wide = findWide(directory, extra, comment);
    if (size === ALL32) size = wide.shift() ?? size;
    if (packed === ALL32) packed = wide.shift() ?? packed;
    if (offset === ALL32) offset = wide.shift() ?? offset;
  }
  return [
    {
      name: decoder.decode(name),
      flags: directory.getUint16(at + 8, true),
      method: directory.getUint16(at + 10, true),
      crc: directory.getUint32(at + 16, true),
      packed,
      size,
      offset,
    },
    next,
  ];
}

/** The 64-bit values in the extra fields between `at` and `end`. */
function findWide(directory: DataView, at: number, end: number): number[] {
  while (at + 4 <= end) {
    const start = at + 4;
    at = start + directory.getUint16(at + 2, true);
    if (at > end) break;
    if (directory.getUint16(start - 4, true) !== 1) continue;
    const values: number[] = [];
    for (let offset = start; offset + 8 <= at; offset += 8) values.push(readUint64(directory, offset));
    return values;
  }
  return [];
}

async function open(blob: Blob, limit: number, listed: Listed, signal?: AbortSignal): Promise<Blob> {
  const { flags, method, offset, packed, size } = listed;
  const label = labelOf(listed);
  if (flags & 1) throw new Error(`${label} is encrypted`);
  if (method !== STORED && method !== DEFLATED) throw new Error(`${label} is packed in an unknown way: ${method}`);
  if (size > MAX_UNPACKED_BYTES) throw new Error(`${label} is too large: ${size} bytes`);
  const local = await read(blob, offset, offset + LOCAL_BYTES);
  if (local.byteLength !== LOCAL_BYTES || local.getUint32(0, true) !== LOCAL) throw damaged(`${label} is not there`);
  const start = offset + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
  if (start + packed > limit) throw damaged(`${label} is cut off`);
  return unpack(blob.slice(start, start + packed), listed, signal);
}

async function unpack(data: Blob, listed: Listed, signal?: AbortSignal): Promise<Blob> {
  const isStored = listed.method === STORED;
  const label = labelOf(listed);
  const unpacked = new BlobWriter();
  let length = 0;
  let crc = crc32Init();
  for await (const bytes of isStored ? piecesOf(data, signal) : inflate(data, label)) {
    length += bytes.length;
    if (length > listed.size) throw damaged(`there is more in ${label} than it says`);
    crc = crc32Update(crc, bytes);
    if (!isStored) unpacked.add(bytes);
    await yieldIfLong();
    throwIfAborted(signal);
  }
  if (length !== listed.size || crc32Final(crc) !== listed.crc) throw damaged(`${label} is not what it was`);
  return isStored ? data : unpacked.blob();
}

/** The unpacked bytes; throws a sentence when they are damaged, and what the browser throws when it cannot read. */
async function* inflate(packed: Blob, label: string): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let unread: { cause: unknown } | undefined;
  const portions = portionsOf(packed);
  const source = new ReadableStream<BufferSource>({
    async pull(controller) {
      const { done, value } = await portions.next().catch((cause: unknown) => {
        unread = { cause };
        throw cause;
      });
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  const reader = source.pipeThrough(inflater()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch {
    throw unread === undefined ? damaged(`${label} cannot be unpacked`) : unread.cause;
  } finally {
    // Whoever stopped listening lets go of the file.
    reader.cancel().catch(() => {});
  }
}

async function* portionsOf(blob: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  for await (const piece of piecesOf(blob)) {
    for (let at = 0; at < piece.length; at += INFLATED_AT_ONCE_BYTES) yield piece.subarray(at, at + INFLATED_AT_ONCE_BYTES);
  }
}

function inflater(): DecompressionStream {
  try {
    return new DecompressionStream("deflate-raw");
  } catch (cause) {
    // Node.js has it since 20.12.
    throw new Error("a zip archive cannot be unpacked here: there is no DecompressionStream for it", { cause });
  }
}

/** The bytes from `start` to `end`, as far as the file has them. */
async function read(blob: Blob, start: number, end: number): Promise<DataView<ArrayBuffer>> {
  return new DataView(await blob.slice(start, end).arrayBuffer());
}

/** Rounded when it is larger than any file. */
function readUint64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

/** The name for a sentence: a name may have 64 KiB and anything in it. */
function labelOf({ name }: Listed): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

function damaged(how: string): Error {
  return new Error(`the zip archive is damaged: ${how}`);
}
