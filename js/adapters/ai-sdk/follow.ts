// Following an answer that arrives: in whatever tab, to its end.

import type { UIMessageChunk } from "ai";
import type { MemoryChange } from "../../changes/change-feed.js";
import { memoryError, type MemoryErrorCode } from "../../errors.js";
import type { AnyManager } from "../../manager/manager.js";
import type { Message } from "../../manager/records.js";
import { storedMessage } from "../stored-message.js";
import { Chunks } from "./chunks.js";
import { rememberGone, rememberLoaded } from "./known-messages.js";
import { toUIMessage } from "./ui-messages.js";

/** Whoever answers tells one who begins to listen at once; how long that may take. */
const HEARD_AFTER_MS = 250;

/** How often it is looked whether an answer of which nothing is heard is over, and how long one may be in the saving. */
const LOOK_EVERY_MS = 1_000;

/** So many of the newest messages are searched for why an answer has failed. */
const SEARCHED_MESSAGES = 20;

interface HeardAnswer {
  messageId: string;
  content: string;
}

/** The answer that is arriving in a conversation, from its beginning; null when none is. */
export async function followAnswer(manager: AnyManager, conversationId: string, signal: AbortSignal | undefined): Promise<ReadableStream<UIMessageChunk> | null> {
  const follower = new AnswerFollower(manager, conversationId);
  const isThere = await follower.find();
  if (isThere && !signal?.aborted) return follower.stream(signal);
  follower.stop();
  return null;
}

class AnswerFollower {
  readonly #manager: AnyManager;
  readonly #id: string;
  readonly #unsubscribe: () => void;
  #heard: HeardAnswer | undefined;
  #heardAt = 0;
  #questionId: string | undefined;
  #chunks: Chunks | undefined;
  #listening: () => void = () => {};
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(manager: AnyManager, conversationId: string) {
    this.#manager = manager;
    this.#id = conversationId;
    this.#unsubscribe = manager.subscribe((change) => this.#hear(change));
  }

  /** Looks for an answer that is arriving. */
  async find(): Promise<boolean> {
    try {
      const { arriving } = await this.#manager.getThread(this.#id, { limit: 1 });
      // What was told meanwhile is newer.
      this.#heard ??= arriving;
      this.#questionId = arriving?.parentId;
      // One that has just begun is saved nowhere yet.
      if (this.#heard === undefined) await new Promise<void>((resolve) => (this.#listening = resolve, setTimeout(resolve, HEARD_AFTER_MS)));
    } catch (error) {
      this.stop();
      throw error;
    }
    return this.#heard !== undefined;
  }

  stream(signal: AbortSignal | undefined): ReadableStream<UIMessageChunk> {
    return new ReadableStream({
      start: (controller) => {
        const { messageId, content } = this.#heard!;
        this.#heardAt = performance.now();
        this.#chunks = new Chunks(controller);
        this.#chunks.begin(messageId);
        this.#chunks.add("text", content);
        this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
        void this.#look();
        signal?.addEventListener("abort", () => this.#end((chunks) => chunks.close()));
      },
      cancel: () => this.#end((chunks) => chunks.drop()),
    });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
  }

  #hear(change: MemoryChange): void {
    if (change.type === "everything-forgotten") return void (this.#chunks && this.#look());
    if (change.conversationId !== this.#id) return;
    if (change.type !== "answer-progress") return void (this.#chunks && this.#look());
    const { messageId, content } = change;
    if (this.#heard !== undefined && this.#heard.messageId !== messageId) return;
    this.#heard = { messageId, content };
    this.#heardAt = performance.now();
    this.#listening();
    if (this.#chunks && content.startsWith(this.#chunks.text)) this.#chunks.add("text", content.slice(this.#chunks.text.length));
  }

  /** Whether it is over: its message is there, or it came to nothing. */
  async #look(): Promise<void> {
    const { messageId } = this.#heard!;
    try {
      const message = await storedMessage(this.#manager, this.#id, messageId);
      if (message) return this.#end(await finishWith(this.#manager, message));
      const { messages, arriving } = await this.#manager.getThread(this.#id, { limit: SEARCHED_MESSAGES });
      if (arriving?.messageId === messageId) return void (this.#questionId = arriving.parentId);
      if (performance.now() - this.#heardAt < LOOK_EVERY_MS) return;
      const failure = messages.find(({ parentId, metadata }: Message) => parentId === this.#questionId && metadata.errorType !== undefined);
      rememberGone(this.#manager, this.#id, messageId);
      this.#end((chunks) => (failure ? chunks.fail(failureOf(failure)) : chunks.close()));
    } catch (error) {
      this.#end((chunks) => chunks.fail(error));
    }
  }

  #end(how: (chunks: Chunks) => void): void {
    this.stop();
    if (this.#chunks) how(this.#chunks);
  }
}

/** Ends a stream with the stored answer. */
export async function finishWith(manager: AnyManager, message: Message): Promise<(chunks: Chunks) => void> {
  const shown = await toUIMessage(manager, message);
  rememberLoaded(manager, message.conversationId, [shown]);
  const { finishReason } = message.metadata;
  const reason = typeof finishReason === "string" && finishReason !== "" ? finishReason : undefined;
  return (chunks) => chunks.finish(message.content, shown.metadata as object | undefined, reason);
}

const failureOf = ({ metadata, content }: Message) => memoryError(metadata.errorType as MemoryErrorCode, content.replace(/^Error: /, ""));
