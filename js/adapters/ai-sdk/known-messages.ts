// What this page knows to have been stored of a conversation. A chat goes on showing a message that was deleted or changed in
// another tab: when it saves all that it shows, the message must not come back, and what was stored since must stay.

import type { UIMessage } from "ai";
import type { AnyManager } from "../../manager/manager.js";
import { copyOf } from "../json.js";
import { haveSameParts } from "./ui-messages.js";

/** Of so many conversations, those that were loaded or saved last. */
const MAX_CONVERSATIONS = 20;

type Known = Pick<UIMessage, "parts" | "metadata">;
type KnownById = Map<string, Known>;

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

/** These messages of the conversation are stored as they are. */
export function rememberStored(manager: AnyManager, conversationId: string, messages: readonly UIMessage[]): void {
  const stored = knownIn(manager, conversationId);
  for (const { id, parts, metadata } of messages) stored.set(id, copyOf({ parts, metadata }));
}

/** An answer came to nothing: what a chat shows of it is not to be stored. */
export function rememberGone(manager: AnyManager, conversationId: string, messageId: string): void {
  const stored = knownIn(manager, conversationId);
  if (!stored.has(messageId)) stored.set(messageId, { parts: [], metadata: undefined });
}

/** What is known of a conversation that is there; the one that was used last stands at the end. */
function knownIn(manager: AnyManager, conversationId: string): KnownById {
  rememberConversation(manager, conversationId);
  const conversations = known.get(manager) ?? new Map<string, KnownById>();
  known.set(manager, conversations);
  const stored = conversations.get(conversationId) ?? new Map<string, Known>();
  conversations.delete(conversationId);
  conversations.set(conversationId, stored);
  const [oldest] = conversations.keys();
  if (conversations.size > MAX_CONVERSATIONS) conversations.delete(oldest!);
  return stored;
}

/** What was last loaded or saved under the id. */
export function lastKnown(manager: AnyManager, conversationId: string, messageId: string): Known | undefined {
  return known.get(manager)?.get(conversationId)?.get(messageId);
}

/**
 * Whether this message was stored. Other parts under the id of a question are something new that was said; an answer is the same
 * one while it grows.
 */
export function wasStored(manager: AnyManager, conversationId: string, { id, role, parts }: UIMessage): boolean {
  const stored = lastKnown(manager, conversationId, id);
  return stored !== undefined && (role === "assistant" || haveSameParts(stored.parts, parts));
}
