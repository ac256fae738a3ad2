// The turns that this page has begun, by conversation: they go on when the component that began them is gone.

import type { ConversationAgent } from "../../agent/agent.js";
import type { TurnBegun, TurnOptions } from "../../agent/options.js";
import type { TurnResult } from "../../agent/turn.js";
import type { MemoryChange } from "../../changes/change-feed.js";
import { isMemoryError, memoryError, misfit, type MemoryError } from "../../errors.js";
import type { AnyManager } from "../../manager/manager.js";
import { storedMessage } from "../stored-message.js";

/** An agent, as far as hooks use it; and what `useMemory` hands on for the queue of waiting questions, where the agent has it. */
export type TurnAgent = Pick<ConversationAgent, "processQuery" | "regenerate" | "editAndResend" | "start" | "dispose"> &
  Partial<Pick<ConversationAgent, "cancelQueued" | "flushQueue">>;

/** The memory, as far as it is there. */
export interface MemoryState {
  /** The memory; undefined while it opens, and on a server. */
  memory: AnyManager | undefined;
  /** The agent, where the provider has one. */
  agent: TurnAgent | undefined;
  /** Why it could not be opened: a `MemoryError`. */
  error: Error | undefined;
}

/** A memory that is open, and its agent. */
export interface Opened {
  memory: AnyManager;
  agent: TurnAgent;
}

export const OPENING: MemoryState = { memory: undefined, agent: undefined, error: undefined };

/** A conversation, or a component that has none yet. */
export type TurnKey = string | symbol;

/** The turns of one key. */
export interface TurnState {
  /** Whether one is under way, or waits for those before it. */
  isRunning: boolean;
  /** Why the last one failed. */
  error: Error | undefined;
  /** Questions that are being answered again. */
  again: readonly TurnBegun[];
  /** The conversation that was begun by a component that had none. */
  begun?: string;
}

export const IDLE: TurnState = { isRunning: false, error: undefined, again: [] };

export class Turns {
  readonly #states = new Map<TurnKey, TurnState>();
  readonly #running = new Map<TurnKey, Set<AbortController>>();
  readonly #listeners = new Set<() => void>();
  #opened = OPENING;
  #waiting: (() => void)[] = [];
  #stopHearing = () => {};

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  stateOf(key: TurnKey): TurnState {
    return this.#states.get(key) ?? IDLE;
  }

  /** The memory is open, or could not be opened, or is gone. */
  opened(state: MemoryState): void {
    this.#opened = state;
    this.#stopHearing();
    this.#stopHearing = hearing(state.memory, () => this.#forgetAnswered());
    for (const goOn of this.#waiting.splice(0)) goOn();
  }

  /** A component that had no conversation goes on with the one that it has begun. */
  adopt(key: TurnKey, begun: string): void {
    this.#set(key, { begun });
  }

  /** Aborts the turns of a key; what had arrived is kept. */
  stop(key: TurnKey): void {
    for (const controller of this.#running.get(key) ?? []) controller.abort();
  }

  /**
   * Runs a turn; undefined when it failed, and the state says why. `begun` is told of a turn that has found its conversation;
   * `isAgain` of one whose question may have answers.
   */
  async run(
    from: TurnKey,
    turn: (opened: Opened, options: Pick<TurnOptions, "signal" | "onBegin">) => Promise<TurnResult>,
    { begun, isAgain }: { begun: (turn: TurnBegun) => void; isAgain: boolean },
  ): Promise<TurnResult | undefined> {
    const controller = new AbortController();
    let key = from;
    let own: TurnBegun | undefined;
    this.#add(key, controller);
    this.#set(key, { error: undefined });
    const onBegin = (turn: TurnBegun) => {
      // In one step, so that nobody sees neither of them running.
      this.#move(key, turn.conversationId, controller);
      key = turn.conversationId;
      own = turn;
      if (isAgain) this.#set(key, { again: [...this.stateOf(key).again, turn] });
      begun(turn);
    };
    try {
      return await turn(await this.#memory(controller.signal), { signal: controller.signal, onBegin });
    } catch (error) {
      const isStopped = isMemoryError(error) && error.code === "aborted";
      if (!isStopped) this.#set(key, { error: error as Error });
      return undefined;
    } finally {
      this.#running.get(key)?.delete(controller);
      this.#set(key, { again: this.stateOf(key).again.filter((turn) => turn !== own) });
      // It may have been answered while its turn ended.
      if (this.stateOf(key).error) this.#forgetAnswered();
    }
  }

  /** The error of a question that waited says nothing any more when that is answered, cancelled or gone. */
  #forgetAnswered(): void {
    for (const [key, { error }] of this.#states) {
      const { messageId, conversationId } = (error ?? {}) as Partial<MemoryError>;
      const { memory } = this.#opened;
      if (memory === undefined || messageId === undefined || conversationId === undefined) continue;
      const look = async () => {
        const isWaiting = await waits(memory, conversationId, messageId);
        if (!isWaiting && this.stateOf(key).error === error) this.#set(key, { error: undefined });
      };
      void look().catch(() => {}); // what cannot be read is looked at with the next change
    }
  }

  /** The memory and its agent, as soon as it is open: a question may be asked before that. */
  async #memory(signal: AbortSignal): Promise<Opened> {
    for (;;) {
      const { memory, agent, error } = this.#opened;
      if (signal.aborted) throw memoryError("aborted", "stopped before the memory was open");
      if (error) throw error;
      if (memory && agent) return { memory, agent };
      if (memory) throw misfit("MemoryProvider's agent", "be given, to answer questions");
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal.addEventListener("abort", () => resolve());
      });
    }
  }

  #add(key: TurnKey, controller: AbortController): void {
    const running = this.#running.get(key) ?? new Set();
    this.#running.set(key, running.add(controller));
  }

  #move(from: TurnKey, to: TurnKey, controller: AbortController): void {
    if (from === to) return;
    this.#running.get(from)?.delete(controller);
    this.#add(to, controller);
    this.#set(from, {});
    this.#set(to, {});
  }

  #set(key: TurnKey, change: Partial<TurnState>): void {
    const isRunning = (this.#running.get(key)?.size ?? 0) > 0;
    this.#states.set(key, { ...this.stateOf(key), ...change, isRunning });
    for (const listener of [...this.#listeners]) listener();
  }
}

async function waits(memory: AnyManager, conversationId: string, messageId: string): Promise<boolean> {
  return (await storedMessage(memory, conversationId, messageId))?.status === "queued";
}

/** Hears of every change of what is stored. Gives what ends that. */
function hearing(memory: AnyManager | undefined, changed: () => void): () => void {
  try {
    const isStored = (changes: MemoryChange[]) => changes.some(({ type }) => type !== "answer-progress");
    return memory?.subscribe((changes) => void (isStored(changes) && changed()), { batch: true }) ?? (() => {});
  } catch {
    return () => {}; // closed meanwhile: the next call says so
  }
}
