// The questions that wait: answered when the network is back, when their server can be reached again, and when the tab
// that asked them has died.

import { isMemoryError } from "../errors.js";
import type { Core, PendingTurn } from "../core/core.js";
import { exclusive } from "./locks.js";
import type { TurnResult } from "./turn.js";
import type { UnderWay } from "./under-way.js";

/** The first pause before a question is asked again that reached nobody; each further one is twice as long. */
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 300_000;

/** After a turn, and after another tab's question began to wait, in milliseconds. */
const SOON_MS = 1_000;

/** Answers one of the questions; undefined when it is over, or somebody else is at it. */
type Answer = (turn: PendingTurn) => Promise<TurnResult | undefined>;

/** One agent's part in the queue, which all tabs share. */
export class Queue {
  readonly #core: Core;
  readonly #underWay: UnderWay;
  readonly #mayAsk: () => boolean;
  readonly #answer: Answer;
  #isStarted = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `mayAsk` says whether the model can be reached, as far as that is known without asking it. */
  constructor(core: Core, underWay: UnderWay, mayAsk: () => boolean, answer: Answer) {
    this.#core = core;
    this.#underWay = underWay;
    this.#mayAsk = mayAsk;
    this.#answer = answer;
  }

  /** From now on what waits is answered when it can be. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#underWay.addQueue(this);
    globalThis.addEventListener?.("online", this.#online);
    this.#look(0);
  }

  stop(): void {
    this.#isStarted = false;
    this.#underWay.removeQueue(this);
    globalThis.removeEventListener?.("online", this.#online);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** What waits is looked at after a moment. */
  lookSoon(): void {
    this.#look(SOON_MS);
  }

  /** A question reached nobody: it is tried again after a pause that grows. */
  failed(): void {
    this.#look(Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS));
    this.#failures += 1;
  }

  /** A model has answered. */
  succeeded(): void {
    this.#failures = 0;
    this.#look(SOON_MS);
  }

  /** Answers what waits, in order; ends at the first question that reaches nobody. */
  async flush(): Promise<TurnResult[]> {
    const results: TurnResult[] = [];
    await exclusive(this.#underWay.lockOfQueue, this.#underWay.closing, async () => {
      // What somebody was answering who is dead by now waits again.
      await this.#underWay.recover();
      for (const turn of await this.waiting()) {
        this.#underWay.throwIfClosing();
        if (!this.#mayAsk()) return;
        try {
          const result = await this.#answer(turn);
          if (result !== undefined) results.push(result);
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
    return (await this.#core.pendingTurns()).filter(({ owner }) => owner === undefined);
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
      if (this.#mayAsk() && (await this.#core.pendingTurns()).length > 0) await this.flush();
    } catch {
      // Nobody asked: what could not be answered now still waits, or is stored as failed.
    }
  }
}

/** Whether an error says that a question waits. */
export function isQueued(error: unknown): boolean {
  return isMemoryError(error) && error.messageId !== undefined;
}
