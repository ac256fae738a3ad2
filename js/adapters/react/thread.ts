// The messages of a conversation as a screen shows them: the active branch from its newest end, and the answer that arrives.

import { useMemo } from "react";
import type { MemoryChange } from "../../changes/change-feed.js";
import type { Arriving, Metadata } from "../../core/core.js";
import { isMemoryError } from "../../errors.js";
import type { AnyManager } from "../../manager/manager.js";
import type { ThreadMessage } from "../../manager/records.js";
import { ArrivingAnswer, withArriving } from "./arriving.js";
import { useMemory } from "./provider.js";
import { useView, View, type Loading } from "./view.js";

/** A message on the screen. An answer that is arriving has no position (`seq`) yet, and the status "streaming". */
export type ShownMessage<M extends object = Metadata> = Omit<ThreadMessage<M>, "seq"> & {
  /** The position in the conversation's log; undefined while the answer arrives. */
  seq?: number;
};

interface State extends Loading {
  messages: ShownMessage[];
  arriving: Arriving | undefined;
  hasOlder: boolean;
}

/** What `useThread` gives. */
export interface ShownThread<M extends object = Metadata> extends Loading {
  /**
   * The active branch, oldest first, with the answer that arrives behind its question: under the id that it will have, with the
   * status "streaming". While a question is answered anew its other answers are not among them.
   */
  messages: ShownMessage<M>[];
  /** The answer that arrives, in whatever tab. */
  arriving: Arriving | undefined;
  /** Whether there are older ones. */
  hasOlder: boolean;
  /** Reads the page before these. */
  loadOlder: () => Promise<void>;
  /** Makes the branch through this message the active one: one of a message's `siblings.ids`. */
  switchBranch: (messageId: string) => Promise<void>;
}

const EMPTY: State = { messages: [], arriving: undefined, hasOlder: false, isLoading: true, error: undefined };
const NONE: State = { ...EMPTY, isLoading: false };

class ThreadView extends View<State> {
  readonly #id: string;
  readonly #limit: number;
  /** What was read of the active branch. */
  #stored: ThreadMessage[] = [];
  /** A cursor for what stands before it. */
  #before: string | undefined;
  /** How many are to be read. */
  #count: number;
  /** What has changed since it was read. */
  #changed = new Set<string>();
  readonly #answer = new ArrivingAnswer(() => void this.refresh());
  #isLoadingOlder = false;

  constructor(memory: AnyManager | undefined, id: string, limit: number) {
    super(memory, EMPTY);
    this.#id = id;
    this.#count = this.#limit = limit;
  }

  readonly loadOlder = async (): Promise<void> => {
    // Whoever scrolls asks more than once for the same page.
    if (this.#isLoadingOlder) return;
    this.#isLoadingOlder = true;
    await this.run(async () => {
      if (this.#before === undefined) return this.state;
      const { messages, before } = await this.memory.getThread(this.#id, { before: this.#before, limit: this.#limit });
      this.#stored = [...messages, ...this.#stored];
      this.#before = before;
      this.#count += messages.length;
      return this.#shown();
    });
    this.#isLoadingOlder = false;
  };

  readonly switchBranch = (messageId: string): Promise<void> =>
    this.run(async () => {
      await this.memory.switchBranch(this.#id, messageId);
      return this.read();
    });

  protected override began(): void {
    this.#stored = [];
  }

  protected async read(): Promise<State> {
    const changed = this.#changed;
    this.#changed = new Set();
    const startedAt = performance.now();
    const { messages, before, arriving } = await this.memory.getThread(this.#id, { limit: this.#count });
    this.#stored = keepUnchanged(this.#stored, messages, changed);
    this.#before = before;
    this.#answer.read(arriving, startedAt);
    return this.#shown();
  }

  protected hear(changes: MemoryChange[]): boolean {
    const own = changes.filter((change) => change.type === "everything-forgotten" || change.conversationId === this.#id);
    let isTouched = false;
    let added = 0;
    for (const change of own) {
      if (change.type === "answer-progress") {
        this.#answer.heard(change);
        continue;
      }
      isTouched = true;
      if (change.type === "message-added") this.#answer.added(change.messageId);
      if (change.type === "message-added") added += 1;
      if ("messageId" in change) this.#changed.add(change.messageId);
    }
    // So that the oldest one stays in sight; not for a whole import.
    this.#count += Math.min(added, this.#limit);
    if (isTouched) return true;
    if (own.length > 0 && this.#stored.length > 0) this.set(this.#shown());
    return false;
  }

  protected override failed(error: Error): State {
    const isGone = isMemoryError(error) && error.code === "not-found";
    return { ...super.failed(error), ...(isGone && { messages: [], arriving: undefined, hasOlder: false }) };
  }

  #shown(): State {
    const arriving = this.#answer.behind(this.#stored);
    const messages = withArriving(this.#stored, arriving, this.#id);
    return { messages, arriving, hasOlder: this.#before !== undefined, isLoading: false, error: undefined };
  }
}

/** The messages that were read, with the objects of before for those that are the same: components that show these need not be rendered again. */
function keepUnchanged(before: ThreadMessage[], read: ThreadMessage[], changed: Set<string>): ThreadMessage[] {
  const known = new Map(before.map((message) => [message.id, message]));
  return read.map((message) => {
    const old = known.get(message.id);
    const isSame =
      old !== undefined &&
      !changed.has(message.id) &&
      old.seq === message.seq &&
      old.parentId === message.parentId &&
      old.status === message.status &&
      old.siblings.ids.join() === message.siblings.ids.join();
    return isSame ? old : message;
  });
}

class NoThread extends View<State> {
  constructor() {
    super(undefined, NONE);
  }
  protected override async read(): Promise<State> {
    return NONE;
  }
  protected override hear(): boolean {
    return false;
  }
  readonly loadOlder = async (): Promise<void> => {};
  readonly switchBranch = async (): Promise<void> => {};
}

/**
 * The messages of a conversation, as they are now in whatever tab: the newest `limit` (50 by default) of the active branch, older
 * ones by `loadOlder`, and the answer that is arriving. Without an id there are none: a chat that is not begun.
 *
 * @example
 * const { messages, hasOlder, loadOlder } = useThread(conversationId);
 */
export function useThread<M extends object = Metadata>(conversationId: string | undefined, { limit = 50 }: { limit?: number } = {}): ShownThread<M> {
  const { memory, error } = useMemory();
  const view = useMemo(
    () => (conversationId === undefined ? new NoThread() : new ThreadView(memory, conversationId, limit)),
    [memory, conversationId, limit],
  );
  const state = useView<State>(view);
  const shown = { ...state, ...(error && { isLoading: false, error }) };
  return { ...shown, messages: shown.messages as ShownMessage<M>[], loadOlder: view.loadOlder, switchBranch: view.switchBranch };
}
