// Values that do not fit, for the tests of wrong arguments. Runs in the page.

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const throwing = (name) =>
  Object.defineProperty({}, name, {
    enumerable: true,
    configurable: true,
    get() {
      throw new Error("thrown by a getter");
    },
  });
const cyclic = () => {
  const value = { list: [] };
  value.list.push({ back: value });
  return value;
};

/** Everything that is no string; each is made anew for each use. */
const notStrings = {
  undefined: () => undefined,
  null: () => null,
  "a number": () => 5,
  NaN: () => Number.NaN,
  "a boolean": () => true,
  "an object": () => ({}),
  "an array": () => ["text"],
  "a function": () => () => "text",
  "a symbol": () => Symbol("text"),
  "a BigInt": () => 5n,
  "a String object": () => new String("text"),
  "a revoked proxy": revoked,
  "an object whose toString throws": () => ({
    toString() {
      throw new Error("thrown by toString");
    },
  }),
};

/** Everything that is no count of items. */
const notCounts = {
  null: () => null,
  "a negative number": () => -1,
  "a fraction": () => 1.5,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  "a numeral": () => "10",
  "a boolean": () => true,
  "an object": () => ({ valueOf: () => 5 }),
  "an array": () => [5],
  "a BigInt": () => 5n,
  "a symbol": () => Symbol("5"),
  "a revoked proxy": revoked,
};

/** Everything that is no object with fields. */
const notObjects = {
  null: () => null,
  "a number": () => 5,
  "a string": () => "text",
  "a boolean": () => true,
  "a symbol": () => Symbol("text"),
  "a BigInt": () => 5n,
  "a revoked proxy": revoked,
};

/** Values that JSON cannot hold, wherever they stand. */
const notJson = {
  "a function": () => () => 1,
  "a symbol": () => Symbol("text"),
  "a BigInt": () => 5n,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  "-Infinity": () => Number.NEGATIVE_INFINITY,
  "a Date": () => new Date(),
  "an invalid Date": () => new Date(Number.NaN),
  "a Map": () => new Map([["a", 1]]),
  "a Set": () => new Set([1]),
  "a RegExp": () => /x/,
  "an Error": () => new Error("x"),
  "a class instance": () => new (class Sample {})(),
  "a promise": () => Promise.resolve(1),
  "a typed array": () => new Uint8Array(2),
  "an ArrayBuffer": () => new ArrayBuffer(2),
  "a Number object": () => new Number(5),
  "a String object": () => new String("text"),
  "a DOM node": () => document.body,
  window: () => window,
  "undefined in a list": () => [1, undefined],
  "a list with holes": () => [1, , 3],
  "a cycle": cyclic,
  "a getter that throws": () => throwing("field"),
  "a revoked proxy": revoked,
  "deep inside": () => ({ a: [{ b: { c: () => 1 } }] }),
};

Object.assign(globalThis, { cyclic, notCounts, notJson, notObjects, notStrings, revoked, throwing });
