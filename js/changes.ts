// Changes of a memory, told to those who subscribed to them: by this tab and by all others, once and in their order.
//
// Every change has a number among those of its conversation, given in the transaction that made it. A tab tells its
// changes after the commit, so they can arrive out of order, or never, when the tab was killed in between. The number of
// the next change shows that something is missing, or the lock of the dead tab (authors.ts), and the database says what.

import { Author, Watch } from "./authors.js";
import { call } from "./callbacks.js";
import { memoryError } from "./errors.js";
import { turn } from "./exchange/pace.js";
import type { Change, Core, Progress } from "./core/core.js";

/** What happened to the memory. */
export type MemoryChange =
  | { type: "conversation-created" | "conversation-updated" | "conversation-deleted"; conversationId: string }
  | { type: "message-added" | "message-updated"; conversationId: string; messageId: string }
  | { type: "everything-forgotten" };

type Listener = (change: MemoryChange) => void;

/** What goes from tab to tab: the changes, and the name of the lock that their author holds. */
interface Told {
  author: string;
  changes: Change[];
}

/** How long a change waits for the ones before it, in milliseconds, before the database is asked. */
const PATIENCE = 200;

/** The changes of one user's memory. */
export class Changes {
  readonly #core: Core;
  readonly #listeners = new Set<Listener>();
  // None where no other tab can have this memory.
  readonly #channel: BroadcastChannel | undefined;
  readonly #author: Author;
  readonly #others = new Watch(() => this.#catchUp());
  // What of every conversation was told already; none as long as it is not known what there was at the beginning.
  #told: Map<string, Progress> | undefined;
  // Those of them that were there at the beginning, and of which nothing was told since.
  #found = new WeakSet<Progress>();
  // What has to wait for something before it.
  #held: Change[] = [];
  // What was told to be deleted while the database is asked what there is.
  readonly #deleted = new Set<string>();
  // One comparison after the other.
  #isComparing = false;
  #compareAgain = false;
  #isClosed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `place` names the memory among all of this origin's, when other tabs can have it too. */
  constructor(core: Core, place?: string) {
    this.#core = core;
    this.#channel = place === undefined ? undefined : channelOf(`conversation-memory ${place}`);
    this.#author = new Author(`conversation-memory: author ${core.newId()}`);
    // Told in a turn of their own: the call that made them need not wait for it, and those of many go together.
    core.listen(() => void turn().then(this.#tellOwn));
    // There may be no other turn when the page goes.
    if (this.#channel) globalThis.window?.addEventListener("pagehide", this.#tellOwn);
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

  /** Tells what this tab has changed. */
  readonly #tellOwn = (): void => {
    const changes = untold(this.#core);
    if (changes.length === 0) return;
    if (this.#channel) {
      this.#author.changes();
      this.#channel.postMessage({ author: this.#author.name, changes } satisfies Told);
    }
    this.#receive(changes);
  };

  /** Nobody hears anything any more. Calls under way still end, and other tabs hear of them. */
  end(): void {
    this.#tellOwn();
    this.#isClosed = true;
    this.#listeners.clear();
    this.#end();
  }

  /** Lets go of the browser: no call is under way any more. */
  close(): void {
    this.#tellOwn();
    this.#author.rests();
    if (this.#channel === undefined) return;
    this.#channel.close();
    globalThis.window?.removeEventListener("pagehide", this.#tellOwn);
  }

  #begin(): void {
    if (this.#channel) {
      this.#channel.onmessage = ({ data: { author, changes } }: MessageEvent<Told>) => {
        this.#others.on(author);
        this.#receive(changes);
      };
      this.#channel.onmessageerror = this.#catchUp;
    }
    this.#watch("addEventListener");
    this.#catchUp();
  }

  #end(): void {
    if (this.#channel) this.#channel.onmessage = this.#channel.onmessageerror = null;
    this.#watch("removeEventListener");
    this.#others.end();
    clearTimeout(this.#timer);
    this.#timer = this.#told = undefined;
    this.#held = [];
  }

  /** A page that was put to sleep may have missed something, and there may be nothing after it that would show it. */
  #watch(how: "addEventListener" | "removeEventListener"): void {
    for (const event of ["resume", "visibilitychange"]) globalThis.document?.[how](event, this.#catchUp);
    globalThis.window?.[how]("pageshow", this.#catchUp);
  }

  #receive(changes: Change[]): void {
    if (this.#listeners.size === 0) return;
    if (changes.some(({ type }) => type === "everything-forgotten")) {
      this.#told = new Map();
      this.#held = [];
      this.#tell({ type: "everything-forgotten" });
      // What came together with it, or before it, may have happened after it.
      this.#catchUp();
    } else {
      // Not as arguments of one call: there may be more than an engine takes.
      for (const change of changes) this.#held.push(change);
      this.#tellHeld();
    }
  }

  /** Tells what is held, as far as nothing is missing before it. */
  #tellHeld(): void {
    const told = this.#told;
    if (told === undefined) return;
    const held = this.#held.sort((one, other) => one.revision - other.revision);
    this.#held = [];
    for (const change of held) if (!this.#tellNext(told, change)) this.#held.push(change);
    if (this.#held.length > 0) this.#timer ??= setTimeout(this.#catchUp, PATIENCE);
  }

  /** Tells a change, unless one before it is missing: then it has to wait. */
  #tellNext(told: Map<string, Progress>, change: Change): boolean {
    const { type, conversationId = "", revision, end } = change;
    let progress = told.get(conversationId);
    if (progress !== undefined && revision <= progress.revision) {
      if (!this.#found.has(progress)) return true;
      // It was found among what there was, but is heard of only now: it may have been made since the subscription.
      progress = before(change);
    }
    if (type !== "conversation-created" && progress?.revision !== revision - 1) return false;
    if (type === "conversation-deleted") {
      told.delete(conversationId);
      this.#deleted.add(conversationId);
    } else {
      told.set(conversationId, { conversationId, revision, end, updated: [] });
    }
    this.#tell(change);
    return true;
  }

  /** Compares what was told with what there is, and tells the difference. */
  readonly #catchUp = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isComparing) {
      this.#compareAgain = true;
      return;
    }
    this.#isComparing = true;
    const failed = () => {
      // Closed meanwhile: there is nothing more to hear. Or a failing disk, for a while.
      if (this.#listeners.size > 0) this.#timer ??= setTimeout(this.#catchUp, 5 * PATIENCE);
    };
    const ended = () => {
      this.#isComparing = false;
      if (this.#compareAgain) this.#catchUp();
    };
    this.#compare().catch(failed).finally(ended);
  };

  async #compare(): Promise<void> {
    this.#compareAgain = false;
    const told = this.#told;
    const known = new Map(told);
    const held = new Set(this.#held);
    this.#deleted.clear();
    const there = await this.#core.progress();
    const added = new Map<string, string[]>();
    for (const { conversationId, revision, end } of told === undefined ? [] : there) {
      const before = known.get(conversationId);
      // It was deleted and came back out of a file: its changes are counted anew.
      if (before !== undefined && revision < before.revision && told?.get(conversationId) === before) {
        told.delete(conversationId);
        known.delete(conversationId);
        this.#tell({ type: "conversation-deleted", conversationId });
      }
      const from = known.get(conversationId)?.end ?? 0;
      if (end > from) added.set(conversationId, await this.#core.messageIds(conversationId, from).catch(() => []));
    }
    // Nobody listens any more, everything was forgotten, or another comparison was faster.
    if (this.#listeners.size === 0 || told !== this.#told) return;
    if (told === undefined) {
      // What this tab has changed meanwhile is in the rows, but may not have had its turn yet.
      this.#tellOwn();
      this.#begun(there);
    } else {
      this.#tellMissed(told, known, there, added);
      this.#held = this.#held.filter((change) => !held.has(change) || told.has(change.conversationId ?? ""));
    }
    this.#tellHeld();
  }

  /** What was heard before it was known what there is has happened since the subscription; the rest was there before. */
  #begun(there: Progress[]): void {
    const told = new Map(there.map((progress) => [progress.conversationId, progress]));
    this.#found = new WeakSet(there);
    for (const change of this.#held) {
      const progress = told.get(change.conversationId!);
      if (progress === undefined || change.revision <= progress.revision) told.set(change.conversationId!, before(change));
    }
    this.#told = told;
  }

  /** `known` is what was told when the database was asked; meanwhile more may have been. */
  #tellMissed(
    told: Map<string, Progress>,
    known: Map<string, Progress>,
    there: Progress[],
    added: Map<string, string[]>,
  ): void {
    for (const progress of there) {
      const { conversationId, revision, end, updated } = progress;
      const before = told.get(conversationId) ?? { revision: 0, end: 0 };
      if (before.revision >= revision || this.#deleted.has(conversationId)) continue;
      const from = known.get(conversationId)?.end ?? 0;
      const messages = (added.get(conversationId) ?? []).slice(before.end - from, end - from);
      const updates = updated.filter((update) => update.revision > before.revision);
      const isNew = !told.has(conversationId);
      told.set(conversationId, progress);
      if (isNew) this.#tell({ type: "conversation-created", conversationId });
      // What neither a message nor a known update explains was a change of the conversation, or updates too many to know.
      const rest = revision - before.revision - messages.length - updates.length - (isNew ? 1 : 0);
      if (rest > 0) this.#tell({ type: "conversation-updated", conversationId });
      for (const messageId of messages) this.#tell({ type: "message-added", conversationId, messageId });
      for (const { messageId } of updates) this.#tell({ type: "message-updated", conversationId, messageId });
    }
    const ids = new Set(there.map(({ conversationId }) => conversationId));
    for (const [conversationId, progress] of known) {
      if (ids.has(conversationId) || told.get(conversationId) !== progress) continue;
      told.delete(conversationId);
      this.#tell({ type: "conversation-deleted", conversationId });
    }
  }

  #tell({ type, conversationId, messageId }: Partial<Change>): void {
    const change = { type, ...(conversationId && { conversationId }), ...(messageId && { messageId }) } as MemoryChange;
    // Each has its own: what one does to it is nothing to the others.
    for (const listener of [...this.#listeners]) call(listener, { ...change });
  }
}

/** How far its conversation was before the change. */
function before({ type, conversationId, revision, end }: Change): Progress {
  const added = type === "message-added" ? 1 : 0;
  return { conversationId: conversationId!, revision: revision - 1, end: end - added, updated: [] };
}

/** None where the browser has no channels, or forbids them. */
function channelOf(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined;
  }
}

function untold(core: Core): Change[] {
  try {
    return core.takeChanges();
  } catch {
    // The module has failed; the calls themselves have said so.
    return [];
  }
}
