// A PNG of at most 64 colours, of a picture with flat areas and text: less than half as large as one of all colours.

import { crc32 } from "@foxglove/crc";
import { deflateSync } from "node:zlib";

const MOST_COLOURS = 64;
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** The bytes of the PNG. `pixels` has four bytes a pixel, of which the last is not looked at. */
export function indexedPng({ width, height, pixels }) {
  const colourAt = (at) => (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
  const counts = new Map();
  for (let at = 0; at < pixels.length; at += 4) counts.set(colourAt(at), (counts.get(colourAt(at)) ?? 0) + 1);
  const palette = paletteOf(counts);
  const places = new Map([...counts.keys()].map((colour) => [colour, nearest(colour, palette)]));
  const lines = Buffer.alloc((width + 1) * height); // each line begins with 0: no filter
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) lines[y * (width + 1) + 1 + x] = places.get(colourAt(at));
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8); // 8 bits a pixel, by a palette
  const colours = Buffer.from(palette.flatMap(partsOf));
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("PLTE", colours), chunk("IDAT", deflateSync(lines, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

/** The most frequent colours that are not nearly one that is there already. */
function paletteOf(counts) {
  const palette = [];
  for (const [colour] of [...counts].sort(([, one], [, other]) => other - one)) {
    if (palette.length === MOST_COLOURS) break;
    if (palette.length < 16 || distance(colour, palette[nearest(colour, palette)]) > 300) palette.push(colour);
  }
  return palette;
}

const partsOf = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];

function distance(one, other) {
  const [a, b] = [partsOf(one), partsOf(other)];
  return a.reduce((sum, part, index) => sum + (part - b[index]) ** 2, 0);
}

const nearest = (colour, palette) => palette.reduce((best, other, place) => (distance(colour, other) < distance(colour, palette[best]) ? place : best), 0);

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  whole.set(body, 4);
  whole.writeUInt32BE(crc32(body) >>> 0, body.length + 4);
  return whole;
}
