// One turn: a stored question goes through the four layers, and what comes of it is stored.

import * as argument from "../arguments.js";
import { Turn, type Core, type Message, type Metadata, type TurnMessage, type Visualization } from "../core/core.js";
import { isMemoryError, memoryError, messageOf, type MemoryError } from "../errors.js";
import { isOffline } from "../models/offline.js";
import { readAnalysis, readIntent, readVisualization, type Layers, type TurnContext } from "./layers.js";

/** How long what has arrived of an answer may wait for being saved, in milliseconds. */
const PATIENCE = 250;

/** What came of a question. */
export interface TurnResult {
  conversationId: string;
  /** The answer's. */
  messageId: string;
  answer: string;
  visualization?: Visualization;
  insights: string[];
}

/** A question that is stored, and how it is to be answered. */
export interface Asked {
  core: Core;
  layers: Layers;
  question: Message;
  context: TurnContext;
  /** Whether the answer begins a branch behind the question, where the question is not the newest message. */
  behindQuestion?: boolean;
  /** Whether the question may be one that waits for the network. */
  mayWait?: boolean;
}

/**
 * Answers the question. A failure is stored as a system message "Error: …" and thrown; what had arrived by then is kept
 * with the status "interrupted", as it is when the turn is aborted.
 */
export async function answer(asked: Asked): Promise<TurnResult> {
  const run = new Running(asked);
  try {
    return await run.answer();
  } catch (error) {
    throw await run.fail(error);
  } finally {
    run.free();
  }
}

class Running {
  readonly #asked: Asked;
  readonly #turn = new Turn(performance.now());
  readonly #id: string;
  #entities: string[] = [];
  #saving: Promise<unknown> | undefined;
  // Of a model that pauses, what came last is saved by the clock.
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isEnded = false;

  constructor(asked: Asked) {
    this.#asked = asked;
    this.#id = asked.core.newId();
  }

  async answer(): Promise<TurnResult> {
    const { core, layers, question, context } = this.#asked;
    const { conversationId } = question;
    const turn: TurnContext = { ...context, onDelta: (text) => this.#hear(text) };

    const intent = readIntent(await this.#layer(() => layers.understandIntent(turn)));
    this.#entities = intent.entities;
    this.#turn.advance("understood");
    const found = await this.#layer(() => layers.retrieveData(intent, turn));
    const data = found === undefined ? null : argument.json("retrieveData's data", found);
    this.#turn.advance("retrieved");
    const analysis = readAnalysis(await this.#layer(() => layers.analyzeData(data, intent, turn)));
    this.#turn.advance("analysed");
    const drawn = await this.#layer(() => layers.generateVisualization(analysis, intent, turn));
    const chart = drawn === undefined || drawn === null ? undefined : readVisualization("generateVisualization's chart", drawn);
    this.#turn.advance("visualised");

    const metadata: Metadata = {
      ...analysis.metadata,
      // The layers have that list, and may change it.
      entities: [...intent.entities],
      dimensions: analysis.dimensions,
      insights: analysis.insights,
      ...(chart && { visualization: { ...chart, generatedAt: new Date().toISOString() } }),
      // Its parent may be another message, where several questions waited.
      questionId: question.id,
    };
    await this.#end();
    await core.settleTurn(conversationId, {
      messages: [{ ...this.#message("assistant", analysis.answer, metadata, "complete"), id: this.#id }],
      parentId: this.#parentId(),
      gone: this.#gone(),
    });
    const { answer, insights } = analysis;
    return { conversationId, messageId: this.#id, answer, insights, ...(chart && { visualization: chart }) };
  }

  /** Stores what is left of the turn; gives the error to throw. */
  async fail(cause: unknown): Promise<MemoryError> {
    const error = this.#coded(cause);
    const { core, question } = this.#asked;
    await this.#end();
    const nothingCame = this.#turn.text.trim() === "";
    if (isOffline(error) && nothingCame) {
      await core.setStatus(question.conversationId, question.id, "queued", true).catch(() => {});
      return waits(error, question);
    }
    const messages: TurnMessage[] = [];
    if (!nothingCame) {
      const metadata = { entities: [...this.#entities], questionId: question.id };
      messages.push({ ...this.#message("assistant", this.#turn.text, metadata, "interrupted"), id: this.#id });
    }
    if (error.code !== "aborted") {
      messages.push(this.#message("system", `Error: ${error.message}`, { errorType: error.code }, "failed"));
    }
    const step = { messages, parentId: this.#parentId(), gone: this.#gone() };
    // When that fails too, the first error is the one that says what happened.
    await core.settleTurn(question.conversationId, step).catch(() => {});
    return error;
  }

  free(): void {
    this.#turn.free();
  }

  /** Runs a layer, which may not notice that the turn was aborted meanwhile. */
  async #layer<T>(work: () => Promise<T> | T): Promise<T> {
    const { signal } = this.#asked.context;
    signal.throwIfAborted();
    let stop = () => {};
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
    });
    try {
      return await Promise.race([work(), aborted]);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  #hear(given: string): void {
    const { context } = this.#asked;
    const text = argument.text("onDelta's text", given);
    // A model may go on after it has answered: what comes then is no part of the answer, and must not become a draft.
    if (context.signal.aborted || this.#isEnded) return;
    const isDue = this.#turn.hear(text, performance.now());
    if (isDue) this.#save();
    else this.#timer ??= setTimeout(() => this.#save(), PATIENCE);
    try {
      context.onDelta(text);
    } catch (error) {
      // Showing the answer is the application's; that it failed must not cost the answer.
      globalThis.reportError?.(error);
    }
  }

  /** Saves what has arrived. */
  #save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { core, question } = this.#asked;
    const content = this.#turn.text;
    // One save after the other. One that fails costs nothing but itself: the next has all of it.
    this.#saving = Promise.resolve(this.#saving).then(() =>
      core.saveDraft(question.conversationId, this.#id, question.id, content).catch(() => {}),
    );
  }

  /** Nothing more arrives; what is on its way to the storage gets there. */
  async #end(): Promise<void> {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#turn.end();
    await this.#saving;
  }

  #message(role: TurnMessage["role"], content: string, metadata: Metadata, status: TurnMessage["status"]): TurnMessage {
    return { role, content, metadata, status };
  }

  /** What may be there of the turn among what waits. */
  #gone(): string[] {
    const { question, mayWait } = this.#asked;
    return [...(this.#saving === undefined ? [] : [this.#id]), ...(mayWait ? [question.id] : [])];
  }

  #parentId(): string | undefined {
    return this.#asked.behindQuestion ? this.#asked.question.id : undefined;
  }

  #coded(cause: unknown): MemoryError {
    if (this.#asked.context.signal.aborted) return aborted(this.#asked.context.signal.reason);
    if (isMemoryError(cause)) return cause;
    return memoryError("model", messageOf(cause) ?? "a layer of the turn threw", cause);
  }
}

/** The error of a turn that was aborted. */
export function aborted(reason: unknown): MemoryError {
  return memoryError("aborted", "the turn was aborted; what had arrived is kept", reason);
}

/** The error of a question that waits for the network: which one it is, for `cancelQueued`. */
export function waits(cause: MemoryError, question: Message): MemoryError {
  const text = "the network is away; the question is kept and will be answered when it is back";
  const { id: messageId, conversationId } = question;
  return Object.assign(memoryError("model", text, cause), { offline: true as const, messageId, conversationId });
}
