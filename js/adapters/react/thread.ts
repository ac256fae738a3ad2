// The messages of a conversation as a screen shows them: the active branch from its newest end, and the answer that arrives.

import { useMemo, useSyncExternalStore } from "react";
import type { MemoryChange } from "../../changes/change-feed.js";
import type { Arriving, Metadata } from "../../core/core.js";
import { isMemoryError } from "../../errors.js";
import type { AnyManager } from "../../manager/manager.js";
import type { Thread, ThreadMessage } from "../../manager/records.js";
import { cursorOf, threadAround } from "./around.js";
import { ArrivingAnswerView, withArriving, withoutOthers } from "./arriving.js";
import { useShared } from "./provider.js";
import { IDLE } from "./turns.js";
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
  hasNewer: boolean;
}

/** Which messages `useThread` shows. */
export interface UseThreadOptions {
  /** The size of a page. Default 50. */
  limit?: number;
  /** The id of a message, such as one that a search has found: the page around it, in place of the newest one. When it is not there the newest. */
  around?: string;
}

/** What `useThread` gives. */
export interface ShownThread<M extends object = Metadata> extends Loading {
  /**
   * The active branch, oldest first, with the answer that arrives behind its question: under the id that it will have, with the
   * status "streaming". While a question is answered again its other answers are not among them: in this page from the start, in
   * others as soon as something has arrived.
   */
  messages: ShownMessage<M>[];
  /** The answer that arrives, in whatever tab. */
  arriving: Arriving | undefined;
  /** Whether there are older ones. */
  hasOlder: boolean;
  /** Reads the page before these. */
  loadOlder: () => Promise<void>;
  /** Whether there are newer ones: only of a thread around a message, where it does not reach the end yet. */
  hasNewer: boolean;
  /** Reads the page behind these. */
  loadNewer: () => Promise<void>;
  /** Makes the branch through this message the active one: one of a message's `siblings.ids`. */
  switchBranch: (messageId: string) => Promise<void>;
}

const EMPTY: State = { messages: [], arriving: undefined, hasOlder: false, hasNewer: false, isLoading: true, error: undefined };
const NONE: State = { ...EMPTY, isLoading: false };

class ThreadView extends View<State> {
  readonly #id: string;
  readonly #limit: number;
  /** What was read of the active branch. */
  #stored: ThreadMessage[] = [];
  /** A cursor for what stands before it. */
  #before: string | undefined;
  /** A cursor for what stands behind it. */
  #after: string | undefined;
  /** How many are to be read: the newest, or those up to the one around which it is. */
  #count: number;
  /** How many behind that one. */
  #newer = 0;
  /** The message around which it is, until it was looked for; and its cursor then. */
  #around: string | undefined;
  #cursor: string | undefined;
  /** What has changed since it was read. */
  #changed = new Set<string>();
  readonly #answer = new ArrivingAnswerView(() => void this.refresh());
  #loading = new Set<"older" | "newer">();

  constructor(memory: AnyManager | undefined, id: string, { limit, around }: { limit: number; around: string | undefined }) {
    super(memory, EMPTY);
    this.#id = id;
    this.#count = this.#limit = limit;
    this.#around = around;
  }

  readonly loadOlder = (): Promise<void> =>
    this.#load("older", async () => {
      if (this.#before === undefined) return;
      const { messages, before } = await this.memory.getThread(this.#id, { before: this.#before, limit: this.#limit });
      this.#stored = [...messages, ...this.#stored];
      this.#before = before;
      this.#count += messages.length;
    });

  readonly loadNewer = (): Promise<void> =>
    this.#load("newer", async () => {
      if (this.#after === undefined) return;
      const { messages, after } = await this.memory.getThread(this.#id, { after: this.#after, limit: this.#limit });
      this.#stored = [...this.#stored, ...messages];
      this.#after = after;
      this.#newer += messages.length;
    });

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
    const { messages, before, after, arriving } = await this.#screen();
    this.#stored = keepUnchanged(this.#stored, messages, changed);
    [this.#before, this.#after] = [before, after];
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
    if (this.#cursor === undefined) this.#count += Math.min(added, this.#limit);
    else if (this.#after === undefined) this.#newer += Math.min(added, this.#limit);
    if (isTouched) return true;
    if (own.length > 0 && this.#stored.length > 0) this.set(this.#shown());
    return false;
  }

  protected override failed(error: Error): State {
    const isGone = isMemoryError(error) && error.code === "not-found";
    return { ...super.failed(error), ...(isGone && { messages: [], arriving: undefined, hasOlder: false, hasNewer: false }) };
  }

  async #screen(): Promise<Thread> {
    if (this.#around !== undefined) {
      this.#cursor = await cursorOf(this.memory, this.#id, this.#around);
      this.#around = undefined;
      if (this.#cursor !== undefined) this.#newer = Math.max(1, Math.floor(this.#limit / 2));
      this.#count = Math.max(1, this.#limit - this.#newer);
    }
    if (this.#cursor === undefined) return this.memory.getThread(this.#id, { limit: this.#count });
    return threadAround(this.memory, this.#id, { cursor: this.#cursor, older: this.#count, newer: this.#newer });
  }

  async #load(way: "older" | "newer", work: () => Promise<void>): Promise<void> {
    // Whoever scrolls asks more than once for the same page.
    if (this.#loading.has(way)) return;
    this.#loading.add(way);
    await this.run(async () => (await work(), this.#shown()));
    this.#loading.delete(way);
  }

  #shown(): State {
    const [hasOlder, hasNewer] = [this.#before !== undefined, this.#after !== undefined];
    const arriving = this.#answer.behind(this.#stored, hasNewer);
    const messages = withArriving(this.#stored, arriving, this.#id);
    return { messages, arriving, hasOlder, hasNewer, isLoading: false, error: undefined };
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
  readonly loadNewer = async (): Promise<void> => {};
  readonly switchBranch = async (): Promise<void> => {};
}

/**
 * The messages of a conversation, as they are now in whatever tab: the newest `limit` (50 by default) of the active branch, or the
 * page around one of them, older and newer ones by `loadOlder` and `loadNewer`, and the answer that is arriving. Without an id there
 * are none: a chat that is not begun.
 *
 * @example
 * const { messages, hasOlder, loadOlder } = useThread(conversationId);
 */
export function useThread<M extends object = Metadata>(conversationId: string | undefined, { limit = 50, around }: UseThreadOptions = {}): ShownThread<M> {
  const { memory, error, turns } = useShared();
  const view = useMemo(
    () => (conversationId === undefined ? new NoThread() : new ThreadView(memory, conversationId, { limit, around })),
    [memory, conversationId, limit, around],
  );
  const state = useView<State>(view);
  const { again } = useSyncExternalStore(turns.subscribe, () => (conversationId === undefined ? IDLE : turns.stateOf(conversationId)), () => IDLE);
  const messages = useMemo(() => (state.arriving ? state.messages : withoutOthers(state.messages, again)), [state, again]);
  const { loadOlder, loadNewer, switchBranch } = view;
  return { ...state, ...(error && { isLoading: false, error }), messages: messages as ShownMessage<M>[], loadOlder, loadNewer, switchBranch };
}
