// A panic of the module ends in a trap, and its message reaches nobody: standard error does not exist here, and the face
// answers with a coded error (js/wasm/wasm-panic-guard.ts). So the standard library's functions that only put a message
// together and panic are made the trap itself, before wasm-opt, which then leaves out what nobody else used: 3.5 KB after gzip.
// `-Cpanic=immediate-abort` does the same, with a compiler and a standard library that are not stable yet.

import { CODE, functionsOf, joined, numberBytes, sectionsOf, sized } from "./wasm-sections.mjs";

/** None of them returns, or only those call it. As rustc writes them, without the hash behind the crate. */
const PANICS = [
  /^core::panicking::/,
  /^core::(option|result)::(unwrap|expect)_failed$/,
  /^core::str::slice_error_fail/,
  /^core::slice::index::slice_index_fail$/,
  /^core::slice::copy_from_slice_impl::len_mismatch_fail$/,
  /^core::slice::sort::shared::smallsort::panic_on_ord_violation$/,
  /^core::cell::panic_already(_mutably)?_borrowed$/,
  /^(core::cell::lazy|std::sync::lazy_lock)::panic_poisoned$/,
  /^alloc::raw_vec::(capacity_overflow|handle_error)$/,
  /^alloc::alloc::handle_alloc_error$/,
  // Only the message of a text cut within a character prints these, with the tables of printable characters.
  /^<(char|core::ops::range::Range<usize>) as core::fmt::Debug>::fmt$/,
  // Only `{:#?}` does, which is written nowhere.
  /^<core::fmt::builders::PadAdapter as core::fmt::Write>::/,
  /^<alloc::vec::Vec<_, _>>::[a-z_]+::assert_failed$/,
  /^std::panicking::(panic_handler|panic_with_hook)/,
];

/** Fewer than this are found when a compiler names them in another way. */
const FEWEST = 20;

/** No locals, `unreachable`, `end`. */
const TRAP = Buffer.from([0x00, 0x00, 0x0b]);

/** The module with a trap for each function that only panics. */
export function panicsAsTraps(module) {
  const sections = sectionsOf(module);
  const functions = functionsOf(sections);
  let trapped = 0;
  const bodies = functions.map(({ name, body }) => {
    const isPanic = PANICS.some((pattern) => pattern.test(name.replaceAll(/\[[0-9a-f]{16}\]/g, "")));
    trapped += Number(isPanic);
    return isPanic ? TRAP : body;
  });
  if (trapped < FEWEST) throw new Error(`Only ${trapped} functions that panic were found by their names: see scripts/lib/panic-traps.mjs.`);
  const code = Buffer.concat([numberBytes(bodies.length), ...bodies.map(sized)]);
  return joined(module, sections.map(({ id, content }) => ({ id, content: id === CODE ? code : content })));
}
