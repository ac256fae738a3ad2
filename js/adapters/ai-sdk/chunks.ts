// An answer as a stream of the AI SDK's chunks.

import type { UIMessageChunk } from "ai";

type FinishReason = NonNullable<(UIMessageChunk & { type: "finish" })["finishReason"]>;

/** Those that all versions of the SDK know. */
const FINISH_REASONS: readonly string[] = ["stop", "length", "content-filter", "tool-calls", "error", "other"] satisfies FinishReason[];

/** Why an answer has ended, in the SDK's words: a server may have others. */
function toFinishReason(reason: string): FinishReason {
  const words = reason.toLowerCase().replaceAll("_", "-");
  if (words === "max-tokens") return "length";
  return (FINISH_REASONS.includes(words) ? words : "other") as FinishReason;
}

/** Writes the answer's chunks. What comes when nobody reads any more, or after its end, is dropped. */
export class Chunks {
  readonly #controller: ReadableStreamDefaultController<UIMessageChunk>;
  #messageId: string | undefined;
  #open: "text" | "reasoning" | undefined;
  #parts = 0;
  #isOver = false;
  #text = "";

  constructor(controller: ReadableStreamDefaultController<UIMessageChunk>) {
    this.#controller = controller;
  }

  /** What was written of the answer. */
  get text(): string {
    return this.#text;
  }

  /** The id that the answer's message will have. Written with the first piece: of a turn that fails before that no message is shown. */
  begin(messageId: string): void {
    this.#messageId = messageId;
  }

  add(kind: "text" | "reasoning", delta: string): void {
    if (delta === "") return;
    if (this.#open !== kind) {
      this.#endPart();
      this.#open = kind;
      this.#parts += 1;
      this.#write({ type: `${kind}-start`, id: this.#id });
    }
    if (kind === "text") this.#text += delta;
    this.#write({ type: `${kind}-delta`, id: this.#id, delta });
  }

  /** It is whole; `content` is what was stored of it, `reason` why it has ended, where the model told it. */
  finish(content: string, messageMetadata: object | undefined, reason: string | undefined): void {
    if (content.startsWith(this.#text)) this.add("text", content.slice(this.#text.length));
    this.#endPart();
    this.#write({ type: "finish", ...(reason !== undefined && { finishReason: toFinishReason(reason) }), ...(messageMetadata && { messageMetadata }) });
    this.close();
  }

  fail(error: unknown): void {
    if (!this.#isOver) this.#controller.error(error);
    this.#isOver = true;
  }

  /** Nothing more comes. */
  close(): void {
    if (!this.#isOver) this.#controller.close();
    this.#isOver = true;
  }

  /** Nobody reads any more. */
  drop(): void {
    this.#isOver = true;
  }

  get #id(): string {
    return `${this.#open}-${this.#parts}`;
  }

  #endPart(): void {
    if (this.#open !== undefined) this.#write({ type: `${this.#open}-end`, id: this.#id });
    this.#open = undefined;
  }

  #write(chunk: UIMessageChunk): void {
    if (this.#isOver) return;
    if (this.#messageId !== undefined) this.#controller.enqueue({ type: "start", messageId: this.#messageId });
    this.#messageId = undefined;
    this.#controller.enqueue(chunk);
  }
}
