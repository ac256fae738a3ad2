// The interface of a provider, which is the way to a language model: what goes in is a `Prompt`, as `buildPrompt` makes it.

import type { Metadata, Prompt } from "../core/core.js";

/** How a model is called. */
export interface ModelCall {
  /** Ends the call: it then rejects with `aborted`, and nothing more is told. */
  signal: AbortSignal;
  /** Told every piece of the answer as it arrives. What it throws ends the call and is passed on as it is. */
  onDelta: (text: string) => void;
  /** Told every piece of the model's reasoning in the same way. It is no part of the answer. */
  onReasoning?: (text: string) => void;
}

/**
 * The way to a language model. The package's providers implement it; so can an application.
 *
 * `generate` resolves with the whole answer and rejects with a `MemoryError`: `model` when the model or the way to it
 * failed, `aborted` when the signal ended the call, `invalid-input` when the prompt does not fit.
 *
 * @example
 * const echo: LanguageModel = {
 *   async generate(prompt, { onDelta }) {
 *     const text = `You said: ${prompt.messages.at(-1)?.content}`;
 *     onDelta(text);
 *     return { text };
 *   },
 * };
 */
export interface LanguageModel {
  /** false for a model on this device: its questions do not wait for a network. */
  readonly needsNetwork?: boolean;
  /** The most tokens of a prompt that an agent gives it, unless the agent's own options say it. */
  readonly maxPromptTokens?: number;
  /**
   * The media types of pictures and files that it takes, such as "image/*". An agent then puts them into `files` of their
   * message, each with its `blob`, unless its own options say which.
   */
  readonly mediaTypes?: readonly string[];
  /** Answers a prompt: tells the pieces of the answer as they arrive, and resolves with the whole of it. */
  generate(prompt: Prompt, call: ModelCall): Promise<Completion>;
}

/** A whole answer. */
export interface Completion {
  /** The answer, without the model's reasoning. */
  text: string;
  /** What else is known of it, such as `finishReason`, `model`, `reasoning` and `toolCalls`. */
  metadata?: Metadata;
  /** What it took, where the server tells it; kept in the metadata of the answer. */
  usage?: {
    /** Tokens of the prompt. */
    inputTokens?: number;
    /** Tokens of the answer, with those of reasoning where the server counts them so. */
    outputTokens?: number;
  };
}
