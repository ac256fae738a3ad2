// What a hook shows, kept outside of React: read while somebody looks at it, and again when the memory has changed.

import { useSyncExternalStore } from "react";
import type { MemoryChange } from "../../changes/change-feed.js";
import type { AnyManager } from "../../manager/manager.js";

/** What every view says beside what it shows. */
export interface Loading {
  /** Whether nothing was read yet: also on a server, and while the memory opens. */
  isLoading: boolean;
  /** Why the last call failed; a `MemoryError`. */
  error: Error | undefined;
}

/** As long as somebody looks. */
interface Life {
  /** The call that is under way, or the last one. */
  last: Promise<void>;
  /** Whether a read is to come that has not begun. */
  isWanted: boolean;
  stop: () => void;
}

/**
 * A view of the memory for `useSyncExternalStore`. It hears of changes from its first listener to its last; what was asked for
 * before that ends is dropped. So a view that nobody shows any more shows nothing late, and StrictMode's second mount
 * begins anew.
 */
export abstract class View<State extends Loading> {
  readonly #memory: AnyManager | undefined;
  readonly #empty: State;
  readonly #listeners = new Set<() => void>();
  #state: State;
  #life: Life | undefined;

  /** Without a memory, one that is still to be opened, it stays `empty`. */
  constructor(memory: AnyManager | undefined, empty: State) {
    this.#memory = memory;
    this.#state = this.#empty = empty;
  }

  /** What the memory has now. */
  protected abstract read(): Promise<State>;

  /** Hears what has changed; whether it is to be read again. */
  protected abstract hear(changes: MemoryChange[]): boolean;

  protected get memory(): AnyManager {
    return this.#memory!;
  }

  protected get state(): State {
    return this.#state;
  }

  readonly getState = (): State => this.#state;

  /** What a server renders, and the browser first. */
  readonly getEmpty = (): State => this.#empty;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#begin();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#end();
    };
  };

  /** Reads once more. What is wanted before that begins is the same read. */
  refresh(): Promise<void> {
    const life = this.#life;
    if (life === undefined || life.isWanted) return life?.last ?? Promise.resolve();
    life.isWanted = true;
    return this.run(() => {
      life.isWanted = false;
      return this.read();
    });
  }

  /** Shows what a call gives, one call after the other; when it fails why. Dropped when nobody looks any more. */
  protected run(work: () => Promise<State>): Promise<void> {
    const life = this.#life;
    if (life === undefined) return Promise.resolve();
    const isOver = () => this.#life !== life;
    const show = async () => {
      if (isOver()) return;
      try {
        const state = await work();
        if (!isOver()) this.set(state);
      } catch (error) {
        if (!isOver()) this.set(this.failed(error as Error));
      }
    };
    return (life.last = life.last.then(show));
  }

  protected failed(error: Error): State {
    return { ...this.#state, isLoading: false, error };
  }

  protected set(state: State): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Somebody begins to look. */
  protected began(): void {}

  #begin(): void {
    if (this.#memory === undefined) return;
    try {
      const stop = this.#memory.subscribe((changes) => void (this.hear(changes) && this.refresh()), { batch: true });
      this.#life = { last: Promise.resolve(), isWanted: false, stop };
      this.began();
      void this.refresh();
    } catch (error) {
      this.set(this.failed(error as Error));
    }
  }

  #end(): void {
    this.#life?.stop();
    this.#life = undefined;
  }
}

/** What a view shows. */
export function useView<State extends Loading>(view: View<State>): State {
  return useSyncExternalStore(view.subscribe, view.getState, view.getEmpty);
}
