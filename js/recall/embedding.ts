// The application's own model, which makes vectors of texts: in the background of messages, and at once of what is asked for. What it
// does wrong, or does not do at all, makes recall find by words alone, and nothing else.

import { ifFree, vectorsLock } from "../concurrency/locks.js";
import type { Core } from "../core/core.js";

/**
 * Makes a vector of each text, in their order: all of one length, which stays the same from call to call. It is called with at most 32
 * texts, and never again before the call before has ended (but for one that has not after a minute). What it throws or rejects with
 * is not told: it is called again later.
 */
export type Embed = (texts: string[]) => PromiseLike<readonly ArrayLike<number>[]>;

/** So many texts are given to it at once. */
const BATCH = 32;

/** Of a longer query so many characters count. */
const QUERY_CHARACTERS = 2_000;

/** The most components of a vector. */
const MAX_DIMENSIONS = 8_192;

/** How long somebody who asks waits for the vector of the query. */
const QUERY_MS = 2_000;

/** A call that takes longer has failed. */
const CALL_MS = 60_000;

/** How long nothing is asked of it after it has failed; twice as long after each further time, up to the longest. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

/** When another tab makes vectors of this memory: how long to wait until this one looks again. */
const OTHERS_MS = 5_000;

export class Embedding {
  readonly #core: Core;
  readonly #embed: Embed;
  readonly #scope: string;
  #end = () => {};
  /** Resolves when the memory is closed. */
  readonly #over = new Promise<undefined>((resolve) => (this.#end = () => resolve(undefined)));
  #isClosed = false;
  #length = 0;
  #failures = 0;
  // By a clock that nobody sets.
  #pausedUntil = 0;
  /** The call under way. */
  #running: Promise<unknown> | undefined;

  /** `scope` names the memory among all of this origin's, and `model` the model: vectors of another one are made anew. */
  constructor(core: Core, embed: Embed, model: string, scope: string) {
    [this.#core, this.#embed, this.#scope] = [core, embed, scope];
    quietly(core.indexModel(model));
  }

  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  /** Has the memory know the vector of a query that is asked next, if that comes in time. Never fails. */
  async know(query: string): Promise<void> {
    if (query.trim() === "") return;
    let isLate = false;
    const asked = async () => {
      while (this.#running !== undefined && !this.#isPaused) await this.#running;
      if (isLate) return;
      const [vector] = (await this.#ask([query.slice(0, QUERY_CHARACTERS)])) ?? [];
      if (vector && !this.#isClosed) quietly(this.#core.indexQuery(query, vector));
    };
    isLate = !(await within(QUERY_MS, asked().then(() => true)));
    // Whoever asks next need not wait for as long.
    if (isLate) this.#pause();
  }

  /** Makes some of the vectors that are missing. How long to wait until there may be more to do, in milliseconds; undefined when nothing is left. */
  async step(): Promise<number | undefined> {
    if (this.#isClosed) return undefined;
    if (this.#isPaused) return this.#pausedUntil - performance.now();
    const wait = await ifFree(vectorsLock(this.#scope), async () => ({ ms: await this.#make() }));
    return wait === undefined ? OTHERS_MS : wait.ms;
  }

  async #make(): Promise<number | undefined> {
    const texts = await this.#core.indexTexts(BATCH);
    if (texts.length === 0 || this.#isClosed) return undefined;
    const vectors: Float32Array[] = [];
    for (let at = 0; at < texts.length; at += BATCH) {
      while (this.#running !== undefined) await this.#running;
      const made = await this.#ask(texts.slice(at, at + BATCH));
      if (this.#isClosed) return undefined;
      if (made === undefined) return Math.max(this.#pausedUntil - performance.now(), FIRST_PAUSE_MS);
      vectors.push(...made);
    }
    const length = vectors[0]!.length;
    // Between two calls for a text of many passages another one may have failed, and the length be another one since.
    if (vectors.some((vector) => vector.length !== length)) return FIRST_PAUSE_MS;
    const all = new Float32Array(vectors.length * length);
    vectors.forEach((vector, index) => all.set(vector, index * length));
    await this.#core.indexVectors(all, length);
    return 0;
  }

  get #isPaused(): boolean {
    return performance.now() < this.#pausedUntil;
  }

  #pause(): void {
    this.#pausedUntil = performance.now() + Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
  }

  /** Asks the application; nothing is under way. undefined when it fails, or is not to be asked now. */
  async #ask(texts: string[]): Promise<Float32Array[] | undefined> {
    if (this.#isClosed || this.#isPaused) return undefined;
    // What is not async may throw.
    const answer = (async () => this.#read(await this.#embed(texts), texts.length))();
    const running = within(CALL_MS, Promise.race([answer.catch(() => undefined), this.#over]));
    this.#running = running;
    const vectors = await running;
    this.#running = undefined;
    if (vectors === undefined) {
      // The length that was accepted first may have been the wrong one.
      this.#length = 0;
      this.#pause();
      return undefined;
    }
    [this.#failures, this.#pausedUntil] = [0, 0];
    return vectors;
  }

  /** The vectors of an answer; undefined when it is none that fits. */
  #read(answer: readonly ArrayLike<number>[], count: number): Float32Array[] | undefined {
    if (answer.length !== count) return undefined;
    const vectors = Array.from(answer, (vector) => (vector.length > MAX_DIMENSIONS ? new Float32Array() : Float32Array.from(vector)));
    const length = this.#length || vectors[0]!.length;
    const isVector = (vector: Float32Array) => vector.length === length && vector.every(Number.isFinite) && vector.some((part) => part !== 0);
    if (!vectors.every(isVector)) return undefined;
    this.#length = length;
    return vectors;
  }
}

/** In a worker it is answered later; if the worker is gone, the next call says so. */
function quietly(done: unknown): void {
  Promise.resolve(done).catch(() => {});
}

/** What it comes to; undefined when that takes longer. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let expire: (nothing: undefined) => void = () => {};
  const late = new Promise<undefined>((resolve) => (expire = resolve));
  const timer = setTimeout(expire, ms, undefined);
  // Node.js must not go on for it.
  (timer as { unref?: () => void }).unref?.();
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
