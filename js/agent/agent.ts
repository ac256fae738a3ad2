// The agent: questions in, answers stored.

import type { GivenQuestion } from "../attachments/new-files.js";
import { raceAbort } from "../concurrency/abort.js";
import { areShared, exclusive, ifFree } from "../concurrency/locks.js";
import type { BegunTurn, Core, Json, PendingTurn, TurnRequest } from "../core/core.js";
import { invalid, isMemoryError, memoryError, tracingCaller, type MemoryError } from "../errors.js";
import { internalsOf, Manager } from "../manager/manager.js";
import type { Internals } from "../manager/open.js";
import { withFiles } from "../manager/prompt-files.js";
import { readPromptOptions } from "../manager/prompt-options.js";
import { readMediaTypes } from "../providers/files.js";
import { isWithoutNetwork } from "../providers/offline.js";
import type { LanguageModel } from "../providers/types.js";
import { cancelled, closed, type RunningTurns } from "../running-turns/running-turns.js";
import * as argument from "../validation/arguments.js";
import type { GivenPart } from "../validation/file-part.js";
import { answerOfAnother } from "./answer-of-another.js";
import { defaultLayers, type Layers } from "./layers.js";
import { type AgentOptions, type QueryOptions, readCall, readFiles, readLayers, readQuery, readSilence, type TurnOptions } from "./options.js";
import { byPosition, isQueued, Queue } from "./queue.js";
import { aborted, isStalled, waiting } from "./turn-errors.js";
import { answer, tell, type TurnResult } from "./turn.js";

/** What is asked, with or without files that are not stored yet. */
type Request = Omit<TurnRequest, "parts"> | GivenQuestion;

/** How long a model may say nothing. */
const MAX_SILENCE_MS = 120_000;

/** How often somebody who waits for another tab's turn looks whether it is over. */
const LOOK_EVERY_MS = 300;

/** Of more entities only the first ones are looked up. */
const MAX_RECALLED_ENTITIES = 1_000;

/** How a turn is answered. */
interface How {
  /** Whether its record is written already. */
  isRecorded?: boolean;
  /** Whether nobody waits for its result. */
  isAutomatic?: boolean;
  /** Whether somebody waits for another turn behind it. */
  isHurried?: boolean;
}

/**
 * Answers questions with a language model and the memory.
 *
 * A turn stores the question, goes through the four layers, and stores the answer with `entities`, `dimensions`,
 * `insights` and `visualization` in its metadata, behind its question wherever that stands by then. Turns of one
 * conversation run one after the other, also from several tabs; a question that comes meanwhile is stored at once, with
 * the status "queued", and answered in its turn. While an answer arrives, what is there is saved about four times a second;
 * if the tab dies, another tab or the next `open` makes it a message with the status "interrupted".
 *
 * Making an agent starts nothing. With its first call, or `start`, it begins to answer what waits in the queue.
 *
 * @example
 * const agent = new ConversationAgent({ manager, model: openAICompatible({ baseURL, model: "llama3.2" }) });
 * const { answer } = await agent.processQuery("How healthy is education?", { onDelta: (text) => show(text) });
 */
export class ConversationAgent {
  /** The memory it works with. */
  readonly manager: Manager;
  readonly #core: Core;
  readonly #runningTurns: RunningTurns;
  readonly #files: Internals["files"];
  readonly #index: Internals["index"];
  readonly #queue: Queue;
  readonly #model: LanguageModel;
  readonly #own: Partial<Layers>;
  readonly #prompt: ReturnType<typeof readPromptOptions>;
  readonly #maxSilenceMs: number;
  readonly #disposing = new AbortController();
  readonly #calls = new Set<Promise<unknown>>();
  // Turns of the queue that were given up because they kept others waiting.
  readonly #stalled = new Set<string>();

  /**
   * Starts nothing, and reads nothing.
   *
   * @throws `invalid-input` when an option does not fit; its `argument` names it.
   */
  constructor(options: AgentOptions) {
    const option = argument.options("options", options ?? null);
    this.manager = option("manager", (path, value) => {
      if (!(value instanceof Manager)) throw invalid(path, "a ConversationManager", value);
      return value;
    });
    let takes: number | undefined;
    let files: string[] | undefined;
    this.#model = option("model", (path, value) => {
      const field = argument.fields(path, value);
      field("generate", argument.callback);
      takes = field("maxPromptTokens", argument.optional(argument.count(0)));
      files = field("mediaTypes", readMediaTypes);
      return value as LanguageModel;
    });
    this.#own = option("layers", argument.optional(readLayers)) ?? {};
    const prompt = readPromptOptions(option("prompt", (_, value) => value));
    this.#prompt = { ...prompt, maxTokens: prompt.maxTokens ?? takes, mediaTypes: prompt.mediaTypes ?? files };
    this.#maxSilenceMs = option("maxSilence", argument.optional(readSilence)) ?? MAX_SILENCE_MS;
    ({ core: this.#core, runningTurns: this.#runningTurns, files: this.#files, index: this.#index } = internalsOf(this.manager));
    this.#queue = new Queue(this.#core, this.#runningTurns, () => !this.#isAway(), (turn) => this.#answerQueued(turn));
  }

  /**
   * Begins to answer what waits in the queue: now, when the network returns, and when another tab leaves a question behind.
   *
   * @throws `closed` after `dispose`, or when the memory was closed: make a new agent.
   */
  start(): void {
    this.#throwIfOver();
    this.#queue.start();
  }

  /**
   * Aborts what is under way by this agent, keeps what had arrived, and lets go of everything. Later calls reject with
   * `closed`; what waits in the queue stays there.
   */
  async dispose(): Promise<void> {
    this.#disposing.abort(memoryError("aborted", "the agent was disposed of; what had arrived is kept"));
    this.#queue.stop();
    await Promise.allSettled(this.#calls);
  }

  /**
   * Stores the query, runs the four layers, stores the answer with its metadata. Without `conversationId` it begins a
   * conversation, of `persona` if that is named.
   *
   * @throws `invalid-input` when the query is blank, an option does not fit, or a layer of your own gave what does not fit.
   * @throws `not-found` when this user has no conversation of that id.
   * @throws `aborted` when the signal was aborted; what had arrived is kept with the status "interrupted".
   * @throws `model` when the model or a layer failed (stored as a system message "Error: …") or was silent for `maxSilence`: see
   * `cause`, and ask again with `regenerate`. With the question's `messageId` when it reached no model: the question is then kept
   * with the status "queued" and asked again, when the network is back (`offline: true`) or after a pause.
   * @throws `closed` after `dispose`, or when the memory was closed.
   *
   * @example
   * const controller = new AbortController(); // for a button that stops the answer
   * const { conversationId } = await agent.processQuery("How healthy is education?", { signal: controller.signal });
   * await agent.processQuery("And healthcare?", { conversationId, onDelta: (text) => show(text) });
   */
  async processQuery(query: string, options?: QueryOptions): Promise<TurnResult> {
    const option = argument.options("options", options);
    const files = option("files", argument.optional(readFiles)) ?? [];
    // Files ask by themselves.
    const content = files.length > 0 ? argument.text("query", query) : readQuery("query", query);
    const words: GivenPart[] = content.trim() === "" ? [] : [{ type: "text", text: content }];
    const asked = files.length > 0 ? { parts: [...words, ...files] } : { content };
    const given = option("conversationId", argument.optional(argument.string));
    const persona = option("persona", argument.optional(argument.name));
    const request = { ...asked, ...(persona !== undefined && { persona }), ...(given === undefined && { creates: true }) };
    return this.#turn(given ?? this.#core.newId(), request, readCall(options));
  }

  /**
   * Answers the same user message again on a new branch; the message may also be named by one of its answers.
   *
   * @throws As `processQuery` does; `not-found` also when the conversation has no such message.
   *
   * @example
   * const { messageId } = await agent.regenerate(conversation.id, answer.id); // the first answer stays, beside it
   */
  async regenerate(conversationId: string, messageId: string, options?: TurnOptions): Promise<TurnResult> {
    argument.string("conversationId", conversationId);
    return this.#turn(conversationId, { again: argument.string("messageId", messageId) }, readCall(options));
  }

  /**
   * Asks again with changed words, on a new branch; the question before and its answers stay. The new one has its author and
   * its files.
   *
   * @throws As `processQuery` does; `not-found` also when the conversation has no such message.
   *
   * @example
   * await agent.editAndResend(conversation.id, question.id, "How healthy is education in 2024?");
   */
  async editAndResend(
    conversationId: string,
    messageId: string,
    content: string,
    options?: TurnOptions,
  ): Promise<TurnResult> {
    argument.string("conversationId", conversationId);
    const replaces = argument.string("messageId", messageId);
    return this.#turn(conversationId, { content: readQuery("content", content), replaces }, readCall(options));
  }

  /**
   * Drops a turn that waits in the queue, and stops it when it is being answered from there. false when it was already
   * answered or is not queued. `conversationId` is only needed where questions of several conversations may have the same id.
   *
   * @throws `invalid-input` when `conversationId` is missing and questions with this id wait in several conversations: which
   *   one is meant cannot be known, so all of them stay in the queue.
   */
  async cancelQueued(messageId: string, conversationId?: string): Promise<boolean> {
    const questionId = argument.string("messageId", messageId);
    const given = argument.optional(argument.string)("conversationId", conversationId);
    this.start();
    return tracingCaller(this.#runningTurns.call(async () => {
      const found = await this.#core.cancel(questionId, given);
      if (found !== undefined) this.#runningTurns.broadcast({ type: "cancelled", conversationId: found, questionId });
      return found !== undefined;
    }));
  }

  /**
   * Runs what waits in the queue, in order, once in all tabs. Happens by itself once the agent has been used. Ends at the
   * first question that reaches no model; one that fails otherwise is stored as failed, and the next is run.
   */
  async flushQueue(): Promise<TurnResult[]> {
    this.start();
    return tracingCaller(this.#runningTurns.call(() => this.#queue.flush()));
  }

  async #turn(conversationId: string, request: Request, call: TurnOptions): Promise<TurnResult> {
    if (call.signal?.aborted) throw aborted(call.signal.reason);
    this.start();
    return tracingCaller(this.#call(() => this.#ask(conversationId, request, call)));
  }

  /** Runs a call that `dispose` and `close` wait for, and has the queue know how it went. */
  async #call<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await this.#awaited(work);
      this.#queue.succeeded();
      return result;
    } catch (error) {
      // However it failed, something else may wait behind it.
      if (isQueued(error)) this.#queue.failed();
      else this.#queue.lookSoon();
      throw error;
    }
  }

  /** Has `dispose` and `close` wait for something. */
  async #awaited<T>(work: () => Promise<T>): Promise<T> {
    const call = this.#runningTurns.call(work);
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Stores what is asked, at once, and answers it when it is its turn. */
  async #ask(conversationId: string, request: Request, call: TurnOptions): Promise<TurnResult> {
    const core = this.#core;
    const lock = this.#runningTurns.lockOf(conversationId);
    const isAway = this.#isAway();
    const owner = core.newId();
    const understand = this.#own.understandIntent === undefined;
    const giveUp = AbortSignal.any([this.#runningTurns.closing, this.#disposing.signal, ...(call.signal ? [call.signal] : [])]);
    // Whoever gives up while the question waits need not wait for those before it. But what of these is under way is stored.
    const waits = { now: false };
    const inOrder = (turn: PendingTurn) => this.#awaited(() => this.#inOrder(turn, call, giveUp, waits));
    const mayGiveUp = () => waits.now;
    let asked: BegunTurn | undefined;
    const ask = async (more?: Partial<TurnRequest>): Promise<BegunTurn> => {
      asked = "parts" in request
        ? await this.#files.storeQuestion(conversationId, { ...request, ...more })
        : await core.ask(conversationId, { ...request, ...more });
      const { questionId, messageId } = asked.turn;
      if (call.onBegin) tell(call.onBegin, { conversationId, questionId, messageId });
      return asked;
    };
    const begin = async () => {
      // Whoever holds the lock knows who is dead. Without locks the record is written at once, and others are asked later.
      const own = areShared() ? { dead: { all: true, owners: [] } } : { recorded: true };
      const begun = await ask({ ...own, understand, ...(!isAway && { owner }) });
      const { turn } = begun;
      if (turn.owner !== undefined) return this.#answer(begun, owner, call, { isRecorded: own.recorded === true });
      this.#tellWaiting(conversationId, isAway);
      return isAway ? undefined : inOrder(turn);
    };
    try {
      const first = await raceAbort(ifFree(lock, begin), giveUp, { mayGiveUp });
      if (first !== undefined) return first;
      if (asked === undefined) {
        await ask();
        this.#tellWaiting(conversationId, isAway);
      }
      const { turn } = asked!;
      if (isAway) throw waiting(memoryError("model", "the browser has no network"), turn);
      waits.now = true;
      const answering = exclusive(lock, giveUp, () => inOrder(turn));
      return await raceAbort(answering, giveUp, { mayGiveUp });
    } catch (error) {
      if (!waits.now || !giveUp.aborted || asked === undefined) throw error;
      // Whoever closes leaves the question in the queue; whoever aborts does not want it answered.
      if (!call.signal?.aborted) throw closed();
      await core.finish(asked.turn, { waits: false, recorded: true });
      throw aborted(call.signal.reason);
    }
  }

  /** Tells other tabs that a question waits, and what runs by itself before it that it should not be silent for long. */
  #tellWaiting(conversationId: string, isAway: boolean): void {
    this.#runningTurns.broadcast({ type: "waits", conversationId });
    if (!isAway) this.#runningTurns.broadcast({ type: "wanted", conversationId });
  }

  /** Answers a turn that waits, behind those of its conversation that were asked before it. */
  async #inOrder(turn: PendingTurn, call: TurnOptions, giveUp: AbortSignal, waits: { now: boolean }): Promise<TurnResult> {
    waits.now = true;
    // One that has kept others waiting before is not tried before them again.
    const tried = new Set(this.#stalled);
    for (;;) {
      giveUp.throwIfAborted();
      const isBefore = (other: PendingTurn) =>
        other.conversationId === turn.conversationId && byPosition(other, turn) < 0 && !tried.has(other.messageId);
      const before = (await this.#queue.waiting()).find(isBefore);
      if (before === undefined) break;
      tried.add(before.messageId);
      try {
        await this.#answerWaiting(before, {}, { isAutomatic: true, isHurried: true });
      } catch (error) {
        // Where that one reached nobody, neither would this.
        if (isQueued(error)) throw waiting(causeOf(error as MemoryError), turn);
      }
    }
    const begins = () => {
      waits.now = false;
    };
    const result = await this.#answerWaiting(turn, call, {}, { begins, giveUp });
    if (result === undefined) throw cancelled();
    return result;
  }

  /** Answers a turn of the queue; undefined when somebody else did, or did not either. */
  async #answerQueued(turn: PendingTurn): Promise<TurnResult | undefined> {
    const { conversationId, messageId } = turn;
    // It has kept somebody waiting who still does.
    if (this.#stalled.has(messageId) && this.#runningTurns.isWanted(conversationId)) return undefined;
    if (!(await this.#queue.waiting()).some((other) => other.messageId === messageId)) return undefined;
    return this.#call(() => this.#answerWaiting(turn, {}, { isAutomatic: true }));
  }

  /** `begins` is called when it is this turn's time: until then it waits, and `giveUp` ends that. */
  async #answerWaiting(
    turn: PendingTurn,
    call: TurnOptions,
    how: How,
    { begins, giveUp }: { begins?: () => void; giveUp?: AbortSignal } = {},
  ): Promise<TurnResult | undefined> {
    const { conversationId, messageId } = turn;
    const owner = this.#core.newId();
    for (;;) {
      this.#throwIfOver();
      const dead = await this.#runningTurns.deadIn(conversationId);
      giveUp?.throwIfAborted();
      const begun = await this.#core.claim(conversationId, messageId, owner, dead);
      if (begun) {
        if (giveUp?.aborted && !call.signal?.aborted) {
          // Whoever closes meanwhile leaves the question in the queue.
          await this.#core.finish(begun.turn, { waits: true, recorded: true });
          throw giveUp.reason;
        }
        begins?.();
        return this.#answer(begun, owner, call, { ...how, isRecorded: true });
      }
      const others = (await this.#core.pendingTurns()).filter((other) => other.conversationId === conversationId);
      if (!others.some((other) => other.messageId === messageId)) return answerOfAnother(this.#core, turn, call.onDelta);
      if (call.signal?.aborted) throw aborted(call.signal.reason);
      // Without locks for all tabs, another one answers in this conversation.
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  async #answer(
    begun: BegunTurn,
    owner: string,
    call: TurnOptions,
    { isRecorded = false, isAutomatic = false, isHurried = false }: How,
  ): Promise<TurnResult> {
    const core = this.#core;
    const { id, conversationId, content: query } = begun.question;
    // Only layers of the application's own look at it.
    const isAsked = Object.keys(this.#own).length > 0;
    const conversation = isAsked ? await core.getConversation(conversationId).catch(() => undefined) : undefined;
    const { maxTokens, limits, recallsMessages, recallLimit, countTokens, mediaTypes } = this.#prompt;
    const recall = (entities: string[]): Promise<unknown> =>
      core.getRelevantPastResults(conversationId, entities.slice(0, MAX_RECALLED_ENTITIES), recallLimit, id);
    // Where nobody else sees what is recalled, the prompt recalls it in the transaction that it takes anyway.
    const recallsItself = this.#own.retrieveData === undefined && this.#own.analyzeData === undefined;
    const layers = {
      ...defaultLayers({
        model: this.#model,
        understand: () => begun.intent ?? core.understand(conversationId, query, id),
        recall: recallsItself ? () => null : (entities) => recall(entities) as Promise<Json>,
        prompt: async (data, entities) => {
          const found = recallsItself ? { entities: entities.slice(0, MAX_RECALLED_ENTITIES) } : { data };
          const turn = { questionId: id, mediaTypes, ...found };
          if (this.#index?.hasModel && recallsMessages) await this.#index.know(query);
          const prompt = await core.buildPrompt(conversationId, query, maxTokens, limits, countTokens, turn);
          return withFiles(prompt, (attachment) => this.manager.getAttachment(attachment));
        },
      }),
      ...this.#own,
    };
    const context = {
      query,
      conversationId,
      userId: this.manager.userId,
      persona: conversation?.personaName ?? "",
      manager: this.manager,
      onDelta: call.onDelta ?? (() => {}),
      onReasoning: call.onReasoning ?? (() => {}),
    };
    const maxSilenceMs = this.#maxSilenceMs;
    const how = { isRecorded, isAutomatic, isHurried, maxSilenceMs, signal: call.signal, disposing: this.#disposing.signal };
    try {
      const result = await answer({ core, runningTurns: this.#runningTurns, layers, begun, owner, ...how, context });
      this.#stalled.clear();
      return result;
    } catch (error) {
      if (isStalled(error)) this.#stalled.add(begun.turn.messageId);
      throw error;
    }
  }

  #isAway(): boolean {
    return argument.check("model.needsNetwork", () => this.#model.needsNetwork !== false) && isWithoutNetwork();
  }

  #throwIfOver(): void {
    this.#runningTurns.throwIfClosing();
    if (this.#disposing.signal.aborted) throw memoryError("closed", "the agent was disposed of");
  }
}

/** What a question waits for, without what was said of that question. */
function causeOf(error: MemoryError): MemoryError {
  return isMemoryError(error.cause) ? error.cause : error;
}
