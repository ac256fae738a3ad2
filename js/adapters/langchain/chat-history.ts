// A conversation as a chat message history of LangChain.

import { BaseListChatMessageHistory } from "@langchain/core/chat_history";
import type { BaseMessage } from "@langchain/core/messages";
import * as argument from "../../validation/arguments.js";
import { changing, clearHistory, type HistoryManager, readHistory, readManager } from "../history.js";
import { fromMessage, readMessage, toMessage } from "./messages.js";

/** Of which conversation. */
export interface ConversationOfManager {
  /** The memory, of whichever entry point opened it. */
  manager: HistoryManager;
  /** Of an existing conversation of this manager's user. */
  conversationId: string;
}

/** Reads the options of an adapter. */
export function readOptions(options: unknown): ConversationOfManager {
  const option = argument.fields("options", options);
  return { manager: option("manager", readManager), conversationId: option("conversationId", argument.string) };
}

/**
 * The active branch of a conversation, for `RunnableWithMessageHistory` and whatever else takes a history. Messages come back
 * of their class and equal, as far as JSON holds them. Messages that were stored otherwise are there too, as their texts.
 *
 * A message with an `id` is stored under it: added again it changes nothing, and with other words it rejects with
 * `invalid-input`. Methods reject with a `MemoryError`: `not-found` when there is no such conversation (create it first), and
 * the storage's own codes.
 *
 * @example
 * const chat = new RunnableWithMessageHistory({
 *   runnable: model,
 *   getMessageHistory: (conversationId) => new MemoryChatMessageHistory({ manager, conversationId }),
 * });
 */
export class MemoryChatMessageHistory extends BaseListChatMessageHistory {
  /** Where LangChain finds the class, were it serialized. */
  lc_namespace = ["conversation_memory", "chat_history"];
  readonly #manager: HistoryManager;
  readonly #id: string;

  /**
   * Nothing is read before the first call.
   *
   * @throws `invalid-input` when an option does not fit; its `argument` names it.
   */
  constructor(options: ConversationOfManager) {
    super();
    const { manager, conversationId } = readOptions(options);
    this.#manager = manager;
    this.#id = conversationId;
  }

  /** All messages, the oldest first. */
  override async getMessages(): Promise<BaseMessage[]> {
    const read = await readHistory(this.#manager, this.#id, fromMessage);
    return read.map(({ value }) => value);
  }

  /** Adds a message at the end. */
  override async addMessage(message: BaseMessage): Promise<void> {
    const given = toMessage("message", readMessage("message", message));
    await changing(this.#id, () => this.#manager.addMessage(this.#id, given));
  }

  /** Adds messages at the end, in one transaction: all of them or none. */
  override async addMessages(messages: BaseMessage[]): Promise<void> {
    const given = argument.list("messages", messages, (path, value) => toMessage(path, readMessage(path, value)));
    if (given.length > 0) await changing(this.#id, () => this.#manager.addMessages(this.#id, given));
  }

  /** Removes all messages of all branches. The conversation stays. */
  override async clear(): Promise<void> {
    await changing(this.#id, () => clearHistory(this.#manager, this.#id));
  }
}
