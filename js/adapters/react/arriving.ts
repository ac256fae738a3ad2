// The answer that arrives in a conversation: from what was saved of it, and what is told while it arrives, whichever is newer.

import type { Arriving } from "../../core/core.js";
import type { ThreadMessage } from "../../manager/records.js";
import type { AnswerProgress } from "../../running-turns/answer-progress.js";
import type { ShownMessage } from "./thread.js";

/** An answer that is told is saved after 250 ms at the latest; one that is not there after so long is over. */
const SAVED_AFTER_MS = 1_000;

export class ArrivingAnswer {
  readonly #look: () => void;
  #saved: Arriving | undefined;
  #heard: { messageId: string; content: string; at: number } | undefined;

  /** `look` is called when it is to be read whether it is still there. */
  constructor(look: () => void) {
    this.#look = look;
  }

  /** More of it was told. */
  heard({ messageId, content }: AnswerProgress): void {
    const isKnown = this.#saved?.messageId === messageId || this.#heard?.messageId === messageId;
    this.#heard = { messageId, content, at: performance.now() };
    // Which question it answers is in what is saved.
    if (!isKnown) this.#look();
  }

  /** A message was added. */
  added(messageId: string): void {
    if (this.#heard?.messageId === messageId) this.#heard = undefined;
  }

  /** What is saved, by a read that began at that time. */
  read(saved: Arriving | undefined, startedAt: number): void {
    this.#saved = saved;
    if (this.#heard === undefined || saved?.messageId === this.#heard.messageId) return;
    if (startedAt - this.#heard.at > SAVED_AFTER_MS) this.#heard = undefined;
    else setTimeout(this.#look, SAVED_AFTER_MS + 50);
  }

  /** It, where its question is one of these messages. */
  behind(messages: readonly ThreadMessage[]): Arriving | undefined {
    const answer = this.#newest(messages.at(-1));
    const isOver = answer === undefined || messages.some(({ id }) => id === answer.messageId);
    return isOver || !messages.some(({ id }) => id === answer.parentId) ? undefined : answer;
  }

  #newest(last: ThreadMessage | undefined): Arriving | undefined {
    const [saved, heard] = [this.#saved, this.#heard];
    if (heard === undefined) return saved;
    const { messageId, content } = heard;
    if (saved?.messageId === messageId) return content.length >= saved.content.length ? { ...saved, content } : saved;
    // Not saved yet: most likely it answers the question at the end.
    return last?.role === "user" ? { messageId, content, parentId: last.id } : undefined;
  }
}

/** The messages with the answer behind its question, in the place of other answers; questions that wait stay behind it. */
export function withArriving(messages: readonly ThreadMessage[], answer: Arriving | undefined, conversationId: string): ShownMessage[] {
  if (answer === undefined) return [...messages];
  const { messageId: id, parentId, content } = answer;
  const place = messages.findIndex((message) => message.id === parentId) + 1;
  const behind = messages.slice(place);
  const others = behind[0]?.role === "user" ? [] : (behind[0]?.siblings.ids ?? []);
  const ids = [...others, id];
  const shown: ShownMessage = {
    id,
    conversationId,
    parentId,
    role: "assistant",
    content,
    metadata: {},
    status: "streaming",
    createdAt: new Date().toISOString(),
    siblings: { index: ids.length - 1, count: ids.length, ids },
  };
  return [...messages.slice(0, place), shown, ...behind.filter(({ status }) => status === "queued")];
}
