// JSON from a server, of which nothing is sure.

import type { Json } from "../core/core.js";

export type JsonObject = { [key: string]: Json };

/** The value, or undefined when the text is not JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The object, or undefined for everything else. */
export function asObject(value: Json | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}
