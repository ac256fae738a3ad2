// The elements of a JSON array of any size, without parsing it.

import { ByteBuffer } from "./byte-buffer.js";
import { MAX_LINE_BYTES, textPiecesOf } from "./lines.js";

/** An element with the line from 1 on which it begins; or only that it was there, too long or without its end. */
export type Element =
  | { line: number; text: Uint8Array<ArrayBuffer>; tooLong?: never; torn?: never }
  | { line: number; text?: never; tooLong: true; torn?: never }
  | { line: number; text?: never; tooLong?: never; torn: true };

const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const OPENING_BRACKET = 91;
const BACKSLASH = 92;
const CLOSING_BRACKET = 93;
const OPENING_BRACE = 123;
const CLOSING_BRACE = 125;

/** Where the list is: so many bytes from the beginning, on this line. What follows it is not looked at when it is in an object. */
export interface ListStart {
  at: number;
  line: number;
  isInside: boolean;
}

const WHOLE_FILE: ListStart = { at: 0, line: 1, isInside: false };

/** An object that begins with a list of conversations. A byte order mark may be before it. */
const LIST_IN_OBJECT = /^(?:\xef\xbb\xbf)?\s*\{\s*"conversations"\s*:\s*(?=\[\s*\{)/;
const SNIFFED_BYTES = 200;

/** Where the list of conversations is: that of an object can be too large to be parsed as a whole. */
export async function listIn(blob: Blob): Promise<ListStart> {
  const bytes = new Uint8Array(await blob.slice(0, SNIFFED_BYTES).arrayBuffer());
  const before = LIST_IN_OBJECT.exec(String.fromCharCode(...bytes))?.[0];
  return before === undefined ? WHOLE_FILE : { at: before.length, line: before.split("\n").length, isInside: true };
}

/**
 * The elements of the array, as many at once as end in a piece of the file. What is no array is taken for an element, and
 * so is whatever stands between two of them but a comma: only parsing tells whether the text of an element is JSON. A
 * file that ends too early has a torn element last.
 */
export async function* elementsOf(blob: Blob, start = WHOLE_FILE, signal?: AbortSignal): AsyncGenerator<Element[], void> {
  const splitter = new JsonArraySplitter(MAX_LINE_BYTES, start);
  for await (const piece of textPiecesOf(blob.slice(start.at), signal)) {
    const elements = splitter.split(piece);
    if (elements.length > 0) yield elements;
    if (splitter.isOver) return;
  }
  const last = splitter.end();
  if (last !== undefined) yield [last];
}

class JsonArraySplitter {
  readonly #element: ByteBuffer;
  /** The line on which the element begins. */
  #begun = 1;
  #line = 1;
  #inArray = false;
  #inElement = false;
  #inString = false;
  /** How many brackets and braces of the element are open. */
  #depth = 0;
  /** How many bytes of the next piece are escaped by the end of this one. */
  #escaped = 0;
  /** Whether the list is in an object, and whether it has ended there. */
  readonly #isInside: boolean;
  isOver = false;

  constructor(maxBytes: number, { line, isInside }: ListStart) {
    this.#element = new ByteBuffer(maxBytes);
    this.#line = this.#begun = line;
    this.#isInside = isInside;
  }

  /** The elements that end in this piece. */
  split(piece: Uint8Array<ArrayBuffer>): Element[] {
    const elements: Element[] = [];
    const { length } = piece;
    let start = 0;
    let at = this.#escaped;
    for (; at < length; at++) {
      if (this.#inString) {
        at = this.#endOfString(piece, at);
        if (at >= length) break;
        this.#inString = false;
        if (this.#depth === 0) elements.push(this.#take(piece.subarray(start, at + 1)));
        continue;
      }
      const byte = piece[at];
      switch (byte) {
        case TAB:
        case CARRIAGE_RETURN:
        case SPACE:
          continue;
        case LINE_FEED:
        case COMMA:
          if (this.#inElement && this.#depth === 0) elements.push(this.#take(piece.subarray(start, at)));
          if (byte === LINE_FEED) this.#line++;
          continue;
        case OPENING_BRACKET:
          if (!this.#inElement && !this.#inArray) {
            this.#inArray = true;
            continue;
          }
          break;
        case CLOSING_BRACKET:
          if (this.#depth === 0 && this.#inArray) {
            if (this.#inElement) elements.push(this.#take(piece.subarray(start, at)));
            this.#inArray = false;
            this.isOver = this.#isInside;
            if (this.isOver) return elements;
            continue;
          }
      }
      // Everything else belongs to an element.
      if (!this.#inElement) {
        this.#inElement = true;
        this.#begun = this.#line;
        start = at;
      }
      if (byte === QUOTE) this.#inString = true;
      else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) this.#depth++;
      else if ((byte === CLOSING_BRACE || byte === CLOSING_BRACKET) && this.#depth > 0) {
        if (--this.#depth === 0) elements.push(this.#take(piece.subarray(start, at + 1)));
      }
    }
    this.#escaped = at - length;
    if (this.#inElement) this.#element.add(piece.subarray(start));
    return elements;
  }

  /** Where the string has its closing quote; where to go on in the next piece, counted from this one, when not here. */
  #endOfString(piece: Uint8Array, at: number): number {
    const { length } = piece;
    for (; at < length; at++) {
      const byte = piece[at];
      if (byte === QUOTE) return at;
      if (byte === BACKSLASH) at++;
      else if (byte === LINE_FEED) this.#line++;
    }
    return at;
  }

  #take(end: Uint8Array<ArrayBuffer>): Element {
    this.#inElement = false;
    const text = this.#element.take(end);
    return text === undefined ? { line: this.#begun, tooLong: true } : { line: this.#begun, text };
  }

  /** What is left at the end of the file. */
  end(): Element | undefined {
    if (this.#inArray || this.#inString || this.#depth > 0) {
      return { line: this.#inElement ? this.#begun : this.#line, torn: true };
    }
    return this.#inElement ? this.#take(new Uint8Array()) : undefined;
  }
}
