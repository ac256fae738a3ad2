// Changes of a memory, told to those who subscribed to them: by this tab and by all others, once and in their order.
//
// A tab tells its changes after the commit, so they can arrive out of order, or never, when the tab was killed in between.
// So it also says when it begins to change something, and goes on saying so: who listens asks the database when nobody has
// said anything for a while. What comes next, and what is missing, hearing.ts knows.

import { call } from "../concurrency/callbacks.js";
import { memoryError } from "../errors.js";
import { yieldToMain } from "../concurrency/scheduler.js";
import { Hearing } from "./delivery.js";
import type { Change, Core, ToldChange } from "../core/core.js";

/** What happened to the memory. */
export type MemoryChange =
  | { type: "conversation-created" | "conversation-updated" | "conversation-deleted"; conversationId: string }
  | { type: "message-added" | "message-updated"; conversationId: string; messageId: string }
  | { type: "everything-forgotten" };

type Listener = (change: MemoryChange) => void;

/** How long a change waits for the ones before it before the database is asked, in milliseconds. */
const PATIENCE = 200;

/** How often a tab says that it is changing something, in milliseconds. */
const BUSY = 1_000;

/**
 * How long what was changed behind other changes waits to be said together with more, in milliseconds: saying something takes
 * nearly a tenth of the time of storing a message.
 */
const TOGETHER = 20;

/** How long after the last word of another tab the database is asked, in milliseconds: it may have been killed. */
const QUIET = 2 * BUSY;

/** The changes of one user's memory. */
export class Changes {
  readonly #core: Core;
  // Whether no other tab can have this memory.
  readonly #isAlone: boolean;
  readonly #channel: BroadcastChannel | undefined;
  readonly #listeners = new Set<Listener>();
  // As long as somebody listens.
  #hearing: Hearing | undefined;
  #isAsking = false;
  #askAgain = false;
  #isClosed = false;
  // What the other tabs are not told yet.
  #unsaid: ToldChange[] = [];
  #saying: ReturnType<typeof setTimeout> | undefined;
  // When this tab has last said anything, and another one was last heard.
  #saidAt = 0;
  #heardAt = 0;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #busy: ReturnType<typeof setTimeout> | undefined;
  #quiet: ReturnType<typeof setTimeout> | undefined;

  /** `place` names the memory among all of this origin's, when other tabs can have it too. */
  constructor(core: Core, place?: string) {
    this.#core = core;
    this.#isAlone = place === undefined;
    this.#channel = place === undefined ? undefined : channelOf(`conversation-memory ${place}`);
    // Told in a turn of their own: the call that made them need not wait for it, and those of many go together.
    core.listen(this.#begins, () => void yieldToMain().then(this.#tellOwn));
    // There may be no other turn when the page goes.
    if (this.#channel) globalThis.window?.addEventListener("pagehide", this.#tellAll);
  }

  subscribe(listener: Listener): () => void {
    if (this.#isClosed) throw memoryError("closed", "the memory was closed; open it again to hear of its changes");
    // What was changed before is nothing to whoever listens from now on.
    this.#tellOwn();
    // One listener may be given twice, and stopped once.
    const own: Listener = (change) => listener(change);
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#begin();
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#end();
    };
  }

  /** Nobody hears anything any more. Calls under way still end, and other tabs hear of them. */
  end(): void {
    this.#tellAll();
    this.#isClosed = true;
    this.#listeners.clear();
    this.#end();
  }

  /** Lets go of the browser: no call is under way any more. */
  close(): void {
    this.#tellAll();
    clearTimeout(this.#busy);
    if (this.#channel === undefined) return;
    this.#channel.close();
    globalThis.window?.removeEventListener("pagehide", this.#tellAll);
  }

  /** This tab begins to change something: if it is killed before it can tell what, the others know that there may be more. */
  readonly #begins = (): void => {
    if (this.#channel === undefined || Date.now() - this.#saidAt < BUSY) return;
    this.#say();
    this.#busy ??= setTimeout(this.#stillBusy, BUSY);
  };

  readonly #stillBusy = (): void => {
    this.#busy = undefined;
    if (!isBusy(this.#core)) return;
    this.#say();
    this.#busy = setTimeout(this.#stillBusy, BUSY);
  };

  /** Tells what this tab has changed. */
  readonly #tellOwn = (): void => {
    const changes = untold(this.#core);
    if (changes.length === 0) return;
    if (this.#isAlone) return changesOf(changes).forEach(this.#tell);
    // What comes together with the end of everything may have been stored after it: what was before goes first.
    if (this.#unsaid.length > 0 && changes.some(({ type }) => type === "everything-forgotten")) this.#say();
    for (const change of changes) this.#unsaid.push(change);
    // The timers of a page that is not seen may sleep for a minute.
    if (Date.now() - this.#saidAt >= TOGETHER || globalThis.document?.hidden) this.#say();
    else this.#saying ??= setTimeout(this.#say, TOGETHER);
    this.#receive(changes);
  };

  /** The same without leaving anything for later. */
  readonly #tellAll = (): void => {
    this.#tellOwn();
    if (this.#unsaid.length > 0) this.#say();
  };

  readonly #say = (): void => {
    clearTimeout(this.#saying);
    this.#saying = undefined;
    this.#saidAt = Date.now();
    const changes = this.#unsaid;
    this.#unsaid = [];
    this.#channel?.postMessage(changes);
  };

  #begin(): void {
    if (this.#isAlone) return;
    if (this.#channel) {
      this.#channel.onmessage = ({ data }: MessageEvent<ToldChange[]>) => {
        this.#heardAt = Date.now();
        this.#quiet ??= setTimeout(this.#askWhenQuiet, QUIET);
        this.#receive(data);
      };
      this.#channel.onmessageerror = this.#ask;
    }
    const hearing: Hearing = new Hearing(this.#core.stamp(), (change) => {
      if (this.#hearing === hearing) this.#tell(change);
    });
    this.#hearing = hearing;
    this.#watch("addEventListener");
    this.#ask();
  }

  #end(): void {
    if (this.#hearing === undefined) return;
    if (this.#channel) this.#channel.onmessage = this.#channel.onmessageerror = null;
    this.#watch("removeEventListener");
    this.#hearing = undefined;
    clearTimeout(this.#waiting);
    clearTimeout(this.#quiet);
    this.#waiting = this.#quiet = undefined;
  }

  /** A page that was put to sleep may have missed something, and there may be nothing after it that would show it. */
  #watch(how: "addEventListener" | "removeEventListener"): void {
    for (const event of ["resume", "visibilitychange"]) globalThis.document?.[how](event, this.#ask);
    globalThis.window?.[how]("pageshow", this.#ask);
  }

  #receive(changes: ToldChange[]): void {
    this.#hearing?.hear(changesOf(changes));
    // The answer to a question says how things stand at a moment; what is heard meanwhile waits for it.
    if (!this.#isAsking) this.#go();
  }

  #go(): void {
    const next = this.#hearing?.tell();
    if (next === "ask") this.#ask();
    else if (next === "wait") this.#waiting ??= setTimeout(this.#ask, PATIENCE);
  }

  readonly #askWhenQuiet = (): void => {
    const left = this.#heardAt + QUIET - Date.now();
    this.#quiet = left > 0 ? setTimeout(this.#askWhenQuiet, left) : undefined;
    if (left <= 0) this.#ask();
  };

  /** Asks the database what was missed. One question after the other. */
  readonly #ask = (): void => {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#askAgain = this.#isAsking;
    if (this.#isAsking) return;
    this.#isAsking = true;
    const failed = () => {
      // Closed meanwhile: there is nothing more to hear. Or a failing disk, for a while.
      if (this.#hearing) this.#waiting ??= setTimeout(this.#ask, 5 * PATIENCE);
    };
    const ended = () => {
      this.#isAsking = false;
      if (this.#askAgain && this.#hearing) this.#ask();
      else this.#go();
    };
    this.#compare().catch(failed).finally(ended);
  };

  async #compare(): Promise<void> {
    const hearing = this.#hearing;
    if (hearing === undefined) return;
    const question = hearing.question();
    const missed = await this.#core.missed(question);
    // Nobody listens any more, or somebody else.
    if (hearing !== this.#hearing) this.#askAgain = true;
    else if (hearing.answer(question, missed)) this.#askAgain = true;
  }

  readonly #tell = ({ type, conversationId, messageId }: Partial<Change>): void => {
    const change = { type, ...(conversationId && { conversationId }), ...(messageId && { messageId }) } as MemoryChange;
    // Each has its own: what one does to it is nothing to the others.
    for (const listener of [...this.#listeners]) call(listener, { ...change });
  };
}

/** Each change by itself. */
function changesOf(told: ToldChange[]): Change[] {
  return told.flatMap(({ messageIds, ...change }) => {
    const { revision, end } = change;
    return messageIds?.map((messageId, at) => ({ ...change, messageId, revision: revision + at, end: end + at })) ?? [change];
  });
}

/** None where the browser has no channels, or forbids them. */
function channelOf(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined;
  }
}

// When the module has failed there is nothing more to tell; the calls themselves have said so.

function untold(core: Core): ToldChange[] {
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
