// Values that plain JavaScript may pass, most of them meant badly. Runs in the page.

/** Numbers from 0 to 1 that are the same every time. */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

const TRAPS = ["get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor", "apply", "construct"];

/** Makes values; `realm` is another window, `trace` is told what they are, `thrown` holds all that they threw. */
export function hostileValues(random, realm) {
  const trace = [];
  const thrown = new Set();
  const below = (limit) => Math.floor(random() * limit);
  const pick = (list) => list[below(list.length)];
  const chance = (share) => random() < share;

  function named(kinds) {
    const name = pick(Object.keys(kinds));
    trace.push(name);
    return kinds[name]();
  }

  const revoked = (target = {}) => {
    const { proxy, revoke } = Proxy.revocable(target, {});
    revoke();
    return proxy;
  };

  /** What the application throws. */
  const throwable = {
    "an Error": () => new Error("the application's"),
    "an Error of another window": () => new realm.Error("the other window's"),
    "a text": () => "thrown text",
    "an undefined": () => undefined,
    "a null": () => null,
    "a symbol": () => Symbol("thrown"),
    "a BigInt": () => 5n,
    "a revoked proxy": () => revoked(),
    "a revoked proxy of an Error": () => revoked(new Error("x")),
    "a proxy that throws a proxy": () => new Proxy({}, Object.fromEntries(TRAPS.map((trap) => [trap, () => raise(revoked())]))),
    "an object without a text": () => ({ toString: () => raise(new Error("thrown by toString")) }),
    "an Error whose message is a symbol": () => Object.assign(new Error("x"), { message: Symbol("message") }),
    "an Error whose message throws": () => withGetter(new Error("x"), "message", () => raise(new Error("thrown by message"))),
    "an Error whose name throws": () => withGetter(new Error("x"), "name", () => raise(Symbol("thrown by name"))),
    "half a MemoryError": () => ({ name: "MemoryError", code: 5, message: Symbol("message") }),
    "a MemoryError of symbols": () => Object.assign(new Error("x"), { name: "MemoryError", code: Symbol("code") }),
    "a forged MemoryError": () => Object.assign(new Error("forged"), { name: "MemoryError", code: "not-found" }),
    "a DOMException": () => new DOMException("full", "QuotaExceededError"),
    "a thenable": () => ({ then: (resolve) => resolve(1) }),
  };

  /** Throws it, so that it is known where it came from. */
  function raise(value) {
    thrown.add(value);
    throw value;
  }

  /** A function that throws when it is called. */
  function thrower() {
    const make = throwable[pick(Object.keys(throwable))];
    return () => raise(make());
  }

  const withGetter = (object, name, get) => Object.defineProperty(object, name, { get, enumerable: true, configurable: true });

  /** A proxy some of whose traps throw: at once, or after some calls. */
  function hostileProxy(target) {
    let patience = pick([0, 0, 0, 1, 2, 5, 20]);
    const throwNow = thrower();
    const traps = chance(0.3) ? [pick(TRAPS)] : TRAPS.filter(() => chance(0.5));
    const trap = (name) => (...given) => {
      patience -= 1;
      return patience < 0 ? throwNow() : Reflect[name](...given);
    };
    return new Proxy(target, Object.fromEntries(traps.map((name) => [name, trap(name)])));
  }

  function nested(depth, inList) {
    let value = 1;
    for (let level = 0; level < depth; level += 1) value = inList ? [value] : { a: value };
    return value;
  }

  const cyclic = () => {
    const value = { list: [1] };
    value.list.push({ back: value.list });
    return value;
  };

  /** An array that lies about its length. */
  const lyingArray = (length, item) =>
    new Proxy([], { get: (target, key) => (key === "length" ? length : typeof key === "string" && /^\d+$/.test(key) ? item : target[key]) });

  const strings = {
    "an empty text": () => "",
    "a blank text": () => pick([" ", "\t\n", "\u3000", "\u200b"]),
    "a lone surrogate": () => pick(["\ud800", "a\udfffb", "\udc00\ud800", "\ud83d"]),
    "a text with NUL": () => "a\u0000b",
    "an emoji": () => "👩‍👩‍👧‍👦🏳️‍🌈",
    "many accents": () => `a${"\u0301".repeat(pick([1, 100, 10_000]))}`,
    "a word of the language": () => pick(["__proto__", "constructor", "toString", "then", "null", "undefined", "length"]),
    "a text of 500": () => "é".repeat(500),
    "a text of 501": () => "é".repeat(501),
    "a long text": () => "long ".repeat(pick([1_000, 20_000, 200_000])),
    "right to left": () => "\u202eשלום\u202c",
  };

  const numbers = [0, -0, 1, -1, 1.5, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 1e308, -1e308, 5e-324, NaN, Infinity, -Infinity];

  const objects = {
    "an object": () => ({}),
    "an object without prototype": () => Object.create(null),
    "an object of another window": () => realm.eval("({ a: [1, { b: null }] })"),
    "a list of another window": () => realm.eval('["a", 1]'),
    "an array-like": () => ({ length: 3, 0: "a", 1: "b", 2: "c" }),
    "a class instance": () => new (class Sample { field = 1; })(),
    "a subclass of Array": () => new (class extends Array {})("a", "b"),
    "a sparse list": () => pick([[, 1], [1, , 3], new Array(5)]),
    "a huge sparse list": () => pick([new Array(2 ** 32 - 1), Object.assign([], { 4294967290: 1 })]),
    "a list of many": () => new Array(pick([1_001, 20_000])).fill(pick(["x", 1, null])),
    "a list with fields": () => Object.assign(["a"], { field: 1, [Symbol("s")]: 1 }),
    "a list that says 2^53": () => lyingArray(2 ** 53, "x"),
    "a list that says 2^32 - 1": () => lyingArray(2 ** 32 - 1, pick(["x", undefined, {}])),
    "a list that says no number": () => lyingArray(pick(["5", NaN, -1, undefined, {}, 1n]), "x"),
    "a cycle": cyclic,
    "something deep": () => nested(pick([10, 999, 1_001, 20_000]), chance(0.5)),
    "a Date": () => pick([new Date(), new Date(NaN)]),
    "a Map": () => new Map([["a", 1]]),
    "a RegExp": () => /x/g,
    "a typed array": () => pick([new Uint8Array(3), new Float64Array(2), new BigInt64Array(1)]),
    "a buffer": () => pick([new ArrayBuffer(8), new DataView(new ArrayBuffer(2))]),
    "a String object": () => pick([new String("text"), new Number(5), new Boolean(false), Object(Symbol("s")), Object(1n)]),
    "a promise": () => Promise.resolve(1),
    "a thenable": () => ({ then: (resolve) => resolve("x") }),
    "a thenable that throws": () => ({ then: thrower() }),
    "a node": () => pick([document.body, document, document.createTextNode("x")]),
    "a window": () => pick([window, realm]),
    "document.all": () => document.all,
    "a Blob": () => new Blob(["[]"]),
    "a false Blob": () => ({ [Symbol.toStringTag]: "Blob", size: pick([0, 10, Infinity]), slice: pick([undefined, thrower(), () => new Blob(["x"])]) }),
    "a false AbortSignal": () => pick([Object.create(AbortSignal.prototype), { aborted: false, addEventListener() {} }]),
    "an Error": () => new Error("as a value"),
    "an iterator": () => [1, 2][Symbol.iterator](),
    "a generator": () => (function* () { yield 1; })(),
    "WebAssembly's memory": () => new WebAssembly.Memory({ initial: 1 }),
    "symbols as keys": () => ({ [Symbol("key")]: 1, a: 1 }),
    "an own __proto__": () => JSON.parse('{"__proto__": {"limit": 1}, "a": {"__proto__": 1}}'),
    "an odd prototype": () => Object.setPrototypeOf({ a: 1 }, pick([[], hostileProxy({}), new Proxy({}, {}), Function.prototype])),
    "a frozen object": () => Object.freeze({ role: "user", content: "x" }),
    "a getter that throws": () => withGetter({ a: 1 }, pick(["b", "length", "role", "limit", "toJSON", "then"]), thrower()),
    "a toPrimitive that throws": () => ({ [Symbol.toPrimitive]: thrower(), toString: thrower(), valueOf: thrower() }),
    "a revoked proxy": () => revoked(pick([{}, [], () => {}])),
    "a proxy": () => new Proxy(pick([{}, ["x"]]), {}),
    "a hostile proxy": () => hostileProxy(pick([{}, ["a", "b"], () => {}, new Blob(["x"]), new AbortController().signal, new Date()])),
    "endless keys": () => new Proxy({}, { get: () => cyclic(), has: () => true }),
  };

  const functions = {
    "a function": () => () => "x",
    "an async function": () => async () => 1,
    "a function that throws": () => thrower(),
    "a function that gives anything": () => () => any(),
    "a class": () => class {},
    "a generator function": () => function* () {},
    "a bound function": () => (() => 1).bind(null),
    "a function of another window": () => realm.eval("() => 1"),
    "a hostile function": () => hostileProxy(() => 1),
    "a revoked function": () => revoked(() => 1),
  };

  const primitives = {
    ...strings,
    undefined: () => undefined,
    null: () => null,
    "a boolean": () => chance(0.5),
    "a number": () => pick(numbers),
    "a BigInt": () => pick([0n, -1n, 2n ** 70n]),
    "a symbol": () => pick([Symbol("s"), Symbol.iterator, Symbol.asyncIterator]),
  };

  /** Anything at all. */
  const any = () => named(pick([primitives, primitives, objects, objects, objects, functions]));

  return { any, below, chance, hostileProxy, lyingArray, named, objects, functions, numbers, pick, raise, realm, strings, throwable, thrower, thrown, trace, withGetter };
}
