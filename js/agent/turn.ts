// One turn: a stored question goes through the four layers, and what comes of it is stored.

import { raceAbort } from "../concurrency/abort.js";
import { Turn, type BegunTurn, type Core, type Json, type Metadata, type PendingTurn, type TurnOutcome, type Visualization } from "../core/core.js";
import { isMemoryError, memoryError, messageOf, type MemoryError } from "../errors.js";
import { isUnreached } from "../providers/offline.js";
import { completionOf } from "../providers/unanswered.js";
import type { ArrivingAnswer } from "../running-turns/answer-progress.js";
import { cancelled, isCancelled, type RunningTurn, type RunningTurns } from "../running-turns/running-turns.js";
import * as argument from "../validation/arguments.js";
import { MAX_TEXT_CODE_UNITS } from "../validation/json-copy.js";
import { readAnalysis, readBeside, readIntent, readVisualization, type Layers, type TurnContext } from "./layers.js";
import { aborted, stalled, waiting } from "./turn-errors.js";
import { WholeCharacters } from "./whole-characters.js";

/** How long what has arrived of an answer may wait for being saved. */
const SAVE_AFTER_MS = 250;

/** How long a model may be silent whose turn runs by itself while somebody waits for another. */
const HURRIED_SILENCE_MS = 5_000;

/** The longest that a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What came of a question. */
export interface TurnResult {
  /** Of question and answer: a new one where the call named none. */
  conversationId: string;
  /** The answer's. */
  messageId: string;
  /** The text of the answer, as it is stored. */
  answer: string;
  /** The chart, where the turn has one; it is in `metadata.visualization` of the answer, too. */
  visualization?: Visualization;
  /** What the model has pointed out, in sentences; `[]` when nothing. */
  insights: string[];
  /** Why the answer ends, as the model said it: "stop", "length", "content_filter", … */
  finishReason?: string;
}

/** How a turn is to be answered. */
export interface Task {
  core: Core;
  runningTurns: RunningTurns;
  layers: Layers;
  /** The turn, its question, and what is known of it. */
  begun: BegunTurn;
  /** Who answers it. */
  owner: string;
  /** Whether its record is written already. */
  isRecorded: boolean;
  /** Whether nobody waits for its result. */
  isAutomatic: boolean;
  /** Whether somebody waits for another turn behind it. */
  isHurried: boolean;
  /** How long a model may say nothing. */
  maxSilenceMs: number;
  /** What the layers are told, but for the signal. */
  context: Omit<TurnContext, "signal">;
  /** The caller's. */
  signal: AbortSignal | undefined;
  /** The agent's. */
  disposing: AbortSignal;
}

/**
 * Answers the question. A failure is stored as a system message "Error: …" and thrown; what had arrived by then is kept
 * with the status "interrupted", as it is when the turn is aborted. A question that reached no model waits.
 */
export async function answer(task: Task): Promise<TurnResult> {
  const runner = new TurnRunner(task);
  task.runningTurns.add(runner);
  return runner.run();
}

class TurnRunner implements RunningTurn {
  readonly conversationId: string;
  readonly questionId: string;
  readonly owner: string;
  readonly isAutomatic: boolean;
  readonly isQueued: boolean;
  readonly ended: Promise<unknown>;
  readonly #task: Task;
  readonly #record: PendingTurn;
  readonly #turn = new Turn(performance.now());
  readonly #abort = new AbortController();
  readonly #arriving: ArrivingAnswer;
  #end!: () => void;
  readonly #deltas = new WholeCharacters();
  readonly #reasoningDeltas = new WholeCharacters();
  #entities: string[] = [];
  /** What the model has told of its reasoning. */
  #reasoning = "";
  /** The whole answer, once the model has given it. */
  #answered: { content: string; metadata: Metadata } | undefined;
  #saving: Promise<unknown> | undefined;
  #isRecorded: boolean;
  // Of a model that pauses, what came last is saved by the clock.
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;
  #maxSilenceMs: number;
  #heardAt = 0;
  #isInLayer = false;
  #isOver = false;

  constructor(task: Task) {
    const { turn, question } = task.begun;
    this.#task = task;
    this.#record = { ...turn, owner: task.owner };
    this.#isRecorded = task.isRecorded;
    this.#maxSilenceMs = task.isHurried ? Math.min(task.maxSilenceMs, HURRIED_SILENCE_MS) : task.maxSilenceMs;
    this.conversationId = turn.conversationId;
    this.questionId = question.id;
    this.owner = task.owner;
    this.isAutomatic = task.isAutomatic;
    this.isQueued = turn.queued;
    this.#arriving = task.runningTurns.answers.begin(turn.conversationId, turn.messageId, () => this.#turn.text);
    this.ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
  }

  abort(reason: unknown): void {
    this.#arriving.end();
    this.#abort.abort(reason);
  }

  hurry(): void {
    this.#maxSilenceMs = Math.min(this.#maxSilenceMs, HURRIED_SILENCE_MS);
    if (this.#isInLayer) this.#listen();
  }

  async run(): Promise<TurnResult> {
    const { signal, disposing, runningTurns } = this.#task;
    const stops = AbortSignal.any(signal ? [signal, disposing] : [disposing]);
    const stop = () => this.abort(stops.reason);
    stops.addEventListener("abort", stop);
    if (stops.aborted) stop();
    if (this.#isRecorded) runningTurns.broadcast({ type: "begun", conversationId: this.conversationId, owner: this.owner });
    try {
      return await this.#answer();
    } catch (error) {
      throw await this.#fail(error);
    } finally {
      stops.removeEventListener("abort", stop);
      this.#turn.free();
      if (this.#isRecorded) runningTurns.broadcast({ type: "ended", conversationId: this.conversationId, owner: this.owner });
      this.#end();
    }
  }

  async #answer(): Promise<TurnResult> {
    const { layers, context } = this.#task;
    const { conversationId } = this;
    const turn: TurnContext = {
      ...context,
      signal: this.#abort.signal,
      onDelta: (text) => this.#hear(text),
      onReasoning: (text) => this.#hearReasoning(text),
    };

    const intent = readIntent(await this.#layer(() => layers.understandIntent(turn)));
    this.#entities = intent.entities;
    this.#turn.advance("understood");
    const found = await this.#layer(() => layers.retrieveData(intent, turn));
    const data = found === undefined ? null : argument.json("retrieveData's data", found);
    this.#turn.advance("retrieved");
    const analysis = readAnalysis(await this.#layer(() => layers.analyzeData(data, intent, turn)));
    const metadata: Metadata = {
      ...this.#heardReasoning(),
      ...analysis.metadata,
      // The layers have that list, and may change it.
      entities: [...intent.entities],
      dimensions: analysis.dimensions,
      insights: analysis.insights,
    };
    this.#answered = { content: analysis.answer.slice(0, MAX_TEXT_CODE_UNITS), metadata };
    this.#turn.advance("analysed");
    const drawn = await this.#layer(() => layers.generateVisualization(analysis, intent, turn));
    const chart = drawn === undefined || drawn === null ? undefined : readVisualization("generateVisualization's chart", drawn);
    this.#turn.advance("visualised");

    if (chart) metadata.visualization = { ...chart, generatedAt: new Date().toISOString() };
    await this.#stopHearing();
    const [message] = await this.#finish({ answer: { ...this.#answered, complete: true }, waits: false });
    if (message?.status !== "complete") throw cancelled();
    // Where it was too long it is stored cut; where another tab was first, what that has stored counts.
    const answer = message.metadata.truncated === undefined ? message.content : analysis.answer;
    const beside = { ...(chart && { visualization: chart }), ...finishReasonIn(message.metadata) };
    return { conversationId, messageId: message.id, answer, insights: analysis.insights, ...beside };
  }

  /** Stores what is left of the turn; gives the error to throw. */
  async #fail(cause: unknown): Promise<MemoryError> {
    const error = this.#coded(cause);
    await this.#stopHearing();
    const arrived = this.#arrived(error);
    if (error.code === "aborted" || error.code === "closed") {
      // One that runs by itself, and was stopped by nobody who asked, is asked again.
      if (this.isAutomatic && !isCancelled(error)) await this.#waitAgain();
      else await this.#finish({ ...(arrived && { answer: arrived }), waits: this.isAutomatic }).catch(() => {});
      return error;
    }
    if (arrived === undefined && isUnreached(error)) {
      return (await this.#waitAgain()) ? waiting(error, this.#record) : error;
    }
    const failure = { error: `Error: ${error.message}`, errorType: error.code, waits: false };
    const stored = this.#finish({ ...(arrived && { answer: arrived }), ...failure });
    // There may be no room for the answer, and some for saying so; what was saved of it is then kept by the next open.
    await stored.catch(() => this.#task.core.finish(this.#record, { ...failure, recorded: false })).catch(() => {});
    return error;
  }

  /** Has the question wait, and tells who may ask it again. Whether it is stored that it waits. */
  async #waitAgain(): Promise<boolean> {
    try {
      await this.#finish({ waits: true });
    } catch {
      return false;
    }
    this.#task.runningTurns.broadcast({ type: "waits-again", conversationId: this.conversationId });
    return true;
  }

  /** What there is of an answer, which may be reasoning alone. */
  #arrived(error: MemoryError): TurnOutcome["answer"] {
    if (this.#answered) return { ...this.#answered, complete: false };
    const completion = completionOf(error);
    const metadata: Metadata = { ...this.#heardReasoning(), ...(completion && readBeside(completion)) };
    if (this.#turn.text.trim() === "" && !isFilled(metadata.reasoning)) return undefined;
    return { content: this.#turn.text, metadata: { ...metadata, entities: [...this.#entities] }, complete: false };
  }

  #heardReasoning(): { reasoning?: string } {
    return isFilled(this.#reasoning) ? { reasoning: this.#reasoning } : {};
  }

  #finish(outcome: Omit<TurnOutcome, "recorded">) {
    return this.#task.core.finish(this.#record, { ...outcome, recorded: this.#isRecorded || this.#saving !== undefined });
  }

  /** Runs a layer, which may not notice that the turn was aborted meanwhile. */
  async #layer<T>(work: () => Promise<T> | T): Promise<T> {
    const { signal } = this.#abort;
    signal.throwIfAborted();
    this.#heardAt = performance.now();
    this.#isInLayer = true;
    this.#listen();
    try {
      return await raceAbort(Promise.resolve(work()), signal);
    } finally {
      this.#isInLayer = false;
      clearTimeout(this.#silenceTimer);
    }
  }

  /** Ends the turn when nothing was heard for too long. */
  #listen(): void {
    clearTimeout(this.#silenceTimer);
    if (this.#maxSilenceMs === Infinity) return;
    const left = this.#maxSilenceMs - (performance.now() - this.#heardAt);
    const check = () => {
      if (performance.now() - this.#heardAt < this.#maxSilenceMs) return this.#listen();
      const seconds = this.#maxSilenceMs / 1000;
      const isHurried = this.#maxSilenceMs < this.#task.maxSilenceMs;
      const text = `the model has said nothing for ${seconds} s`;
      this.abort(isHurried ? stalled(text) : memoryError("model", text));
    };
    this.#silenceTimer = setTimeout(check, Math.min(Math.max(left, 0), MAX_TIMER_MS));
  }

  #hear(given: string): void {
    const text = this.#deltas.next("onDelta's text", given);
    if (!this.#isHearing) return;
    this.#heardAt = performance.now();
    if (this.#turn.hear(text, this.#heardAt)) this.#save();
    else this.#saveSoon();
    this.#arriving.heard();
    tell(this.#task.context.onDelta, text);
  }

  #hearReasoning(given: string): void {
    const text = this.#reasoningDeltas.next("onReasoning's text", given);
    if (!this.#isHearing) return;
    this.#heardAt = performance.now();
    this.#reasoning += text;
    this.#saveSoon();
    tell(this.#task.context.onReasoning, text);
  }

  /** A model may go on after it has answered: what comes then is no part of the answer, and must not become a draft. */
  get #isHearing(): boolean {
    return !this.#abort.signal.aborted && !this.#isOver;
  }

  #saveSoon(): void {
    this.#saveTimer ??= setTimeout(() => this.#save(), SAVE_AFTER_MS);
  }

  /** Saves what has arrived. */
  #save(): void {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    const content = this.#turn.text;
    const record = { ...this.#record, ...this.#heardReasoning() };
    // One save after the other. One that fails costs nothing but itself: the next has all of it.
    this.#saving = Promise.resolve(this.#saving).then(async () => {
      const { core, runningTurns } = this.#task;
      const isSaved = await core.savePartial(record, content, this.#isRecorded).catch(falseWhenGone);
      // Somebody else has kept it by now, or the conversation is gone. Or, where the word of it does not come through, the record says that the question
      // was cancelled.
      if (isSaved === false) this.#arriving.end();
      if (isSaved === false && this.#isRecorded) await this.#stopIfCancelled();
      if (!isSaved || this.#isRecorded) return;
      this.#isRecorded = true;
      runningTurns.broadcast({ type: "begun", conversationId: this.conversationId, owner: this.owner });
    });
  }

  async #stopIfCancelled(): Promise<void> {
    const turns = await this.#task.core.pendingTurns().catch(() => []);
    if (turns.some(({ messageId, cancelled }) => messageId === this.#record.messageId && cancelled)) this.abort(cancelled());
  }

  /** Nothing more arrives; what is on its way to the storage gets there. */
  async #stopHearing(): Promise<void> {
    this.#isOver = true;
    this.#arriving.end();
    clearTimeout(this.#saveTimer);
    this.#turn.end();
    await this.#saving;
  }

  #coded(cause: unknown): MemoryError {
    const { signal } = this.#abort;
    if (signal.aborted) {
      const { reason } = signal;
      // A caller's may be an error of an earlier turn.
      const isCallers = this.#task.signal?.aborted === true && this.#task.signal.reason === reason;
      return isMemoryError(reason) && !isCallers ? reason : aborted(reason);
    }
    // Nobody has aborted this turn: a model or a layer has ended its own work.
    if (isMemoryError(cause) && cause.code === "aborted" && !isCancelled(cause)) return memoryError("model", cause.message, cause);
    if (isMemoryError(cause)) return cause;
    return memoryError("model", messageOf(cause) ?? "a layer of the turn threw", cause);
  }
}

/** false when what an answer belongs to is gone; undefined when it just could not be saved. */
const falseWhenGone = (error: unknown) => (isMemoryError(error) && error.code === "not-found" ? false : undefined);

/** Calls a listener of the application. Showing the answer is the application's; that it failed must not cost the answer. */
export function tell<T>(listener: (told: T) => void, told: T): void {
  try {
    listener(told);
  } catch (error) {
    globalThis.reportError?.(error);
  }
}

const isFilled = (value: Json | undefined): boolean => typeof value === "string" && value.trim() !== "";

/** The finish reason that an answer's metadata has, as a field. */
export function finishReasonIn({ finishReason }: Metadata): { finishReason?: string } {
  return typeof finishReason === "string" && finishReason !== "" ? { finishReason } : {};
}
