// Serializers of what the chat API answers with: the names of fields in snake_case, their values as they are.

import type { ConversationSummary, Message } from "../core/core.js";
import type { AgentTurn } from "./agent.js";

export function serializeTurn({ conversationId, answer, visualization, insights }: AgentTurn) {
  return {
    conversation_id: conversationId,
    message: answer,
    visualization: visualization ? { chart_type: visualization.chartType, config: visualization.config } : null,
    insights,
  };
}

/** A conversation as a list shows it. */
export function serializeListed({ id, title, persona, messageCount, createdAt, updatedAt }: ConversationSummary) {
  return { id, title, persona, message_count: messageCount, created_at: createdAt, updated_at: updatedAt };
}

/** A conversation beside its messages. */
export function serializeConversation({ id, title, persona, createdAt }: ConversationSummary) {
  return { id, title, persona, created_at: createdAt };
}

/** Metadata is the application's and keeps the names it has. */
export function serializeMessage({ id, conversationId, role, content, metadata, createdAt }: Message) {
  return { id, conversation_id: conversationId, role, content, metadata, created_at: createdAt };
}
