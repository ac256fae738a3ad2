// What the fields of an object are: one call out of WebAssembly for all of them, in place of two for each.

const BITS = 8;

/** So many kinds fit into a number. `value::Kind` has the same numbers. */
const AT_ONCE = 17;

/** As long as a point in time: `value::TIME_LONG`. */
const TIME_LONG = 24;

/** The kinds of the fields from one on, that one in the lowest three bits; -1 when there is no object, or a list. */
export function kindsOf(object, names, from) {
  if (typeof object !== "object" || object === null || Array.isArray(object)) return -1;
  let kinds = 0;
  for (let at = Math.min(names.length, from + AT_ONCE) - 1; at >= from; at -= 1) kinds = kinds * BITS + kindOf(object[names[at]]);
  return kinds;
}

function kindOf(value) {
  switch (typeof value) {
    case "undefined":
      return 0;
    case "boolean":
      return 1;
    case "number":
      return Number.isInteger(value) && value >= 0 && value <= 2 ** 64 ? 2 : 7;
    case "string":
      return value.length === TIME_LONG ? 4 : 3;
    case "object":
      return value === null ? 7 : Array.isArray(value) ? 5 : 6;
    default:
      return 7;
  }
}

/** Whether both are the same JSON, whose fields may come in any order. */
export function isSameJson(one, other) {
  if (Object(one) !== one || Object(other) !== other) return one === other;
  const names = Object.keys(one);
  if (Array.isArray(one) !== Array.isArray(other) || names.length !== Object.keys(other).length) return false;
  return names.every((name) => Object.hasOwn(other, name) && isSameJson(one[name], other[name]));
}
