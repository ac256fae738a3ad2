import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Has every field of these declarations that may be missing take undefined too, as the code does: with
 * `exactOptionalPropertyTypes` an application could not hand on what it may not have. Here for all of them, so that it has to
 * be thought of neither in TypeScript nor in the records of Rust.
 */
export async function allowUndefined(folder) {
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".d.ts"));
  for (const path of files.map((file) => join(folder, file))) await writeFile(path, withUndefined(await readFile(path, "utf8")));
}

/** The text of a file of declarations, whose optional fields all say undefined. */
export function withUndefined(text) {
  const edits = strictFields(text).flatMap(({ start, end, isLoose }) => [
    [start, isLoose ? "(" : ""],
    [end, isLoose ? ") | undefined" : " | undefined"],
  ]);
  // From the end, so that what stands before keeps its place.
  return edits.sort(([one], [other]) => other - one).reduce((rest, [at, added]) => rest.slice(0, at) + added + rest.slice(at), text);
}

/** Where the types of optional fields stand that do not say undefined. (TypeScript 7 has no parser that a script can use.) */
export function strictFields(text) {
  // Comments and strings keep their length and lose what could be taken for code.
  const code = text.replaceAll(/\/\*[^]*?\*\/|\/\/.*|"(?:\\.|[^"\\])*"/g, (part) => "_".repeat(part.length));
  return [...code.matchAll(/[\w$\]]\?: /g)].flatMap(({ index, 0: { length } }) => {
    const start = index + length;
    const type = typeAt(code, start);
    return type === undefined || type.parts.some((part) => part.trim() === "undefined") ? [] : [{ start, end: type.end, isLoose: type.isLoose }];
  });
}

/** The type that begins there: where it ends and the members of its union. undefined when it is a parameter's. */
function typeAt(code, start) {
  let depth = 0;
  let isLoose = false;
  const bars = [start - 1];
  for (let at = start; at < code.length; at += 1) {
    const sign = code[at];
    if (code.startsWith("=>", at)) {
      isLoose ||= depth === 0;
      at += 1;
    } else if ("({[<".includes(sign)) depth += 1;
    else if (depth > 0 && ")}]>".includes(sign)) depth -= 1;
    else if (depth === 0 && ",)".includes(sign)) return undefined;
    else if (depth === 0 && ";}".includes(sign)) {
      const end = start + code.slice(start, at).trimEnd().length;
      const parts = bars.map((bar, index) => code.slice(bar + 1, bars[index + 1] ?? end));
      return { end, isLoose, parts };
    } else if (depth === 0 && sign === "|") bars.push(at);
    // A conditional type, which a union would become part of.
    else if (depth === 0 && sign === "?") isLoose = true;
  }
  return undefined;
}
