// A completion in OpenAI's chat format, built from the chunks of a stream or from one whole message.

import type { Json, Metadata } from "../core/core.js";
import { asObject, type JsonObject } from "./json.js";
import { ToolCalls } from "./tool-calls.js";
import type { Completion } from "./types.js";

export class CompletionBuilder {
  #text = "";
  #reasoning = "";
  readonly #calls = new ToolCalls();
  #finishReason: string | undefined;
  #model: string | undefined;
  #usage: Completion["usage"];

  /** Adds one chunk and gives the text it brought. */
  add(chunk: JsonObject): string {
    this.#model ||= textOf(chunk.model);
    this.#usage = usageOf(chunk.usage) ?? this.#usage;
    // `choices` is null or empty in a chunk that brings only the usage.
    const choices = Array.isArray(chunk.choices) ? chunk.choices.map(asObject) : [];
    const choice = choices.find((one) => one !== undefined && (one.index ?? 0) === 0);
    if (choice === undefined) return "";
    const delta = asObject(choice.delta);
    const part = delta ?? asObject(choice.message) ?? {};
    this.#finishReason = textOf(choice.finish_reason) || this.#finishReason;
    this.#reasoning += textOf(part.reasoning_content) || textOf(part.reasoning);
    if (Array.isArray(part.tool_calls)) this.#calls.add(part.tool_calls, delta === undefined);
    // A refusal is what the model says instead of its answer.
    const text = textOf(part.content) || textOf(part.refusal);
    this.#text += text;
    return text;
  }

  /** Whether the model said that it is through. */
  get isFinished(): boolean {
    return this.#finishReason !== undefined;
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
}

/** A text, also one in parts as `[{ type: "text", text }]`; "" for everything else. */
function textOf(value: Json | undefined): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return "";
  const texts = value.map((part) => asObject(part)?.text);
  return texts.filter((text) => typeof text === "string").join("");
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
