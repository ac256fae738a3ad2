// A conversation as a Session of the OpenAI Agents SDK.

import type {
  AgentInputItem,
  OpenAIResponsesCompactionArgs,
  OpenAIResponsesCompactionResult,
  SessionHistoryRewriteArgs,
  SessionHistoryRewriteAwareSession,
  SessionHistoryTransactionArgs,
  SessionHistoryTransactionAwareSession,
} from "@openai/agents";
import type { Message, NewMessage, NewPart } from "../../manager/records.js";
import * as argument from "../../validation/arguments.js";
import {
  canonical,
  changing,
  clearHistory,
  deleteMessages,
  endHistory,
  findMessage,
  type HistoryManager,
  readHistory,
  readManager,
  takeNewest,
} from "../history.js";
import { OPERATION, readItem, toItem, toMessage } from "./items.js";
import { alreadyUsed, misplaced, readTransaction } from "./transactions.js";

/**
 * Shortens a history after a turn: gives what takes its place, usually a compaction item or a summary, and what that cost;
 * undefined to leave it as it is. `args` is what the runner says of the turn.
 */
export type Compact = (items: AgentInputItem[], args: OpenAIResponsesCompactionArgs) => Promise<Compacted | undefined>;

/** What takes the place of a history. */
export interface Compacted {
  /** The new history, the oldest item first; with `[]` it is empty. */
  items: AgentInputItem[];
  /** Counted with the run's, if given. */
  usage?: OpenAIResponsesCompactionResult["usage"];
}

/** How a session is made. */
export interface MemorySessionOptions {
  /** The memory, of whichever entry point opened it. */
  manager: HistoryManager;
  /** Of an existing conversation of this manager's user; it is the session's id. */
  conversationId: string;
  /** Called after each turn that was stored. Without it nothing is shortened. */
  compact?: Compact;
}

/**
 * The history of a conversation for `run(agent, input, { session })` of the OpenAI Agents SDK: every item is a message of the
 * active branch and comes back equal. Messages that were stored otherwise are items too: what user, assistant and system said.
 *
 * Methods reject with a `MemoryError`: `not-found` when there is no such conversation, `invalid-input` before anything is
 * stored when an item is no JSON, and the storage's own codes.
 *
 * @example
 * const { id } = await manager.createConversation();
 * const session = new MemorySession({ manager, conversationId: id });
 * const result = await run(agent, "How healthy is education?", { session });
 */
export class MemorySession implements SessionHistoryRewriteAwareSession, SessionHistoryTransactionAwareSession {
  readonly #manager: HistoryManager;
  readonly #id: string;
  /**
   * Where a `compact` was given: asks it, and puts what it gives in place of the history. The messages before stay as another
   * branch. Nothing is replaced when items were added meanwhile.
   */
  readonly runCompaction?: (args?: OpenAIResponsesCompactionArgs) => Promise<OpenAIResponsesCompactionResult | null>;

  /**
   * Nothing is read before the first call.
   *
   * @throws `invalid-input` when an option does not fit; its `argument` names it.
   */
  constructor(options: MemorySessionOptions) {
    const option = argument.fields("options", options);
    this.#manager = option("manager", readManager);
    this.#id = option("conversationId", argument.string);
    const compact = option("compact", argument.optional(argument.callback<Compact>));
    // A runner asks by this whether there is anything to call.
    if (compact) this.runCompaction = (args = {}) => this.#compact(compact, args);
  }

  /** The conversation's id. */
  async getSessionId(): Promise<string> {
    return this.#id;
  }

  /** All items, or the newest `limit`, the oldest first. */
  async getItems(limit?: number): Promise<AgentInputItem[]> {
    const most = argument.optional(argument.number)("limit", limit);
    if (most !== undefined && most <= 0) return [];
    const read = await readHistory(this.#manager, this.#id, toItem, most === undefined ? undefined : Math.ceil(most));
    return read.map(({ value }) => value);
  }

  /** Adds items at the end, in one transaction: all of them or none. */
  async addItems(items: AgentInputItem[]): Promise<void> {
    const messages = argument.list("items", items, readItem).map(toMessage);
    if (messages.length > 0) await this.#changing(() => this.#add(messages));
  }

  /** Removes the newest item and gives it; undefined when there is none. Of several tabs one gets it. */
  async popItem(): Promise<AgentInputItem | undefined> {
    return this.#changing(() => takeNewest(this.#manager, this.#id, toItem));
  }

  /** Removes all messages of all branches. The conversation stays. */
  async clearSession(): Promise<void> {
    await this.#changing(() => clearHistory(this.#manager, this.#id));
  }

  /** Replaces calls of functions, by their `callId`, where a run has changed their arguments. */
  async applyHistoryMutations({ mutations }: SessionHistoryRewriteArgs): Promise<void> {
    const given = argument.list("mutations", mutations, (path, value) => {
      const field = argument.fields(path, value);
      return { callId: field("callId", argument.string), message: toMessage(field("replacement", readItem)) };
    });
    if (given.length === 0) return;
    await this.#changing(async () => {
      for (const { callId, message } of given) {
        const calls = await readHistory(this.#manager, this.#id, (each) => {
          const item = toItem(each);
          return item?.type === "function_call" && item.callId === callId ? item : undefined;
        });
        const [first, ...others] = calls;
        if (first) await this.#manager.updateMessage(this.#id, first.message.id, { parts: [...message.parts, ...operationsOf(first.message)] });
        await deleteMessages(this.#manager, this.#id, others.map((other) => other.message));
      }
    });
  }

  /**
   * Applies a change once, however often it is called with the same `operationId`: the ids of its messages are made of that,
   * so that the database itself knows whether it is there.
   *
   * @throws `invalid-input`, and changes nothing, when the id was used for another change, or when the history does not end with
   * `expectedSuffix`: read the history, and make the change anew.
   */
  async applyHistoryTransaction(args: SessionHistoryTransactionArgs): Promise<void> {
    const { operation, digest, expectedSuffix, items } = readTransaction(args);
    const mark = { type: OPERATION, digest };
    const messages = items.map(toMessage).map((message, index) => {
      const parts: NewPart[] = index === 0 ? [...message.parts, mark] : message.parts;
      return { ...message, id: `${operation}-${index}`, parts };
    });
    await this.#changing(async () => {
      const there = await findMessage(this.#manager, this.#id, `${operation}-0`);
      if (there) {
        if (operationsOf(there).some((other) => canonical(other) === canonical(mark))) return;
        throw alreadyUsed();
      }
      if (expectedSuffix.length === 0) return messages.length > 0 ? this.#add(messages) : undefined;
      const suffix = await readHistory(this.#manager, this.#id, toItem, expectedSuffix.length);
      if (canonical(suffix.map(({ value }) => value)) !== canonical(expectedSuffix)) throw misplaced();
      const parentId = suffix[0]?.message.parentId ?? null;
      const own = { id: `${operation}-0`, parts: [mark] };
      if (messages.length > 0) await this.#add(messages, parentId);
      else await endHistory(this.#manager, this.#id, parentId, own);
      await deleteMessages(this.#manager, this.#id, suffix.map(({ message }) => message));
    });
  }

  /** Puts items in place of the history, in one transaction. The messages before stay as another branch. */
  async replaceHistoryWithCompaction(items: AgentInputItem[]): Promise<void> {
    const messages = argument.list("items", items, readItem).map(toMessage);
    await this.#changing(() => this.#replaceAll(messages));
  }

  async #compact(compact: Compact, args: OpenAIResponsesCompactionArgs): Promise<OpenAIResponsesCompactionResult | null> {
    const history = await readHistory(this.#manager, this.#id, toItem);
    const compacted = await compact(history.map(({ value }) => value), args);
    if (compacted === undefined) return null;
    const messages = argument.list("compacted.items", compacted.items, readItem).map(toMessage);
    await this.#changing(async () => {
      const [newest] = await readHistory(this.#manager, this.#id, toItem, 1);
      if (newest?.message.id === history.at(-1)?.message.id) await this.#replaceAll(messages);
    });
    return compacted.usage ? { usage: compacted.usage } : null;
  }

  async #replaceAll(messages: NewMessage[]): Promise<void> {
    if (messages.length > 0) await this.#add(messages, null);
    else await endHistory(this.#manager, this.#id, null);
  }

  /** In one transaction: behind the newest, or as another branch behind that message. */
  async #add(messages: NewMessage[], parentId?: string | null): Promise<void> {
    const [first, ...others] = messages;
    const all = first && parentId !== undefined ? [{ ...first, parentId }, ...others] : messages;
    await this.#manager.addMessages(this.#id, all);
  }

  #changing<T>(work: () => Promise<T>): Promise<T> {
    return changing(this.#id, work);
  }
}

/** The parts that say of which transaction a message is. */
function operationsOf({ parts = [] }: Message<any>): NewPart[] {
  return parts.filter(({ type }) => type === OPERATION);
}
