// Items of the OpenAI Agents SDK as messages, and back, equal. What is said becomes text, so that it is found, titled and
// put into prompts like any other message; calls of tools become parts that prompts know.

import type { AgentInputItem } from "@openai/agents";
import type { Json } from "../../core/core.js";
import { invalid } from "../../errors.js";
import type { Message, NewMessage, NewPart } from "../../manager/records.js";
import * as argument from "../../validation/arguments.js";
import { isForModel } from "../history.js";

/** What an item is made of, once it is known to be JSON. */
type Fields = { [field: string]: Json };

/** Where a message keeps what of its item is no part: `item` what stood beside its content, `isText` whether that was a text. */
const OWN = "openaiAgents";

const SPEAKERS = ["user", "assistant", "system"] as const;

/** Items whose text is the message's. */
const TEXTS: readonly unknown[] = ["input_text", "output_text"];

/** Reads an item to store: a copy, since it is to be kept as it is. */
export function readItem(path: string, value: unknown): Fields {
  const item = argument.metadata(path, value) as Fields;
  if (!isMessageItem(item) && typeof item.type !== "string") throw invalid(`${path}.type`, "a string", item.type);
  return item;
}

/** The message that keeps an item. */
export function toMessage(item: Fields): NewMessage & { parts: NewPart[] } {
  if (!isMessageItem(item)) return { role: isResult(item) ? "tool" : "assistant", parts: [toPart(item)], metadata: { [OWN]: {} } };
  const { role, content, ...beside } = item;
  const isText = typeof content === "string";
  const parts = isText ? [{ type: "text", text: content }] : content.map(toBlock);
  return { role, parts, metadata: { [OWN]: { item: beside, ...(isText && { isText }) } } };
}

/** The item of a message, also of one that was stored without this SDK; undefined when that is nothing for a model. */
export function toItem(message: Message<any>): AgentInputItem | undefined {
  const { role, parts = [], metadata } = message;
  const own = metadata[OWN] as { item?: Fields; isText?: true } | undefined;
  if (own === undefined) return fromElsewhere(message);
  const [first] = parts as Fields[];
  if (own.item === undefined) return first === undefined ? undefined : (fromPart(first) as AgentInputItem);
  const blocks = (parts as Fields[]).filter(({ type }) => type !== OPERATION);
  const content = own.isText ? (first?.text ?? message.content) : blocks.map(fromBlock);
  return { ...own.item, role, content } as AgentInputItem;
}

/** A part that says of which history transaction a message is, and what of it. */
export const OPERATION = "openai-agents:operation";

type MessageItem = Fields & { role: (typeof SPEAKERS)[number]; content: string | Fields[] };

function isMessageItem(item: Fields): item is MessageItem {
  const { type, role, content } = item;
  const isMessage = (type === undefined || type === "message") && SPEAKERS.some((one) => one === role);
  return isMessage && (typeof content === "string" || (Array.isArray(content) && content.every(isBlock)));
}

const isBlock = (block: unknown): boolean => typeof block === "object" && block !== null && typeof (block as Fields).type === "string";

const isResult = ({ type }: Fields): boolean => typeof type === "string" && /_(result|output)$/.test(type);

/** A block of what is said: a text is one to the memory too. */
function toBlock(block: Fields): NewPart {
  const { type } = block;
  return (TEXTS.includes(type) && typeof block.text === "string" ? { ...block, type: "text", openaiType: type } : block) as NewPart;
}

function fromBlock({ openaiType, ...block }: Fields): Fields {
  return openaiType === undefined ? block : { ...block, type: openaiType };
}

/** An item as a part: calls and results by the names that prompts know. */
function toPart(item: Fields): NewPart {
  const { type, callId, ...rest } = item;
  if (type === "function_call") return { ...rest, type: "tool-call", toolCallId: callId } as NewPart;
  if (type !== "function_call_result") return item as NewPart;
  const { output, ...beside } = rest;
  // Of a list of blocks a prompt says the texts, of anything else its JSON.
  const isOne = typeof output === "object" && output !== null && !Array.isArray(output);
  return { ...beside, type: "tool-result", toolCallId: callId, ...(isOne ? { output: [output], isOne } : { output }) } as NewPart;
}

function fromPart(part: Fields): object {
  const { type, toolCallId, ...rest } = part;
  if (type === "tool-call") return { ...rest, type: "function_call", callId: toolCallId };
  if (type !== "tool-result") return part;
  const { output, isOne, ...beside } = rest;
  const result = isOne ? (output as Json[])[0] : output;
  return { ...beside, type: "function_call_result", callId: toolCallId, output: result };
}

/** What the agent of this package, or the application, has stored: its text. */
function fromElsewhere(message: Message<any>): AgentInputItem | undefined {
  const { role, content } = message;
  if (!isForModel(message)) return undefined;
  if (role === "user" || role === "system") return { type: "message", role, content };
  if (role === "assistant") return { type: "message", role, status: "completed", content: [{ type: "output_text", text: content }] };
  return undefined;
}
