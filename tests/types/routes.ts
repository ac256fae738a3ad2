// Checked by `tsc`, never run: right and wrong uses of the chat API.
import { ConversationAgent, ConversationManager, createChatRoutes } from "conversation-memory";
import type { Agent, AgentCall, AgentTurn, ChatRoutes, ChatRoutesOptions } from "conversation-memory";
import { serveChat } from "conversation-memory/service-worker";
import * as slim from "conversation-memory/slim";

/** An agent of the application's own, which does and says more than the chat API asks for. */
class OwnAgent {
  constructor(readonly manager: ConversationManager) {}

  async processQuery(
    query: string,
    options?: AgentCall & { onDelta?: (text: string) => void },
  ): Promise<AgentTurn & { messageId: string }> {
    options?.onDelta?.(query);
    const visualization = { chartType: "bar", config: { x: ["2025", null] } };
    return { conversationId: options?.conversationId ?? "x", messageId: "y", answer: query, visualization, insights: [] };
  }
}

export async function rightUses(request: Request): Promise<Response> {
  const agentFor = async (userId: string) => new OwnAgent(await ConversationManager.open({ userId }));
  const options: ChatRoutesOptions = {
    prefix: "/chat",
    authenticate: async ({ headers }) => headers.get("x-user") ?? undefined,
    agentFor,
    onError: (error, { url }) => `${error} ${url}`,
  };
  const routes: ChatRoutes = createChatRoutes(options);
  slim.createChatRoutes({ authenticate: () => "ada", agentFor });
  serveChat({ agentFor });
  serveChat(options);
  (await agentFor("ada")) satisfies Agent;
  return (await routes(request)) ?? new Response(null, { status: 404 });
}

export async function wrongUses(agent: Agent, routes: ChatRoutes, request: Request): Promise<void> {
  // @ts-expect-error nobody says whose a request is
  createChatRoutes({ agentFor: () => agent });
  // @ts-expect-error there is no agent
  createChatRoutes({ authenticate: () => "ada" });
  // @ts-expect-error a user is named by a string
  createChatRoutes({ authenticate: () => 5, agentFor: () => agent });
  // @ts-expect-error an agent has a memory
  createChatRoutes({ authenticate: () => "ada", agentFor: () => ({ processQuery: agent.processQuery }) });
  // @ts-expect-error there is no agent
  serveChat({ prefix: "/chat" });
  // @ts-expect-error an address is no request
  await routes("/api/v1/chat/conversations");
  // @ts-expect-error the address may be none of the chat API's
  (await routes(request)).status;
}

/** The package's own agent is one that the chat API can ask. */
export const asked = (agent: ConversationAgent): Agent => agent;
