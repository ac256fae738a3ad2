// The messages of a conversation as a store of LangChain, by their ids.

import type { BaseMessage } from "@langchain/core/messages";
import { BaseStore } from "@langchain/core/stores";
import { misfit } from "../../errors.js";
import * as argument from "../../validation/arguments.js";
import { changing, findMessage, type HistoryManager, readHistory } from "../history.js";
import { type ConversationOfManager, readOptions } from "./chat-history.js";
import { fromMessage, readMessage, toMessage } from "./messages.js";

/**
 * A `BaseStore` whose keys are the ids of one conversation's messages (1 to 128 characters) and whose values are messages. New
 * keys are added at the end of the active branch, in the order in which they are given.
 *
 * It is no store for anything else, such as the documents of a retriever or cached embeddings.
 *
 * @example
 * const store = new MemoryMessageStore({ manager, conversationId });
 * await store.mset([["message:0", new HumanMessage("How healthy is education?")]]);
 */
export class MemoryMessageStore extends BaseStore<string, BaseMessage> {
  /** Where LangChain finds the class, were it serialized. */
  lc_namespace = ["conversation_memory", "stores"];
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

  /** The message of each key, undefined where there is none. */
  override async mget(keys: string[]): Promise<(BaseMessage | undefined)[]> {
    const given = argument.list("keys", keys, argument.string);
    const found = await Promise.all(given.map((key) => findMessage(this.#manager, this.#id, key)));
    return found.map((message) => message && fromMessage(message));
  }

  /**
   * Adds the messages of new keys in one transaction, and changes those of known ones, each in another. Of a key that is given
   * twice the last message counts. A message keeps its role.
   *
   * @throws `invalid-input` when a message has another role than the one under its key; nothing is stored then.
   * @throws `not-found` when there is no such conversation: create it first.
   */
  override async mset(keyValuePairs: [string, BaseMessage][]): Promise<void> {
    const given = argument.list("keyValuePairs", keyValuePairs, (path, value) => {
      const [key, message] = argument.list(path, value, (_, item) => item);
      return toMessage(path, readMessage(`${path}[1]`, message), argument.string(`${path}[0]`, key));
    });
    const messages = [...new Map(given.map((message) => [message.id, message])).values()];
    await changing(this.#id, async () => {
      const pairs = await Promise.all(messages.map(async (message) => ({ message, there: await findMessage(this.#manager, this.#id, message.id ?? "") })));
      const turned = pairs.find(({ message, there }) => there !== undefined && there.role !== message.role);
      if (turned) throw misfit("keyValuePairs", `have a message of the role "${turned.there?.role}" under the key ${JSON.stringify(turned.message.id)}`);
      const added = pairs.filter(({ there }) => there === undefined).map(({ message }) => message);
      if (added.length > 0) await this.#manager.addMessages(this.#id, added);
      for (const { message, there } of pairs) {
        const { content, metadata } = message;
        // Content alone would leave the other parts of what was there.
        const parts = message.parts ?? (there?.parts && [{ type: "text", text: content }]);
        if (there) await this.#manager.updateMessage(this.#id, there.id, parts ? { parts, metadata } : { content, metadata });
      }
    });
  }

  /** Removes the messages of these keys, each in a transaction. */
  override async mdelete(keys: string[]): Promise<void> {
    const given = argument.list("keys", keys, argument.string);
    await changing(this.#id, async () => {
      for (const key of given) await this.#manager.deleteMessage(this.#id, key);
    });
  }

  /** The ids of the active branch's messages that begin so, the oldest first. */
  override async *yieldKeys(prefix = ""): AsyncGenerator<string> {
    const read = await readHistory(this.#manager, this.#id, fromMessage);
    for (const { message } of read) if (message.id.startsWith(prefix)) yield message.id;
  }
}
