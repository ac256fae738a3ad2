// What this page knows to have been stored of a conversation. A chat goes on showing a message that was deleted or changed in
// another tab: when it saves all that it shows, the message must not come back, and what was stored since must stay.

import type { UIMessage } from "ai";
import type { AnyManager } from "../../manager/manager.js";
import { digestOf } from "../digest.js";
import { withoutMarks } from "./ui-messages.js";

/** Of so many conversations, those that were loaded or saved last. */
const MAX_CONVERSATIONS = 20;

/**
 * The versions of a message that a chat of this page may show: each that was loaded since a chat has saved one of its own. Which
 * of them it shows is not known, as others may have loaded the conversation since. By their digests: parts may hold whole files.
 */
export class KnownMessage {
  #parts = new Set<string>();
  #last: string | undefined;
  #metadata = new Set<string>();
  #keys: string[] | undefined;

  /** Whether a chat may have these parts of what was stored. */
  hadParts(parts: UIMessage["parts"]): boolean {
    return this.#parts.has(digestOf(withoutMarks(parts)));
  }

  /** Whether it had these parts when it was last loaded or saved. */
  hadLast(parts: UIMessage["parts"]): boolean {
    return this.#last === digestOf(withoutMarks(parts));
  }

  /** Whether a chat may have this metadata of what was stored. */
  hadMetadata(metadata: unknown): boolean {
    return this.#metadata.has(digestOf(metadata));
  }

  /** The fields that its metadata has in every version: a chat that does not have one of them has taken it away. */
  get keys(): readonly string[] {
    return this.#keys ?? [];
  }

  /** It was loaded: another chat may still show what was loaded before. */
  add({ parts, metadata }: UIMessage): void {
    const keys = Object.keys(metadata ?? {});
    this.#parts.add((this.#last = digestOf(withoutMarks(parts))));
    this.#metadata.add(digestOf(metadata));
    this.#keys = this.#keys?.filter((key) => keys.includes(key)) ?? keys;
  }

  /** A chat has saved it. What it had before is none of its versions any more: going back to that is a change. */
  replace({ parts, metadata }: UIMessage): void {
    this.#last = digestOf(withoutMarks(parts));
    if (!this.#parts.has(this.#last)) this.#parts = new Set([this.#last]);
    if (metadata === undefined || this.hadMetadata(metadata)) return;
    this.#metadata = new Set([digestOf(metadata)]);
    this.#keys = Object.keys(metadata as object);
  }
}

type KnownById = Map<string, KnownMessage>;

/** The conversations that were there when this page read or wrote them: as few characters as an id has, so all of them. */
const seen = new WeakMap<AnyManager, Set<string>>();

const known = new WeakMap<AnyManager, Map<string, KnownById>>();

/** The conversation is there. */
export function rememberConversation(manager: AnyManager, conversationId: string): void {
  seen.set(manager, (seen.get(manager) ?? new Set()).add(conversationId));
}

/** Whether the conversation was there before. */
export function wasConversation(manager: AnyManager, conversationId: string): boolean {
  return seen.get(manager)?.has(conversationId) ?? false;
}

/** These messages of the conversation were read as they are stored. */
export function rememberLoaded(manager: AnyManager, conversationId: string, messages: readonly UIMessage[]): void {
  const stored = knownIn(manager, conversationId);
  for (const message of messages) knownAs(stored, message.id).add(message);
}

/** These messages of a chat are stored. */
export function rememberSaved(manager: AnyManager, conversationId: string, messages: readonly UIMessage[]): void {
  const stored = knownIn(manager, conversationId);
  for (const message of messages) knownAs(stored, message.id).replace(message);
}

/** An answer came to nothing: what a chat shows of it is not to be stored. */
export function rememberGone(manager: AnyManager, conversationId: string, messageId: string): void {
  knownAs(knownIn(manager, conversationId), messageId);
}

/** What is known of a conversation that is there; the one that was used last stands at the end. */
function knownIn(manager: AnyManager, conversationId: string): KnownById {
  rememberConversation(manager, conversationId);
  const conversations = known.get(manager) ?? new Map<string, KnownById>();
  known.set(manager, conversations);
  const stored = conversations.get(conversationId) ?? new Map<string, KnownMessage>();
  conversations.delete(conversationId);
  conversations.set(conversationId, stored);
  const [oldest] = conversations.keys();
  if (conversations.size > MAX_CONVERSATIONS) conversations.delete(oldest!);
  return stored;
}

function knownAs(stored: KnownById, messageId: string): KnownMessage {
  const message = stored.get(messageId) ?? new KnownMessage();
  stored.set(messageId, message);
  return message;
}

/** What was loaded or saved under the id. */
export function knownMessage(manager: AnyManager, conversationId: string, messageId: string): KnownMessage | undefined {
  return known.get(manager)?.get(conversationId)?.get(messageId);
}

/**
 * Whether this message was stored. Other parts under the id of a question are something new that was said; an answer is the same
 * one while it grows. While something `isThere` under the id, as the question that it was before an edit, only what it was last is
 * the same.
 */
export function wasStored(manager: AnyManager, conversationId: string, { id, role, parts }: UIMessage, isThere = false): boolean {
  const stored = knownMessage(manager, conversationId, id);
  return stored !== undefined && (role === "assistant" || (isThere ? stored.hadLast(parts) : stored.hadParts(parts)));
}
