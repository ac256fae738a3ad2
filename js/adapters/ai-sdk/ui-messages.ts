// UIMessages of the AI SDK, and the messages of a memory.

import type { UIMessage } from "ai";
import type { Part } from "../../core/core.js";
import type { AnyManager } from "../../manager/manager.js";
import type { Message, NewMessage, NewPart } from "../../manager/records.js";
import { dataUrlOf, fileIn } from "../data-urls.js";
import { isEqual, plain } from "../json.js";

type UIPart = Record<string, unknown> & { type: string };

/** A message as the SDK has it. A result of a tool that is a message by itself is one of the assistant. */
export async function toUIMessage<UI extends UIMessage>(manager: AnyManager, message: Message): Promise<UI> {
  const { id, role } = message;
  const metadata = shownMetadata(message);
  const parts = await Promise.all((message.parts ?? partsOf(message)).map((part) => toUIPart(manager, part)));
  return { id, role: role === "tool" ? "assistant" : role, parts, ...(metadata && { metadata }) } as unknown as UI;
}

/** The message to store. Files in data URLs are stored as files. */
export function toNewMessage({ id, role, parts, metadata }: UIMessage): NewMessage & { id: string; parts: NewPart[] } {
  return { id, role, parts: plain(parts as unknown as UIPart[]).map(toPart), ...(metadata !== undefined && { metadata: plain(metadata as object) as never }) };
}

/** Whether the stored message is what the SDK has. */
export async function isStored(manager: AnyManager, stored: Message, given: UIMessage): Promise<boolean> {
  const { parts, metadata } = await toUIMessage(manager, stored);
  const isSame = isEqual(parts.map(withoutState), plain(given.parts as unknown as UIPart[]).map(withoutState));
  return isSame && (given.metadata === undefined || isEqual(metadata, plain(given.metadata)));
}

/** Whether a user has said nothing: no words, no file. */
export const isBlank = ({ role, parts }: UIMessage): boolean => role === "user" && parts.every((part) => part.type === "text" && part.text.trim() === "");

/** That a text is whole: a mark of streams, which is not there where it was never streamed. */
const withoutState = (part: object): object => {
  const { state, ...rest } = part as UIPart;
  return (rest.type === "text" || rest.type === "reasoning") && state === "done" ? rest : part;
};

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
    // One that is not there any more has no bytes.
    const blob = (await manager.getAttachment(attachment)) ?? new Blob();
    const url = await dataUrlOf(blob, String(mediaType));
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
