// The functions of the application that are told of changes: of each by itself, or of those that were stored together.

import { call } from "../concurrency/callbacks.js";

type One<T> = (change: T) => void;
type Many<T> = (changes: T[]) => void;

/** Those who listen. Each has objects of its own: what one does to them is nothing to the others. */
export class Listeners<T extends object> {
  readonly #single = new Set<One<T>>();
  readonly #batched = new Set<Many<T>>();
  // What those who want batches are still to be told, all of it stored together.
  #batch: T[] = [];
  #batchStamp: number | undefined;

  get size(): number {
    return this.#single.size + this.#batched.size;
  }

  /** Gives the function that takes it away; it says whether it was still there. */
  add(listener: One<T>): () => boolean {
    // One listener may be given twice, and stopped once.
    const own: One<T> = (change) => listener(change);
    this.#single.add(own);
    return () => this.#single.delete(own);
  }

  /** The same for one who wants batches. */
  addBatched(listener: Many<T>): () => boolean {
    const own: Many<T> = (changes) => listener(changes);
    this.#batched.add(own);
    return () => this.#batched.delete(own);
  }

  clear(): void {
    this.#single.clear();
    this.#batched.clear();
    this.#batch = [];
  }

  /** Tells a change. What has the same stamp as the one before was stored with it. */
  tell(change: T, stamp?: number): void {
    for (const listener of [...this.#single]) call(listener, { ...change });
    if (this.#batched.size === 0) return;
    if (this.#batch.length > 0 && stamp !== this.#batchStamp) this.flush();
    this.#batchStamp = stamp;
    // Changes that were stored together are told without a pause between them: a microtask comes behind the last one.
    if (this.#batch.push(change) === 1) queueMicrotask(this.flush);
  }

  /** Tells those who want batches what they were not told yet. */
  readonly flush = (): void => {
    const batch = this.#batch;
    this.#batch = [];
    if (batch.length === 0) return;
    for (const listener of [...this.#batched]) call(listener, batch.map((change) => ({ ...change })));
  };
}
