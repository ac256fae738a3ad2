// The body of a response, as text while it arrives.

import { untilAborted } from "./abort.js";
import { READ_CHARACTERS } from "./secrets.js";

export class TextStream {
  readonly #response: Response;
  readonly #signal: AbortSignal;
  /** How it begins, for errors. */
  beginning = "";
  /** What cut the connection, if it did not end by itself. */
  broken: { cause: unknown } | undefined;

  constructor(response: Response, signal: AbortSignal) {
    this.#response = response;
    this.#signal = signal;
  }

  /** The pieces of its text, none of which is empty; a character that came in two pieces is whole. */
  async *pieces(): AsyncGenerator<string, void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#bytes()) {
      const piece = decoder.decode(bytes, { stream: true });
      if (piece !== "") yield this.#seen(piece);
    }
    const rest = decoder.decode();
    if (rest !== "" && this.broken === undefined) yield this.#seen(rest);
  }

  /** Reads no further than errors show of it. */
  async readBeginning(): Promise<string> {
    for await (const _ of this.pieces()) if (this.beginning.length === READ_CHARACTERS) break;
    return this.beginning;
  }

  /** Ends silently when the connection breaks; `broken` then says why. */
  async *#bytes(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const reader = this.#response.body?.getReader();
    if (reader === undefined) return; // an answer without a body, such as 204
    try {
      for (;;) {
        const { done, value } = await untilAborted(reader.read(), this.#signal);
        if (done) return;
        yield value;
      }
    } catch (cause) {
      if (this.#signal.aborted) throw cause;
      this.broken = { cause };
    } finally {
      // Whoever stopped listening lets go of the connection; nobody waits for that.
      reader.cancel().catch(() => {});
    }
  }

  #seen(piece: string): string {
    const missing = READ_CHARACTERS - this.beginning.length;
    if (missing > 0) this.beginning += piece.slice(0, missing);
    return piece;
  }
}
