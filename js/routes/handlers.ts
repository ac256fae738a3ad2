// What each route does, by method. A handler gives the body of a response of status 200.

import type { Agent } from "./agent.js";
import { notFound } from "./http-error.js";
import { readMessageRequest } from "./message-request.js";
import { readPagination } from "./pagination.js";
import { readJson } from "./request-body.js";
import type { Route } from "./router.js";
import { serializeConversation, serializeListed, serializeMessage, serializeTurn } from "./serializers.js";

export interface HandlerCall {
  request: Request;
  address: URL;
  /** The conversation's id in the address. */
  id: string | undefined;
  /** Opens the memory: only when the request is known to fit. */
  agent: () => Promise<Agent>;
}

type Handler = (call: HandlerCall) => Promise<unknown>;

/** A Map, because a request's method may be any word, such as "constructor". */
export const HANDLERS: Record<Route["name"], ReadonlyMap<string, Handler>> = {
  message: new Map<string, Handler>([["POST", ask]]),
  conversations: new Map<string, Handler>([["GET", list]]),
  conversation: new Map<string, Handler>([
    ["GET", show],
    ["DELETE", remove],
  ]),
};

async function ask({ request, agent }: HandlerCall) {
  const { query, conversationId, persona } = readMessageRequest(await readJson(request));
  const answering = await agent();
  // Looked up first, so that nothing is asked of a model about somebody else's conversation, whatever the agent checks.
  const isKnown = conversationId === undefined || (await answering.manager.getConversation(conversationId));
  if (!isKnown) throw notFound();
  return serializeTurn(await answering.processQuery(query, { conversationId, persona, signal: request.signal }));
}

async function list({ address, agent }: HandlerCall) {
  const page = readPagination(address.searchParams);
  const { manager } = await agent();
  return { conversations: (await manager.listConversationSummaries(page)).map(serializeListed) };
}

async function show({ id, agent }: HandlerCall) {
  if (id === undefined) throw notFound();
  const { manager } = await agent();
  const conversation = await manager.getConversationSummary(id);
  if (!conversation) throw notFound();
  // All of them in one transaction: pages could be of two branches when another tab switches in between.
  const messages = await manager.getMessages(id, { limit: Number.MAX_SAFE_INTEGER });
  return { conversation: serializeConversation(conversation), messages: messages.map(serializeMessage) };
}

async function remove({ id, agent }: HandlerCall) {
  if (id === undefined || !(await (await agent()).manager.deleteConversation(id))) throw notFound();
  return { message: "Conversation deleted" };
}
