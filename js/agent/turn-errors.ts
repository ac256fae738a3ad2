// The errors with which turns end that came to no answer.

import type { PendingTurn } from "../core/core.js";
import { isMemoryError, memoryError, type MemoryError } from "../errors.js";
import { isWithoutNetwork } from "../providers/offline.js";

/** The error of a turn of the queue that was given up because another question waits. */
export const stalled = (text: string) => Object.assign(memoryError("aborted", `${text} while another question waits`), { stalled: true as const });

/** Whether a turn was given up because it kept another question waiting. */
export const isStalled = (error: unknown): boolean => isMemoryError(error) && "stalled" in error;

/** The error of a turn that was aborted. */
export function aborted(reason: unknown): MemoryError {
  return memoryError("aborted", "the turn was aborted; what had arrived is kept", reason);
}

/** The error of a question that waits: which one it is, for `cancelQueued`, and what it waits for. */
export function waiting(cause: MemoryError, { questionId: messageId, conversationId }: PendingTurn): MemoryError {
  const isAway = isWithoutNetwork() || cause.offline === true;
  const text = isAway
    ? "the network is away; the question is kept and will be answered when it is back"
    : `${cause.message}; the question is kept and will be asked again`;
  const why = { unreachable: true as const, ...(isAway && { offline: true as const }) };
  return Object.assign(memoryError("model", text, cause), { ...why, messageId, conversationId });
}
