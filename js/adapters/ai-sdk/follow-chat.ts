// Keeping a chat that is open up to date: with what other tabs, the queue of waiting questions and branches have changed.

import type { ChatStatus, UIMessage } from "ai";
import type { MemoryChange } from "../../changes/change-feed.js";
import { isMemoryError } from "../../errors.js";
import type { AnyManager } from "../../manager/manager.js";
import { isEqual, plain } from "../json.js";
import { storedMessage } from "../stored-message.js";
import { wasStored } from "./known-messages.js";
import { loadChat } from "./store.js";
import { isBlank } from "./ui-messages.js";

/** How soon it is looked again whether a chat that answers has come to rest. */
const LOOK_EVERY_MS = 50;

/** What arrives of an answer is saved after 250 ms; one that is not there after so long is over. */
const SAVED_AFTER_MS = 1_000;

/** How a chat is kept up to date. */
export interface FollowChatOptions {
  /**
   * Only so many of the newest messages are read, or as many as the chat shows when these are more. Default: all of the
   * active branch, as `loadUIMessages` does.
   */
  limit?: number;
}

/**
 * A chat that is open: a `Chat` of `@ai-sdk/vue`, `@ai-sdk/svelte` or `@ai-sdk/react`, or any object whose fields say what is so
 * now.
 */
export interface FollowedChat<UI extends UIMessage = UIMessage> {
  /** The conversation's id. */
  readonly id: string;
  /** While it asks or answers nothing is changed in it. */
  readonly status: ChatStatus;
  /** What it shows; set to what is stored. */
  messages: UI[];
  /** Shows an answer that arrives: of a chat with a transport of `createChatTransport`. */
  resumeStream: () => Promise<void>;
  /** Takes away an error that does not hold any more. */
  clearError: () => void;
}

/**
 * Keeps a chat up to date with its conversation, from now on: what another tab asks, and its answer while it arrives; a question that
 * has waited for the network and is answered now, whose error is taken away; another branch; messages that were changed or
 * deleted. When a turn is over its messages have the ids that they are stored with. For `useChat` of React there is `useChatUpdates` of
 * `conversation-memory/react`, which does this.
 *
 * Not for chats that another transport answers: what these show is not stored yet while they rest. A chat whose id is not that of
 * a conversation stays as it is.
 *
 * Returns the function that ends it.
 *
 * @example
 * const chat = new Chat({ id: conversation.id, messages, transport: createChatTransport({ agent }) }); // of @ai-sdk/vue
 * const stop = followChat(memory, chat);
 */
export function followChat<UI extends UIMessage>(manager: AnyManager, chat: FollowedChat<UI>, { limit }: FollowChatOptions = {}): () => void {
  const follower = new ChatFollower<UI>(manager, chat, limit);
  return () => follower.stop();
}

class ChatFollower<UI extends UIMessage> {
  readonly #manager: AnyManager;
  readonly #chat: FollowedChat<UI>;
  readonly #limit: number | undefined;
  #unsubscribe = () => {};
  /** Whether anything of it was stored. */
  #wasBegun = false;
  /** Whether it is to be read. */
  #isWanted = true;
  #isReading = false;
  /** Whether it shows an answer that arrives, or is about to. */
  #isResuming = false;
  /** The last answer that was shown while it arrived, or could not be. */
  #passed: string | undefined;
  /** One that was heard of, and is not shown yet. */
  #heard: { messageId: string; at: number } | undefined;
  #isOver = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(manager: AnyManager, chat: FollowedChat<UI>, limit: number | undefined) {
    this.#manager = manager;
    this.#chat = chat;
    this.#limit = limit;
    try {
      this.#unsubscribe = manager.subscribe((changes) => this.#hear(changes), { batch: true });
    } catch {
      return; // it was closed: whatever asks next says so
    }
    void this.#read();
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#unsubscribe();
  }

  #hear(changes: MemoryChange[]): void {
    for (const change of changes) {
      if (change.type !== "everything-forgotten" && change.conversationId !== this.#chat.id) continue;
      // An answer that is shown already needs nothing.
      if (change.type === "answer-progress" && (this.#isBusy || change.messageId === this.#passed)) continue;
      if (change.type === "answer-progress" && this.#heard?.messageId !== change.messageId) this.#heard = { messageId: change.messageId, at: performance.now() };
      this.#isWanted = true;
    }
    if (this.#isWanted) void this.#read();
  }

  get #isBusy(): boolean {
    return this.#isResuming || this.#chat.status === "submitted" || this.#chat.status === "streaming";
  }

  /** Shows what is stored, as soon as the chat is at rest. */
  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    clearTimeout(this.#timer);
    if (!this.#isBusy) {
      this.#isWanted = false;
      // One that fails is read again with the next change.
      await this.#show().catch(() => {});
    }
    this.#isReading = false;
    if (this.#isWanted && !this.#isOver) this.#timer = setTimeout(() => void this.#read(), LOOK_EVERY_MS);
  }

  async #show(): Promise<void> {
    const chat = this.#chat;
    const before = this.#state;
    const first = await this.#load();
    const unstored = await this.#unstored();
    const last = chat.messages.at(-1);
    const isThere = unstored.length > 0 || last?.role !== "user" || first.messages.some(({ id }) => id === last.id);
    // A question that was stored between the two is in neither.
    const { messages, arriving, isAnswered } = isThere ? first : await this.#load();
    const stored = [...messages, ...unstored];
    if (this.#isOver) return;
    // What was asked meanwhile is not stored yet.
    if (this.#state !== before) return void (this.#isWanted = true);
    // Whoever has stopped showing an answer that arrives sees it when it is whole.
    if (arriving !== undefined && arriving === this.#passed) return;
    const shown = plain(chat.messages);
    const isSame = shown.length === stored.length && stored.every((message, at) => isEqual(plain(message), shown[at]));
    if (!isSame) chat.messages = stored;
    if (arriving !== undefined) return this.#resume(arriving);
    if (!isSame && isAnswered && chat.status === "error") chat.clearError();
    this.#await(messages);
  }

  /** An answer that was heard of is saved in a moment, unless it is there already, or on another branch. */
  #await(messages: UI[]): void {
    if (this.#heard === undefined) return;
    const { messageId, at } = this.#heard;
    const isAwaited = performance.now() - at < SAVED_AFTER_MS && !messages.some(({ id }) => id === messageId);
    if (isAwaited) this.#isWanted = true;
    else [this.#passed, this.#heard] = [messageId, undefined];
  }

  /** Changes when the chat begins to ask, fails, or shows others. */
  get #state(): string {
    return [this.#isResuming, this.#chat.status, ...this.#chat.messages.map(({ id }) => id)].join();
  }

  /** A question that is not stored yet, or could not be, stays in sight, so that its words are not lost. */
  async #unstored(): Promise<UI[]> {
    const { messages, id } = this.#chat;
    const last = messages.at(-1);
    if (last?.role !== "user" || isBlank(last) || !this.#wasBegun) return [];
    if (wasStored(this.#manager, id, plain(last))) return []; // deleted since
    return (await storedMessage(this.#manager, id, last.id)) === undefined ? [last] : [];
  }

  #resume(messageId: string): void {
    this.#isResuming = true;
    [this.#passed, this.#heard] = [messageId, undefined];
    // Until the SDK knows that an answer arrives it says that the chat is at rest.
    this.#chat.resumeStream().catch(() => {}).finally(() => {
      this.#isResuming = false;
      this.#isWanted = true;
      void this.#read();
    });
  }

  async #load(): Promise<Awaited<ReturnType<typeof loadChat<UI>>>> {
    const none = { messages: [], arriving: undefined, isAnswered: false };
    // A chat that grows keeps its beginning in sight, and what it was given of older messages.
    const limit = this.#limit === undefined ? undefined : Math.max(this.#limit, this.#chat.messages.length);
    const loaded = await loadChat<UI>(this.#manager, this.#chat.id, limit).catch((error: unknown) => {
      if (isMemoryError(error) && error.code === "not-found") return none;
      throw error;
    });
    this.#wasBegun ||= loaded.messages.length > 0;
    // One that is not begun yet keeps what it begins with; of one that was deleted nothing is left.
    return this.#wasBegun ? loaded : { ...none, messages: this.#chat.messages };
  }
}
