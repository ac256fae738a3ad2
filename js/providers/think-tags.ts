// Reasoning that a model writes at the beginning of its answer, between tags, where its server does not take it out.

/** What one piece of a stream brought. */
export interface Piece {
  text: string;
  reasoning: string;
}

/** As DeepSeek, Qwen and others write it; as Gemini does; as Magistral does. */
const TAGS: readonly (readonly [open: string, close: string])[] = [
  ["<think>", "</think>"],
  ["<thinking>", "</thinking>"],
  ["<thought>", "</thought>"],
  ["[THINK]", "[/THINK]"],
];

/** So much white space is held back until it is known whether it stands at an edge. More is passed on. */
const MAX_HELD_SPACE = 64;

/** Tells reasoning from text while both arrive, in whatever pieces. White space around the tags is dropped. */
export class ThinkTags {
  #state: "before" | "within" | "behind" | "past" = "before";
  /** What may be the beginning of a tag, or white space at an edge. */
  #held = "";
  #close = "";
  #isReasoning = false;

  add(content: string): Piece {
    if (this.#state === "past") return { text: content, reasoning: "" };
    this.#held += content;
    this.#begin();
    const reasoning = this.#reason();
    return { text: this.#follow(), reasoning };
  }

  /** What was held back, when nothing more comes. */
  end(): Piece {
    const held = this.#release();
    if (this.#state === "within") return { text: "", reasoning: held.trimEnd() };
    return { text: this.#state === "before" ? held : "", reasoning: "" };
  }

  /** Goes on as soon as a tag has come, or none can come any more. */
  #begin(): void {
    if (this.#state !== "before") return;
    const begun = this.#held.trimStart();
    const tag = TAGS.find(([open]) => begun.startsWith(open));
    if (tag !== undefined) {
      this.#state = "within";
      this.#held = begun.slice(tag[0].length);
      this.#close = tag[1];
      return;
    }
    const mayCome = TAGS.some(([open]) => open.startsWith(begun)) && this.#held.length - begun.length <= MAX_HELD_SPACE;
    if (!mayCome) this.#state = "past";
  }

  /** The reasoning that has come, without what may be the closing tag or the white space before it. */
  #reason(): string {
    if (this.#state !== "within") return "";
    const held = this.#isReasoning ? this.#held : this.#held.trimStart();
    const end = held.indexOf(this.#close);
    if (end >= 0) {
      this.#state = "behind";
      this.#held = held.slice(end + this.#close.length);
      return held.slice(0, end).trimEnd();
    }
    const sure = held.length - lengthOfBeginning(this.#close, held);
    const words = held.slice(0, sure).trimEnd();
    const passed = sure - words.length > MAX_HELD_SPACE ? held.slice(0, sure) : words;
    this.#held = held.slice(passed.length);
    this.#isReasoning ||= passed !== "";
    return passed;
  }

  /** The text that has come, without the white space before it where a tag was. */
  #follow(): string {
    if (this.#state === "past") return this.#release();
    if (this.#state !== "behind") return "";
    const text = this.#release().trimStart();
    if (text !== "") this.#state = "past";
    return text;
  }

  #release(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }
}

/** How much of the tag's beginning the text ends with. */
function lengthOfBeginning(tag: string, text: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}
