// Any model of the Vercel AI SDK, through its `streamText`.

import type { Json, Metadata } from "../core/core.js";
import { invalid, isMemoryError, memoryError } from "../errors.js";
import * as argument from "../validation/arguments.js";
import { throwIfAborted, untilAborted } from "./abort.js";
import { aiSdkError } from "./ai-sdk-error.js";
import { toSimpleMessages, readCall, readPrompt, type SimpleMessage } from "./convert-messages.js";
import { readMediaTypes } from "./files.js";
import { ThinkTags, type Piece } from "./think-tags.js";
import type { Completion, LanguageModel } from "./types.js";
import { unanswered } from "./unanswered.js";

/** The SDK's function of that name; written so that its types need not be installed. */
export type StreamText = (options: never) => {
  /** The pieces of the answer, as the SDK tells them. */
  fullStream: AsyncIterable<unknown>;
};

/** How a model of the AI SDK is called. */
export interface AiSdkOptions {
  /** The SDK's function: `import { streamText } from "ai"`. Default: that of the package `ai`, if it can be found. */
  streamText?: StreamText;
  /** How often the SDK repeats a call that failed. Default 2. */
  maxRetries?: number;
  /** The media types of pictures and files that the model takes, such as "image/*". Default: none; there is a note instead. */
  mediaTypes?: readonly string[];
}

/** A piece of the SDK's stream, as far as it is used; versions 5 to 7 have these alike. */
interface StreamPart {
  type: string;
  text?: string;
  error?: unknown;
  finishReason?: string;
  totalUsage?: { inputTokens?: number; outputTokens?: number };
  response?: { modelId?: string };
  toolCallId?: string;
  toolName?: string;
  input?: Json;
}

/**
 * Any model of the Vercel AI SDK (`ai`, versions 5 to 7, an optional peer dependency), for example one of
 * `@ai-sdk/openai`, or a string that its gateway knows.
 *
 * Bundlers do not see the import of `ai`, so that they do not fail where it is not installed. Pass `streamText`
 * wherever the package runs in a browser; only Node.js finds it by itself.
 *
 * `metadata` of the completion has `finishReason`, `model`, `reasoning` and `toolCalls` where the SDK tells them.
 * What stands in `<think>` at the beginning of the answer is reasoning too, and no part of `text`.
 *
 * `generate` rejects with
 * - `invalid-input` when the prompt does not fit; its messages must end with one of the user,
 * - `aborted` when the signal ended the call,
 * - `model` when `ai` cannot be found (pass `streamText`), when the provider failed (`cause` is `{ status, body }` if
 *   it answered, otherwise what the SDK threw), or when the answer is empty. See also `isOffline`.
 *
 * @throws `invalid-input` when an argument does not fit; its `argument` names it.
 *
 * @example
 * import { openai } from "@ai-sdk/openai";
 * import { streamText } from "ai";
 * const model = aiSdkModel(openai("gpt-4o-mini"), { streamText });
 */
export function aiSdkModel(model: unknown, options?: AiSdkOptions): LanguageModel {
  if (!(typeof model === "string" && model !== "") && !(typeof model === "object" && model !== null)) {
    throw invalid("model", "a model of the AI SDK", model);
  }
  const option = argument.options("options", options);
  const given = option("streamText", argument.optional(argument.callback<StreamText>));
  const maxRetries = option("maxRetries", argument.count(2));
  const taken = option("mediaTypes", readMediaTypes);
  return {
    ...(taken && { mediaTypes: taken }),
    async generate(prompt, callGiven) {
      const { system, messages: simple } = toSimpleMessages(readPrompt(prompt, taken));
      const call = readCall(callGiven);
      throwIfAborted(call.signal);
      const messages = await untilAborted(Promise.all(simple.map(withFileParts)), call.signal);
      const streamText = given ?? (await untilAborted(installed(), call.signal));
      const request = { model, ...(system !== "" && { system }), messages, maxRetries };
      const completion = new StreamedCompletion();
      const tell = ({ text, reasoning }: Piece) => {
        if (reasoning !== "") call.onReasoning(reasoning);
        throwIfAborted(call.signal);
        if (text !== "") call.onDelta(text);
        throwIfAborted(call.signal);
      };
      for await (const part of parts(streamText, request, call.signal, completion)) tell(completion.add(part));
      tell(completion.end());
      return completion.build();
    },
  };
}

/** A message as the SDK takes it: with files its content is parts. */
async function withFileParts({ files, ...message }: SimpleMessage): Promise<object> {
  if (files === undefined) return message;
  const words = message.content.trim() === "" ? [] : [{ type: "text", text: message.content }];
  const parts = files.map(async ({ mediaType, name, blob }) => {
    const data = new Uint8Array(await blob.arrayBuffer());
    return { type: "file", mediaType, data, ...(name !== undefined && { filename: name }) };
  });
  return { ...message, content: [...words, ...(await Promise.all(parts))] };
}

/** The pieces of the SDK's stream; its errors, which are pieces as well, are thrown. */
async function* parts(
  streamText: StreamText,
  request: object,
  signal: AbortSignal,
  completion: { isBegun: boolean },
): AsyncGenerator<StreamPart, void> {
  let iterator: AsyncIterator<unknown> | undefined;
  try {
    // Without `onError` the SDK prints every error.
    const options = { ...request, abortSignal: signal, onError: () => {} };
    const { fullStream } = (streamText as (options: object) => ReturnType<StreamText>)(options);
    const pieces = (iterator = fullStream[Symbol.asyncIterator]());
    for (;;) {
      const step: IteratorResult<unknown, unknown> = await untilAborted(pieces.next(), signal);
      throwIfAborted(signal);
      if (step.done) return;
      const part = step.value as StreamPart;
      if (part.type === "error") throw part.error;
      if (part.type === "abort") throw new Error("the SDK ended the call by itself");
      yield part;
    }
  } catch (error) {
    throw isMemoryError(error) ? error : aiSdkError(error, completion.isBegun);
  } finally {
    // Not waited for: a provider that does not listen to the signal would keep the caller.
    Promise.resolve(iterator?.return?.()).catch(() => {});
  }
}

/** The peer dependency; by a name in a variable and marked, so that no bundler follows it. */
async function installed(): Promise<StreamText> {
  const name = "ai";
  try {
    const module = (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as { streamText?: StreamText };
    if (typeof module.streamText === "function") return module.streamText;
    throw new Error("it has no streamText");
  } catch (cause) {
    const how = 'pass it: aiSdkModel(model, { streamText }) with import { streamText } from "ai"';
    throw memoryError("model", `streamText of the package ai could not be found: ${how}`, cause);
  }
}

class StreamedCompletion {
  #text = "";
  #reasoning = "";
  readonly #tags = new ThinkTags();
  readonly #calls: Json[] = [];
  readonly #metadata: Metadata = {};
  #usage: Completion["usage"];
  /** Whether anything of an answer has come. */
  isBegun = false;

  /** Adds one piece and gives what it brought. */
  add(part: StreamPart): Piece {
    this.isBegun ||= Boolean(part.text);
    switch (part.type) {
      case "text-delta":
        return this.#keep(this.#tags.add(part.text ?? ""));
      case "reasoning-delta":
        return this.#keep({ text: "", reasoning: part.text ?? "" });
      case "tool-call":
        // As openAICompatible has it.
        this.#calls.push({
          id: part.toolCallId ?? "",
          type: "function",
          function: { name: part.toolName ?? "", arguments: JSON.stringify(part.input ?? {}) },
        });
        break;
      case "finish-step":
        if (part.response?.modelId) this.#metadata.model = part.response.modelId;
        break;
      case "finish":
        if (part.finishReason) this.#metadata.finishReason = part.finishReason;
        this.#usage = usageOf(part.totalUsage);
    }
    return { text: "", reasoning: "" };
  }

  /** What was held back of the answer, when nothing more comes. */
  end(): Piece {
    return this.#keep(this.#tags.end());
  }

  #keep(piece: Piece): Piece {
    this.#text += piece.text;
    this.#reasoning += piece.reasoning;
    return piece;
  }

  build(): Completion {
    if (this.#reasoning !== "") this.#metadata.reasoning = this.#reasoning;
    if (this.#calls.length > 0) this.#metadata.toolCalls = this.#calls;
    const completion = { text: this.#text, metadata: this.#metadata, ...(this.#usage && { usage: this.#usage }) };
    const { finishReason } = this.#metadata;
    if (finishReason === "error") throw memoryError("model", "the AI SDK's model failed: finish reason error");
    if (this.#text.trim() !== "" || this.#calls.length > 0) return completion;
    const why = finishReason === undefined ? "" : ` (finish reason "${finishReason}")`;
    throw unanswered(memoryError("model", `the model gave an answer with nothing in it${why}`), completion);
  }
}

function usageOf({ inputTokens, outputTokens }: NonNullable<StreamPart["totalUsage"]> = {}): Completion["usage"] {
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return { ...(inputTokens !== undefined && { inputTokens }), ...(outputTokens !== undefined && { outputTokens }) };
}
