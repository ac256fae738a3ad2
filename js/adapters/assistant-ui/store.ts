// What a thread's history writes.

import { isMemoryError } from "../../errors.js";
import type { AnyManager } from "../../manager/manager.js";
import type { NewMessage } from "../../manager/records.js";
import * as argument from "../../validation/arguments.js";
import { isEqual } from "../json.js";
import { storedMessage } from "../stored-message.js";

/** Where messages are read and written. */
export interface ThreadAccess {
  manager: AnyManager;
  /** The conversation, if there is one. */
  known(): string | undefined;
  /** The same; one that is not there is made. */
  wanted(): Promise<string>;
  /**
   * Does one thing after the other: a runtime stores an answer while its question, with a file, may still be on its way, and the
   * answer has to follow something.
   */
  inOrder<T>(work: () => Promise<T>): Promise<T>;
}

/** So many questions are remembered. */
const MAX_REMEMBERED = 100;

/** What this page writes into a memory. */
class Writes {
  /** How many are under way. */
  pending = 0;
  /** How many have been begun. */
  begun = 0;
  /** The conversations of the last questions: a model is told of a question and not of its conversation. */
  readonly conversations = new Map<string, string>();

  remember(questionId: string, conversationId: string): void {
    const [oldest] = this.conversations.keys();
    if (this.conversations.size >= MAX_REMEMBERED) this.conversations.delete(oldest!);
    this.conversations.set(questionId, conversationId);
  }
}

const writes = new WeakMap<AnyManager, Writes>();

export function writesOf(manager: AnyManager): Writes {
  const known = writes.get(manager) ?? new Writes();
  writes.set(manager, known);
  return known;
}

/** A queue of its own. */
export function queue(): ThreadAccess["inOrder"] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}

/** Stores a message, or what has changed of one that is there. */
export function storeMessage(access: ThreadAccess, message: NewMessage & { id: string }): Promise<void> {
  const { manager, inOrder, wanted } = access;
  return written(manager, () => inOrder(async () => {
    const id = await wanted();
    await store(manager, id, message);
    if (message.role === "user") writesOf(manager).remember(message.id, id);
  }));
}

async function written(manager: AnyManager, write: () => Promise<void>): Promise<void> {
  const known = writesOf(manager);
  known.pending += 1;
  known.begun += 1;
  try {
    await write();
  } finally {
    known.pending -= 1;
  }
}

async function store(manager: AnyManager, id: string, message: NewMessage & { id: string }): Promise<void> {
  const { parts, metadata, status } = message;
  try {
    // What is there with the same words is left as it is.
    const stored = await manager.addMessage(id, message);
    const { editedAt: _, ...known } = stored.metadata;
    if (stored.status === (status ?? "complete") && isEqual(known, metadata)) return;
  } catch (error) {
    const isThere = isMemoryError(error) && error.code === "invalid-input" && (await storedMessage(manager, id, message.id)) !== undefined;
    if (!isThere) throw error;
  }
  await manager.updateMessage(id, message.id, { ...(parts && { parts }), ...(metadata && { metadata }), ...(status && { status }) });
}

/** Deletes messages; one that is not there is as good as deleted. */
export function deleteMessages({ manager, known, inOrder }: ThreadAccess, messageIds: readonly string[]): Promise<void> {
  return written(manager, () => inOrder(async () => {
    const id = known();
    if (id === undefined) return;
    for (const messageId of messageIds) {
      await manager.deleteMessage(id, messageId).catch((error: unknown) => {
        if (!(isMemoryError(error) && error.code === "not-found")) throw error;
      });
    }
  }));
}

export function readManager(path: string, value: unknown): AnyManager {
  argument.fields(path, value)("addMessage", argument.callback);
  return value as AnyManager;
}
