import { brotliCompressSync, gzipSync } from "node:zlib";

/** How many bytes `content` takes as it is and as a web server would send it. */
export function sizesOf(content) {
  return {
    raw: content.length,
    gzip: gzipSync(content, { level: 9 }).length,
    brotli: brotliCompressSync(content).length,
  };
}

export function sumOf(sizes) {
  const total = { raw: 0, gzip: 0, brotli: 0 };
  for (const size of sizes) for (const kind of Object.keys(total)) total[kind] += size[kind];
  return total;
}

/** `rows` are pairs of a name and its sizes; in KB of 1,024 bytes. */
export function sizeTable(rows) {
  const kilobytes = (bytes) => (bytes === undefined ? "" : `${(bytes / 1024).toFixed(1)} KB`).padStart(12);
  const width = Math.max(...rows.map(([name]) => name.length));
  const line = (name, cells) => `  ${name.padEnd(width)}${cells.join("")}`;
  const titles = ["raw", "gzip -9", "brotli"].map((title) => title.padStart(12));
  return [
    line("", titles),
    ...rows.map(([name, size]) => line(name, [size.raw, size.gzip, size.brotli].map(kilobytes))),
  ].join("\n");
}
