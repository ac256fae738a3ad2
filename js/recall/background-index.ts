// Keeps the recall index near to what is stored, when nothing else is to be done: in small steps, between which the page has
// its turn, and only once the tab has changed nothing for a while. Nothing is lost when it does not come to it.

import type { Core } from "../core/core.js";

/** How long nothing must have changed. */
const REST_MS = 1_500;

/** The longest that the page may be too busy for a step. */
const STEP_AFTER_MS = 1_000;

export class BackgroundIndex {
  readonly #core: Core;
  #changedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isRunning = false;
  #isClosed = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Something was changed, or indexed in memory: it is stored once there is time. */
  wake(): void {
    this.#changedAt = Date.now();
    if (!this.#isRunning) this.#arm(REST_MS);
  }

  close(): void {
    this.#isClosed = true;
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
    const left = this.#changedAt + REST_MS - Date.now();
    if (left > 0) return this.#arm(left);
    const began = this.#changedAt;
    const over = () => {
      this.#isRunning = false;
      // What was changed meanwhile comes to rest, too.
      if (this.#changedAt !== began) this.#arm(REST_MS);
    };
    this.#isRunning = true;
    // A full disk, a memory that was closed: who recalls indexes what is missing.
    this.#run(began).catch(() => {}).finally(over);
  };

  async #run(began: number): Promise<void> {
    while (!this.#isClosed && this.#changedAt === began && (await this.#core.indexStep())) await idle();
  }
}

/** A moment in which the page has nothing to do; Safari does not tell of those. */
function idle(): Promise<unknown> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === "function") requestIdleCallback(resolve, { timeout: STEP_AFTER_MS });
    else setTimeout(resolve, 4);
  });
}
