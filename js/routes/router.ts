// The addresses of the chat API.

import { invalid } from "../errors.js";
import { string } from "../validation/arguments.js";

/** Where the chat API is unless told otherwise. */
export const DEFAULT_PREFIX = "/api/v1/chat";

export type Route =
  | { name: "message" | "conversations" }
  /** Without an id when the one in the address is encoded wrongly: there is no such conversation. */
  | { name: "conversation"; id: string | undefined };

/** Reads the path that all addresses begin with, and gives it as an address spells it, without a slash at its end. */
export function readPrefix(argument: string, value: unknown): string {
  const given = string(argument, value);
  if (!/^(\/[^?#]*)?$/.test(given)) throw invalid(argument, 'a path such as "/api/v1/chat"', value);
  return new URL(`http://localhost${given}`).pathname.replace(/\/+$/, "");
}

/** The route of an address; undefined when it is none of the chat API's. */
export function findRoute(prefix: string, { pathname }: URL): Route | undefined {
  if (!pathname.startsWith(`${prefix}/`)) return undefined;
  const path = pathname.slice(prefix.length + 1).replace(/\/$/, "");
  if (path === "message" || path === "conversations") return { name: path };
  const id = /^conversations\/([^/]+)$/.exec(path)?.[1];
  return id === undefined ? undefined : { name: "conversation", id: decoded(id) };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined; // a "%" that encodes nothing
  }
}
