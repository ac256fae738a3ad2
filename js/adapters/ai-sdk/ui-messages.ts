// UIMessages of the AI SDK, and the messages of a memory.

import type { UIMessage } from "ai";
import type { Part } from "../../core/core.js";
import type { AnyManager } from "../../manager/manager.js";
import type { Message, NewMessage, NewPart } from "../../manager/records.js";
import * as argument from "../../validation/arguments.js";
import { dataUrlOf, fileIn } from "../data-urls.js";
import { isEqual, plain } from "../json.js";
import { bytesOf } from "../stored-files.js";

type UIPart = Record<string, unknown> & { type: string };

/** A message as the SDK has it. A result of a tool that is a message by itself is one of the assistant. */
export async function toUIMessage<UI extends UIMessage>(manager: AnyManager, message: Message): Promise<UI> {
  const { id, role } = message;
  const metadata = shownMetadata(message);
  const parts = await Promise.all((message.parts ?? partsOf(message)).map((part) => toUIPart(manager, part)));
  return { id, role: role === "tool" ? "assistant" : role, parts, ...(metadata && { metadata }) } as unknown as UI;
}

/** Reads a message of the SDK: a copy, as JSON has it. */
export function readUIMessage(path: string, value: unknown): UIMessage {
  const field = argument.fields(path, value);
  const role = field("role", (_, role) => role as UIMessage["role"]); // the memory says which there are
  const parts = field("parts", (path, parts) => argument.list(path, plain(parts, path), readPart));
  return { id: field("id", argument.string), role, parts: parts as never, metadata: field("metadata", readMetadata) };
}

function readMetadata(path: string, value: unknown): unknown {
  const metadata = plain(value, path);
  return metadata === undefined ? undefined : argument.metadata(path, metadata);
}

function readPart(path: string, value: unknown): UIPart {
  argument.fields(path, value)("type", argument.string);
  return value as UIPart;
}

/** The message to store, of one that was read. Files in data URLs are stored as files. */
export function toNewMessage({ id, role, parts, metadata }: UIMessage): NewMessage & { id: string; parts: NewPart[] } {
  return { id, role, parts: (parts as unknown as UIPart[]).map(toPart), ...(metadata !== undefined && { metadata: metadata as never }) };
}

/** Whether the stored message is what the SDK has, of which it was read. */
export async function isStored(manager: AnyManager, stored: Message, given: UIMessage): Promise<boolean> {
  return hasMetadata(stored, given) && hasParts(manager, stored, given);
}

/** Whether the stored message has the metadata that the SDK has; the application may keep more beside it. */
export function hasMetadata({ metadata }: Message, given: UIMessage): boolean {
  return isEqual({ ...metadata, ...(given.metadata as object | undefined) }, metadata);
}

/** Whether the stored message says what the SDK has, of which it was read. */
export async function hasParts(manager: AnyManager, stored: Message, given: UIMessage): Promise<boolean> {
  return haveSameParts((await toUIMessage(manager, stored)).parts, given.parts);
}

/** Whether two lists of parts say the same. */
export function haveSameParts(one: UIMessage["parts"], other: UIMessage["parts"]): boolean {
  return isEqual(withoutMarks(one), withoutMarks(other));
}

/** Whether a user has said nothing: no words, no file. */
export const isBlank = ({ role, parts }: UIMessage): boolean => role === "user" && parts.every((part) => part.type === "text" && part.text.trim() === "");

/** Parts without marks of streams, which are not there where a part was never streamed: that a text is whole, and a name within its stream. */
export function withoutMarks(parts: UIMessage["parts"]): UIPart[] {
  return (parts as UIPart[]).map(({ ...part }) => {
    if ((part.type === "text" || part.type === "reasoning") && part.state === "done") delete part.state;
    if (part.type === "reasoning") delete part.id;
    return part;
  });
}

/** What the package notes of a change by itself is no part of the SDK's message. */
function shownMetadata({ metadata }: Message): object | undefined {
  const { editedAt: _, ...own } = metadata;
  return Object.keys(own).length === 0 ? undefined : own;
}

/** Of an answer of this package's agent, which has none. */
function partsOf({ content, metadata }: Message): Part[] {
  const reasoning = typeof metadata.reasoning === "string" && metadata.reasoning !== "" ? [{ type: "reasoning", text: metadata.reasoning }] : [];
  return [...reasoning, { type: "text", text: content }];
}

async function toUIPart(manager: AnyManager, part: Part): Promise<UIPart> {
  const { type, ...fields } = part as UIPart;
  if (type === "file" && typeof fields.attachment === "string") {
    const { attachment, size: _, name, mediaType, ...rest } = fields;
    const url = await dataUrlOf(await bytesOf(manager, attachment), String(mediaType));
    return { type, mediaType, ...(name !== undefined && { filename: name }), url, ...rest };
  }
  if (type === "tool") {
    const { toolName, toolCallId, input, output, errorText } = fields;
    const state = errorText !== undefined ? { state: "output-error", errorText } : output !== undefined ? { state: "output-available", output } : { state: "input-available" };
    return { type: "dynamic-tool", toolName, toolCallId, input, ...state };
  }
  return part as UIPart;
}

function toPart(part: UIPart): NewPart {
  const { type, url, filename, mediaType, ...rest } = part;
  const blob = type === "file" && typeof url === "string" && typeof mediaType === "string" ? fileIn(url, mediaType) : undefined;
  if (blob === undefined) return part;
  return { ...rest, type: "file", blob, mediaType: mediaType as string, ...(typeof filename === "string" && { name: filename }) } as NewPart;
}
