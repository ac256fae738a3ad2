// What an agent and its turns may be told.

import { invalid } from "../errors.js";
import type { AnyManager } from "../manager/manager.js";
import type { PromptOptions } from "../manager/prompt-options.js";
import type { LanguageModel } from "../providers/types.js";
import * as argument from "../validation/arguments.js";
import type { GivenPart } from "../validation/file-part.js";
import type { Layers } from "./layers.js";

/** A turn whose question is stored. */
export interface TurnBegun {
  /** Of the question: a new one where the call named none. */
  conversationId: string;
  /** The id of the question, a message of the role "user". */
  questionId: string;
  /** The id that the answer will have. */
  messageId: string;
}

/** How a turn is run. */
export interface TurnOptions {
  /** Aborts the turn; what had arrived is kept with the status "interrupted". */
  signal?: AbortSignal;
  /** Told once, when the question is stored, before anything of the answer: also of one that has to wait. */
  onBegin?: (turn: TurnBegun) => void;
  /** Told each part of the answer as it arrives. */
  onDelta?: (text: string) => void;
  /** Told each part of the model's reasoning, which is no part of the answer. */
  onReasoning?: (text: string) => void;
}

/** How a question is asked. */
export interface QueryOptions extends TurnOptions {
  /** The conversation that it goes on with; without one it begins one. */
  conversationId?: string;
  /** The name of the persona of a new conversation. */
  persona?: string;
  /**
   * Pictures and documents that belong to the question, each up to 256 MiB; a list, or what an `<input type="file">` has. They
   * are stored with it: all of it, or nothing. With files the question may be blank. Models get them where they take them (see
   * `mediaTypes` of the providers), and otherwise a note. Default: none.
   */
  files?: Iterable<Blob> | ArrayLike<Blob>;
}

/** What an agent is made of. */
export interface AgentOptions {
  /** The memory in which it stores questions and answers. The agent does not close it. */
  manager: AnyManager;
  /** What answers: one of the package's providers, or an object of your own with `generate`. */
  model: LanguageModel;
  /** Layers of your own in place of the default ones. */
  layers?: { [Name in keyof Layers]?: Layers[Name] };
  /** How large the prompts of the default `analyzeData` may be. */
  prompt?: PromptOptions;
  /**
   * How long a model may say nothing, in milliseconds, before the turn fails with `model`. Default 120,000; Infinity for
   * one that may think for ever.
   */
  maxSilence?: number;
}

/** The files of a question as parts that bring them; of a list, a FileList, or whatever else can be gone through. */
export function readFiles(path: string, value: unknown): GivenPart[] {
  if (typeof value !== "object" || value === null || !(Symbol.iterator in value || "length" in value)) throw invalid(path, "a list of Blobs or Files", value);
  return Array.from(value as ArrayLike<unknown>, (file, index) => argument.file(`${path}[${index}]`, file));
}

export function readQuery(name: string, value: unknown): string {
  const text = argument.text(name, value);
  if (text.trim() === "") throw invalid(name, "a text that is not blank", text);
  return text;
}

export function readSilence(path: string, value: unknown): number {
  if (typeof value !== "number" || !(value > 0)) throw invalid(path, "a number of milliseconds above 0, or Infinity", value);
  return value;
}

export function readCall(options: unknown): TurnOptions {
  const option = argument.options("options", options);
  const signal = option("signal", argument.optional(argument.signal));
  const listener = argument.optional(argument.callback<(text: string) => void>);
  const onBegin = option("onBegin", argument.optional(argument.callback<NonNullable<TurnOptions["onBegin"]>>));
  const [onDelta, onReasoning] = [option("onDelta", listener), option("onReasoning", listener)];
  const listeners = { ...(onBegin && { onBegin }), ...(onDelta && { onDelta }), ...(onReasoning && { onReasoning }) };
  return { ...(signal && { signal }), ...listeners };
}

export function readLayers(path: string, value: unknown): Partial<Layers> {
  const field = argument.fields(path, value);
  const own: Record<string, unknown> = {};
  for (const name of ["understandIntent", "retrieveData", "analyzeData", "generateVisualization"]) {
    const layer = field(name, argument.optional(argument.callback<(...args: unknown[]) => unknown>));
    if (layer !== undefined) own[name] = layer.bind(value);
  }
  return own as Partial<Layers>;
}
