// How far the changes of a memory were delivered to a subscriber: which come next, and what to ask the database for.
//
// Every change has a number among those of its conversation and the stamp of its call, given in the transaction that made
// it, and says which stamp the conversation had before that. So whoever hears a change knows whether one before it is
// missing; what is missing, or was broadcast by nobody, the database knows (src/ledger/missed.rs).

import type { Change, SyncCursor, MissedChanges } from "../core/core.js";

/** How far the changes of a conversation were delivered. */
interface Delivered {
  revision: number;
  end: number;
  at: number;
  /** It was deleted. It may come back out of a file, with higher numbers. */
  isGone?: boolean;
}

export class Delivery {
  readonly #emit: (change: Partial<Change>) => void;
  // All changes with stamps up to this one were delivered, or are from before; of the later ones those that are known.
  #floor: number;
  readonly #known = new Map<string, Delivered>();
  // When the user was registered, and whose end was delivered last.
  #epoch: string | undefined;
  #forgotten: string | undefined;
  // The newest deletion of which the database has told; none before it was asked.
  #number: number | undefined;
  // Those that were heard of since.
  readonly #deletions = new Set<string>();
  // What has to wait for something before it.
  #held: Change[] = [];

  /** Delivers what is changed after `stamp`. */
  constructor(stamp: number, emit: (change: Partial<Change>) => void) {
    this.#floor = stamp;
    this.#emit = emit;
  }

  receive(changes: Change[]): void {
    // Not as arguments of one call: there may be more than an engine takes.
    for (const change of changes) this.#held.push(change);
  }

  /** Delivers what was received, as far as nothing is missing before it. Whether to ask the database, at once or after a while. */
  flush(): "ask" | "wait" | undefined {
    const held = this.#held.sort(byStamp);
    this.#held = [];
    const forgotten = held.filter(({ type }) => type === "everything-forgotten");
    for (const { epoch } of forgotten) {
      if (this.#hasUser(epoch)) this.#forget(epoch);
    }
    // What came together with it, or before it, may have happened after it: the database says what there is.
    if (forgotten.length > 0) return "ask";
    for (const change of held) if (!this.#emitNext(change)) this.#held.push(change);
    return this.#held.length > 0 ? "wait" : undefined;
  }

  /** What to ask the database. Until it answers nothing may be delivered. */
  question(): SyncCursor {
    const wanted = new Set(this.#held.flatMap(({ conversationId }) => conversationId ?? []));
    const known = [...this.#known].filter(([id, { at }]) => at > this.#floor || wanted.has(id));
    return {
      floor: this.#floor,
      epoch: this.#epoch,
      number: this.#number,
      known: known.map(([conversationId, { revision, end }]) => ({ conversationId, revision, end })),
      wanted: [...wanted],
    };
  }

  /** Delivers what it has answered. Whether to ask again. */
  apply(question: SyncCursor, { forgotten, epoch, number, floor, changes }: MissedChanges): boolean {
    if (forgotten) this.#forget(this.#epoch);
    this.#epoch = epoch;
    if (forgotten) return true;
    for (const change of changes) {
      if (!this.#deletions.has(deletion(change))) this.#deliver(change);
    }
    this.#floor = floor;
    this.#number = number;
    this.#deletions.clear();
    // What has waited for something that is not there waits no more.
    const wanted = new Set(question.wanted);
    for (const change of this.#held.sort(byStamp)) {
      if (wanted.has(change.conversationId!) && !this.#wasDelivered(change)) this.#deliver(change);
    }
    this.#held = this.#held.filter(({ conversationId }) => !wanted.has(conversationId!));
    return false;
  }

  /** Delivers a change, unless one before it is missing: then it has to wait. */
  #emitNext(change: Change): boolean {
    if (this.#wasDelivered(change)) return true;
    const known = this.#known.get(change.conversationId!);
    const isNext =
      known === undefined
        ? change.before <= this.#floor
        : known.isGone
          ? change.before === 0
          : change.revision === known.revision + 1;
    if (isNext) this.#deliver(change);
    return isNext;
  }

  #wasDelivered(change: Change): boolean {
    if (change.number !== undefined && (change.number <= (this.#number ?? 0) || this.#deletions.has(deletion(change)))) return true;
    const known = this.#known.get(change.conversationId!);
    return known !== undefined && change.revision <= known.revision;
  }

  #deliver(change: Change): void {
    const { type, conversationId, revision, end, at } = change;
    const isGone = type === "conversation-deleted";
    if (isGone) this.#deletions.add(deletion(change));
    // What comes back is numbered from the time on at which it does, in the units of stamps.
    this.#known.set(conversationId!, { revision: isGone ? Math.max(revision, at) : revision, end, at, isGone });
    this.#emit(change);
  }

  /** Whether it is this user's end that somebody tells of, and was not delivered yet. */
  #hasUser(epoch: string | undefined): boolean {
    if (this.#epoch === undefined) return epoch === undefined || epoch !== this.#forgotten;
    return epoch === this.#epoch;
  }

  #forget(epoch: string | undefined): void {
    this.#forgotten = epoch;
    this.#epoch = undefined;
    this.#known.clear();
    this.#deletions.clear();
    this.#floor = this.#number = 0;
    this.#held = [];
    this.#emit({ type: "everything-forgotten" });
  }
}

/** In the order in which they were stored, so that what was stored together stays so; also those of one conversation. */
const byStamp = (one: Change, other: Change): number => one.at - other.at || one.revision - other.revision;

const deletion = ({ number, conversationId }: Change): string => `${number} ${conversationId}`;
