// What the chat API asks of an agent and its memory.

import type { Json } from "../core/core.js";
import type { AnyManager } from "../manager/manager.js";

/** One user's agent, as far as the chat API uses it; a `ConversationAgent` is one. */
export interface Agent {
  /** That user's memory. */
  readonly manager: Pick<
    AnyManager,
    "getConversation" | "getConversationSummary" | "listConversationSummaries" | "getMessages" | "deleteConversation"
  >;
  /** Answers a question, in a new conversation when none is named. */
  processQuery(query: string, options: AgentCall): Promise<AgentTurn>;
}

/** What an agent is asked besides the question. */
export interface AgentCall {
  /** The conversation that the question goes on with; without one it begins one. */
  conversationId?: string;
  /** The name of the persona of a new conversation. */
  persona?: string;
  /** Aborted when whoever sent the request no longer waits for the answer. */
  signal?: AbortSignal;
}

/** What came of a question. */
export interface AgentTurn {
  /** Of question and answer. */
  conversationId: string;
  /** The text of the answer. */
  answer: string;
  /** The chart, where there is one. */
  visualization?: {
    /** The kind of chart, in the agent's own word. */
    chartType: string;
    /** What draws it, such as a Vega-Lite specification. */
    config: Json;
  };
  /** What was pointed out, in sentences. */
  insights: readonly string[];
}
