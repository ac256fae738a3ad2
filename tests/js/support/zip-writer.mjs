// Zip archives for tests, also damaged ones and such as no archiver writes: PKWARE's APPNOTE.TXT, sections 4.3 to 4.5.
import { deflateRawSync } from "node:zlib";

const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
const DESCRIBED = 1 << 3;
const UTF8 = 1 << 11;

/**
 * An archive of these files, a Buffer. A file is `{ name, data }`, where `data` is text or bytes, and may further have
 * - `stored: true` instead of deflated,
 * - `zip64: true`: sizes and place in 64 bits, also when they would fit in 32,
 * - `described: true`: the local record has no sizes, they follow the data, as when an archive is written to a stream,
 * - `encrypted: true`: only the flag; the data are as they are,
 * - `extra`: bytes of extra fields, before that of zip64,
 * - `wrong`: what the directory says of it instead of the truth: `{ crc, size, packed, offset, method, flags }`, where
 *   `crc: "wrong"` is a wrong one.
 *
 * `zip64: true` gives the archive the end records of zip64, `comment` is text at its end, and `wrong` is what its end
 * record says instead of the truth: `{ count, size, start, disk }`.
 */
export function zip(files, { zip64 = false, comment = "", wrong = {} } = {}) {
  const parts = [];
  const listed = [];
  let length = 0;
  const add = (...buffers) => {
    for (const buffer of buffers) {
      parts.push(buffer);
      length += buffer.length;
    }
  };
  for (const file of files) {
    const entry = entryOf(file, length);
    add(localRecord(entry), entry.packedData);
    if (file.described) add(description(entry));
    listed.push(entry);
  }
  const directory = { start: length, count: listed.length };
  for (const entry of listed) add(centralRecord(entry));
  directory.size = length - directory.start;
  const claimed = { ...directory, disk: 0, ...wrong };
  if (zip64) add(...zip64End(claimed, length));
  add(endRecord(claimed, zip64, Buffer.from(comment)));
  return Buffer.concat(parts);
}

/** The archive without its last bytes, as when a download broke off. */
export const cut = (archive, bytes) => archive.subarray(0, archive.length - bytes);

/** A small archive with one file of so many equal bytes; `claimed` is the size that its directory says. */
export function bomb(bytes, claimed = bytes, name = "conversations.json") {
  return zip([{ name, data: Buffer.alloc(bytes, " "), wrong: { size: claimed } }]);
}

/** An archive whose directory has the same file under so many names. */
export function overlapping(count, { name = "conversations.json", data }) {
  const entry = entryOf({ name, data }, 0);
  const start = localRecord(entry).length + entry.packedData.length;
  const record = centralRecord(entry);
  const directory = { count, start, size: record.length * count, disk: 0 };
  const records = Array.from({ length: count }, () => record);
  const zip64 = count >= 0xffff;
  const end = zip64 ? zip64End(directory, start + directory.size) : [];
  return Buffer.concat([
    localRecord(entry),
    entry.packedData,
    ...records,
    ...end,
    endRecord(directory, zip64, Buffer.alloc(0)),
  ]);
}

function entryOf(file, offset) {
  const data = Buffer.from(file.data ?? "");
  const packedData = file.stored ? data : deflateRawSync(data);
  const truth = {
    flags: UTF8 | (file.encrypted ? ENCRYPTED : 0) | (file.described ? DESCRIBED : 0),
    method: file.stored ? STORED : DEFLATED,
    crc: crc32(data),
    size: data.length,
    packed: packedData.length,
    offset,
  };
  const claimed = { ...truth, ...file.wrong };
  if (claimed.crc === "wrong") claimed.crc = (truth.crc ^ 1) >>> 0;
  return { file, name: Buffer.from(file.name), extra: Buffer.from(file.extra ?? ""), packedData, truth, claimed };
}

function localRecord({ file, name, extra, truth }) {
  const { size, packed, crc } = file.described ? { size: 0, packed: 0, crc: 0 } : truth;
  const extras = Buffer.concat([extra, file.zip64 ? zip64Extra([size, packed]) : Buffer.alloc(0)]);
  return Buffer.concat([
    fields([4, 0x04034b50], [2, file.zip64 ? 45 : 20], [2, truth.flags], [2, truth.method], [4, 0]),
    fields([4, crc], [4, file.zip64 ? 0xffffffff : packed], [4, file.zip64 ? 0xffffffff : size]),
    fields([2, name.length], [2, extras.length]),
    name,
    extras,
  ]);
}

/** The checksum and the sizes after the data, with the signature that most archivers write before them. */
function description({ file, truth: { crc, packed, size } }) {
  const width = file.zip64 ? 8 : 4;
  return fields([4, 0x08074b50], [4, crc], [width, packed], [width, size]);
}

function centralRecord({ file, name, extra, claimed: { flags, method, crc, packed, size, offset } }) {
  const extras = Buffer.concat([extra, file.zip64 ? zip64Extra([size, packed, offset]) : Buffer.alloc(0)]);
  const narrow = (value) => [4, file.zip64 ? 0xffffffff : value];
  return Buffer.concat([
    fields([4, 0x02014b50], [2, 45], [2, file.zip64 ? 45 : 20], [2, flags], [2, method], [4, 0]),
    fields([4, crc], narrow(packed), narrow(size), [2, name.length], [2, extras.length]),
    fields([2, 0], [2, 0], [2, 0], [4, 0], narrow(offset)),
    name,
    extras,
  ]);
}

function zip64Extra(values) {
  return fields([2, 1], [2, values.length * 8], ...values.map((value) => [8, value]));
}

function zip64End({ count, size, start, disk }, place) {
  return [
    fields([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, disk], [4, 0]),
    fields([8, count], [8, count], [8, size], [8, start]),
    fields([4, 0x07064b50], [4, 0], [8, place], [4, 1]),
  ];
}

function endRecord({ count, size, start, disk }, zip64, comment) {
  const narrow = (bytes, value) => [bytes, zip64 ? 256 ** bytes - 1 : value];
  return Buffer.concat([
    fields([4, 0x06054b50], [2, disk], [2, 0], narrow(2, count), narrow(2, count), narrow(4, size), narrow(4, start)),
    fields([2, comment.length]),
    comment,
  ]);
}

/** Whole numbers in so many bytes each, the lowest byte first. */
function fields(...pairs) {
  const buffer = Buffer.alloc(pairs.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of pairs) {
    if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value), at);
    else buffer.writeUIntLE(value, at, bytes);
    at += bytes;
  }
  return buffer;
}

/** A bit at a time, as ISO-HDLC defines it: not by the tables of the package, which the tests are to judge. */
function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
