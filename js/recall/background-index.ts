// Keeps the recall index, and the vectors beside it, near to what is stored, when nothing else is to be done: in small steps, between which the page has
// its turn, and only once the tab has changed nothing for a while. Nothing is lost when it does not come to it.

import type { Core } from "../core/core.js";
import type { Embedding } from "./embedding.js";

/** How long nothing must have changed. */
const REST_MS = 1_500;

/** The longest that the page may be too busy for a step. */
const STEP_AFTER_MS = 1_000;

export class BackgroundIndex {
  readonly #core: Core;
  readonly #embedding: Embedding | undefined;
  // By a clock that nobody sets.
  #changedAt = -Infinity;
  // Since the last run began.
  #isAsked = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isRunning = false;
  #isClosed = false;

  constructor(core: Core, embedding?: Embedding) {
    this.#core = core;
    this.#embedding = embedding;
  }

  /** Has the memory know the vector of a query, where the application has a model and it answers in time. */
  async know(query: string): Promise<void> {
    await this.#embedding?.know(query);
  }

  /** Whether there is a model to wait for. */
  get hasModel(): boolean {
    return this.#embedding !== undefined;
  }

  /** Something was changed: it is indexed once nothing has changed for a while. */
  changed(): void {
    this.#changedAt = performance.now();
    this.asked();
  }

  /** Somebody asked, and something may have been indexed in memory for it. Who asks again and again keeps nothing from being stored. */
  asked(): void {
    this.#isAsked = true;
    if (!this.#isRunning) this.#arm(REST_MS);
  }

  close(): void {
    this.#isClosed = true;
    this.#embedding?.close();
    clearTimeout(this.#timer);
  }

  #arm(delay: number): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(this.#fire, delay);
    // Node.js must not go on for it.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  readonly #fire = (): void => {
    this.#timer = undefined;
    const left = this.#changedAt + REST_MS - performance.now();
    if (left > 0) return this.#arm(left);
    const began = this.#changedAt;
    const over = (again: number | undefined) => {
      this.#isRunning = false;
      // What came up meanwhile comes to rest, too.
      if (this.#isAsked) this.#arm(REST_MS);
      else if (again !== undefined) this.#arm(again);
    };
    [this.#isRunning, this.#isAsked] = [true, false];
    // A full disk, a memory that was closed: who recalls indexes what is missing.
    this.#run(began).catch(() => undefined).then(over);
  };

  /** In how many milliseconds there may be more to do, as far as that is known. */
  async #run(began: number): Promise<number | undefined> {
    const isQuiet = () => !this.#isClosed && this.#changedAt === began;
    while (isQuiet() && (await this.#core.indexStep())) await idle();
    while (isQuiet() && this.#embedding) {
      const wait = await this.#embedding.step();
      if (wait !== 0) return wait;
      await idle();
    }
    return undefined;
  }
}

/** A moment in which the page has nothing to do; Safari does not tell of those. */
function idle(): Promise<unknown> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === "function") requestIdleCallback(resolve, { timeout: STEP_AFTER_MS });
    else setTimeout(resolve, 4);
  });
}
