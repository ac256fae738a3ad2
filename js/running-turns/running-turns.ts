// The turns of one memory that are under way in this tab, and what is known of those in other tabs.

import { areShared, ifFree, isHeld, queueLock, turnLock } from "../concurrency/locks.js";
import type { Core, DeadOwners, PendingTurn } from "../core/core.js";
import { memoryError, type MemoryError } from "../errors.js";
import { AnswersArriving } from "./answer-progress.js";
import { Signals, type Signal } from "./signals.js";

/** How often it is looked whether a tab lives in which an answer arrives. */
const WATCH_EVERY_MS = 2_000;

/** How long a tab may take to say that it lives. */
const REPLY_WITHIN_MS = 500;

/** How long somebody counts as waiting who has not been heard of since. */
const WANTED_FOR_MS = 60_000;

/** A turn in this tab. */
export interface RunningTurn {
  readonly conversationId: string;
  readonly questionId: string;
  /** Who answers it. */
  readonly owner: string;
  /** Whether nobody in this tab waits for its result: it runs by itself. */
  readonly isAutomatic: boolean;
  /** Whether it is one of the queue. */
  readonly isQueued: boolean;
  /** Ends it; `reason` becomes the cause of its error. */
  abort(reason: unknown): void;
  /** Has it end soon, unless the model says something. */
  hurry(): void;
  /** Fulfilled when it has ended, however. */
  readonly ended: Promise<unknown>;
}

/** What can be stopped when the memory closes. */
export interface Stoppable {
  stop(): void;
}

/** A queue that looks at what waits. */
export interface WaitingQueue extends Stoppable {
  /** Looks after a moment. */
  lookSoon(): void;
  /** Looks after a pause, unless it does so anyway. */
  lookLater(): void;
}

/** What is under way. One for each memory that is open. */
export class RunningTurns {
  /** What has arrived of their answers. */
  readonly answers: AnswersArriving;
  readonly #core: Core;
  readonly #scope: string;
  readonly #signals: Signals;
  readonly #running = new Set<RunningTurn>();
  // The calls of agents that have not ended, among them those that wait for their turn.
  readonly #calls = new Set<Promise<unknown>>();
  readonly #queues = new Set<WaitingQueue>();
  // Conversations in which an answer arrives in another tab.
  readonly #watched = new Set<string>();
  // When somebody last said that he lives.
  readonly #living = new Map<string, number>();
  // Conversations in which somebody waits for a turn, and since when.
  readonly #wanted = new Map<string, number>();
  readonly #closing = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `scope` names the memory among all of this origin's; other tabs can have it where `isShared`. */
  constructor(core: Core, scope: string, isShared: boolean) {
    this.#core = core;
    this.#scope = scope;
    this.answers = new AnswersArriving(isShared ? scope : undefined);
    this.#signals = new Signals(isShared ? scope : undefined, (signal, isOwn) => this.#hear(signal, isOwn));
  }

  /** Aborted when the memory closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  throwIfClosing(): void {
    if (this.#closing.signal.aborted) throw closed();
  }

  /** The lock of a conversation: one turn at a time. */
  lockOf(conversationId: string): string {
    return turnLock(this.#scope, conversationId);
  }

  get lockOfQueue(): string {
    return queueLock(this.#scope);
  }

  broadcast(signal: Signal): void {
    this.#signals.broadcast(signal);
  }

  add(turn: RunningTurn): void {
    this.#running.add(turn);
    void turn.ended.then(() => this.#running.delete(turn));
    if (!turn.isAutomatic) this.#wanted.delete(turn.conversationId);
    else if (this.#closing.signal.aborted) turn.abort(closed());
    else if (this.isWanted(turn.conversationId)) turn.hurry();
  }

  /** Whether somebody waits for a turn in this conversation, as far as he has told. */
  isWanted(conversationId: string): boolean {
    return performance.now() - (this.#wanted.get(conversationId) ?? -Infinity) < WANTED_FOR_MS;
  }

  /** Has `close` wait for a call. */
  async call<T>(work: () => Promise<T>): Promise<T> {
    this.throwIfClosing();
    return this.read(work);
  }

  /** The same of one that only reads: turns that are waited for may still make it. */
  async read<T>(work: () => Promise<T>): Promise<T> {
    const call = work();
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Has a queue stopped when the memory closes, and looked at when somebody's question waits. */
  addQueue(queue: WaitingQueue): void {
    this.#queues.add(queue);
  }

  removeQueue(queue: WaitingQueue): void {
    this.#queues.delete(queue);
  }

  /** Who is known to be dead in a conversation, to one who holds its lock. */
  async deadIn(conversationId: string): Promise<DeadOwners> {
    if (areShared()) return { all: true, owners: [] };
    // Without locks those that answer are asked.
    const turns = (await this.#core.pendingTurns()).filter((turn) => turn.conversationId === conversationId);
    return { all: false, owners: await this.#silent(turns) };
  }

  /** Keeps what had arrived of answers whose tab has died. What cannot be stored now waits for the next time. */
  async recover(): Promise<void> {
    const turns = (await this.#pending()).filter(({ owner }) => owner !== undefined);
    for (const conversationId of new Set(turns.map((turn) => turn.conversationId))) {
      await this.#recoverIn(conversationId).catch(() => {});
    }
  }

  async #recoverIn(conversationId: string): Promise<void> {
    const left = await ifFree(this.lockOf(conversationId), async () => {
      const dead = await this.deadIn(conversationId);
      if (dead.all || dead.owners.length > 0) await this.#core.recover(conversationId, dead);
      return (await this.#core.pendingTurns()).filter((turn) => turn.conversationId === conversationId && turn.owner);
    });
    // Somebody lives: whether he still does is looked at later.
    if (left === undefined || left.length > 0) this.#watch(conversationId);
  }

  /**
   * Aborts what runs by itself, and gives a promise of the end of what somebody waits for; none when nothing is under way.
   */
  close(): Promise<void> | undefined {
    this.#closing.abort(closed());
    for (const queue of this.#queues) queue.stop();
    for (const turn of this.#running) if (turn.isAutomatic) turn.abort(closed());
    clearTimeout(this.#timer);
    if (this.#calls.size === 0) return this.#signals.close();
    return Promise.allSettled(this.#calls).then(() => this.#signals.close());
  }

  #hear(signal: Signal, isOwn: boolean): void {
    switch (signal.type) {
      case "begun":
        if (isOwn) break;
        this.#wanted.delete(signal.conversationId);
        this.#watch(signal.conversationId);
        break;
      case "ended":
        this.#watched.delete(signal.conversationId);
        break;
      case "waits":
        if (!isOwn) for (const queue of this.#queues) queue.lookSoon();
        break;
      case "waits-again":
        for (const queue of this.#queues) queue.lookLater();
        break;
      case "wanted":
        this.#wanted.set(signal.conversationId, performance.now());
        for (const turn of this.#running) {
          if (turn.isAutomatic && turn.conversationId === signal.conversationId) turn.hurry();
        }
        break;
      case "cancelled":
        for (const turn of this.#running) {
          const isIt = turn.conversationId === signal.conversationId && turn.questionId === signal.questionId;
          if (turn.isQueued && isIt) turn.abort(cancelled());
        }
        break;
      case "asked":
        if ([...this.#running].some(({ owner }) => owner === signal.owner)) this.broadcast({ type: "lives", owner: signal.owner });
        break;
      case "lives":
        this.#living.set(signal.owner, performance.now());
    }
  }

  /** Looks from time to time whether the tab lives in which an answer arrives, until it has ended. */
  #watch(conversationId: string): void {
    if (this.#closing.signal.aborted) return;
    this.#watched.add(conversationId);
    this.#timer ??= setTimeout(() => void this.#look(), WATCH_EVERY_MS);
  }

  async #look(): Promise<void> {
    for (const conversationId of this.#watched) {
      const lives = areShared() && (await isHeld(this.lockOf(conversationId)).catch(() => true));
      if (lives || this.#closing.signal.aborted) continue;
      await this.#recoverIn(conversationId).catch(() => {});
      const turns = await this.#pending();
      if (!turns.some((turn) => turn.conversationId === conversationId && turn.owner)) this.#watched.delete(conversationId);
      for (const queue of this.#queues) queue.lookSoon();
    }
    this.#timer = undefined;
    if (this.#watched.size > 0 && !this.#closing.signal.aborted) this.#timer = setTimeout(() => void this.#look(), WATCH_EVERY_MS);
  }

  /** None when they cannot be read: a memory that was closed meanwhile throws, and does not only reject. */
  async #pending(): Promise<PendingTurn[]> {
    try {
      return await this.#core.pendingTurns();
    } catch {
      return [];
    }
  }

  /** Those of the owners of turns that do not say that they live. */
  async #silent(turns: PendingTurn[]): Promise<string[]> {
    const own = new Set([...this.#running].map(({ owner }) => owner));
    const asked = turns.flatMap(({ owner }) => (owner === undefined || own.has(owner) ? [] : [owner]));
    if (asked.length === 0) return [];
    const start = performance.now();
    for (const owner of asked) this.broadcast({ type: "asked", owner });
    await new Promise((resolve) => setTimeout(resolve, REPLY_WITHIN_MS));
    return asked.filter((owner) => (this.#living.get(owner) ?? -Infinity) < start);
  }
}

export const closed = () => memoryError("closed", "the memory was closed");

const CANCELLED = "the question was cancelled; what had arrived is kept";
export const cancelled = () => memoryError("aborted", CANCELLED);
export const isCancelled = (error: MemoryError): boolean => error.message === CANCELLED;
