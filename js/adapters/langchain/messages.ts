// LangChain's messages as messages of the memory, and back, equal: of the same class, with the same fields.

import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  ChatMessage,
  ChatMessageChunk,
  FunctionMessage,
  FunctionMessageChunk,
  HumanMessage,
  HumanMessageChunk,
  mapStoredMessageToChatMessage,
  RemoveMessage,
  type StoredMessage,
  SystemMessage,
  SystemMessageChunk,
  ToolMessage,
  ToolMessageChunk,
} from "@langchain/core/messages";
import type { Metadata, Role } from "../../core/core.js";
import { invalid } from "../../errors.js";
import type { Message, NewMessage, NewPart } from "../../manager/records.js";
import { isForModel } from "../history.js";
import { plain } from "../json.js";

type Fields = { [field: string]: unknown };

/** By the names that LangChain gives them, which survive a minifier. */
const CLASSES = new Map<unknown, new (fields: any) => BaseMessage>([
  ["AIMessage", AIMessage],
  ["AIMessageChunk", AIMessageChunk],
  ["ChatMessage", ChatMessage],
  ["ChatMessageChunk", ChatMessageChunk],
  ["FunctionMessage", FunctionMessage],
  ["FunctionMessageChunk", FunctionMessageChunk],
  ["HumanMessage", HumanMessage],
  ["HumanMessageChunk", HumanMessageChunk],
  ["RemoveMessage", RemoveMessage],
  ["SystemMessage", SystemMessage],
  ["SystemMessageChunk", SystemMessageChunk],
  ["ToolMessage", ToolMessage],
  ["ToolMessageChunk", ToolMessageChunk],
]);

/** Who has said a message of that type, or of that role where the type is "generic". */
const ROLES = new Map<unknown, Role>([
  ["human", "user"],
  ["user", "user"],
  ["ai", "assistant"],
  ["assistant", "assistant"],
  ["system", "system"],
  ["developer", "system"],
  ["remove", "system"],
  ["tool", "tool"],
  ["function", "tool"],
]);

/** Where a message keeps what LangChain has of it; beside it stands what prompts ask for. */
const OWN = "langchain";
const SHARED = ["tool_calls", "tool_call_id", "name"];

/** Reads a message of LangChain. */
export function readMessage(path: string, value: unknown): BaseMessage {
  const isOne = typeof value === "object" && value !== null && typeof (value as Partial<BaseMessage>).toDict === "function";
  if (!isOne) throw invalid(path, "a message of LangChain", value);
  return value as BaseMessage;
}

/** The message that keeps one of LangChain's, under its id or the given one. */
export function toMessage(path: string, message: BaseMessage, key?: string): NewMessage {
  const { type, content } = message;
  const fields = plain(fieldsOf(message), path) as Fields;
  const shared = Object.fromEntries(SHARED.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]));
  const own = Object.fromEntries(Object.entries(fields).filter(([name]) => !SHARED.includes(name)));
  const role = ROLES.get(type === "generic" ? fields.role : type) ?? "user";
  const isBlocks = message.lc_kwargs.content === undefined && message.lc_kwargs.contentBlocks !== undefined;
  const isText = typeof content === "string";
  const body = isText ? { content } : { parts: plain(content, path) as unknown as NewPart[] };
  const kind = { class: nameOf(message), type, ...(isText && { isText }), ...(isBlocks && { isBlocks }) };
  const metadata = { ...shared, [OWN]: { ...kind, fields: own } } as Metadata;
  return { id: key ?? (message.id || undefined), role, ...body, metadata };
}

/** LangChain's message; undefined when there is none for it. */
export function fromMessage({ id, role, content, parts, status, metadata }: Message<any>): BaseMessage | undefined {
  const own = metadata[OWN] as { class: string; type: string; isText?: true; isBlocks?: true; fields: Fields } | undefined;
  if (own === undefined) return fromElsewhere({ id, role, content, status, metadata });
  const shared = Object.fromEntries(SHARED.filter((name) => metadata[name] !== undefined).map((name) => [name, metadata[name]]));
  const fields = { ...own.fields, ...shared, [own.isBlocks ? "contentBlocks" : "content"]: own.isText ? content : (parts ?? content) };
  const Class = CLASSES.get(own.class);
  return Class ? new Class(fields) : mapStoredMessageToChatMessage({ type: own.type, data: fields } as unknown as StoredMessage);
}

/** What the message was made of, as it is now, without its content. */
function fieldsOf(message: BaseMessage): Fields {
  const { content: _, contentBlocks: __, ...made } = message.lc_kwargs as Fields;
  const now = message as unknown as Fields;
  return Object.fromEntries(Object.keys({ ...made, id: 0, name: 0 }).map((key) => [key, key in now ? now[key] : made[key]]));
}

/** One that removes others has no name of its own. */
function nameOf({ type, constructor }: BaseMessage): string {
  return type === "remove" ? "RemoveMessage" : (constructor as typeof BaseMessage).lc_name();
}

/** What the agent of this package, or the application, has stored: its text. */
function fromElsewhere(message: Pick<Message<any>, "id" | "role" | "content" | "status" | "metadata">): BaseMessage | undefined {
  const { id, role, content, metadata } = message;
  if (!isForModel(message)) return undefined;
  if (role === "user") return new HumanMessage({ id, content });
  if (role === "assistant") return new AIMessage({ id, content });
  if (role === "system") return new SystemMessage({ id, content });
  const { tool_call_id, name } = metadata as { tool_call_id?: unknown; name?: string };
  return typeof tool_call_id === "string" ? new ToolMessage({ id, content, tool_call_id, name }) : undefined;
}
