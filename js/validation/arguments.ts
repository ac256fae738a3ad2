// The types of arguments, checked before anything reaches WebAssembly: plain JavaScript may pass whatever it likes.
// What a value may be within its type (lengths, blank names) is the manager's to judge, in Rust.

import type { Json, MessageChange, MessageStatus, Metadata, NewMessage, NewPersona, Part, Role, UserProfile } from "../core/core.js";
import { invalid, isMemoryError, unreadable } from "../errors.js";
import { checkSize, type GivenPart, nameOf, type NewFilePart, typeOf, UNKNOWN_TYPE } from "./file-part.js";
import { MAX_TEXT_CODE_UNITS, isPlain, jsonCopy } from "./json-copy.js";
import { isWellFormed, wellFormed } from "./well-formed.js";

/** Who can have said a message. */
export const ROLES: readonly Role[] = ["user", "assistant", "system", "tool"];

/** How far a message can have come, by those who store it; "queued" is refused with a sentence of its own. */
const STATUSES: readonly MessageStatus[] = ["complete", "streaming", "interrupted", "failed", "queued"];

/** Times are kept with a year of four digits. */
const EARLIEST = Date.parse("0000-01-01T00:00:00.000Z");
const LATEST = Date.parse("9999-12-31T23:59:59.999Z");

/** The largest count that WebAssembly takes; nobody has more items. */
const MAX_COUNT = 0xffff_ffff;

/** The longest list of arguments: reading one that only says how long it is would never end. */
const MAX_LIST_ITEMS = 1_000_000;

/** A message to add whose parts may bring files. */
export type GivenMessage = Omit<NewMessage, "parts"> & { parts: GivenPart[] | undefined };

/** A change of a message whose parts may bring files. */
export type GivenChange = Omit<MessageChange, "parts"> & { parts: GivenPart[] | undefined };

type Reader<T> = (path: string, value: unknown) => T;

/** Runs a check; what a getter or a proxy throws meanwhile is an `invalid-input` of that argument too. */
export function check<T>(argument: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isMemoryError(error) ? error : unreadable(argument, error);
  }
}

export function string(argument: string, value: unknown): string {
  if (typeof value !== "string") throw invalid(argument, "a string", value);
  // Before it is copied into WebAssembly, where running out of memory is final.
  if (value.length > MAX_TEXT_CODE_UNITS) throw invalid(argument, `at most ${MAX_TEXT_CODE_UNITS} characters`, value);
  return value;
}

/** A text to keep. */
export function text(argument: string, value: unknown): string {
  return wellFormed(string(argument, value));
}

/** A name that two users could not both have after a replacement of its lone surrogates. */
export function name(argument: string, value: unknown): string {
  if (!isWellFormed(string(argument, value))) throw invalid(argument, "a string without lone surrogates", value);
  return string(argument, value);
}

/** Reads what may be left out. */
export function optional<T>(read: Reader<T>): Reader<T | undefined> {
  return (path, value) => (value === undefined ? undefined : read(path, value));
}

export function boolean(argument: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw invalid(argument, "true or false", value);
  return value;
}

export function number(argument: string, value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw invalid(argument, "a finite number", value);
  return value;
}

/** Reads a number of items that may be left out. */
export function count(byDefault: number): Reader<number> {
  return (path, value) => {
    if (value === undefined) return byDefault;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
      throw invalid(path, "a whole number from 0", value);
    }
    return Math.min(value, MAX_COUNT);
  };
}

/** Reads one of a few strings. */
export function oneOf<T extends string>(values: readonly T[]): Reader<T> {
  return (path, value) => {
    const found = values.find((one) => one === value);
    if (found === undefined) throw invalid(path, `one of ${values.map((one) => `"${one}"`).join(", ")}`, value);
    return found;
  };
}

export function callback<F>(argument: string, value: unknown): F {
  if (typeof value !== "function") throw invalid(argument, "a function", value);
  return value as F;
}

/** A signal, also one of another window. */
export function signal(argument: string, value: unknown): AbortSignal {
  try {
    // What only inherits from it, or is a proxy of one, has no state of its own to ask for.
    Reflect.get(AbortSignal.prototype, "aborted", value);
  } catch {
    throw invalid(argument, "an AbortSignal", value);
  }
  return value as AbortSignal;
}

/** A file, also one of another window: the same bytes without whatever the application has put on the object. */
export function blob(argument: string, value: unknown): Blob {
  try {
    return Blob.prototype.slice.call(value);
  } catch {
    throw invalid(argument, "a Blob or File", value);
  }
}

/** How the fields of an object argument are read: each by its name, and named by its path when it does not fit. */
export function fields(argument: string, value: unknown): <T>(name: string, read: Reader<T>) => T {
  const given = object(argument, value);
  return (name, read) => check(`${argument}.${name}`, () => read(`${argument}.${name}`, given[name]));
}

/** The same for an object of options, which may be left out and whose fields are named by themselves. */
export function options(argument: string, value: unknown): <T>(name: string, read: Reader<T>) => T {
  const given = value === undefined ? {} : object(argument, value);
  return (name, read) => check(name, () => read(name, given[name]));
}

function object(argument: string, value: unknown): Record<string, unknown> {
  const isObject = check(argument, () => typeof value === "object" && value !== null && !Array.isArray(value));
  if (!isObject) throw invalid(argument, "an object", value);
  return value as Record<string, unknown>;
}

export function list<T>(argument: string, value: unknown, read: Reader<T>): T[] {
  if (!check(argument, () => Array.isArray(value))) throw invalid(argument, "an array", value);
  const items = value as unknown[];
  const length = check(argument, () => items.length);
  if (length > MAX_LIST_ITEMS) throw invalid(argument, `at most ${MAX_LIST_ITEMS} items`, value);
  return check(argument, () =>
    Array.from({ length }, (_, position) => {
      const path = `${argument}[${position}]`;
      return check(path, () => read(path, items[position]));
    }),
  );
}

/** A copy of a value that is to be kept as it is. */
export function json(argument: string, value: unknown): Json {
  return check(argument, () => jsonCopy(argument, value) as Json);
}

/** A copy of an object that is to be kept as it is. */
export function metadata(argument: string, value: unknown): Metadata {
  const isFit = check(argument, () => isPlain(object(argument, value)));
  if (!isFit) throw invalid(argument, "a plain object", value);
  return json(argument, value) as Metadata;
}

/** The parts of a message, copied each by itself. */
function parts(argument: string, value: unknown): GivenPart[] {
  return list(argument, value, part);
}

/** A part that is to be kept as it is, but for the file that it may bring. */
function part(argument: string, value: unknown): GivenPart {
  const field = fields(argument, value);
  const isFile = field("type", string) === "file" && field("blob", (_, value) => value !== undefined);
  return isFile ? filePart(argument, value as object) : (metadata(argument, value) as Part);
}

function filePart(argument: string, value: object): NewFilePart {
  const field = fields(argument, value);
  const file = field("blob", (path, value) => {
    const copy = blob(path, value);
    checkSize(path, copy);
    return { copy, type: typeOf(value as Blob), name: nameOf(value as Blob) };
  });
  const { blob: _, ...others } = check(argument, () => ({ ...value }) as Record<string, unknown>);
  return {
    ...metadata(argument, others),
    type: "file",
    blob: file.copy,
    name: field("name", optional(text)) ?? (file.name === undefined ? undefined : wellFormed(file.name)),
    mediaType: (field("mediaType", optional(text)) ?? file.type) || UNKNOWN_TYPE,
  };
}

/** A file as the part of a message that brings it. */
export function file(argument: string, value: unknown): NewFilePart {
  const copy = blob(argument, value);
  checkSize(argument, copy);
  const name = nameOf(value as Blob);
  return { type: "file", blob: copy, name: name === undefined ? undefined : wellFormed(name), mediaType: typeOf(value as Blob) || UNKNOWN_TYPE };
}

/** A message to add. */
export function message(argument: string, value: unknown): GivenMessage {
  const field = fields(argument, value);
  return {
    id: field("id", optional(name)),
    role: field("role", oneOf(ROLES)),
    author: field("author", optional(text)),
    content: field("content", optional(text)),
    parts: field("parts", optional(parts)),
    metadata: field("metadata", optional(metadata)),
    parentId: field("parentId", optional((path, value) => (value === null ? null : text(path, value)))),
    status: field("status", optional(oneOf(STATUSES))),
    createdAt: field("createdAt", optional(time)),
  };
}

/** What to change of a message. */
export function messageChange(argument: string, value: unknown): GivenChange {
  const field = fields(argument, value);
  return {
    content: field("content", optional(text)),
    parts: field("parts", optional(parts)),
    metadata: field("metadata", optional(metadata)),
    status: field("status", optional(oneOf(STATUSES))),
  };
}

const startOf = (time: string): string => {
  const day = Date.parse(`${time.slice(0, 10)}T00:00:00Z`);
  return Number.isNaN(day) ? "" : new Date(day).toISOString().slice(0, 10);
};

/** A time as ISO 8601, in whatever zone and precision; in UTC with milliseconds, as times are kept. */
export function time(argument: string, value: unknown): string {
  const isOne = typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value);
  // Of a day that there is not, Date makes one of the next month.
  const isDay = isOne && !Number.isNaN(Date.parse(value)) && startOf(value) === value.slice(0, 10);
  const milliseconds = isDay ? Date.parse(value) : NaN;
  const isKept = milliseconds >= EARLIEST && milliseconds <= LATEST;
  if (!isKept) throw invalid(argument, 'a time such as "2026-11-22T15:04:05.678Z"', value);
  return new Date(milliseconds).toISOString();
}

/** A time that says its zone: one without is another one on another device. */
export function zonedTime(argument: string, value: unknown): string {
  const kept = time(argument, value);
  if (!/(Z|[+-]\d\d:?\d\d)$/i.test(value as string)) throw invalid(argument, 'a time with its zone, such as "2026-11-22T15:04:05.678Z"', value);
  return kept;
}

/** Messages to add in one call, all of which are copied into WebAssembly together. */
export function messages(argument: string, value: unknown): GivenMessage[] {
  const given = list(argument, value, message);
  const length = given.reduce((sum, { content = "", parts = [] }) => sum + content.length + textLength(parts), 0);
  if (length > MAX_TEXT_CODE_UNITS) throw invalid(argument, `fewer: at most ${MAX_TEXT_CODE_UNITS} characters of content in one call`, value);
  return given;
}

/** How long the texts are that become a message's content. */
function textLength(parts: GivenPart[]): number {
  const lengths = parts.map((part) => (part.type === "text" && typeof part.text === "string" ? part.text.length : 0));
  return lengths.reduce((sum, length) => sum + length, 0);
}

/** The fields of a persona to define. */
export function persona(argument: string, value: unknown): NewPersona {
  const field = fields(argument, value);
  return {
    name: field("name", name),
    displayName: field("displayName", text),
    systemPrompt: field("systemPrompt", text),
    description: field("description", optional(text)),
    colorHex: field("colorHex", optional(text)),
    icon: field("icon", optional(text)),
  };
}

/** The fields of a profile. */
export function profile(argument: string, value: unknown): UserProfile {
  const field = fields(argument, value);
  return { email: field("email", optional(text)), fullName: field("fullName", optional(text)) };
}
