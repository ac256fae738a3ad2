// A turn that somebody else has ended: another tab, where there are no locks for all of them.

import type { Core, Json, PendingTurn } from "../core/core.js";
import { memoryError } from "../errors.js";
import type { TurnOptions } from "./options.js";
import { finishReasonIn, tell, type TurnResult } from "./turn.js";

/** So many of the newest messages are searched for why another tab did not answer. */
const SEARCHED_MESSAGES = 100;

/** What somebody else has answered meanwhile, or why he has not; undefined when the question was cancelled. */
export async function answerOfAnother(
  core: Core,
  { conversationId, messageId, questionId }: PendingTurn,
  onDelta: TurnOptions["onDelta"],
): Promise<TurnResult | undefined> {
  const recent = await core.getRecentMessages(conversationId, SEARCHED_MESSAGES);
  const branches = await core.listBranches(conversationId, messageId).catch(() => []);
  const message = branches.find(({ id }) => id === messageId);
  if (message?.status === "complete") {
    const { content: answer, metadata } = message;
    const { chartType, config } = (metadata.visualization ?? {}) as { chartType?: string; config?: Json };
    const insights = (Array.isArray(metadata.insights) ? metadata.insights : []) as string[];
    const chart = chartType !== undefined && config !== undefined && { visualization: { chartType, config } };
    if (onDelta) tell(onDelta, answer);
    return { conversationId, messageId, answer, insights, ...chart, ...finishReasonIn(metadata) };
  }
  const error = recent.find(({ parentId, metadata }) => (parentId === questionId || parentId === messageId) && metadata.errorType);
  if (error) throw memoryError(error.metadata.errorType as "model", error.content.replace(/^Error: /, ""));
  if (message) throw memoryError("aborted", "another tab answered the question and was stopped; what had arrived is kept");
  return undefined;
}
