// The JSON text of a value, refusing whatever JSON cannot hold instead of changing it.

import { invalid, isMemoryError, memoryError, unreadable } from "./errors.js";
import { wellFormed } from "./text.js";

/** Deeper values would overflow the engine's own stack when they are stored. */
const DEEPEST = 1_000;

/** The longest text of one value or call, in UTF-16 code units: a stop before memory runs out. */
export const LONGEST = 64 * 1024 * 1024;

/**
 * Like `JSON.stringify`, but exact: functions, symbols, bigints, NaN, infinities, cycles, and objects with a class of
 * their own (Date, Map) are refused with `invalid-input` naming their place; -0 keeps its sign. As in JSON, a property
 * that is undefined is left out.
 */
export function jsonText(argument: string, value: unknown): string {
  return new Writer(argument).value(value);
}

class Writer {
  readonly #argument: string;
  readonly #path: (string | number)[] = [];
  readonly #ancestors = new Set<object>();
  #length = 0;

  constructor(argument: string) {
    this.#argument = argument;
  }

  value(value: unknown): string {
    switch (typeof value) {
      case "string":
        return this.#counted(JSON.stringify(value));
      case "boolean":
        return this.#counted(String(value));
      case "number":
        if (!Number.isFinite(value)) throw invalid(this.#place(), "a finite number", value);
        return this.#counted(Object.is(value, -0) ? "-0" : String(value));
      case "object":
        if (value === null) return this.#counted("null");
        if (Array.isArray(value)) return this.#within(value, () => this.#array(value));
        if (isPlain(value)) return this.#within(value, () => this.#object(value as Record<string, unknown>));
    }
    throw invalid(this.#place(), "a JSON value", value);
  }

  #array(items: unknown[]): string {
    const texts = Array.from({ length: items.length }, (_, index) => this.#at(index, () => this.value(items[index])));
    return `[${texts.join(",")}]`;
  }

  #object(object: Record<string, unknown>): string {
    if (Object.getOwnPropertySymbols(object).length > 0) throw invalid(this.#place(), "without symbols as keys", object);
    const texts: string[] = [];
    for (const key of Object.keys(object)) {
      this.#at(key, () => {
        const value = object[key];
        if (value !== undefined) texts.push(`${this.#counted(JSON.stringify(key))}:${this.value(value)}`);
      });
    }
    return `{${texts.join(",")}}`;
  }

  /** Works on a member; what its getter or proxy throws becomes an error that names it. */
  #at<T>(key: string | number, work: () => T): T {
    this.#path.push(key);
    try {
      return work();
    } catch (error) {
      throw isMemoryError(error) ? error : unreadable(this.#place(), error);
    } finally {
      this.#path.pop();
    }
  }

  #within(parent: object, work: () => string): string {
    if (this.#ancestors.has(parent)) throw invalid(this.#place(), "a JSON value without a cycle", parent);
    if (this.#ancestors.size === DEEPEST) throw invalid(this.#argument, `nested at most ${DEEPEST} levels deep`, parent);
    this.#ancestors.add(parent);
    const text = work();
    this.#ancestors.delete(parent);
    return text;
  }

  #counted(text: string): string {
    this.#length += text.length;
    if (this.#length > LONGEST) {
      throw memoryError("invalid-input", `${this.#argument} must be shorter: its JSON text is longer than ${LONGEST}`);
    }
    return text;
  }

  #place(): string {
    const steps = this.#path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`));
    return this.#argument + steps.join("");
  }
}

/** The JSON text of a string; a lone surrogate, which UTF-8 cannot hold, becomes U+FFFD. */
export function stringText(value: string): string {
  return JSON.stringify(wellFormed(value));
}

/** An object without a class of its own, of whatever window. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
