// One message by its id.

import { isMemoryError } from "../errors.js";
import type { AnyManager } from "../manager/manager.js";
import type { Message } from "../manager/records.js";

/** A stored message, of whatever branch; undefined when there is none. */
export async function storedMessage(manager: AnyManager, conversationId: string, messageId: string): Promise<Message | undefined> {
  try {
    const alternatives: Message[] = await manager.listBranches(conversationId, messageId);
    return alternatives.find(({ id }) => id === messageId);
  } catch (error) {
    if (isMemoryError(error) && error.code === "not-found") return undefined;
    throw error;
  }
}
