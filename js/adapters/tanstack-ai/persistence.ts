// Where a ChatClient of TanStack AI keeps its messages: a thread is a conversation, and only what has changed is written.

import type { ChatClientPersistence, ChatPersistedState, UIMessage } from "@tanstack/ai-client";
import { isMemoryError, memoryError } from "../../errors.js";
import type { Message } from "../../manager/records.js";
import * as argument from "../../validation/arguments.js";
import { canonical, changing, clearHistory, deleteMessages, endHistory, findMessage, type HistoryManager, isEnd, readHistory, readManager } from "../history.js";
import { withFilesKept } from "../stored-files.js";
import { fromMessage, resumeOf, type ConvertedMessage, toMessage, withData, withFiles } from "./messages.js";

/** How a persistence is made. */
export interface MemoryPersistenceOptions {
  /** The memory, of whichever entry point opened it. */
  manager: HistoryManager;
  /**
   * Hears what fails, such as `storage-full`: a ChatClient says nothing of it and goes on. `threadId` names the chat. Default:
   * it is written to the console as an error.
   */
  onError?: (error: unknown, threadId: string) => void;
}

/** What is stored of a chat's message, under whose id there, and what it says. */
interface StoredMessage {
  message: Message<any>;
  id: string;
  converted: ConvertedMessage;
}

/**
 * The option `persistence` of `ChatClient` and `useChat`. The `threadId` of a chat is the id of an existing conversation of
 * this manager's user.
 *
 * A message that changes is written alone, and new ones in one transaction. What a chat leaves behind, by asking for another
 * answer or by editing a question, stays as another branch. When a second tab has gone on with the same chat, what either
 * says becomes a branch: nothing is overwritten.
 *
 * @throws `invalid-input` when an option does not fit; its `argument` names it.
 *
 * @example
 * const { id } = await manager.createConversation();
 * const chat = new ChatClient({ threadId: id, connection, persistence: memoryPersistence({ manager }) });
 */
export function memoryPersistence(options: MemoryPersistenceOptions): ChatClientPersistence {
  const option = argument.fields("options", options);
  const manager = option("manager", readManager);
  const onError = option("onError", argument.optional(argument.callback<NonNullable<MemoryPersistenceOptions["onError"]>>));
  const threads = new Map<string, ChatThread>();
  const threadOf = (id: string) => {
    const thread = threads.get(id) ?? new ChatThread(manager, argument.string("threadId", id));
    threads.set(id, thread);
    return thread;
  };
  /** A ChatClient swallows what fails. */
  const telling = async <T>(id: string, work: (thread: ChatThread) => Promise<T>): Promise<T> => {
    try {
      return await work(threadOf(id));
    } catch (error) {
      if (onError) onError(error, id);
      else console.error(`conversation-memory: the chat ${id} could not be stored or read.`, error);
      throw error;
    }
  };
  return {
    getItem: (id) => telling(id, (thread) => thread.read()),
    setItem: (id, state) => telling(id, (thread) => thread.write(state)),
    removeItem: (id) => telling(id, (thread) => thread.clear()),
  };
}

class ChatThread {
  readonly #manager: HistoryManager;
  readonly #id: string;
  /** The active branch as it was last read or written. */
  #known: StoredMessage[] | undefined;
  /** What messages but the newest say. */
  readonly #converted = new WeakMap<UIMessage, ConvertedMessage>();
  /** Every message as it was last read or written, by the chat's ids. */
  readonly #written = new Map<string, StoredMessage>();
  /** Messages that cannot be stored as they are, or were deleted, by their ids: the others are stored without them. */
  readonly #refused = new Map<string, ConvertedMessage>();
  /** Messages whose changes cannot be stored: told once, as every word of an answer is one. */
  readonly #unchanged = new Set<string>();
  /** Why messages of the state that is written cannot be stored. A ChatClient writes one state after the other. */
  #failures: unknown[] = [];
  /** Of how many chats the messages are being read. */
  #reads = 0;
  /** How many states were to be written. */
  #writes = 0;
  /** Why a chat shows no messages, and has written none since: they could not be read, there were none, or it was cleared. */
  #showsNone: "failed" | "empty" | undefined;
  /** Whether there may be messages that this chat has never shown: the last read of them failed. */
  #isUnread = false;
  /** Why the last read failed, until it was told that the chat is not cleared for that. */
  #unreadFor: unknown;

  constructor(manager: HistoryManager, id: string) {
    this.#manager = manager;
    this.#id = id;
  }

  /** The state as it was written; null when there is none. */
  async read(): Promise<ChatPersistedState | null> {
    this.#reads += 1;
    try {
      const state = await this.#readState();
      this.#showsNone = state === null ? "empty" : undefined;
      this.#isUnread = false;
      return state;
    } catch (error) {
      this.#showsNone = "failed";
      this.#isUnread = true;
      this.#unreadFor = error;
      throw error;
    } finally {
      this.#reads -= 1;
    }
  }

  async #readState(): Promise<ChatPersistedState | null> {
    const writes = this.#writes;
    const read = await readHistory(this.#manager, this.#id, fromMessage).catch((error: unknown) => {
      if (isMemoryError(error) && error.code === "not-found") return [];
      throw error;
    });
    const newest = read.at(-1);
    if (newest === undefined) return null;
    const resume = resumeOf(newest.message);
    const messages = await Promise.all(read.map(({ value }) => withData(this.#manager, value)));
    const stored = read.map(({ message }, index) => storedAs(message, messages[index]!));
    stored.forEach((each) => this.#noteWritten(each));
    // A ChatClient has what it has read stored at once: nothing of it is to be written, whatever others have stored by then.
    if (writes === this.#writes) this.#known = stored;
    return { messages, ...(resume && { resume }) };
  }

  async write({ messages, resume }: ChatPersistedState): Promise<void> {
    const all = argument.list("state.messages", messages, (path, value) => {
      const message = value as UIMessage;
      return message === messages.at(-1) ? toMessage(path, message, resume) : this.#convertedOf(path, message);
    });
    const given = all.filter((each) => !this.#isRefused(each));
    this.#writes += 1;
    const known = this.#known;
    this.#known = undefined; // until all of it is written
    this.#failures = [];
    const isSame = known?.length === given.length && given.every(({ id }, index) => known[index]?.id === id);
    // What a message says may change whatever other tabs do. That is every word of an answer but the first.
    this.#known = isSame ? await this.#updateAll(known, given) : await changing(this.#id, () => this.#rewrite(known, given));
    this.#known.forEach((each) => this.#noteWritten(each));
    if (this.#known.length > 0) this.#showsNone = undefined;
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  #noteWritten(stored: StoredMessage): void {
    this.#written.set(stored.id, stored);
  }

  #isRefused(converted: ConvertedMessage): boolean {
    const refused = this.#refused.get(converted.id);
    if (refused === undefined || refused === converted) return refused !== undefined;
    const { parts, metadata } = converted;
    const isSame = differing(parts, refused.parts) === undefined && differing(metadata, refused.metadata) === undefined;
    // To compare large messages takes long: the next time it is the same object.
    if (isSame) this.#refused.set(converted.id, converted);
    return isSame;
  }

  /** Has the branch consist of other messages than before. */
  async #rewrite(known: StoredMessage[] | undefined, all: ConvertedMessage[]): Promise<StoredMessage[]> {
    // Another tab may have gone on elsewhere: what this chat has said is continued where it is.
    const isThere = known !== undefined && (await this.#areThere(known.at(-1), known[countSame(known, all) - 1]));
    const given = isThere ? all : await this.#withoutDeleted(all);
    const stored = isThere ? known : await this.#read();
    const same = countSame(stored, given);
    const kept = await this.#updateAll(stored.slice(0, same), given.slice(0, same));
    const parentId = kept.at(-1)?.message.id ?? null;
    const [newest] = (await this.#manager.getThread(this.#id, { limit: 1 })).messages;
    const added = await this.#add(parentId, given.slice(same));
    if (added.length === 0 && kept.length < stored.length) await endHistory(this.#manager, this.#id, parentId);
    // The mark that the chat ended there has done its work.
    const isMarked = newest !== undefined && isEnd(newest) && (newest.parentId ?? null) === parentId;
    if (added.length > 0 && isMarked) await this.#manager.deleteMessage(this.#id, newest.id);
    return [...kept, ...added];
  }

  /** Whether the newest message is stored, and the one, if any, that new ones are to follow. */
  async #areThere(newest: StoredMessage | undefined, parent: StoredMessage | undefined): Promise<boolean> {
    if (newest === undefined) return false;
    const found = [newest, parent ?? newest].map(({ message }) => findMessage(this.#manager, this.#id, message.id));
    return !(await Promise.all(found)).includes(undefined);
  }

  /** Without what was deleted since it was written: the chat goes on showing it, and it must not come back. */
  async #withoutDeleted(given: ConvertedMessage[]): Promise<ConvertedMessage[]> {
    const { messages } = await this.#manager.getTree(this.#id);
    const ids = new Set(messages.map(({ id }) => id));
    for (const { id } of given) {
      const written = this.#written.get(id);
      if (written && !ids.has(written.message.id)) this.#refused.set(id, written.converted);
    }
    return given.filter((each) => !this.#isRefused(each));
  }

  /** A ChatClient gives the same object as long as a message stays the same, and calls for every word of the newest. */
  #convertedOf(path: string, message: UIMessage): ConvertedMessage {
    const known = this.#converted.get(message);
    if (known) return known;
    const converted = toMessage(path, message);
    this.#converted.set(message, converted);
    return converted;
  }

  /**
   * A ChatClient has its state removed whenever it shows no messages and stops, as it does when its component goes: also
   * before it has what is stored, and when that could not be read. Only what a chat may have shown is deleted.
   */
  async clear(): Promise<void> {
    if (this.#reads > 0 || this.#showsNone === "empty") return;
    if (this.#showsNone === "failed") return this.#refuseToClear();
    await changing(this.#id, async () => {
      const written = [...this.#written.values()].map(({ message }) => message);
      this.#known = undefined;
      this.#written.clear();
      const cleared = this.#isUnread ? deleteMessages(this.#manager, this.#id, written) : clearHistory(this.#manager, this.#id);
      await cleared.catch((error: unknown) => {
        if (!isMemoryError(error) || error.code !== "not-found") throw error;
      });
      // When the chat stops it has its state removed again: what other tabs have said by then was never shown here.
      this.#showsNone = "empty";
    });
  }

  /** It may be the user who clears the chat. Told once: a ChatClient has its state removed twice for that, and again when it stops. */
  #refuseToClear(): void {
    const cause = this.#unreadFor;
    this.#unreadFor = undefined;
    if (cause === undefined) return;
    throw memoryError("storage", `the chat ${this.#id} was not cleared: it could not be read, so nobody has seen what would be deleted`, cause);
  }

  async #read(): Promise<StoredMessage[]> {
    const read = await readHistory(this.#manager, this.#id, fromMessage);
    return Promise.all(read.map(async ({ message, value }) => storedAs(message, await withData(this.#manager, value))));
  }

  async #updateAll(stored: StoredMessage[], converted: ConvertedMessage[]): Promise<StoredMessage[]> {
    const updated: StoredMessage[] = [];
    for (const [index, each] of stored.entries()) updated.push(await this.#update(each, converted[index]!));
    return updated;
  }

  /** Whether the chat says what it did when the message was last read or written: others have changed what is stored since. */
  #isUnchanged(stored: StoredMessage, converted: ConvertedMessage): boolean {
    const written = this.#written.get(stored.id);
    if (written === undefined || written.message.id !== stored.message.id || written.converted === stored.converted) return false;
    const { parts, metadata } = written.converted;
    return differing(converted.parts, parts) === undefined && differing(converted.metadata, metadata) === undefined;
  }

  async #update(stored: StoredMessage, converted: ConvertedMessage): Promise<StoredMessage> {
    if (converted === stored.converted) return stored;
    const change = { parts: differing(converted.parts, stored.converted.parts), metadata: differing(converted.metadata, stored.converted.metadata) };
    if (change.parts === undefined && change.metadata === undefined) return { ...stored, converted };
    if (this.#isUnchanged(stored, converted)) return { ...stored, converted };
    // What the application keeps beside it stays.
    const beside = change.metadata && (await findMessage(this.#manager, this.#id, stored.message.id))?.metadata;
    const metadata = change.metadata && { ...beside, ...change.metadata };
    try {
      const message = await this.#manager.updateMessage(this.#id, stored.message.id, { parts: change.parts && withFilesKept(withFiles(change.parts), stored.message.parts), metadata });
      this.#unchanged.delete(stored.id);
      return { ...stored, message, converted };
    } catch (error) {
      if (!isOfMessage(error)) throw error;
      if (!this.#unchanged.has(stored.id)) this.#failures.push(error);
      this.#unchanged.add(stored.id);
      // It is tried again when the message changes.
      return { ...stored, converted };
    }
  }

  /**
   * Adds messages behind that one in one transaction, under their ids where these are free. When one of them cannot be stored,
   * each by itself, without that one.
   */
  async #add(parentId: string | null, converted: ConvertedMessage[]): Promise<StoredMessage[]> {
    if (converted.length === 0) return [];
    const there = await Promise.all(converted.map(({ id }) => findMessage(this.#manager, this.#id, id)));
    const messages = converted.map((each, index) => ({
      ...each,
      parts: withFiles(each.parts),
      ...(there[index] && { id: undefined }),
      ...(index === 0 && { parentId }),
    }));
    try {
      const added = await this.#manager.addMessages(this.#id, messages);
      return converted.map((each, index) => ({ message: added[index]!, id: each.id, converted: each }));
    } catch (error) {
      if (!isOfMessage(error)) throw error;
      const [first, ...others] = converted;
      if (others.length === 0) {
        this.#failures.push(error);
        this.#refused.set(first!.id, first!);
        return [];
      }
    }
    const added: StoredMessage[] = [];
    for (const each of converted) added.push(...(await this.#add(added.at(-1)?.message.id ?? parentId, [each])));
    return added;
  }
}

/** A message that was read, with its data. */
const storedAs = (message: Message<any>, value: UIMessage): StoredMessage => ({ message, id: value.id, converted: toMessage("message", value, resumeOf(message)) });

/** With how many messages both begin. */
function countSame(stored: StoredMessage[], given: ConvertedMessage[]): number {
  const differs = given.findIndex(({ id }, index) => stored[index]?.id !== id);
  return differs === -1 ? given.length : differs;
}

/** Whether a message cannot be stored as it is; any other failure may be over the next time. */
const isOfMessage = (error: unknown): boolean => isMemoryError(error) && error.code === "invalid-input";

/** The first if it says something else than the other. */
function differing<T>(one: T, other: T): T | undefined {
  return canonical(one) === canonical(other) ? undefined : one;
}
