// The chat API: the REST API of a memory and its agent, over Fetch's Request and Response.

import { invalid, isMemoryError } from "../errors.js";
import * as argument from "../validation/arguments.js";
import type { Agent } from "./agent.js";
import { toHttpError } from "./error-mapping.js";
import { HANDLERS } from "./handlers.js";
import { notAllowed, notAuthenticated } from "./http-error.js";
import { errorResponse, json, noContent, withoutBody } from "./responses.js";
import { DEFAULT_PREFIX, findRoute, readPrefix, type Route } from "./router.js";

export type { Agent, AgentCall, AgentTurn } from "./agent.js";

/** What the chat API needs of an application. */
export interface ChatRoutesOptions {
  /** The path before all routes. Default "/api/v1/chat". */
  prefix?: string;
  /**
   * The id of the user who sends a request; undefined or blank when it is nobody's. To look into the body, read
   * `request.clone()`. Where it goes by cookies, it has to refuse what other sites make a browser send.
   */
  authenticate(request: Request): Promise<string | undefined> | string | undefined;
  /** The agent of that user and of nobody else. It is asked with every request: keep the agents that you make. */
  agentFor(userId: string): Promise<Agent> | Agent;
  /** Told of the error behind every answer of status 500 and above, because the answer does not tell it. */
  onError?: (error: unknown, request: Request) => void;
}

/** What answers requests; undefined when the address is not one of the chat API's. */
export type ChatRoutes = (request: Request) => Promise<Response | undefined>;

/**
 * The chat API, to mount in a service worker, a server or a test:
 *
 * - `POST {prefix}/message` with `{ query, conversation_id?, persona? }` asks, in a new conversation when none is named:
 *   `{ conversation_id, message, visualization, insights }`, where `message` is the answer's text, `visualization` is
 *   `{ chart_type, config }` or null, and `insights` are strings.
 * - `GET {prefix}/conversations?limit=50&offset=0`, the most recently updated first:
 *   `{ conversations: [{ id, title, persona, message_count, created_at, updated_at }] }`.
 * - `GET {prefix}/conversations/{id}`, all messages of the active branch, oldest first:
 *   `{ conversation: { id, title, persona, created_at },
 *   messages: [{ id, conversation_id, role, content, metadata, created_at }] }`.
 * - `DELETE {prefix}/conversations/{id}`: `{ message }`.
 *
 * `persona` is a persona's name in what is asked and its display name in what is answered. What is in `metadata` and
 * `config` stays as it is. Bodies are JSON in UTF-8, whatever their content type says. HEAD is answered like GET, OPTIONS
 * with 204 and `Allow`.
 *
 * What is not fulfilled is answered with `{ detail }`:
 *
 * | status | because |
 * |---|---|
 * | 401 | the request is nobody's |
 * | 404 | this user has no such conversation; somebody else's looks the same |
 * | 405 | the route has no such method; `Allow` says which it has |
 * | 413 | the body has more than 1 MiB |
 * | 422 | something does not fit: `detail` is a list of `{ loc, msg, type }`, as FastAPI gives it |
 * | 499 | the request was aborted (error code `aborted`) |
 * | 500 | `corrupt`, `storage`, and everything unexpected, also from `authenticate` and `agentFor` |
 * | 502 | the language model failed (`model`) |
 * | 503 | `storage-unavailable`, `storage-blocked`, `schema-too-new`, `closed` |
 * | 507 | `storage-full` |
 *
 * Whatever happens during a request becomes such an answer; it rejects only when it is not given a request.
 *
 * @throws `invalid-input` when an option does not fit; its `argument` names it.
 *
 * @example
 * const routes = createChatRoutes({
 *   authenticate: (request) => userOf(request.headers.get("authorization")),
 *   agentFor: (userId) => agents.get(userId),
 * });
 * const response = (await routes(request)) ?? new Response(null, { status: 404 });
 */
export function createChatRoutes(options: ChatRoutesOptions): ChatRoutes {
  const option = argument.options("options", options ?? null);
  const prefix = option("prefix", argument.optional(readPrefix)) ?? DEFAULT_PREFIX;
  const authenticate = option("authenticate", argument.callback<ChatRoutesOptions["authenticate"]>);
  const agentFor = option("agentFor", argument.callback<ChatRoutesOptions["agentFor"]>);
  const onError = option("onError", argument.optional(argument.callback<NonNullable<ChatRoutesOptions["onError"]>>));

  async function answer(request: Request, address: URL, route: Route): Promise<Response> {
    const methods = HANDLERS[route.name];
    const allow = [...methods.keys(), ...(methods.has("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
    if (request.method === "OPTIONS") return noContent({ allow });
    const handle = methods.get(request.method === "HEAD" ? "GET" : request.method);
    if (!handle) throw notAllowed(allow);
    const userId = await blameless(() => Reflect.apply(authenticate, options, [request]));
    if (typeof userId !== "string" || userId.trim() === "") throw notAuthenticated();
    const id = route.name === "conversation" ? route.id : undefined;
    const agent = () => blameless(() => Reflect.apply(agentFor, options, [userId]));
    return json(200, await handle({ request, address, id, agent }));
  }

  /** What the application does with it is its own; it must not change the answer. */
  async function report(error: unknown, request: Request): Promise<void> {
    try {
      await onError?.call(options, error, request);
    } catch {
      // there is nobody left to tell
    }
  }

  return async (request) => {
    const address = addressOf(request);
    const route = findRoute(prefix, address);
    if (!route) return undefined;
    const response = await answer(request, address, route).catch((error: unknown) => {
      const failure = toHttpError(error, request.signal);
      if (failure.status >= 500) void report(error, request);
      return errorResponse(failure);
    });
    return request.method === "HEAD" ? withoutBody(response) : response;
  };
}

function addressOf(request: Request): URL {
  try {
    return new URL(request.url);
  } catch {
    throw invalid("request", "a Request of the Fetch standard", request);
  }
}

/** Runs what the application has set up: that its arguments do not fit is not the fault of who sent the request. */
async function blameless<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isMemoryError(error) && (error.code === "invalid-input" || error.code === "not-found")) {
      throw new Error(error.message, { cause: error });
    }
    throw error;
  }
}
