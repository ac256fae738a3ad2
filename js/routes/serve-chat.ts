// The chat API inside a service worker: pages call it with fetch, and it is answered on the device.

import { memoryError } from "../errors.js";
import * as argument from "../validation/arguments.js";
import { cacheAgents } from "./agent-cache.js";
import { type ChatRoutesOptions, createChatRoutes } from "./chat-routes.js";
import { DEFAULT_PREFIX, findRoute, readPrefix } from "./router.js";

/** What a service worker needs to answer the chat API. */
export interface ServeChatOptions extends Pick<ChatRoutesOptions, "prefix" | "onError"> {
  /** The id of the user who sends a request. Default: everybody on this device is the user "local". */
  authenticate?: ChatRoutesOptions["authenticate"];
  /**
   * Makes the agent of a user: called for the first request, and again when it failed or when the memory was closed
   * meanwhile. The worker sees neither the variables of its pages nor their `localStorage`, so the model and its key are
   * to be made or fetched in here.
   */
  agentFor: ChatRoutesOptions["agentFor"];
}

// The few things of a service worker that are needed; TypeScript's own declarations of it contradict those of a page.
interface LifeEvent {
  waitUntil(work: Promise<unknown>): void;
}
interface RequestEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface ServiceWorker {
  readonly location: { readonly origin: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: LifeEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: RequestEvent) => void): void;
  addEventListener(type: "message", listener: (event: LifeEvent & { readonly data: unknown }) => void): void;
}

/** The message of a page that the worker is to take over. */
const CLAIM = "conversation-memory: claim";

/**
 * Answers the chat API (see `createChatRoutes`) inside this service worker, for pages of its origin. All other requests
 * go where they went before. A new version of the worker takes over at once, open pages included.
 *
 * A page that no longer waits aborts the `signal` of its question only where the browser tells the worker; Chromium does
 * not. Otherwise the answer is completed and stored, and the page finds it in the conversation.
 *
 * A page that was reloaded with Shift goes past the worker, until it sends it the message "conversation-memory: claim".
 *
 * Call it while the worker's script first runs, before anything is awaited: a browser hears no listener that comes
 * later. The worker has to be registered as a module, and the pages that call have to lie within its scope. The policy
 * that its script is served with must allow `'wasm-unsafe-eval'`, where there is one.
 *
 * Errors behind an answer of status 500 and above go to the worker's console, unless `onError` is given.
 *
 * @throws `invalid-input` when an option does not fit, and outside of a service worker: use `createChatRoutes` there.
 *
 * @example
 * // sw.js
 * import { ConversationAgent, ConversationManager, openAICompatible } from "conversation-memory";
 * import { serveChat } from "conversation-memory/service-worker";
 *
 * serveChat({
 *   async agentFor(userId) {
 *     const manager = await ConversationManager.open({ userId });
 *     const model = openAICompatible({ baseURL: "https://llm.example/v1", model: "small" });
 *     return new ConversationAgent({ manager, model });
 *   },
 * });
 *
 * // in the page
 * const { serviceWorker } = navigator;
 * const claimed = new Promise((resolve) => serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
 * await serviceWorker.register("/sw.js", { type: "module" });
 * const { active } = await serviceWorker.ready;
 * if (!serviceWorker.controller) {
 *   active?.postMessage("conversation-memory: claim"); // a reload with Shift went past a worker that is there already
 *   await claimed;
 * }
 * const { conversations } = await (await fetch("/api/v1/chat/conversations")).json();
 */
export function serveChat(options: ServeChatOptions): void {
  const worker = globalThis as unknown as ServiceWorker;
  if (typeof worker.skipWaiting !== "function") {
    throw memoryError("invalid-input", "serveChat must be called in a service worker; elsewhere, use createChatRoutes");
  }
  const option = argument.options("options", options ?? null);
  const prefix = option("prefix", argument.optional(readPrefix)) ?? DEFAULT_PREFIX;
  const authenticate = option("authenticate", argument.optional(argument.callback<ChatRoutesOptions["authenticate"]>));
  const agentFor = option("agentFor", argument.callback<ServeChatOptions["agentFor"]>);
  const onError = option("onError", argument.optional(argument.callback<NonNullable<ServeChatOptions["onError"]>>));
  const routes = createChatRoutes({
    prefix,
    authenticate: authenticate?.bind(options) ?? (() => "local"),
    agentFor: cacheAgents(agentFor.bind(options)),
    onError: onError?.bind(options) ?? ((error) => console.error(error)),
  });

  worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
  worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
  worker.addEventListener("message", (event) => {
    if (event.data === CLAIM) event.waitUntil(worker.clients.claim());
  });
  worker.addEventListener("fetch", (event) => {
    const { request } = event;
    const address = new URL(request.url);
    // Whether it is answered has to be said at once.
    if (address.origin !== worker.location.origin || !findRoute(prefix, address)) return;
    // A form, which any other site may make a browser send here; an application calls with fetch.
    if (request.mode === "navigate" && request.method !== "GET") return;
    event.respondWith(routes(request).then((response) => response ?? Response.error()));
  });
}
