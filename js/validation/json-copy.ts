// Copies of JSON values, refusing whatever JSON cannot hold instead of changing it.

import { invalid, isMemoryError, misfit, unreadable } from "../errors.js";

/** Deeper values would overflow the engine's own stack when they are stored. */
const MAX_NESTING_LEVELS = 1_000;

/** The longest text of one value or call, in UTF-16 code units: a stop before memory runs out. */
export const MAX_TEXT_CODE_UNITS = 64 * 1024 * 1024;

/**
 * A copy of plain objects and arrays, which nobody else can change: functions, symbols, bigints, NaN, infinities, cycles,
 * and objects with a class of their own (Date, Map) are refused with `invalid-input` naming their place; -0 keeps its
 * sign. As in JSON, a property that is undefined is left out.
 */
export function jsonCopy(argument: string, value: unknown): unknown {
  const copier = new Copier(argument);
  try {
    return copier.value(value);
  } catch (error) {
    // What a getter or a proxy throws becomes an error that names it.
    throw isMemoryError(error) ? error : unreadable(copier.path(), error);
  }
}

class Copier {
  readonly #argument: string;
  // The way to the member that is read; it stays where something was thrown.
  readonly #path: (string | number)[] = [];
  readonly #ancestors = new Set<object>();
  #length = 0;

  constructor(argument: string) {
    this.#argument = argument;
  }

  value(value: unknown): unknown {
    switch (typeof value) {
      case "string":
        this.#count(value.length + 2);
        return value;
      case "boolean":
        this.#count(5);
        return value;
      case "number":
        if (!Number.isFinite(value)) throw invalid(this.path(), "a finite number", value);
        this.#count(8);
        return value;
      case "object":
        if (value === null) {
          this.#count(4);
          return value;
        }
        if (Array.isArray(value)) return this.#array(value);
        if (isPlain(value)) return this.#object(value as Record<string, unknown>);
    }
    throw invalid(this.path(), "a JSON value", value);
  }

  #array(items: unknown[]): unknown[] {
    this.#enter(items);
    const copy: unknown[] = [];
    const { length } = items;
    // Each takes two characters at least: a list that only says how long it is need not be read to its end.
    if (this.#length + 2 * length > MAX_TEXT_CODE_UNITS) this.#tooLong();
    for (let index = 0; index < length; index++) {
      this.#path.push(index);
      copy.push(this.value(items[index]));
      this.#path.pop();
    }
    this.#ancestors.delete(items);
    return copy;
  }

  #object(object: Record<string, unknown>): Record<string, unknown> {
    this.#enter(object);
    if (Object.getOwnPropertySymbols(object).length > 0) throw invalid(this.path(), "without symbols as keys", object);
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(object)) {
      this.#path.push(key);
      const value = object[key];
      if (value !== undefined) {
        this.#count(key.length + 4);
        setField(copy, key, this.value(value));
      }
      this.#path.pop();
    }
    this.#ancestors.delete(object);
    return copy;
  }

  #enter(parent: object): void {
    if (this.#ancestors.has(parent)) throw invalid(this.path(), "a JSON value without a cycle", parent);
    if (this.#ancestors.size === MAX_NESTING_LEVELS) throw invalid(this.#argument, `nested at most ${MAX_NESTING_LEVELS} levels deep`, parent);
    this.#count(2);
    this.#ancestors.add(parent);
  }

  /** Adds about what the value takes in JSON. */
  #count(length: number): void {
    this.#length += length;
    if (this.#length > MAX_TEXT_CODE_UNITS) this.#tooLong();
  }

  #tooLong(): never {
    throw misfit(this.#argument, `be shorter: it takes more than ${MAX_TEXT_CODE_UNITS} characters`);
  }

  path(): string {
    const steps = this.#path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`));
    return this.#argument + steps.join("");
  }
}

/** Sets a field, also one named `__proto__`, which an assignment would take for the prototype. */
export function setField(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}

/** An object without a class of its own, of whatever window. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
