// What a thread's history writes.

import { isMemoryError } from "../../errors.js";
import type { AnyManager } from "../../manager/manager.js";
import type { NewMessage } from "../../manager/records.js";
import * as argument from "../../validation/arguments.js";
import { isEqual } from "../json.js";

/** Where messages are read and written. */
export interface Place {
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

/** A queue of its own. */
export function queue(): Place["inOrder"] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}

/** Stores a message, or what has changed of one that is there. */
export function storeMessage(place: Place, message: NewMessage & { id: string }): Promise<void> {
  return place.inOrder(async () => store(place.manager, await place.wanted(), message));
}

async function store(manager: AnyManager, id: string, message: NewMessage & { id: string }): Promise<void> {
  const { parts, metadata, status } = message;
  try {
    // What is there with the same words is left as it is.
    const stored = await manager.addMessage(id, message);
    const { editedAt: _, ...known } = stored.metadata;
    if (stored.status === (status ?? "complete") && isEqual(known, metadata)) return;
  } catch (error) {
    const isThere = isMemoryError(error) && error.code === "invalid-input" && (await isStored(manager, id, message.id));
    if (!isThere) throw error;
  }
  await manager.updateMessage(id, message.id, { ...(parts && { parts }), ...(metadata && { metadata }), ...(status && { status }) });
}

/** Deletes messages; one that is not there is as good as deleted. */
export function deleteMessages({ manager, known, inOrder }: Place, messageIds: readonly string[]): Promise<void> {
  return inOrder(async () => {
    const id = known();
    if (id === undefined) return;
    for (const messageId of messageIds) {
      await manager.deleteMessage(id, messageId).catch((error: unknown) => {
        if (!(isMemoryError(error) && error.code === "not-found")) throw error;
      });
    }
  });
}

export function readManager(path: string, value: unknown): AnyManager {
  argument.fields(path, value)("addMessage", argument.callback);
  return value as AnyManager;
}

const isStored = (manager: AnyManager, id: string, messageId: string): Promise<boolean> =>
  manager.listBranches(id, messageId).then(() => true, () => false);
