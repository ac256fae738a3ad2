// What stands in a message of OpenAI's chat format: text and reasoning, each in the forms that servers give it.

import type { Json } from "../core/core.js";
import { asObject, type JsonObject } from "./json.js";

/** The fields of a message that hold reasoning. Servers that send it in two of them say it twice. */
const REASONING_FIELDS = ["reasoning_content", "reasoning", "reasoning_text", "thinking", "reasoning_details"] as const;

/** Whoever nests parts deeper says nothing. */
const MAX_DEPTH = 4;

/** A text, also one in parts as `[{ type: "text", text }]`; "" for everything else. */
export function textOf(value: Json | undefined): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return "";
  const parts = value.map(asObject).filter((part) => part !== undefined && !isReasoning(part));
  return parts.map((part) => (typeof part?.text === "string" ? part.text : "")).join("");
}

/** The reasoning of a message: that of a field of its own, and of Mistral's parts of the type "thinking". */
export function reasoningOf(message: JsonObject): string {
  const own = REASONING_FIELDS.map((name) => wordsOf(message[name])).find((words) => words !== "") ?? "";
  const { content } = message;
  const parts = Array.isArray(content) ? content.map(asObject).filter((part) => part !== undefined && isReasoning(part)) : [];
  return own + parts.map((part) => wordsOf(part)).join("");
}

function isReasoning(part: JsonObject): boolean {
  return typeof part.type === "string" && /^(thinking|reasoning)/.test(part.type);
}

/** As a text, as an object that holds it, or as a list of either. */
function wordsOf(value: Json | undefined, depth = 0): string {
  if (typeof value === "string") return value;
  if (depth === MAX_DEPTH) return "";
  if (Array.isArray(value)) return value.map((item) => wordsOf(item, depth + 1)).join("");
  const part = asObject(value);
  if (part === undefined) return "";
  const fields = [part.thinking, part.text, part.reasoning, part.content, part.summary];
  return fields.map((field) => wordsOf(field, depth + 1)).find((words) => words !== "") ?? "";
}
