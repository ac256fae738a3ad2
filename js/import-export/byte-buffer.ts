// Bytes that arrive in pieces.

/** The beginning of something that goes on in the next piece: joined only once, and not kept when it is too long. */
export class ByteBuffer {
  readonly #maxBytes: number;
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(part: Uint8Array<ArrayBuffer>): void {
    this.#length += part.length;
    if (this.#length > this.#maxBytes) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  /** All of it with its end, and then there is nothing; undefined when it is too long. */
  take(end: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
    if (this.isEmpty) return end.length > this.#maxBytes ? undefined : end;
    this.add(end);
    const parts = this.#parts;
    const length = this.#length;
    this.#parts = [];
    this.#length = 0;
    if (length > this.#maxBytes) return undefined;
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}
