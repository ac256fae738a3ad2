// The answer that arrives in a conversation: from what was saved of it, and what is told while it arrives, whichever is newer.

import type { TurnBegun } from "../../agent/options.js";
import type { Arriving } from "../../core/core.js";
import type { ThreadMessage } from "../../manager/records.js";
import type { AnswerProgress } from "../../running-turns/answer-progress.js";
import type { ShownMessage } from "./thread.js";

/** An answer that is told is saved after 250 ms at the latest; one that is not there after so long is over. */
const SAVED_AFTER_MS = 1_000;

export class ArrivingAnswerView {
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

  /** It, where its question is one of these messages; `hasNewer` where these do not reach the end. */
  behind(messages: readonly ThreadMessage[], hasNewer: boolean): Arriving | undefined {
    const answer = this.#newest(hasNewer ? undefined : messages.at(-1));
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
  const { upTo, behind, waiting } = around(messages, parentId);
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
  return [...upTo, shown, ...waiting];
}

/** The messages without the other answers of questions that this page has answered again, of which nothing has arrived yet. */
export function withoutOthers<Shown extends Pick<ShownMessage, "id" | "status">>(messages: Shown[], again: readonly TurnBegun[]): Shown[] {
  for (const { questionId, messageId } of again) {
    const { upTo, behind, waiting } = around(messages, questionId);
    const isOfOthers = upTo.length > 0 && behind.some(({ status }) => status !== "queued") && !behind.some(({ id }) => id === messageId);
    if (isOfOthers) return [...upTo, ...waiting];
  }
  return messages;
}

/** Up to a question, and behind it; among these the questions that wait. */
function around<Shown extends Pick<ShownMessage, "id" | "status">>(messages: readonly Shown[], questionId: string) {
  const end = messages.findIndex(({ id }) => id === questionId) + 1;
  const behind = messages.slice(end);
  return { upTo: messages.slice(0, end), behind, waiting: behind.filter(({ status }) => status === "queued") };
}
