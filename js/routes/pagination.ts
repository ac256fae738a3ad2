// The part of a list that an address asks for.

import type { Page } from "../manager/options.js";
import { type Problem, unprocessable } from "./http-error.js";

/** Reads `?limit=&offset=`. */
export function readPagination(parameters: URLSearchParams): Required<Page> {
  const problems: Problem[] = [];
  const count = (name: string, byDefault: number): number => {
    const value = parameters.getAll(name).at(-1);
    if (value === undefined) return byDefault;
    if (!/^[0-9]+$/.test(value)) {
      problems.push({ loc: ["query", name], msg: "Input should be a whole number from 0", type: "int_parsing" });
    }
    // Beyond that, numerals become infinite.
    return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
  };
  const page = { limit: count("limit", 50), offset: count("offset", 0) };
  if (problems.length > 0) throw unprocessable(...problems);
  return page;
}
