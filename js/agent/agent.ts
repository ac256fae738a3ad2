// The agent: questions in, answers stored.

import * as argument from "../arguments.js";
import type { Core, Intent, Json, Message, Waiting } from "../core/core.js";
import { invalid, isMemoryError, memoryError } from "../errors.js";
import { insideOf, Manager, readPromptOptions, type PromptOptions } from "../manager.js";
import { isOffline, isWithoutNetwork } from "../models/offline.js";
import type { LanguageModel } from "../models/types.js";
import { defaultLayers, type Layers, type TurnContext } from "./layers.js";
import { exclusive } from "./locks.js";
import { turnLock } from "./recover.js";
import { aborted, answer, waits, type TurnResult } from "./turn.js";

/** How a turn is run. */
export interface TurnOptions {
  /** Aborts the turn; what had arrived is kept with the status "interrupted". */
  signal?: AbortSignal;
  /** Told each part of the answer as it arrives. */
  onDelta?: (text: string) => void;
}

/** A question that was stored, and what is known of it already. */
interface Asking {
  question: Message;
  /** What it is about, where that was found as it was stored. */
  intent?: Intent;
  /** Whether the answer begins a branch behind it, where it is not the newest message. */
  behindQuestion?: boolean;
  /** Whether it may be one that waits for the network. */
  mayWait?: boolean;
}

export interface AgentOptions {
  manager: Manager;
  model: LanguageModel;
  /** Layers of your own in place of the default ones. */
  layers?: Partial<Layers>;
  /** How large the prompts of the default `analyzeData` may be. */
  prompt?: PromptOptions;
}

/**
 * Answers questions with a language model and the memory.
 *
 * A turn stores the question, goes through the four layers, and stores the answer with `entities`, `dimensions`,
 * `insights` and `visualization` in its metadata. Turns of one conversation run one after the other, also from several
 * tabs (where the browser has Web Locks). While an answer arrives, what is there is saved about four times a second; if
 * the tab dies, the next `open` makes it a message with the status "interrupted".
 *
 * @example
 * const agent = new ConversationAgent({ manager, model: openAICompatible({ baseURL, model: "llama3.2" }) });
 * const { answer } = await agent.processQuery("How healthy is education?", { onDelta: (text) => show(text) });
 */
export class ConversationAgent {
  /** The memory it works with. */
  readonly manager: Manager;
  readonly #core: Core;
  readonly #place: string;
  readonly #model: LanguageModel;
  readonly #own: Partial<Layers>;
  readonly #prompt: ReturnType<typeof readPromptOptions>;

  constructor(options: AgentOptions) {
    const option = argument.options("options", options ?? null);
    this.manager = option("manager", (path, value) => {
      if (!(value instanceof Manager)) throw invalid(path, "a ConversationManager", value);
      return value;
    });
    this.#model = option("model", (path, value) => {
      argument.fields(path, value)("generate", argument.callback);
      return value as LanguageModel;
    });
    this.#own = option("layers", argument.optional(readLayers)) ?? {};
    this.#prompt = readPromptOptions(option("prompt", (_, value) => value));
    ({ core: this.#core, place: this.#place } = insideOf(this.manager));
    this.#wakeWhenOnline();
  }

  /**
   * Stores the query, runs the four layers, stores the answer with its metadata. Without `conversationId` it begins a
   * conversation, of `persona` if that is named.
   *
   * Rejects with `aborted`, with `model` when the model or a layer failed (stored as a system message "Error: …"), or with
   * `model` and `offline: true` when the network is away: the question is then kept with the status "queued" and answered
   * later; `messageId` of the error is its id.
   */
  async processQuery(
    query: string,
    options?: TurnOptions & { conversationId?: string; persona?: string },
  ): Promise<TurnResult> {
    const text = readQuery("query", query);
    const option = argument.options("options", options);
    const given = option("conversationId", argument.optional(argument.string));
    const persona = option("persona", argument.optional(argument.name));
    const call = readCall(options);
    if (call.signal?.aborted) throw aborted(call.signal.reason);
    const conversationId = given ?? (await this.#core.createConversation(persona)).id;
    return this.#locked(conversationId, call, async () => {
      const needsNetwork = argument.check("model.needsNetwork", () => this.#model.needsNetwork !== false);
      const waitsAlready = needsNetwork && isWithoutNetwork();
      const asked = await this.#ask(conversationId, text, { waits: waitsAlready });
      if (waitsAlready) throw waits(memoryError("model", "the browser has no network"), asked.question);
      return this.#answer(asked, call);
    });
  }

  /** Answers the same user message again on a new branch; the message may also be named by one of its answers. */
  async regenerate(conversationId: string, messageId: string, options?: TurnOptions): Promise<TurnResult> {
    argument.string("conversationId", conversationId);
    argument.string("messageId", messageId);
    const call = readCall(options);
    return this.#locked(conversationId, call, async () => {
      const message = await this.#find(conversationId, messageId);
      const question = asQuestion(await this.#questionOf(message));
      return this.#answer({ question, behindQuestion: true, mayWait: true }, call);
    });
  }

  /** Asks again with changed words, on a new branch. */
  async editAndResend(
    conversationId: string,
    messageId: string,
    content: string,
    options?: TurnOptions,
  ): Promise<TurnResult> {
    argument.string("conversationId", conversationId);
    argument.string("messageId", messageId);
    const text = readQuery("content", content);
    const call = readCall(options);
    return this.#locked(conversationId, call, async () => {
      const { parentId } = asQuestion(await this.#find(conversationId, messageId));
      return this.#answer(await this.#ask(conversationId, text, { parentId, isFirst: parentId === undefined }), call);
    });
  }

  /** Drops a turn that waits for the network. false when it was already answered or is not queued. */
  async cancelQueued(messageId: string): Promise<boolean> {
    argument.string("messageId", messageId);
    const find = async () => (await this.#queue()).find((one) => one.messageId === messageId);
    const waiting = await find();
    if (waiting === undefined) return false;
    const { conversationId } = waiting;
    return exclusive(turnLock(this.#place, conversationId), undefined, async () => {
      if ((await find()) === undefined) return false;
      await this.#core.setStatus(conversationId, messageId, "failed", false);
      return true;
    });
  }

  /**
   * Runs what waits for the network, in order, once in all tabs. Happens by itself when an agent is made and when the
   * network returns. Ends at the first question that finds the network still away; one that fails otherwise is stored as
   * failed, and the next is run.
   */
  async flushQueue(): Promise<TurnResult[]> {
    const results: TurnResult[] = [];
    await exclusive(`conversation-memory: queue ${this.#place}`, undefined, async () => {
      for (const { conversationId, messageId } of await this.#queue()) {
        if (isWithoutNetwork()) return;
        try {
          const result = await this.#locked(conversationId, {}, () => this.#answerQueued(conversationId, messageId));
          if (result !== undefined) results.push(result);
        } catch (error) {
          if (isOffline(error)) return;
          if (isMemoryError(error) && error.code === "closed") throw error;
        }
      }
    });
    return results;
  }

  #wakeWhenOnline(): void {
    queueMicrotask(() => void this.#flushQuietly());
    // An agent that nobody holds any more must not be held by this.
    const agent = new WeakRef(this);
    const wake = () => {
      const awake = agent.deref();
      if (awake) void awake.#flushQuietly();
      else globalThis.removeEventListener("online", wake);
    };
    globalThis.addEventListener?.("online", wake);
  }

  async #flushQuietly(): Promise<void> {
    try {
      if (!isWithoutNetwork() && (await this.#queue()).length > 0) await this.flushQueue();
    } catch {
      // Nobody asked: what could not be answered now still waits, or is stored as failed.
    }
  }

  async #answerQueued(conversationId: string, messageId: string): Promise<TurnResult | undefined> {
    if (!(await this.#queue()).some((one) => one.messageId === messageId)) return undefined;
    // It waits until its answer is stored, so that it is not lost when this tab dies meanwhile.
    const question = await this.#core.setStatus(conversationId, messageId, "complete", true);
    return this.#answer({ question, mayWait: true }, {});
  }

  /** The questions that wait, the oldest first. */
  async #queue(): Promise<Waiting[]> {
    const questions = (await this.#core.waiting()).filter(({ kind }) => kind === "question");
    // Identifiers ascend in time.
    return questions.sort((one, other) => (one.messageId < other.messageId ? -1 : 1));
  }

  async #locked<T>(conversationId: string, { signal }: TurnOptions, work: () => Promise<T>): Promise<T> {
    try {
      return await exclusive(turnLock(this.#place, conversationId), signal, work);
    } catch (error) {
      throw signal?.aborted && !isMemoryError(error) ? aborted(signal.reason) : error;
    }
  }

  async #ask(
    conversationId: string,
    content: string,
    place: { parentId?: string | undefined; isFirst?: boolean; waits?: boolean },
  ): Promise<Asking> {
    const message = { role: "user", content, status: place.waits ? "queued" : "complete" } as const;
    const isToUnderstand = !place.waits && this.#own.understandIntent === undefined;
    const step = { messages: [message], ...place, ...(isToUnderstand && { query: content }) };
    const { messages, intent } = await this.#core.settleTurn(conversationId, step);
    return { question: messages[0] as Message, ...(intent && { intent }) };
  }

  async #answer(asking: Asking, call: TurnOptions): Promise<TurnResult> {
    const { question, intent, ...how } = asking;
    const { id, conversationId, content: query } = question;
    // Only layers of the application's own look at it.
    const isAsked = Object.keys(this.#own).length > 0;
    const conversation = isAsked ? await this.#core.getConversation(conversationId) : undefined;
    const context: TurnContext = {
      query,
      conversationId,
      userId: this.manager.userId,
      persona: conversation?.personaName ?? "",
      manager: this.manager,
      signal: call.signal ?? new AbortController().signal,
      onDelta: call.onDelta ?? (() => {}),
    };
    const { limits, countTokens } = this.#prompt;
    const recallLimit = limits[2] as number;
    const core = this.#core;
    // An answer that is given again must not be told what was said after the question the first time.
    const { behindQuestion = false } = how;
    const before = behindQuestion ? id : undefined;
    const recall = (entities: string[]): Promise<unknown> =>
      core.getRelevantPastResults(conversationId, entities.slice(0, 1_000), recallLimit, before);
    // Where nobody else sees what is recalled, the prompt recalls it in the transaction that it takes anyway.
    const recallsItself = this.#own.retrieveData === undefined && this.#own.analyzeData === undefined;
    const layers = {
      ...defaultLayers({
        model: this.#model,
        understand: () => intent ?? core.understand(conversationId, query, before),
        recall: recallsItself ? () => null : (entities) => recall(entities) as Promise<Json>,
        prompt: (text, data, entities) => {
          const found = recallsItself ? { entities: entities.slice(0, 1_000) } : { data };
          const turn = { questionId: id, leading: behindQuestion, ...found };
          return core.buildPrompt(conversationId, text, limits, countTokens, turn);
        },
      }),
      ...this.#own,
    };
    return answer({ core, layers, question, context, ...how });
  }

  /** The message itself, or the question that it answers. */
  async #questionOf(message: Message): Promise<Message> {
    if (message.role !== "assistant") return message;
    const { conversationId, parentId, metadata } = message;
    // In a fork the questions have other ids, and there as everywhere an answer mostly follows its question.
    const known = typeof metadata.questionId === "string" ? metadata.questionId : undefined;
    const question = known && (await this.#find(conversationId, known).catch(() => undefined));
    if (question) return question;
    return parentId === undefined ? message : this.#find(conversationId, parentId);
  }

  async #find(conversationId: string, messageId: string): Promise<Message> {
    const branches = await this.#core.listBranches(conversationId, messageId);
    return branches.find(({ id }) => id === messageId) as Message;
  }
}

function asQuestion(message: Message): Message {
  if (message.role !== "user") throw invalid("messageId", "that of a user message", message.role);
  return message;
}

function readQuery(name: string, value: unknown): string {
  const text = argument.text(name, value);
  if (text.trim() === "") throw invalid(name, "a text that is not blank", text);
  return text;
}

function readCall(options: unknown): TurnOptions {
  const option = argument.options("options", options);
  const signal = option("signal", argument.optional(argument.signal));
  const onDelta = option("onDelta", argument.optional(argument.callback<(text: string) => void>));
  return { ...(signal && { signal }), ...(onDelta && { onDelta }) };
}

function readLayers(path: string, value: unknown): Partial<Layers> {
  const field = argument.fields(path, value);
  const own: Record<string, unknown> = {};
  for (const name of ["understandIntent", "retrieveData", "analyzeData", "generateVisualization"]) {
    const layer = field(name, argument.optional(argument.callback<(...args: unknown[]) => unknown>));
    if (layer !== undefined) own[name] = layer.bind(value);
  }
  return own as Partial<Layers>;
}
