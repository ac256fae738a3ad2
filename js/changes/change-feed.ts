// Changes of a memory, emitted to those who subscribed to them: by this tab and by all others, once and in their order.
//
// A tab broadcasts its changes after the commit, so they can arrive out of order, or never, when the tab was killed in between.
// So it also says when it begins to change something, and goes on saying so: who listens asks the database when nobody has
// said anything for a while. What comes next, and what is missing, delivery.ts knows.

import { openChannel } from "../concurrency/broadcast-channel.js";
import { yieldToMain } from "../concurrency/scheduler.js";
import type { Change, Core, BroadcastChange } from "../core/core.js";
import { memoryError } from "../errors.js";
import { Delivery } from "./delivery.js";
import { Listeners } from "./listeners.js";

/**
 * What happened to the memory. All but `answer-progress` is told after it was stored; that tells all that has arrived so far of
 * an answer, under the id that its message will have, at most every 100 ms, never before its question was told and never after
 * that message was.
 */
export type MemoryChange =
  | {
      /** A conversation is new, is another one than before (its title, its mark, its branch), or is gone. */
      type: "conversation-created" | "conversation-updated" | "conversation-deleted";
      /** The conversation. */
      conversationId: string;
    }
  | {
      /** A message is new, says something else or follows another one, or is gone. */
      type: "message-added" | "message-updated" | "message-deleted";
      /** The conversation of the message. */
      conversationId: string;
      /** The message. */
      messageId: string;
    }
  | Progress
  | {
      /** Nothing is left of this user. */
      type: "everything-forgotten";
    };

type Progress = {
  /** More has arrived of an answer. */
  type: "answer-progress";
  /** The conversation of the answer. */
  conversationId: string;
  /** The id that the message will have. */
  messageId: string;
  /** All that has arrived so far. */
  content: string;
};

/** Where what arrives of answers is heard of. */
interface Answers {
  /** Before anything is told, also to other tabs, `tellStored` is called. */
  tellBefore(tellStored: () => void): void;
  follow(listener: (progress: Progress) => void): void;
  unfollow(): void;
  /** Until `release` nothing is told of answers of which nothing was told yet. */
  hold(): void;
  release(): void;
  /** Asks what is there. */
  ask(): void;
  /** A message is stored, or a whole conversation gone: nothing more is told of its arriving. */
  over(conversationId: string, messageId?: string): void;
  /** A conversation that was gone is there again. */
  back(conversationId: string): void;
  /** Everything was forgotten. */
  allOver(): void;
}

/** How long a change waits for the ones before it before the database is asked. */
const ASK_DATABASE_AFTER_MS = 200;

/** How long after a question that failed it is asked again. */
const ASK_AGAIN_AFTER_MS = 5 * ASK_DATABASE_AFTER_MS;

/** How often a tab says that it is changing something. */
const SAY_BUSY_EVERY_MS = 1_000;

/** How long after the last word of another tab the database is asked: it may have been killed. */
const ASK_WHEN_QUIET_FOR_MS = 2 * SAY_BUSY_EVERY_MS;

/** The changes of one user's memory. */
export class ChangeFeed {
  readonly #core: Core;
  // Whether no other tab can have this memory.
  readonly #isAlone: boolean;
  readonly #channel: BroadcastChannel | undefined;
  readonly #changed: () => void;
  readonly #answers: Answers;
  readonly #listeners = new Listeners<MemoryChange>();
  // As long as somebody listens.
  #delivery: Delivery | undefined;
  #isAsking = false;
  #askAgain = false;
  #isClosed = false;
  // When this tab has last said anything, and another one was last heard; by a clock that nobody sets.
  #sentAt = -Infinity;
  #heardAt = -Infinity;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #busy: ReturnType<typeof setTimeout> | undefined;
  #quiet: ReturnType<typeof setTimeout> | undefined;

  /** `changed` is told when this tab has changed something. `scope` names the memory among all of this origin's, when other tabs can have it too. */
  constructor(core: Core, answers: Answers, changed: () => void, scope?: string) {
    this.#core = core;
    this.#changed = changed;
    this.#answers = answers;
    this.#isAlone = scope === undefined;
    this.#channel = scope === undefined ? undefined : openChannel(`conversation-memory ${scope}`);
    answers.tellBefore(this.#publishOwn);
    // In a turn of their own: the call that made them need not wait for it, and those of many go together.
    core.listen(this.#begins, () => void yieldToMain().then(this.#publishOwn));
    // There may be no other turn when the page goes.
    if (this.#channel) globalThis.window?.addEventListener("pagehide", this.#publishOwn);
  }

  subscribe(listener: (change: MemoryChange) => void): () => void {
    return this.#begun(() => this.#listeners.add(listener));
  }

  subscribeBatched(listener: (changes: MemoryChange[]) => void): () => void {
    return this.#begun(() => this.#listeners.addBatched(listener));
  }

  #begun(add: () => () => boolean): () => void {
    if (this.#isClosed) throw memoryError("closed", "the memory was closed; open it again to hear of its changes");
    // What was changed before is nothing to whoever listens from now on.
    this.#publishOwn();
    this.#listeners.flush();
    const remove = add();
    if (this.#listeners.size === 1) this.#begin();
    // Not before the caller has the function that stops it.
    queueMicrotask(() => this.#answers.ask());
    return () => {
      if (remove() && this.#listeners.size === 0) this.#end();
    };
  }

  /** Nobody hears anything any more. Calls under way still end, and other tabs hear of them. */
  end(): void {
    this.#publishOwn();
    this.#isClosed = true;
    this.#listeners.clear();
    this.#end();
  }

  /** Lets go of the browser: no call is under way any more. */
  close(): void {
    this.#publishOwn();
    clearTimeout(this.#busy);
    if (this.#channel === undefined) return;
    this.#channel.close();
    globalThis.window?.removeEventListener("pagehide", this.#publishOwn);
  }

  /** This tab begins to change something: if it is killed before it can tell what, the others know that there may be more. */
  readonly #begins = (): void => {
    if (this.#channel === undefined || performance.now() - this.#sentAt < SAY_BUSY_EVERY_MS) return;
    this.#broadcast([]);
    this.#busy ??= setTimeout(this.#stillBusy, SAY_BUSY_EVERY_MS);
  };

  readonly #stillBusy = (): void => {
    this.#busy = undefined;
    if (!isBusy(this.#core)) return;
    this.#broadcast([]);
    this.#busy = setTimeout(this.#stillBusy, SAY_BUSY_EVERY_MS);
  };

  /** Emits what this tab has changed, here and in the other tabs. */
  readonly #publishOwn = (): void => {
    const changes = pendingChanges(this.#core);
    if (changes.length === 0) return;
    this.#changed();
    if (this.#isAlone) return changesOf(changes).forEach(this.#emit);
    this.#broadcast(changes);
    this.#receive(changes);
  };

  #broadcast(changes: BroadcastChange[]): void {
    this.#sentAt = performance.now();
    this.#channel?.postMessage(changes);
  }

  #begin(): void {
    this.#answers.follow((progress) => this.#listeners.tell(progress));
    if (this.#isAlone) return;
    if (this.#channel) {
      this.#channel.onmessage = ({ data }: MessageEvent<BroadcastChange[]>) => {
        this.#heardAt = performance.now();
        this.#quiet ??= setTimeout(this.#askWhenQuiet, ASK_WHEN_QUIET_FOR_MS);
        this.#receive(data);
      };
      this.#channel.onmessageerror = this.#ask;
      // The last word of a tab that is killed now may have come before anybody listened here.
      this.#heardAt = performance.now();
      this.#quiet ??= setTimeout(this.#askWhenQuiet, ASK_WHEN_QUIET_FOR_MS);
    }
    const delivery: Delivery = new Delivery(this.#core.stamp(), (change) => {
      if (this.#delivery === delivery) this.#emit(change);
    });
    this.#delivery = delivery;
    this.#watch("addEventListener");
    this.#ask();
  }

  #end(): void {
    this.#answers.unfollow();
    if (this.#delivery === undefined) return;
    if (this.#channel) this.#channel.onmessage = this.#channel.onmessageerror = null;
    this.#watch("removeEventListener");
    this.#delivery = undefined;
    clearTimeout(this.#waiting);
    clearTimeout(this.#quiet);
    this.#waiting = this.#quiet = undefined;
  }

  /** A page that was put to sleep may have missed something, and there may be nothing after it that would show it. */
  #watch(how: "addEventListener" | "removeEventListener"): void {
    for (const event of ["resume", "visibilitychange"]) globalThis.document?.[how](event, this.#wake);
    globalThis.window?.[how]("pageshow", this.#wake);
  }

  readonly #wake = (): void => {
    this.#ask();
    this.#answers.ask();
  };

  #receive(changes: BroadcastChange[]): void {
    this.#delivery?.receive(changesOf(changes));
    // The answer to a question says how things stand at a moment; what is heard meanwhile waits for it.
    if (!this.#isAsking) this.#deliver();
  }

  #deliver(): void {
    const next = this.#delivery?.flush();
    if (next === "ask") return this.#ask();
    if (next === undefined) return this.#answers.release();
    this.#answers.hold();
    this.#waiting ??= setTimeout(this.#ask, ASK_DATABASE_AFTER_MS);
  }

  readonly #askWhenQuiet = (): void => {
    const left = this.#heardAt + ASK_WHEN_QUIET_FOR_MS - performance.now();
    this.#quiet = left > 0 ? setTimeout(this.#askWhenQuiet, left) : undefined;
    if (left <= 0) this.#ask();
  };

  /** Asks the database what was missed. One question after the other. */
  readonly #ask = (): void => {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#askAgain = this.#isAsking;
    // What arrives of an answer comes behind its question, of which the database may be the first to tell.
    this.#answers.hold();
    if (this.#isAsking) return;
    this.#isAsking = true;
    let hasFailed = false;
    const failed = () => {
      hasFailed = true;
      // Closed meanwhile: there is nothing more to hear. Or a failing disk, for a while.
      if (this.#delivery) this.#waiting ??= setTimeout(this.#ask, ASK_AGAIN_AFTER_MS);
    };
    const ended = () => {
      this.#isAsking = false;
      if (this.#askAgain && this.#delivery) return this.#ask();
      this.#deliver();
      // Nobody knows when it will answer.
      if (hasFailed) this.#answers.release();
    };
    this.#compare().catch(failed).finally(ended);
  };

  async #compare(): Promise<void> {
    const delivery = this.#delivery;
    if (delivery === undefined) return;
    const question = delivery.question();
    const missed = await this.#core.missed(question);
    // Nobody listens any more, or somebody else.
    if (delivery !== this.#delivery) this.#askAgain = true;
    else if (delivery.apply(question, missed)) this.#askAgain = true;
  }

  readonly #emit = ({ type, conversationId, messageId, at }: Partial<Change>): void => {
    if (type === "message-added") this.#answers.over(conversationId!, messageId);
    else if (type === "conversation-deleted") this.#answers.over(conversationId!);
    else if (type === "conversation-created") this.#answers.back(conversationId!);
    else if (type === "everything-forgotten") this.#answers.allOver();
    const change = { type, ...(conversationId && { conversationId }), ...(messageId && { messageId }) } as MemoryChange;
    this.#listeners.tell(change, at);
  };
}

/** Each change by itself. */
function changesOf(broadcast: BroadcastChange[]): Change[] {
  return broadcast.flatMap(({ messageIds, ...change }) => {
    const { revision, end } = change;
    return messageIds?.map((messageId, at) => ({ ...change, messageId, revision: revision + at, end: end + at })) ?? [change];
  });
}

// When the module has failed there is nothing more to emit; the calls themselves have said so.

function pendingChanges(core: Core): BroadcastChange[] {
  try {
    return core.takeChanges();
  } catch {
    return [];
  }
}

function isBusy(core: Core): boolean {
  try {
    return core.isBusy;
  } catch {
    return false;
  }
}
