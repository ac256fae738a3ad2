// Values of frameworks as JSON.

import { misfit } from "../errors.js";

/** As it is stored: without what is undefined. `path` names it where it cannot be. */
export function plain<T>(value: T, path = "message"): T {
  if (value === undefined) return value;
  try {
    return JSON.parse(JSON.stringify(value)) as T;
  } catch (cause) {
    throw misfit(path, "be JSON, but it has a circle, a bigint, or something that cannot be read", cause);
  }
}

/** Whether two values of JSON are equal, in whatever order their fields are. */
export function isEqual(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => name in right && isEqual(left[name], right[name]));
}
