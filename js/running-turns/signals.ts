// What tabs tell each other of turns. Nothing depends on it that has to be right: a message that is lost, or that nobody
// is there to hear, costs time and nothing else.

import { openChannel } from "../concurrency/broadcast-channel.js";

/** What is told of turns. */
export type Signal =
  /** An answer has begun to arrive, or has ended to. */
  | { type: "begun" | "ended"; conversationId: string; owner: string }
  /** A question waits, and the tab that asked it may not live to answer it. */
  | { type: "waits"; conversationId: string }
  /** A question waits again: it reached no model, or its tab lets go of it. The tab may not live to ask it once more. */
  | { type: "waits-again"; conversationId: string }
  /** Somebody waits for a turn in this conversation: what only runs by itself, and is silent, should end. */
  | { type: "wanted"; conversationId: string }
  /** What is answered of this question was cancelled. */
  | { type: "cancelled"; conversationId: string; questionId: string }
  /** Who answers is asked whether he lives, and says so. */
  | { type: "asked" | "lives"; owner: string };

/** The channel of one memory's turns between the tabs of an origin. */
export class Signals {
  #channel: BroadcastChannel | undefined;

  /** Without a `scope` there are no other tabs. `hear` is called with what this and other tabs tell. */
  constructor(scope: string | undefined, hear: (signal: Signal, isOwn: boolean) => void) {
    this.#hear = hear;
    this.#channel = scope === undefined ? undefined : openChannel(`conversation-memory: turns ${scope}`);
    if (this.#channel) this.#channel.onmessage = ({ data }: MessageEvent<Signal>) => hear(data, false);
  }

  readonly #hear: (signal: Signal, isOwn: boolean) => void;

  broadcast(signal: Signal): void {
    this.#hear(signal, true);
    this.#channel?.postMessage(signal);
  }

  close(): undefined {
    this.#channel?.close();
    this.#channel = undefined;
  }
}
