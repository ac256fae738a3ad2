// What has arrived of answers, told while they arrive: to who listens in this tab, and in others by a channel. Nothing of it
// is stored, and nothing depends on it: a piece that is lost is part of the next one, and of the message.

import { openChannel } from "../concurrency/broadcast-channel.js";

/** What has arrived of an answer so far: all of it, under the id that its message will have. */
export interface AnswerProgress {
  type: "answer-progress";
  conversationId: string;
  messageId: string;
  content: string;
}

/** An answer is told at most so often, … */
const TELL_EVERY_MS = 100;

/** … and a long one less: all of it goes each time, so the pause grows by as much again with each so many characters. */
const LONG_CHARACTERS = 64 * 1024;

/** Other tabs are asked whether they still listen when they have not said so for so many pieces, … */
const ASK_AFTER_PIECES = 5;

/** … and told nothing more after so many. */
const GIVE_UP_AFTER_PIECES = 20;

/** No piece is under way for longer. */
const MAX_UNDER_WAY_MS = 10_000;

/** So many keys of what is over are kept. */
const MAX_REMEMBERED = 1_000;

/** What tabs tell each other of answers. */
type TabMessage =
  | { type: "arrived"; progress: AnswerProgress; sentAt: number; asks: boolean }
  /** Somebody begins to listen, and wants to know what is there. */
  | { type: "follows" }
  /** The answer of one who listens to one who asks. */
  | { type: "listens" };

/** A conversation, or a message of it: in another conversation another message may have the same id. */
const keyOf = (conversationId: string, messageId?: string): string => JSON.stringify([conversationId, messageId]);

/** A time that nobody sets back. All tabs of a device have it in common, until it sleeps. */
const now = (): number => performance.timeOrigin + performance.now();

/** The answers that arrive in one memory, in whatever tab. */
export class AnswersArriving {
  readonly #channelName: string | undefined;
  #channel: BroadcastChannel | undefined;
  readonly #own = new Set<ArrivingAnswer>();
  #listener: ((progress: AnswerProgress) => void) | undefined;
  #tellStored: (() => void) | undefined;
  // While it is not known what was stored before: the newest piece of each answer of which none was told yet, …
  #held: Map<string, AnswerProgress> | undefined;
  // … and those of which one was: their questions are known.
  readonly #told = new Set<string>();
  // Pieces since another tab last said that it listens. Before one does, only the first of each answer is told.
  #unanswered = GIVE_UP_AFTER_PIECES;
  // Messages that are stored and conversations that are gone: what was sent before that may still be under way. And since
  // when they are known.
  readonly #over = new Set<string>();
  #since = 0;
  // Counts the times that somebody began to listen, or everything was forgotten. After that only of conversations that are there
  // again anything is told: other tabs may not have heard of it.
  #era = 0;
  #thereAgain: Set<string> | undefined;

  /** `scope` names the memory among all of this origin's, when other tabs can have it too. */
  constructor(scope?: string) {
    this.#channelName = scope === undefined ? undefined : `conversation-memory: answers ${scope}`;
  }

  /** An answer begins to arrive in this tab; `text` gives what there is of it. */
  begin(conversationId: string, messageId: string, text: () => string): ArrivingAnswer {
    const answer = new ArrivingAnswer(this, () => ({ type: "answer-progress", conversationId, messageId, content: text() }), () => {
      this.#held?.delete(keyOf(conversationId, messageId));
      this.#own.delete(answer);
      this.#closeIfUnused();
    });
    this.#own.add(answer);
    this.#open();
    this.#unanswered = Math.min(this.#unanswered, GIVE_UP_AFTER_PIECES - 1);
    return answer;
  }

  /** Before anything is told, `tellStored` tells what this tab has stored: that may be the question of an answer, or its end. */
  tellBefore(tellStored: () => void): void {
    this.#tellStored = tellStored;
  }

  /** From now on `listener` is told what arrives. */
  follow(listener: (progress: AnswerProgress) => void): void {
    this.#beginAnew();
    this.#era += 1;
    this.#thereAgain = undefined;
    this.#told.clear();
    this.#listener = listener;
    this.#open();
  }

  /** Has what is there told once more, to one who begins to listen or has slept. */
  ask(): void {
    if (this.#listener === undefined) return;
    this.#post({ type: "follows" });
    for (const answer of this.#own) answer.tellAgain();
  }

  unfollow(): void {
    this.#listener = this.#held = undefined;
    this.#closeIfUnused();
  }

  /** It is not known yet what was stored: until `release`, nothing is told of answers whose questions may be part of that. */
  hold(): void {
    this.#held ??= new Map();
  }

  /** It is known: what has arrived meanwhile is told, of what is not over. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    const era = this.#era;
    held?.forEach((progress) => this.#emit(progress, era));
  }

  /** A message is stored, or a whole conversation gone: nothing more is told of its arriving. */
  over(conversationId: string, messageId?: string): void {
    this.#over.add(keyOf(conversationId, messageId));
    this.#held?.forEach((held, key) => {
      if (held.conversationId === conversationId && (messageId ?? held.messageId) === held.messageId) this.#held?.delete(key);
    });
    // What was sent before now is told no more, whatever it is of; the next piece has it.
    if (this.#over.size >= MAX_REMEMBERED) this.#beginAnew();
  }

  /** Everything was forgotten. */
  allOver(): void {
    this.#beginAnew();
    this.#era += 1;
    this.#thereAgain = new Set();
    this.#told.clear();
    this.#held?.clear();
    for (const answer of [...this.#own]) answer.end();
  }

  /** A conversation that was gone is there again. */
  back(conversationId: string): void {
    this.#over.delete(keyOf(conversationId));
    this.#thereAgain?.add(conversationId);
  }

  /** Whether anybody may want to hear. */
  get isWanted(): boolean {
    return this.#listener !== undefined || (this.#channel !== undefined && this.#unanswered < GIVE_UP_AFTER_PIECES);
  }

  /** Tells what has arrived of an answer in this tab. */
  tell(progress: AnswerProgress): void {
    const era = this.#era;
    this.#tellStored?.();
    if (era !== this.#era) return;
    if (this.#unanswered < GIVE_UP_AFTER_PIECES) {
      const asks = this.#unanswered >= ASK_AFTER_PIECES;
      this.#unanswered += 1;
      this.#post({ type: "arrived", progress, sentAt: now(), asks });
    }
    this.#emit(progress, era);
  }

  #hear(word: TabMessage): void {
    switch (word.type) {
      case "follows":
        this.#unanswered = 0;
        for (const answer of this.#own) answer.tellAgain();
        break;
      case "listens":
        this.#unanswered = 0;
        for (const answer of this.#own) answer.tellSoon();
        break;
      case "arrived":
        if (this.#listener === undefined) break;
        if (word.asks) this.#post({ type: "listens" });
        if (!this.#isLate(word.sentAt)) this.#emit(word.progress, this.#era);
    }
  }

  /** Tells a piece that is of this era: nothing that has come before everything was forgotten is told behind that. */
  #emit(progress: AnswerProgress, era: number): void {
    this.#tellStored?.();
    if (era !== this.#era) return;
    const { conversationId, messageId } = progress;
    const key = keyOf(conversationId, messageId);
    if (this.#over.has(keyOf(conversationId)) || this.#over.has(key)) return;
    if (this.#held && !this.#told.has(key)) return void this.#held.set(key, progress);
    if (this.#thereAgain?.has(conversationId) === false) return;
    if (this.#told.size >= MAX_REMEMBERED) this.#told.clear();
    this.#told.add(key);
    this.#listener?.(progress);
  }

  #beginAnew(): void {
    this.#over.clear();
    this.#since = now();
  }

  /** Whether a piece was sent before it was known what is over. Not asked for long: the clocks of tabs differ by what the device has slept. */
  #isLate(sentAt: number): boolean {
    return sentAt < this.#since && now() < this.#since + MAX_UNDER_WAY_MS;
  }

  #post(word: TabMessage): void {
    this.#channel?.postMessage(word);
  }

  #open(): void {
    if (this.#channelName === undefined || this.#channel !== undefined) return;
    this.#channel = openChannel(this.#channelName);
    if (this.#channel) this.#channel.onmessage = ({ data }: MessageEvent<TabMessage>) => this.#hear(data);
  }

  #closeIfUnused(): void {
    if (this.#listener !== undefined || this.#own.size > 0) return;
    this.#channel?.close();
    this.#channel = undefined;
  }
}

/** One answer that arrives in this tab. */
export class ArrivingAnswer {
  readonly #answers: AnswersArriving;
  readonly #progress: () => AnswerProgress;
  readonly #ended: () => void;
  #isOver = false;
  #hasArrived = false;
  #isUntold = false;
  #toldAt = -Infinity;
  #pause = TELL_EVERY_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(answers: AnswersArriving, progress: () => AnswerProgress, ended: () => void) {
    this.#answers = answers;
    this.#progress = progress;
    this.#ended = ended;
  }

  /** More of it has arrived. */
  heard(): void {
    this.#hasArrived = this.#isUntold = true;
    this.tellSoon();
  }

  /** Tells what was not told yet, when its time has come and somebody wants to hear it. */
  tellSoon(): void {
    if (this.#isOver || !this.#isUntold || this.#timer !== undefined || !this.#answers.isWanted) return;
    const left = this.#toldAt + this.#pause - performance.now();
    // Not always by a timer: those of a tab that is not seen come once a second.
    if (left <= 0) this.#tell();
    else this.#timer = setTimeout(() => this.#tell(), left);
  }

  /** The same of what was told already. */
  tellAgain(): void {
    this.#isUntold = this.#hasArrived;
    this.tellSoon();
  }

  /** It is going to be stored, or came to nothing: nothing more is told of it. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#ended();
  }

  #tell(): void {
    this.#timer = undefined;
    if (this.#isOver || !this.#answers.isWanted) return;
    const progress = this.#progress();
    if (progress.content === "") return;
    this.#isUntold = false;
    this.#toldAt = performance.now();
    this.#pause = TELL_EVERY_MS * (1 + progress.content.length / LONG_CHARACTERS);
    this.#answers.tell(progress);
  }
}
