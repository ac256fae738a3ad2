// Answers whose tab died while they were arriving.

import type { Core } from "../core/core.js";
import { ifFree } from "./locks.js";

/** The lock of a turn: one at a time in a conversation. */
export const turnLock = (place: string, conversationId: string): string =>
  `conversation-memory: turn ${place} ${conversationId}`;

/**
 * Turns what had arrived of answers into messages with the status "interrupted". An answer whose turn still holds its lock
 * is arriving in another tab and is left alone.
 */
export async function recover(core: Core, place: string): Promise<void> {
  const interrupted = async () => (await core.waiting()).filter(({ kind }) => kind === "answer");
  for (const { conversationId, messageId } of (await interrupted().catch(later)) ?? []) {
    await ifFree(turnLock(place, conversationId), async () => {
      // Another tab may have done it by now.
      const draft = (await interrupted()).find((one) => one.messageId === messageId);
      if (draft === undefined) return;
      const gone = [messageId, ...(draft.parentId === undefined ? [] : [draft.parentId])];
      const message = { id: messageId, role: "assistant", content: draft.content, status: "interrupted" } as const;
      const step = { messages: [message], parentId: draft.parentId, gone, aside: true };
      await core.settleTurn(conversationId, step);
    }).catch(later);
  }
}

/** A full disk or a damaged row must keep nobody from opening the memory: what is left waits for the next time. */
const later = (): undefined => undefined;
