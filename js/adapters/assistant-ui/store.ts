// What a thread's history writes.

import { isMemoryError } from "../../errors.js";
import type { AnyManager } from "../../manager/manager.js";
import type { NewMessage } from "../../manager/records.js";
import * as argument from "../../validation/arguments.js";
import { isEqual } from "../json.js";
import { withFilesKept } from "../stored-files.js";
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
  /** What each message follows that this page has loaded or stored, by conversations. One that is not there any more was deleted. */
  readonly #parents = new Map<string, Map<string, string | null>>();

  remember(questionId: string, conversationId: string): void {
    const [oldest] = this.conversations.keys();
    if (this.conversations.size >= MAX_REMEMBERED) this.conversations.delete(oldest!);
    this.conversations.set(questionId, conversationId);
  }

  parentsIn(conversationId: string): Map<string, string | null> {
    const known = this.#parents.get(conversationId) ?? new Map<string, string | null>();
    this.#parents.set(conversationId, known);
    return known;
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

/** These messages of a conversation are stored. */
export function rememberStored(manager: AnyManager, conversationId: string, messages: readonly { id: string; parentId?: string | null }[]): void {
  const parents = writesOf(manager).parentsIn(conversationId);
  for (const { id, parentId = null } of messages) parents.set(id, parentId);
}

/**
 * Stores a message, or what has changed of one that is there. One that this page knows to have been stored, and that is not there any
 * more, stays deleted.
 */
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

async function store(manager: AnyManager, id: string, given: NewMessage & { id: string }): Promise<void> {
  const isKnown = writesOf(manager).parentsIn(id).has(given.id);
  const before = isKnown ? await storedMessage(manager, id, given.id) : undefined;
  if (isKnown && before === undefined) return;
  const message = { ...given, ...(given.parts && { parts: withFilesKept(given.parts, before?.parts) }) };
  try {
    // What is there with the same words is left as it is.
    const stored = await manager.addMessage(id, { ...message, parentId: await parentOf(manager, id, message.parentId) });
    rememberStored(manager, id, [stored]);
    if (stored.status === (message.status ?? "complete") && isEqual({ ...stored.metadata, ...message.metadata }, stored.metadata)) return;
  } catch (error) {
    const isThere = isMemoryError(error) && error.code === "invalid-input" && (await storedMessage(manager, id, message.id)) !== undefined;
    if (!isThere) throw error;
  }
  await change(manager, id, message);
}

/** What a message follows: of one that was deleted, what that followed. */
async function parentOf(manager: AnyManager, id: string, parentId: NewMessage["parentId"]): Promise<NewMessage["parentId"]> {
  const parents = writesOf(manager).parentsIn(id);
  let parent = parentId;
  while (typeof parent === "string" && parents.has(parent) && (await storedMessage(manager, id, parent)) === undefined) parent = parents.get(parent);
  return parent;
}

/** Writes what is to be said of a message that is there, beside what the application keeps in its metadata; false when it is not there. */
async function change(manager: AnyManager, id: string, { id: messageId, parts, metadata, status }: NewMessage & { id: string }): Promise<boolean> {
  const stored = await storedMessage(manager, id, messageId);
  if (stored === undefined) return false;
  rememberStored(manager, id, [stored]);
  const whole = metadata && { ...stored.metadata, ...metadata };
  try {
    await manager.updateMessage(id, messageId, { ...(parts && { parts: withFilesKept(parts, stored.parts) }), ...(whole && { metadata: whole }), ...(status && { status }) });
    return true;
  } catch (error) {
    if (isMemoryError(error) && error.code === "not-found") return false;
    throw error;
  }
}

/**
 * Writes what has changed of a message. One that is not there, and that this page never knew as stored, is added if it `mayAdd`.
 * Whether it is there.
 */
export async function updateMessage(access: ThreadAccess, message: NewMessage & { id: string }, mayAdd = true): Promise<boolean> {
  const { manager, inOrder, wanted } = access;
  let isThere = false;
  await written(manager, () => inOrder(async () => {
    const id = await wanted();
    isThere = await change(manager, id, message);
    if (isThere || !mayAdd || writesOf(manager).parentsIn(id).has(message.id)) return;
    await store(manager, id, message);
    isThere = true;
  }));
  return isThere;
}

/** Deletes messages; one that is not there is as good as deleted. */
export function deleteMessages({ manager, known, inOrder }: ThreadAccess, messageIds: readonly string[]): Promise<void> {
  return written(manager, () => inOrder(async () => {
    const id = known();
    if (id === undefined) return;
    for (const messageId of messageIds) {
      writesOf(manager).parentsIn(id).delete(messageId); // whoever stores it again wants it back
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
