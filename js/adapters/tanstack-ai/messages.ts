// TanStack AI's messages as messages of the memory, and back, equal. Their texts become texts that are found, titled and put
// into prompts; calls of tools and their results are known to prompts as they are; pictures and the like are stored as files.

import type { ChatPersistedState, UIMessage } from "@tanstack/ai-client";
import type { Metadata } from "../../core/core.js";
import { invalid } from "../../errors.js";
import type { Message, NewMessage, NewPart } from "../../manager/records.js";
import * as argument from "../../validation/arguments.js";
import { dataUrlOf, fileIn } from "../data-urls.js";
import { type HistoryManager, isForModel } from "../history.js";
import { plain } from "../json.js";
import { bytesOf } from "../stored-files.js";

type Fields = { [field: string]: unknown };
type ChatResumeSnapshot = NonNullable<ChatPersistedState["resume"]>;

/** Where a message keeps what TanStack AI has beside its role and parts, and what is to be resumed behind it. */
const OWN = "tanstackAi";

interface Own {
  id: string;
  name?: string;
  createdAt?: string;
  metadata?: Fields;
  resume?: ChatResumeSnapshot;
}

/** What a message says, without its place; what its parts carry is in them, in base64. */
export type ConvertedMessage = NewMessage & { id: string; parts: NewPart[]; metadata: Metadata };

const SPEAKERS = ["user", "assistant", "system"] as const;

/** The message that keeps one of TanStack AI's; `resume` is stored with it. */
export function toMessage(path: string, message: UIMessage, resume?: ChatResumeSnapshot): ConvertedMessage {
  const { id, role, parts, createdAt, name, metadata } = plain(message, path) as unknown as Omit<UIMessage, "createdAt"> & { createdAt?: string };
  const field = argument.fields(path, { id, role, parts });
  field("id", argument.string);
  field("role", argument.oneOf(SPEAKERS));
  const newParts = field("parts", (path, value) => argument.list(path, value, toPart));
  const own: Own = { id, name, createdAt, metadata, resume: resume && plain(resume, "state.resume") };
  return { id, role, parts: newParts, createdAt, metadata: { [OWN]: plain(own, path) } as unknown as Metadata };
}

/** The parts to store: what they carry in base64 is a file. */
export function withFiles(parts: readonly NewPart[]): NewPart[] {
  return parts.map((part) => {
    const { source } = part as { source?: unknown };
    const { type, value, mimeType, ...rest } = Object(source) as Fields;
    const isData = type === "data" && typeof value === "string" && typeof mimeType === "string" && mimeType !== "";
    const blob = isData ? fileIn(`data:${mimeType};base64,${value}`, mimeType) : undefined;
    if (blob === undefined) return part;
    return { type: "file", blob, mediaType: mimeType as string, [OWN]: { ...part, source: { type, mimeType, ...rest } } } as unknown as NewPart;
  });
}

/** The message with what its files carry. */
export async function withData(manager: HistoryManager, message: UIMessage): Promise<UIMessage> {
  const parts = await Promise.all((message.parts as unknown as Fields[]).map((part) => partWithData(manager, part)));
  return { ...message, parts: parts as unknown as UIMessage["parts"] };
}

async function partWithData(manager: HistoryManager, part: Fields): Promise<Fields> {
  const given = part[OWN] as (Fields & { source: Fields }) | undefined;
  if (part.type !== "file" || typeof part.attachment !== "string" || given === undefined) return part;
  const url = await dataUrlOf(await bytesOf(manager, part.attachment), "");
  return { ...given, source: { ...given.source, value: url.slice(url.indexOf(",") + 1) } };
}

/** TanStack AI's message, whose files are still to be read; undefined when there is none for it. */
export function fromMessage(message: Message<any>): UIMessage | undefined {
  const { id, role, content, parts = [], createdAt, metadata } = message;
  const own = metadata[OWN] as Own | undefined;
  if (own === undefined) {
    if (!isForModel(message) || role === "tool") return undefined;
    return { id, role, parts: [{ type: "text", content }], createdAt: new Date(createdAt) };
  }
  const { resume: _, createdAt: time, ...rest } = own;
  const read = { role, parts: (parts as Fields[]).map(fromPart), ...rest, ...(time !== undefined && { createdAt: new Date(time) }) };
  return read as UIMessage;
}

/** What is to be resumed behind a message. */
export function resumeOf({ metadata }: Message<any>): ChatResumeSnapshot | undefined {
  return (metadata[OWN] as Own | undefined)?.resume;
}

/** A text is said in `content` there, and in `text` here. */
function toPart(path: string, value: unknown): NewPart {
  const part = value as Fields;
  if (typeof part?.type !== "string") throw invalid(`${path}.type`, "a string", part?.type);
  const { content, ...rest } = part;
  return (part.type === "text" ? { ...rest, text: content } : part) as NewPart;
}

function fromPart(part: Fields): Fields {
  const { text, ...rest } = part;
  if (part.type === "text") return { ...rest, content: text };
  // The only part with a time.
  const { createdAt } = part;
  return part.type === "tool-result" && typeof createdAt === "string" ? { ...part, createdAt: new Date(createdAt) } : part;
}
