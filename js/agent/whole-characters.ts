// Deltas as whole characters: some models cut their text by UTF-16 units, between the halves of an emoji too.

import * as argument from "../validation/arguments.js";

const ENDS_WITHIN = /[\uD800-\uDBFF]$/;

export class WholeCharacters {
  #half = "";

  /** The text, with the half of a character that was kept before; a half at its end is kept for the next. */
  next(name: string, given: unknown): string {
    const text = this.#half + argument.string(name, given);
    this.#half = ENDS_WITHIN.exec(text)?.[0] ?? "";
    return argument.text(name, text.slice(0, text.length - this.#half.length));
  }
}
