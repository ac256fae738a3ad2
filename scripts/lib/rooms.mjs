// Who takes how much of a WebAssembly module that has names: by Rust module of this crate, and by crate of the others.

import { gzipSync } from "node:zlib";

const CUSTOM = 0;
const IMPORT = 2;
const CODE = 10;
const DATA = 11;
const FUNCTION_NAMES = 1;

/** Rows of a name, the bytes, and those after gzip: by themselves, scaled so that all come to the module's own size. */
export function rooms(module) {
  const sections = sectionsOf(module);
  const names = functionNames(sections);
  const parts = new Map();
  const add = (name, bytes) => parts.set(name, [...(parts.get(name) ?? []), bytes]);
  let index = importedFunctions(sections.find(({ id }) => id === IMPORT).reader());
  const code = sections.find(({ id }) => id === CODE).reader();
  for (let left = code.number(); left > 0; left -= 1) {
    add(roomOf(names.get(index) ?? "?"), code.bytes(code.number()));
    index += 1;
  }
  for (const { id, content } of sections) {
    if (id === DATA) add("(data: texts and tables)", content);
    else if (id !== CODE && id !== CUSTOM) add("(types, imports, exports)", content);
  }
  const rows = [...parts].map(([name, list]) => ({ name, raw: Buffer.concat(list) }));
  const whole = gzipSync(Buffer.concat(rows.map(({ raw }) => raw)), { level: 9 }).length;
  const apart = rows.map(({ name, raw }) => ({ name, raw: raw.length, gzip: gzipSync(raw, { level: 9 }).length }));
  const scale = whole / apart.reduce((sum, { gzip }) => sum + gzip, 0);
  return apart.map(({ name, raw, gzip }) => ({ name, raw, gzip: Math.round(gzip * scale) })).sort((one, other) => other.gzip - one.gzip);
}

/** `<conversation_memory::records::User as …>::read` belongs to records, `core_addMessage` to the exports in src/wasm/. */
function roomOf(name) {
  const [, crate, room] = /^[<&[(]*(?:dyn |mut )*([a-z_][a-z0-9_]*)(?:::([a-z_0-9]+))?/.exec(name) ?? [];
  if (crate === "conversation_memory") return `src/${room ?? "lib"}`;
  if (["bool", "char", "str", "f32", "f64"].includes(crate) || /^[iu](8|16|32|64|128|size)$/.test(crate)) return "core";
  if (/^core_[a-z]/.test(name) && !name.includes("::")) return "src/wasm";
  return crate === undefined || !name.includes("::") ? "(others)" : crate;
}

function sectionsOf(module) {
  const reader = readerOf(module.subarray(8));
  const sections = [];
  while (reader.isMore()) {
    const id = reader.byte();
    const content = reader.bytes(reader.number());
    sections.push({ id, content, reader: () => readerOf(content) });
  }
  return sections;
}

function importedFunctions(reader) {
  let functions = 0;
  for (let left = reader.number(); left > 0; left -= 1) {
    reader.bytes(reader.number());
    reader.bytes(reader.number());
    const kind = reader.byte();
    if (kind === 0) functions += 1;
    // A function, a table, a memory, a global, a tag: how much follows.
    if (kind === 0) reader.number();
    else if (kind === 1 || kind === 2) limits(reader, kind === 1);
    else reader.bytes(2);
  }
  return functions;
}

function limits(reader, isTable) {
  if (isTable) reader.byte();
  const hasMost = reader.byte() & 1;
  reader.number();
  if (hasMost) reader.number();
}

function functionNames(sections) {
  const names = new Map();
  for (const { id, reader: open } of sections) {
    if (id !== CUSTOM) continue;
    const reader = open();
    if (reader.text() !== "name") continue;
    while (reader.isMore()) {
      const kind = reader.byte();
      const part = readerOf(reader.bytes(reader.number()));
      if (kind !== FUNCTION_NAMES) continue;
      for (let left = part.number(); left > 0; left -= 1) names.set(part.number(), part.text());
    }
  }
  return names;
}

function readerOf(content) {
  let at = 0;
  const byte = () => content[at++];
  const bytes = (length) => content.subarray(at, (at += length));
  /** LEB128. */
  const number = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const next = byte();
      value += (next & 127) * shift;
      if (next < 128) return value;
    }
  };
  return { byte, bytes, number, text: () => Buffer.from(bytes(number())).toString("utf8"), isMore: () => at < content.length };
}
