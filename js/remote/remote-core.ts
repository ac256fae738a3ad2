// The core of a memory that runs in a worker, as the page has it: the same methods with the same answers.

import { v7 as newId } from "uuid";
import { type BroadcastChange, Core, type Prompt } from "../core/core.js";
import { memoryError } from "../errors.js";
import type { Link } from "./link.js";
import type { News } from "./protocol.js";

/** The methods that change nothing. One that is missing here costs a word to the other tabs. */
const READS = /^(get|list|build|pending|recall$|search$|extract|index|understand$|missed$|progress$|traces$|close$)/;

/** Every method of the core but those that are written out here is a call of the worker. */
export interface RemoteCore extends Core {}

export class RemoteCore {
  readonly #link: Link;
  readonly waited: boolean;
  #undelivered: BroadcastChange[] = [];
  #stamp = 0;
  #begins: () => void = () => {};
  #wake: () => void = () => {};

  constructor(link: Link, waited: boolean) {
    this.#link = link;
    this.waited = waited;
    link.onNews = (news) => this.#hear(news);
  }

  listen(begins: () => void, wake: () => void): void {
    this.#begins = begins;
    this.#wake = wake;
  }

  get isBusy(): boolean {
    return this.#link.isBusy;
  }

  takeChanges(): BroadcastChange[] {
    const changes = this.#undelivered;
    this.#undelivered = [];
    return changes;
  }

  /** In the microseconds of the module's clock. A change of this very millisecond comes behind it. */
  stamp(): number {
    return Math.max(this.#stamp, Date.now() * 1_000 - 1);
  }

  newId(): string {
    return newId();
  }

  buildPrompt(...given: Parameters<Core["buildPrompt"]>): Promise<Prompt> {
    const [conversationId, query, maxTokens, limits, count, turn] = given;
    if (!count) return this.call("buildPrompt", given) as Promise<Prompt>;
    const rest = [conversationId, query, maxTokens, limits, undefined, turn];
    return this.#link.callWithHelp("buildPrompt", rest, { count: count as (text: string) => number }) as Promise<Prompt>;
  }

  /** Calls under way still end. Where the worker is gone there are none. */
  async close(): Promise<void> {
    await this.call("close", []).catch((error: unknown) => {
      if (!this.#link.isOver) throw error;
    });
  }

  /** Ends the worker. */
  free(): void {
    this.#link.end(() => memoryError("closed", "the memory was closed; open it again"));
  }

  /** Something may be changed from here on. */
  begins(): void {
    this.#begins();
  }

  /** Has the worker's core do it. */
  call(method: string, given: unknown[]): Promise<unknown> {
    if (!READS.test(method)) this.begins();
    return this.#link.call("core", method, given);
  }

  #hear({ changes, stamp }: News): void {
    this.#stamp = Math.max(this.#stamp, stamp);
    if (changes.length === 0) return;
    if (this.#undelivered.length === 0) this.#wake();
    this.#undelivered = this.#undelivered.concat(changes);
  }
}

for (const [name, { value: method }] of Object.entries(Object.getOwnPropertyDescriptors(Core.prototype))) {
  if (typeof method !== "function" || name in RemoteCore.prototype) continue;
  const value = function (this: RemoteCore, ...given: unknown[]) {
    return this.call(name, given);
  };
  Object.defineProperty(RemoteCore.prototype, name, { value });
}
