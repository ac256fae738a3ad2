// How the sizes that the build and `npm run size` print are told.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { DOCUMENTED, importSizes } from "../../scripts/lib/imports.mjs";
import { randomOf } from "../../scripts/faults/random.mjs";
import { namedByOrder } from "../../scripts/lib/function-order.mjs";
import { panicsAsTraps } from "../../scripts/lib/panic-traps.mjs";
import { rooms } from "../../scripts/lib/rooms.mjs";
import { functionsOf, sectionsOf } from "../../scripts/lib/wasm-sections.mjs";
import { packageFolder } from "./support/package.mjs";

const text = (value) => [value.length, ...Buffer.from(value)];
const section = (id, ...content) => [id, content.length, ...content];

test("a module's bytes are told by the names of its functions", () => {
  const bodies = [[3, 0, 1, 0x0b], [2, 0, 0x0b], [2, 0, 0x0b], [4, 0, 1, 1, 0x0b]];
  const names = ["an import", "conversation_memory::ledger::read", "<conversation_memory::ledger::Row as core::clone::Clone>::clone", "core_addMessage", "<&T as core::fmt::Debug>::fmt"];
  const named = names.flatMap((name, index) => [index, ...text(name)]);
  const module = Buffer.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 0, 0),
    ...section(2, 1, ...text("env"), ...text("f"), 0, 0),
    ...section(3, 4, 0, 0, 0, 0),
    // The length of a section over 127 bytes takes two; these are shorter.
    ...section(10, 4, ...bodies.flat()),
    ...[0, ...long(5 + 1 + long(named.length + 1).length + 1 + named.length), ...text("name"), 1, ...long(named.length + 1), 5, ...named],
  ]);
  assert.ok(WebAssembly.Module.exports(new WebAssembly.Module(module)).length === 0);
  const found = Object.fromEntries(rooms(module).map(({ name, raw }) => [name, raw]));
  assert.equal(found["src/ledger"], 3 + 2);
  assert.equal(found["src/wasm"], 2);
  assert.equal(found["(types, imports, exports)"], 4 + 9 + 5);
  assert.equal(Object.values(found).reduce((sum, raw) => sum + raw), 3 + 2 + 2 + 4 + 18);
});

test("functions that only panic become traps, and a compiler that names them otherwise is noticed", async () => {
  const body = [3, 0, 1, 0x0b];
  const panics = Array.from({ length: 20 }, (_, index) => `core[0123456789abcdef]::panicking::panic_${index}`);
  const moduleOf = (names) => {
    const named = names.flatMap((name, index) => [index + 1, ...text(name)]);
    const code = [names.length, ...names.flatMap(() => body)];
    const start = [...section(1, 1, 0x60, 0, 0), ...section(2, 1, ...text("env"), ...text("f"), 0, 0), ...section(3, names.length, ...names.map(() => 0))];
    const first = [...section(7, 1, ...text("kept"), 0, 1), ...section(10, ...code)];
    const naming = [0, ...long(5 + 1 + 2 + 1 + named.length), ...text("name"), 1, ...long(named.length + 1), names.length, ...named];
    return Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...start, ...first, ...naming]);
  };
  const module = panicsAsTraps(moduleOf(["core[0123456789abcdef]::str::from_utf8", ...panics]));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), { env: { f() {} } });
  exports.kept();
  const bodies = functionsOf(sectionsOf(module)).map((each) => [...each.body]);
  assert.deepEqual(bodies, [body.slice(1), ...panics.map(() => [0, 0, 0x0b])]);
  assert.throws(() => panicsAsTraps(moduleOf(panics.map((name) => name.replace("panicking", "failing")))), /Only 0 functions/);
});

test("functions that are alike get places next to each other, and each its own", () => {
  const random = randomOf(7);
  const words = Array.from({ length: 3 }, () => Array.from({ length: 40 }, () => random.between(0, 128)));
  // Each body begins with one of three texts that stand in the way of each other.
  const kinds = [0, 1, 2, 0, 1, 2, 0, 1, 2];
  const bodies = kinds.map((kind, index) => [...words[kind], index]);
  const code = [bodies.length, ...bodies.flatMap((body) => [body.length, ...body])];
  const imported = section(2, 1, ...text("env"), ...text("f"), 0, 0);
  const module = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...imported, 10, ...long(code.length), ...code]);
  const named = functionsOf(sectionsOf(namedByOrder(module)));
  assert.deepEqual(named.map(({ body }) => [...body]), bodies);
  const order = named.map(({ name }, index) => [name, kinds[index]]).sort();
  assert.deepEqual(order.map(([name]) => Number(name)), [...kinds.keys()]);
  const changes = order.filter(([, kind], place) => place > 0 && order[place - 1][1] !== kind);
  assert.equal(changes.length, 2, order.join(" "));
});

const long = (value) => [(value & 127) | 128, value >> 7];

test("an import's size is that of what it needs first", async () => {
  const sizes = Object.fromEntries(await importSizes(join(packageFolder, "node_modules/conversation-memory/dist")));
  const gzip = (name) => sizes[name].gzip;
  assert.ok(gzip(DOCUMENTED) > 200_000, "with the module");
  assert.ok(gzip("/slim, the memory alone") < 60_000, "without the module");
  assert.ok(gzip("/lazy, what a page loads first") < 3_000, "without what is loaded later");
  assert.ok(gzip("everything") > gzip("+ agent + one model") && gzip("+ agent + one model") > gzip(DOCUMENTED));
});
