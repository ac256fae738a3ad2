// The questions that wait: answered when the network is back, when their server can be reached again, and when the tab
// that asked them has died.

import { exclusive, ifFree } from "../concurrency/locks.js";
import type { Core, PendingTurn } from "../core/core.js";
import { isMemoryError } from "../errors.js";
import { closed, type RunningTurns } from "../running-turns/running-turns.js";
import type { TurnResult } from "./turn.js";

/** The first pause before a question is asked again that reached nobody; each further one is twice as long. */
const FIRST_PAUSE_MS = 2_000;
const MAX_PAUSE_MS = 300_000;

/** After a turn, and after another tab's question began to wait. */
const SOON_MS = 1_000;

/** How long a question waits whose conversation is busy. */
const BUSY_MS = 5_000;

/** Answers one of the questions; undefined when it is over, or somebody else is at it. */
type AnswerTurn = (turn: PendingTurn) => Promise<TurnResult | undefined>;

/** One agent's part in the queue, which all tabs share. */
export class Queue {
  readonly #core: Core;
  readonly #runningTurns: RunningTurns;
  readonly #mayAsk: () => boolean;
  readonly #answer: AnswerTurn;
  #stopping = new AbortController();
  #isStarted = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `mayAsk` says whether the model can be reached, as far as that is known without asking it. */
  constructor(core: Core, runningTurns: RunningTurns, mayAsk: () => boolean, answer: AnswerTurn) {
    this.#core = core;
    this.#runningTurns = runningTurns;
    this.#mayAsk = mayAsk;
    this.#answer = answer;
  }

  /** From now on what waits is answered when it can be. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#stopping = new AbortController();
    this.#runningTurns.addQueue(this);
    globalThis.addEventListener?.("online", this.#online);
    this.#look(0);
  }

  stop(): void {
    this.#isStarted = false;
    this.#stopping.abort(closed());
    this.#runningTurns.removeQueue(this);
    globalThis.removeEventListener?.("online", this.#online);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** What waits is looked at after a moment. */
  lookSoon(): void {
    this.#look(SOON_MS);
  }

  /** Something may wait that could not be answered: it is tried again after a pause that grows. */
  failed(): void {
    this.#look(this.#pause);
    this.#failures += 1;
  }

  /** The same where somebody else could not answer it, who may be gone by then; a look that is to come is soon enough. */
  lookLater(): void {
    if (this.#timer === undefined) this.#look(this.#pause);
  }

  get #pause(): number {
    return Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, MAX_PAUSE_MS);
  }

  /** A model has answered. */
  succeeded(): void {
    this.#failures = 0;
    this.#look(SOON_MS);
  }

  /** Answers what waits, in order, but for conversations in which somebody answers; ends at the first question that reaches nobody. */
  async flush(): Promise<TurnResult[]> {
    const results: TurnResult[] = [];
    const busy = new Set<string>();
    await exclusive(this.#runningTurns.lockOfQueue, this.#stopping.signal, async () => {
      // What somebody was answering who is dead by now waits again.
      await this.#runningTurns.recover();
      for (const turn of await this.waiting()) {
        const { conversationId } = turn;
        if (this.#stopping.signal.aborted) throw this.#stopping.signal.reason;
        if (!this.#mayAsk()) return;
        if (busy.has(conversationId)) continue;
        try {
          // Nobody else's turn is waited for: one long answer would stop the queue of all conversations.
          const isFree = await ifFree(this.#runningTurns.lockOf(conversationId), async () => {
            const result = await this.#answer(turn);
            if (result !== undefined) results.push(result);
            return true;
          });
          if (!isFree) busy.add(conversationId);
        } catch (error) {
          if (isQueued(error)) return;
          if (isMemoryError(error) && error.code === "closed") throw error;
        }
      }
    });
    return results;
  }

  /** The turns that nobody is at, in the order in which they were asked. */
  async waiting(): Promise<PendingTurn[]> {
    const turns = (await this.#core.pendingTurns()).filter(({ owner }) => owner === undefined);
    // Within a conversation the log says in which order questions of several tabs came: each stands where one of its
    // conversation stood.
    const groups = new Map<string, PendingTurn[]>();
    for (const turn of turns) {
      const group = groups.get(turn.conversationId);
      if (group) group.push(turn);
      else groups.set(turn.conversationId, [turn]);
    }
    const next = new Map([...groups].map(([conversationId, group]) => [conversationId, group.sort(byPosition).values()]));
    return turns.map(({ conversationId }) => next.get(conversationId)!.next().value!);
  }

  readonly #online = (): void => {
    this.#failures = 0;
    this.#look(0);
  };

  #look(after: number): void {
    if (!this.#isStarted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#flushQuietly(), after);
    // In Node.js it must not keep the process from ending.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  async #flushQuietly(): Promise<void> {
    this.#timer = undefined;
    try {
      if (!this.#mayAsk()) return;
      if ((await this.#core.pendingTurns()).length === 0) {
        // Somebody else reached the model.
        this.#failures = 0;
        return;
      }
      await this.flush();
      // Somebody answers in its conversation, or it is to be tried again anyway.
      if (this.#timer === undefined && (await this.#core.pendingTurns()).length > 0) this.#look(BUSY_MS);
    } catch (error) {
      // Nobody asked: what could not be answered now still waits, or is stored as failed.
      if (!isMemoryError(error) || error.code !== "closed") this.failed();
    }
  }
}

/** Whether an error says that a question waits. */
export function isQueued(error: unknown): boolean {
  return isMemoryError(error) && error.messageId !== undefined;
}

/** In the order in which they came into their conversation. */
export function byPosition(one: PendingTurn, other: PendingTurn): number {
  return one.end - other.end || (one.messageId < other.messageId ? -1 : 1);
}
