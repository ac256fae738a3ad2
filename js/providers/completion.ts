// A completion in OpenAI's chat format, built from the chunks of a stream or from one whole message.

import type { Json, Metadata } from "../core/core.js";
import { reasoningOf, textOf } from "./content.js";
import { asObject, type JsonObject } from "./json.js";
import { ThinkTags, type Piece } from "./think-tags.js";
import { ToolCalls } from "./tool-calls.js";
import type { Completion } from "./types.js";

/** The finish reasons that tell of a failure: OpenRouter's and Mistral's, Zhipu's, DeepSeek's, and vLLM's. */
const FAILURE = /^(error|\w+_error|insufficient_system_resource|abort(ed)?)$/i;

export class CompletionBuilder {
  #text = "";
  #reasoning = "";
  readonly #tags = new ThinkTags();
  readonly #calls = new ToolCalls();
  #finishReason: string | undefined;
  #model: string | undefined;
  #usage: Completion["usage"];
  /** Whether anything of an answer has come. */
  isBegun = false;
  /** Whether the model said that it is through, and nothing of an answer came behind that. */
  isFinished = false;
  /** Whether the server told of an error beside the answer. */
  isFailed = false;

  /** Adds one chunk and gives what it brought. */
  add(chunk: JsonObject): Piece {
    this.#model ||= textOf(chunk.model);
    this.#usage = usageOf(chunk.usage) ?? this.#usage;
    // `choices` is null or empty in a chunk that brings only the usage.
    const choices = Array.isArray(chunk.choices) ? chunk.choices.map(asObject) : [];
    const choice = choices.find((one) => one !== undefined && (one.index ?? 0) === 0);
    if (choice === undefined) return { text: "", reasoning: "" };
    const delta = asObject(choice.delta);
    const part = delta ?? asObject(choice.message) ?? {};
    const calls = Array.isArray(part.tool_calls) ? part.tool_calls : [];
    if (calls.length > 0) this.#calls.add(calls, delta === undefined);
    // A refusal is what the model says instead of its answer.
    const content = textOf(part.content) || textOf(part.refusal);
    const reasoning = reasoningOf(part);
    if (content !== "" || reasoning !== "" || calls.length > 0) {
      this.isBegun = true;
      // Some servers say on every piece that it is the last one.
      this.isFinished = false;
    }
    const finishReason = textOf(choice.finish_reason);
    if (finishReason !== "" && finishReason !== "null") {
      this.#finishReason = finishReason;
      this.isFinished = true;
    }
    this.isFailed ||= Boolean(choice.error) || FAILURE.test(finishReason);
    const piece = this.#tags.add(content);
    return this.#keep({ text: piece.text, reasoning: reasoning + piece.reasoning });
  }

  /** What was held back of the answer, when nothing more comes. */
  end(): Piece {
    return this.#keep(this.#tags.end());
  }

  get finishReason(): string | undefined {
    return this.#finishReason;
  }

  /** How much text there is, in characters. */
  get length(): number {
    return this.#text.length;
  }

  /** Whether there is neither text nor a tool call. */
  get isEmpty(): boolean {
    return this.#text.trim() === "" && this.#calls.all.length === 0;
  }

  build(): Completion {
    const metadata: Metadata = {};
    if (this.#finishReason) metadata.finishReason = this.#finishReason;
    if (this.#model) metadata.model = this.#model;
    if (this.#reasoning) metadata.reasoning = this.#reasoning;
    if (this.#calls.all.length > 0) metadata.toolCalls = this.#calls.all;
    return { text: this.#text, metadata, ...(this.#usage && { usage: this.#usage }) };
  }

  #keep(piece: Piece): Piece {
    this.#text += piece.text;
    this.#reasoning += piece.reasoning;
    return piece;
  }
}

function usageOf(value: Json | undefined): Completion["usage"] {
  const usage = asObject(value);
  const inputTokens = countOf(usage?.prompt_tokens);
  const outputTokens = countOf(usage?.completion_tokens);
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return { ...(inputTokens !== undefined && { inputTokens }), ...(outputTokens !== undefined && { outputTokens }) };
}

function countOf(value: Json | undefined): number | undefined {
  return typeof value === "number" && value >= 0 ? value : undefined;
}
