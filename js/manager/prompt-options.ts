// What a prompt may be made of.

import { readMediaTypes } from "../providers/files.js";
import * as argument from "../validation/arguments.js";

/** How large a prompt may be, and what is considered for it. */
export interface PromptOptions {
  /**
   * Upper bound for the whole prompt, in tokens of `countTokens`. Default 16384, or more where the question alone is long.
   * Give what your model takes: less for a small one in the browser or for Ollama's default of 4096.
   */
  maxTokens?: number;
  /** How the target model counts. Default: an estimate that errs high. */
  countTokens?: (text: string) => number;
  /** The most messages of history. Default 100. */
  maxMessages?: number;
  /**
   * The most earlier answers and messages to quote. Default 3. First come answers that share entities with the question, then,
   * with `recallScope`, messages that `recall` finds for it.
   */
  recallLimit?: number;
  /**
   * Also recalls messages that answer the question: of this conversation, as far as the history does not hold them, or of all
   * this user's conversations, quoted with title and date. Default: only answers that share entities, which is faster.
   */
  recallScope?: "conversation" | "user";
  /**
   * The media types of pictures and files that the model takes itself, such as "image/png", or "image/*" for all of a kind.
   * Those that the user has sent as parts are then in `files` of their message, and count by an estimate: 1,600 tokens for a
   * picture. Default: none; there is a note in their place.
   */
  mediaTypes?: readonly string[];
}

/** The options of a prompt: the most tokens, messages and recalled answers, and how tokens are counted. */
export function readPromptOptions(options: unknown) {
  const option = argument.options("options", options);
  const recallLimit = option("recallLimit", argument.count(3));
  const maxTokens = option("maxTokens", argument.optional(argument.count(0)));
  const scope = option("recallScope", argument.optional(argument.oneOf(["conversation", "user"])));
  const limits = Uint32Array.of(option("maxMessages", argument.count(100)), recallLimit, scope === undefined ? 0 : scope === "user" ? 2 : 1);
  return {
    maxTokens,
    mediaTypes: option("mediaTypes", readMediaTypes),
    limits,
    recallLimit,
    /** Whether messages are recalled, for which `embed` is asked about the question. */
    recallsMessages: scope !== undefined,
    countTokens: option("countTokens", argument.optional(argument.callback<(text: string) => number>)),
  };
}
