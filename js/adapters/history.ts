// The active branch as a framework sees a history: a list that grows at its end, from which the newest can be taken, and
// that can be emptied. Each change is one transaction for whoever reads it; what is tidied up behind it may be interrupted.

import { exclusive, historyLock } from "../concurrency/locks.js";
import { invalid, isMemoryError } from "../errors.js";
import type { AnyManager } from "../manager/manager.js";
import type { Message, ThreadMessage } from "../manager/records.js";

/** What adapters use of a manager, of whichever entry point. */
export type HistoryManager = Pick<
  AnyManager,
  "addMessage" | "addMessages" | "deleteMessage" | "getAttachment" | "getThread" | "getTree" | "listBranches" | "updateMessage"
>;

/** As much as there is. */
const ALL = Number.MAX_SAFE_INTEGER;

/**
 * Marks a message that says nothing, and that no history has: what stands before it on the branch is the whole history.
 * "cleared": everything that is older is to be deleted. "taken": the branch ends there, and its alternatives stay.
 */
const END = "historyEnd";

/** Whether a message only marks where a history ends. */
export function isEnd({ metadata }: Message<any>): boolean {
  return metadata[END] !== undefined;
}

/** Reads the option `manager`. */
export function readManager(argument: string, value: unknown): HistoryManager {
  const isOne = typeof value === "object" && value !== null && typeof (value as Partial<HistoryManager>).getThread === "function";
  if (!isOne) throw invalid(argument, "a ConversationManager, as open() gives it", value);
  return value as HistoryManager;
}

/** Runs `work` while no adapter changes this history, in whatever tab: for what reads before it writes. */
export function changing<T>(conversationId: string, work: () => Promise<T>): Promise<T> {
  return exclusive(historyLock(conversationId), undefined, work);
}

/** A message of a history, and what a framework knows it as. */
export interface HistoryEntry<T> {
  message: ThreadMessage<any>;
  value: T;
}

/** The newest `limit` messages that `read` knows, in their order; all of them without a limit. */
export async function readHistory<T>(
  manager: HistoryManager,
  conversationId: string,
  read: (message: ThreadMessage<any>) => T | undefined,
  limit = ALL,
): Promise<HistoryEntry<T>[]> {
  let found: HistoryEntry<T>[] = [];
  let before: string | undefined;
  while (found.length < limit) {
    const thread = await manager.getThread(conversationId, { before, limit: limit - found.length });
    const [first] = thread.messages;
    if (limit === ALL && first?.metadata[END] === "cleared") await deleteOlder(manager, conversationId, first);
    found = [...thread.messages.flatMap((message) => known(message, read)), ...found];
    before = thread.before;
    if (before === undefined) break;
  }
  return found;
}

function known<T>(message: ThreadMessage<any>, read: (message: ThreadMessage<any>) => T | undefined): HistoryEntry<T>[] {
  const value = isEnd(message) ? undefined : read(message);
  return value === undefined ? [] : [{ message, value }];
}

/** Takes the newest message that `read` knows off the history. Of several callers one gets it. */
export async function takeNewest<T>(
  manager: HistoryManager,
  conversationId: string,
  read: (message: ThreadMessage<any>) => T | undefined,
): Promise<T | undefined> {
  for (;;) {
    const [newest] = await readHistory(manager, conversationId, read, 1);
    if (newest === undefined) return undefined;
    const { message, value } = newest;
    // Otherwise the newest of its alternatives would take its place.
    if (message.siblings.count > 1) await endHistory(manager, conversationId, message.parentId ?? null);
    if (await manager.deleteMessage(conversationId, message.id)) return value;
  }
}

/** Has the active branch end behind that message, or before all; `own` is what the mark keeps. */
export async function endHistory(
  manager: HistoryManager,
  conversationId: string,
  parentId: string | null,
  own: { id?: string; parts?: { type: string }[] } = {},
): Promise<void> {
  await manager.addMessage(conversationId, { role: "system", content: "", parentId, metadata: { [END]: "taken" }, ...own });
}

/**
 * Empties the history: at once for whoever reads it, and then every message that was there is deleted, of every branch. What a killed
 * tab has left of that is deleted when the whole history is read the next time.
 */
export async function clearHistory(manager: HistoryManager, conversationId: string): Promise<void> {
  const { messages } = await manager.getTree(conversationId);
  if (messages.length === 0) return;
  const end = await manager.addMessage(conversationId, { role: "system", content: "", parentId: null, metadata: { [END]: "cleared" } });
  await deleteOlder(manager, conversationId, end);
}

/** Deletes every message that is older than that mark, of whatever branch, and the mark. */
async function deleteOlder(manager: HistoryManager, conversationId: string, end: Message<any>): Promise<void> {
  const { messages } = await manager.getTree(conversationId);
  // The newest first: then nothing is left that would have to follow another one.
  const older = messages.filter(({ seq }) => seq < end.seq).sort((one, other) => one.seq - other.seq);
  await deleteMessages(manager, conversationId, older);
  await manager.deleteMessage(conversationId, end.id);
}

/** Deletes messages, the last one first, each in a transaction. */
export async function deleteMessages(manager: HistoryManager, conversationId: string, messages: readonly Message<any>[]): Promise<void> {
  for (const { id } of [...messages].reverse()) await manager.deleteMessage(conversationId, id);
}

/** The message of that id, of whatever branch; undefined when there is none. */
export async function findMessage(manager: HistoryManager, conversationId: string, messageId: string): Promise<Message<any> | undefined> {
  try {
    const alternatives = await manager.listBranches(conversationId, messageId);
    return alternatives.find(({ id }) => id === messageId);
  } catch (error) {
    if (isMemoryError(error) && error.code === "not-found" && error.record === messageId) return undefined;
    throw error;
  }
}

/** Whether a message that no adapter has stored is part of what a model gets to read. */
export function isForModel({ content, status, metadata }: Pick<Message<any>, "content" | "status" | "metadata">): boolean {
  return (status === "complete" || status === "interrupted") && metadata.errorType === undefined && content.trim() !== "";
}

/** JSON in one spelling, so that equal values have equal texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
