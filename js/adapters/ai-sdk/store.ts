// A chat of the AI SDK in and out of a memory.

import type { UIMessage } from "ai";
import type { AnyManager } from "../../manager/manager.js";
import type { Message, NewMessage } from "../../manager/records.js";
import * as argument from "../../validation/arguments.js";
import { changing } from "../history.js";
import { withFilesKept } from "../stored-files.js";
import { type KnownMessage, knownMessage, rememberLoaded, rememberSaved, wasStored } from "./known-messages.js";
import { hasMetadata, hasParts, readUIMessage, toNewMessage, toUIMessage } from "./ui-messages.js";

/** Of every message, as many as a limit may say: more than a conversation has. */
const ALL = 0xffff_fffe;

/** How a chat is loaded. */
export interface LoadOptions {
  /** Only so many of the newest messages. Default: all of the active branch. */
  limit?: number;
}

/**
 * The messages of a conversation's active branch, for `useChat({ messages })` or `setMessages`: all parts, ids and metadata as
 * `saveUIMessages` was given them. Files are data URLs. Answers of this package's agent are a text, behind what the model told
 * of its reasoning.
 *
 * While an answer is arriving, in whatever tab, the messages end with its question: `resumeStream` of the chat brings
 * it.
 *
 * @throws `not-found` when this user has no such conversation.
 *
 * @example
 * const messages = await loadUIMessages(memory, conversation.id);
 * // In the component that is shown then:
 * const chat = useChat({ id: conversation.id, messages, transport, resume: true });
 */
export async function loadUIMessages<UI extends UIMessage = UIMessage>(
  manager: AnyManager,
  conversationId: string,
  { limit }: LoadOptions = {},
): Promise<UI[]> {
  const { messages } = await loadChat<UI>(manager, conversationId, limit);
  return messages;
}

/** What a chat shows, the id of the answer that arrives to the last of it, and whether the last of it is an answer that is whole. */
export async function loadChat<UI extends UIMessage>(
  manager: AnyManager,
  conversationId: string,
  limit = ALL,
): Promise<{ messages: UI[]; arriving: string | undefined; isAnswered: boolean }> {
  const { messages, arriving } = await manager.getThread(conversationId, { limit });
  const questionIndex = messages.findIndex(({ id }) => id === arriving?.parentId);
  const shown = questionIndex === -1 ? messages : messages.slice(0, questionIndex + 1);
  const last = shown.at(-1);
  const loaded = await Promise.all(shown.map((message) => toUIMessage<UI>(manager, message)));
  rememberLoaded(manager, conversationId, loaded);
  return {
    messages: loaded,
    arriving: questionIndex === -1 ? undefined : arriving!.messageId,
    isAnswered: last?.role === "assistant" && last.status === "complete",
  };
}

/**
 * Stores a chat's messages as they are now: new ones behind the one before them, others where they have changed. Nothing
 * is removed: what the chat does not show any more, because it was regenerated or edited, stays as another branch, and
 * the branch of these messages is the active one. Data URLs are stored as files. Calls for one conversation take turns, so none
 * has to wait for the one before.
 *
 * Of a message that this page has loaded or saved only what the chat has changed since is written: what others have stored of it
 * stays, and so does what the application keeps in its metadata beside the chat's own. A field of its metadata that the chat had, and
 * has no more, is removed; a message without metadata leaves it as it is.
 *
 * A message that this page has loaded or saved, and that was deleted since, stays deleted, however long the chat goes on showing it;
 * what follows it in the chat follows the message before it. To store it again, add it with `addMessage`.
 *
 * A chat goes on calling an edited question by its id. It is stored beside the question as it was, under an id of its own, which
 * `loadUIMessages` gives.
 *
 * Not needed beside `createChatTransport`, which stores what it is asked and what it answers.
 *
 * @throws `not-found` when this user has no such conversation: create it first.
 * @throws `invalid-input` for what is no message, for ids that are longer than 128 characters, and for metadata that is no object.
 * @throws `storage-full` when there is no room; nothing of the new messages is stored then.
 *
 * @example
 * const chat = useChat({
 *   id: conversation.id,
 *   onFinish: ({ messages }) => saveUIMessages(memory, conversation.id, messages).catch((error) => console.error(error)),
 * });
 */
export async function saveUIMessages(manager: AnyManager, conversationId: string, messages: readonly UIMessage[]): Promise<void> {
  const id = argument.string("conversationId", conversationId);
  const given = argument.list("messages", messages, readUIMessage);
  // What it changes goes by what it has read.
  await changing(id, () => save(manager, id, given));
}

type KnownMessages = ReadonlyMap<string | undefined, Message>;

async function save(manager: AnyManager, conversationId: string, messages: UIMessage[]): Promise<void> {
  const { headId, messages: stored } = await manager.getTree(conversationId);
  const known: KnownMessages = new Map(stored.map((message: Message) => [message.id, message]));
  const added: NewMessage[] = [];
  /** The id that the message before is stored under; undefined where that is the last one to be added, which the next one follows by itself. */
  let last: string | null | undefined = null;
  for (const [index, message] of messages.entries()) {
    const old = await storedAs(manager, message, messages[index + 1], known);
    if (old === undefined && wasStored(manager, conversationId, message, known.has(message.id))) continue; // deleted since
    if (old === undefined) {
      const { id, ...given } = toNewMessage(message);
      const edited = known.get(id);
      const place = edited ? { parentId: edited.parentId ?? null } : { id, ...(last !== undefined && { parentId: last }) };
      added.push({ ...given, ...place });
    } else await update(manager, old, message, knownMessage(manager, conversationId, message.id));
    last = old?.id;
  }
  if (added.length > 0) await manager.addMessages(conversationId, added);
  rememberSaved(manager, conversationId, messages);
  if (last === null || last === undefined) return;
  // What was added in the midst of others has made its own branch the active one.
  if (added.length > 0 || !isOnBranch(last, headId, known)) await manager.switchBranch(conversationId, last);
}

/** Stores what the chat has changed of a message since it was loaded or saved: others may have changed the rest. */
async function update(manager: AnyManager, old: Message, message: UIMessage, before: KnownMessage | undefined): Promise<void> {
  const { metadata: noted } = message;
  // What the chat had and has taken away; a message without metadata says nothing of that.
  const taken = noted === undefined ? [] : (before?.keys ?? []).filter((key) => key in old.metadata && !(key in (noted as object)));
  const isSaid = before?.hadParts(message.parts) || (await hasParts(manager, old, message));
  const isNoted = before?.hadMetadata(noted) || (taken.length === 0 && hasMetadata(old, message));
  if (isSaid && isNoted) return;
  const { parts, metadata } = toNewMessage(message);
  const kept = Object.fromEntries(Object.entries(old.metadata).filter(([key]) => !taken.includes(key)));
  await manager.updateMessage(old.conversationId, old.id, { ...(!isSaid && { parts: withFilesKept(parts, old.parts) }), ...(!isNoted && { metadata: { ...kept, ...metadata } }) });
}

/**
 * Which stored message one of a chat is; undefined for one to be added. An edited question has the id of the question that it was
 * before: it is told from that by the message that follows it, and else by its parts.
 */
async function storedAs(manager: AnyManager, message: UIMessage, next: UIMessage | undefined, known: KnownMessages): Promise<Message | undefined> {
  const old = known.get(message.id);
  const answered = known.get(known.get(next?.id)?.parentId);
  // The question that it was before may be deleted.
  if (old === undefined && message.role === "user" && answered?.role === "user" && (await hasParts(manager, answered, message))) return answered;
  if (old?.role !== "user") return old;
  const all = [...known.values()];
  const isVersion = ({ role, parentId }: Message) => role === "user" && parentId === old.parentId;
  if (answered && isVersion(answered)) return answered;
  // Nothing stands behind a question that was not answered: there is no branch to keep.
  if ((await hasParts(manager, old, message)) || !all.some(({ parentId }) => parentId === old.id)) return old;
  for (const version of all.filter(isVersion)) if (await hasParts(manager, version, message)) return version;
  return undefined;
}

/** Whether the message leads to the newest one of the active branch. */
function isOnBranch(id: string, headId: string | undefined, known: KnownMessages): boolean {
  for (let at = headId; at !== undefined; at = known.get(at)?.parentId) if (at === id) return true;
  return false;
}
