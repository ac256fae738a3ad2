// Who takes how much of a WebAssembly module that has names: by Rust module of this crate, and by crate of the others.

import { gzipSync } from "node:zlib";
import { CODE, CUSTOM, DATA, functionsOf, sectionsOf } from "./wasm-sections.mjs";

/** Rows of a name, the bytes, and those after gzip: by themselves, scaled so that all come to the module's own size. */
export function rooms(module) {
  const sections = sectionsOf(module);
  const parts = new Map();
  const add = (name, bytes) => parts.set(name, [...(parts.get(name) ?? []), bytes]);
  for (const { name, body } of functionsOf(sections)) add(roomOf(name), body);
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
