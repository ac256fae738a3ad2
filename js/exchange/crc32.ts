// CRC-32 as zip and PNG have it (ISO-HDLC): the sample code in annex D of the PNG specification, with four bytes at a time
// as in Kounavis and Berry, "Novel Table Lookup-Based Algorithms for High-Performance CRC Generation" (2008),
// doi:10.1109/TC.2008.85. In V8 that is two to three times as fast as one byte at a time; eight gain nothing over it.

let table: Int32Array | undefined;

/** The checksum of the bytes from `start` up to before `end`, after others whose checksum was `previous`. */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length, previous = 0): number {
  const step = (table ??= makeTable());
  let crc = ~previous;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      step[768 + (crc & 255)]! ^
      step[512 + ((crc >>> 8) & 255)]! ^
      step[256 + ((crc >>> 16) & 255)]! ^
      step[crc >>> 24]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ step[(crc ^ bytes[at]!) & 255]!;
  return ~crc >>> 0;
}

/** What a byte does to the checksum; from 256, 512 and 768 on, what it does when one, two and three more follow. */
function makeTable(): Int32Array {
  const step = new Int32Array(1024);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    step[byte] = crc;
  }
  for (let at = 256; at < 1024; at++) {
    const before = step[at - 256]!;
    step[at] = (before >>> 8) ^ step[before & 255]!;
  }
  return step;
}
