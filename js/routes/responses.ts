// The responses of the chat API.

import type { HttpError } from "./http-error.js";

/** Chats are nobody's to keep but the memory's. */
const HEADERS = { "cache-control": "no-store" };

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  const all = { ...HEADERS, "content-type": "application/json", ...headers };
  return new Response(JSON.stringify(body), { status, headers: all });
}

export function errorResponse({ status, detail, headers }: HttpError): Response {
  return json(status, { detail }, headers);
}

export function noContent(headers: Record<string, string>): Response {
  return new Response(null, { status: 204, headers: { ...HEADERS, ...headers } });
}

/** The response to HEAD: what GET would be answered with, without its body. */
export function withoutBody(response: Response): Response {
  return new Response(null, response);
}
