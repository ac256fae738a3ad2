// The four layers of a turn, and what each of them has to give.

import {
  chart,
  parseAnswer,
  type Analysis,
  type Intent,
  type Json,
  type Metadata,
  type Prompt,
  type Visualization,
} from "../core/core.js";
import { invalid, memoryError } from "../errors.js";
import type { Manager } from "../manager/manager.js";
import type { Completion, LanguageModel } from "../providers/types.js";
import { unanswered } from "../providers/unanswered.js";
import * as argument from "../validation/arguments.js";
import { MAX_TEXT_CODE_UNITS } from "../validation/json-copy.js";

/** What every layer is told of the turn. */
export interface TurnContext {
  /** The question as it was typed. */
  query: string;
  /** The conversation of the question. */
  conversationId: string;
  /** Whose memory it is. */
  userId: string;
  /** The name of the conversation's persona. */
  persona: string;
  /** The memory: a layer may read it, and write to it. */
  manager: Manager;
  /** Aborted when the turn is. */
  signal: AbortSignal;
  /** To be called with each part of the answer as it arrives. */
  onDelta: (text: string) => void;
  /** To be called with each part of the model's reasoning, which is kept in `metadata.reasoning`. */
  onReasoning: (text: string) => void;
}

/**
 * The four layers of a turn. Each gets what the layer before found, and the memory. Any may be replaced. What a layer gives is
 * checked and copied: the turn fails with `invalid-input` when that does not fit, and with `model` when a layer throws (`cause`).
 *
 * @example
 * // The model is asked with rows of your own as material; the other three layers are the default ones.
 * const layers = { retrieveData: ({ entities }: Intent) => rowsAbout(entities) };
 * const agent = new ConversationAgent({ manager, model, layers });
 */
export interface Layers {
  /** What a question is about. By default names, quoted phrases, numbers, years, and entities of the conversation. */
  understandIntent(turn: TurnContext): Promise<Intent> | Intent;
  /** Material for the answer, any JSON. By default earlier answers about the same entities. */
  retrieveData(intent: Intent, turn: TurnContext): Promise<Json> | Json;
  /** The answer. By default the model's, with the data quoted in its prompt as material. */
  analyzeData(data: Json, intent: Intent, turn: TurnContext): Promise<Analysis> | Analysis;
  /** A chart of the answer, or nothing. By default the model's own, or one of the dimensions that have a number. */
  generateVisualization(
    analysis: Analysis,
    intent: Intent,
    turn: TurnContext,
  ): Promise<Visualization | undefined> | Visualization | undefined;
}

/** What the default layers need besides the turn: what the core knows, and the model. */
export interface LayerDependencies {
  model: LanguageModel;
  understand(): Promise<Intent> | Intent;
  /** null where the prompt recalls by itself. */
  recall(entities: string[]): Promise<Json> | Json;
  /** The prompt with the question as it was typed: nobody's words are rewritten. */
  prompt(data: Json, entities: string[]): Promise<Prompt>;
}

/** The layers that are used where the application brings none: no call of a model but for the answer itself. */
export function defaultLayers({ model, understand, recall, prompt }: LayerDependencies): Layers {
  return {
    understandIntent: () => understand(),

    retrieveData: ({ entities }) => (entities.length === 0 ? [] : recall(entities)),

    async analyzeData(data, { entities }, { signal, onDelta, onReasoning }) {
      const completion = await model.generate(await prompt(data, entities), { signal, onDelta, onReasoning });
      const { text, metadata } = readCompletion(completion);
      const { reply, ...analysis } = parseAnswer(text);
      // Where the answer is not all that was said, that is kept beside it.
      return { ...analysis, metadata: { ...metadata, ...(reply !== undefined && { reply }) } };
    },

    generateVisualization: ({ visualization, dimensions }) => visualization ?? chart(dimensions),
  };
}

function readCompletion(completion: Completion): { text: string; metadata: Metadata } {
  const isObject = typeof completion === "object" && completion !== null;
  if (!isObject || typeof completion.text !== "string") {
    throw memoryError("model", "the model must answer with { text }, a string");
  }
  if (completion.text.trim() === "") throw unanswered(memoryError("model", "the model answered nothing"), completion);
  const text = completion.text.slice(0, MAX_TEXT_CODE_UNITS);
  return { text, metadata: readBeside(completion) };
}

/** What is known of an answer besides its text, to be kept in its metadata. */
export function readBeside(completion: Completion): Metadata {
  // The answer is there and paid for: what is beside it and cannot be kept must not cost it.
  const omitted: string[] = [];
  const beside = (name: "metadata" | "usage") => {
    try {
      return completion[name] === undefined ? undefined : argument.metadata(`completion.${name}`, completion[name]);
    } catch {
      omitted.push(name);
      return undefined;
    }
  };
  const [metadata, usage] = [beside("metadata"), beside("usage")];
  return { ...metadata, ...(usage && { usage }), ...(omitted.length > 0 && { omitted }) };
}

// What an application's own layers give is checked like an argument, and copied like one.

export function readIntent(given: unknown): Intent {
  const field = argument.fields("understandIntent's intent", given);
  const strings = (path: string, value: unknown) => argument.list(path, value, argument.text);
  const query = field("query", argument.text);
  return {
    query,
    resolvedQuery: field("resolvedQuery", argument.optional(argument.text)) ?? query,
    entities: field("entities", strings),
    references:
      field("references", argument.optional((path, value) => argument.list(path, value, readReference))) ?? [],
  };
}

function readReference(path: string, value: unknown): { text: string; entity: string } {
  const field = argument.fields(path, value);
  return { text: field("text", argument.text), entity: field("entity", argument.text) };
}

export function readAnalysis(given: unknown): Analysis {
  const field = argument.fields("analyzeData's analysis", given);
  const answer = field("answer", argument.text);
  if (answer.trim() === "") throw invalid("analyzeData's analysis.answer", "a text that is not blank", answer);
  const lists = <T>(read: (path: string, value: unknown) => T) =>
    argument.optional((path: string, value: unknown) => argument.list(path, value, read));
  const visualization = field("visualization", argument.optional(readVisualization));
  return {
    answer,
    dimensions: (field("dimensions", lists(readDimension)) ?? []) as Analysis["dimensions"],
    insights: field("insights", lists(argument.text)) ?? [],
    metadata: field("metadata", argument.optional(argument.metadata)) ?? {},
    ...(visualization && { visualization }),
  };
}

function readDimension(path: string, value: unknown): Metadata {
  argument.fields(path, value)("name", argument.text);
  return argument.metadata(path, value);
}

export function readVisualization(path: string, given: unknown): Visualization {
  const field = argument.fields(path, given);
  return { chartType: field("chartType", argument.text), config: field("config", argument.json) };
}
