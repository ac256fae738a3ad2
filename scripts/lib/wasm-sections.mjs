// A WebAssembly module taken apart, as the binary format of its specification has it: sections, functions and their names.

import { Buffer } from "node:buffer";

export const CUSTOM = 0;
export const CODE = 10;
export const DATA = 11;

const IMPORT = 2;
const FUNCTION_NAMES = 1;
const HEADER = 8;

/** What stands before the first section. */
const headerOf = (module) => module.subarray(0, HEADER);

/** In the order of the module. `reader()` begins at the start of the content each time. */
export function sectionsOf(module) {
  const reader = readerOf(module.subarray(HEADER));
  const sections = [];
  while (reader.isMore()) {
    const id = reader.byte();
    const content = reader.bytes(reader.number());
    sections.push({ id, content, reader: () => readerOf(content) });
  }
  return sections;
}

/** Each function of the module's own with its name ("?" without one) and the bytes of its body. */
export function functionsOf(sections) {
  const names = functionNames(sections);
  const code = sections.find(({ id }) => id === CODE).reader();
  let index = importedFunctionsOf(sections);
  const functions = [];
  for (let left = code.number(); left > 0; left -= 1) {
    functions.push({ name: names.get(index) ?? "?", body: code.bytes(code.number()) });
    index += 1;
  }
  return functions;
}

/** The module of these sections, with the header of that one. */
export function joined(module, sections) {
  return Buffer.concat([headerOf(module), ...sections.map(({ id, content }) => Buffer.concat([Buffer.from([id]), sized(content)]))]);
}

/** The bytes behind their number. */
export const sized = (bytes) => Buffer.concat([numberBytes(bytes.length), bytes]);

/** LEB128. */
export function numberBytes(value) {
  const bytes = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}

/** How many functions the module imports: its own have the indices behind theirs. */
export function importedFunctionsOf(sections) {
  const reader = sections.find(({ id }) => id === IMPORT).reader();
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
