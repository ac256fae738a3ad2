// A screen of the active branch around one of its messages, such as one that a search has found.

import type { AnyManager } from "../../manager/manager.js";
import type { ThreadMessage } from "../../manager/records.js";
import { storedMessage } from "../stored-message.js";

type MessagePosition = Pick<ThreadMessage, "seq" | "id">;

/** As docs/branches-and-edits.md says what a cursor is. */
const cursorAt = ({ seq, id }: MessagePosition): string => `${seq}.${id}`;

/** The cursor of a message; undefined when it is not there. */
export async function cursorOf(memory: AnyManager, conversationId: string, messageId: string): Promise<string | undefined> {
  const found = await storedMessage(memory, conversationId, messageId);
  return found && cursorAt(found);
}

/**
 * So many messages up to that of the cursor, and so many behind it. Where the active branch does not have it: up to the last one
 * that its own branch and the active one have in common.
 */
export async function threadAround(
  memory: AnyManager,
  conversationId: string,
  { cursor, older, newer }: { cursor: string; older: number; newer: number },
) {
  const behind = await memory.getThread(conversationId, { after: cursor, limit: newer });
  const [first] = behind.messages;
  const end = first === undefined ? {} : { before: cursorAt(first) };
  const { messages, before, arriving } = await memory.getThread(conversationId, { ...end, limit: older });
  return { messages: [...messages, ...behind.messages], before, after: behind.after, arriving };
}
