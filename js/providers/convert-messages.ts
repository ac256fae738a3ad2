// What the providers are called with, checked, and converted into the messages that their models take.

import type { Json, Role } from "../core/core.js";
import { invalid } from "../errors.js";
import * as argument from "../validation/arguments.js";
import { promptFile, sentWith, type SentFile } from "./files.js";
import type { ModelCall } from "./types.js";

/** A message with the files that go to the model. */
export interface ModelMessage {
  role: Role;
  content: string;
  files?: SentFile[];
  [providerField: string]: Json | SentFile[] | undefined;
}

/** The part of a prompt that a model sees. */
export interface ModelPrompt {
  system: string;
  messages: ModelMessage[];
}

/** The prompt, with files of these media types; of others there is a note. */
export function readPrompt(value: unknown, mediaTypes?: readonly string[]): ModelPrompt {
  const field = argument.fields("prompt", value);
  const system = field("system", argument.optional(argument.text)) ?? "";
  const messages = field("messages", (path, list) => {
    const found = argument.list(path, list, (at, message) => chatMessage(at, message, mediaTypes));
    if (found.length === 0) throw invalid(path, "at least one message", list);
    return found;
  });
  return { system, messages };
}

function chatMessage(path: string, value: unknown, mediaTypes?: readonly string[]): ModelMessage {
  const given = argument.fields(path, value);
  const files = given("files", argument.optional((at, list) => argument.list(at, list, promptFile)));
  // Blobs are no JSON.
  const rest = files === undefined ? value : argument.check(path, () => ({ ...(value as object), files: undefined }));
  const copy = argument.metadata(path, rest);
  const field = argument.fields(path, copy);
  const [role, content] = [field("role", argument.oneOf(argument.ROLES)), field("content", argument.text)];
  if (files === undefined) return { ...copy, role, content };
  const sent = sentWith(content, files, mediaTypes);
  return { ...copy, role, content: sent.content, ...(sent.files.length > 0 && { files: sent.files }) };
}

/** In plain JavaScript all may be left out. */
export function readCall(value: unknown): Required<ModelCall> {
  const option = argument.options("call", value);
  const listener = argument.optional(argument.callback<ModelCall["onDelta"]>);
  return {
    signal: option("signal", argument.optional(argument.signal)) ?? new AbortController().signal,
    onDelta: option("onDelta", listener) ?? (() => {}),
    onReasoning: option("onReasoning", listener) ?? (() => {}),
  };
}

/**
 * The messages as chat completions take them: servers refuse a call of a tool without its result, and a result without
 * its call, as other products' exports have them. Such a result is told as the user's.
 */
export function toChatMessages(messages: ModelMessage[]): ModelMessage[] {
  let open = new Set<Json | undefined>();
  return messages.flatMap((message, index): ModelMessage[] => {
    if (message.role === "tool") return open.delete(message.tool_call_id as Json) ? [message] : [toolResultAsUser(message)];
    const { tool_calls: calls, ...rest } = message;
    const ids = new Set(Array.isArray(calls) ? calls.map((call) => (call as { id?: Json } | null)?.id) : []);
    const results = new Set<Json | undefined>();
    for (let next = index + 1; messages[next]?.role === "tool"; next++) results.add(messages[next]?.tool_call_id as Json);
    open = new Set([...ids].every((id) => typeof id === "string" && results.has(id)) ? ids : []);
    if (open.size > 0) return [message];
    return calls !== undefined && rest.content.trim() === "" ? [] : [rest as ModelMessage];
  });
}

const toolResultAsUser = ({ content, name }: ModelMessage): SimpleMessage & ModelMessage => ({
  role: "user",
  content: `Result of ${typeof name === "string" ? name : "a tool"}:\n${content}`,
});

export interface SimpleMessage {
  role: "user" | "assistant";
  content: string;
  files?: SentFile[];
}

/**
 * The question for a model that has one system prompt, two speakers, and is asked by the user: what the system says in
 * between joins the system prompt, what a tool found is told as the user's, and an answer of tool calls alone goes.
 */
export function toSimpleMessages({ system, messages }: ModelPrompt): { system: string; messages: SimpleMessage[] } {
  const systems = messages.filter((message) => message.role === "system").map((message) => message.content);
  const simple = messages.flatMap(toSimpleMessage);
  if (simple.at(-1)?.role !== "user") throw invalid("prompt.messages", "ended by a message of the user", messages);
  return { system: [system, ...systems].filter((text) => text.trim() !== "").join("\n\n"), messages: simple };
}

function toSimpleMessage(message: ModelMessage): SimpleMessage[] {
  const { role, content, files } = message;
  switch (role) {
    case "user":
      return [{ role, content, ...(files && { files }) }];
    case "assistant":
      return content.trim() === "" ? [] : [{ role, content }];
    case "tool":
      return [toolResultAsUser(message)];
    case "system":
      return [];
  }
}
