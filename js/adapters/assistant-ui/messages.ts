// Messages of assistant-ui, and those of a memory.

import type { ExportedMessageRepositoryItem, ThreadMessage } from "@assistant-ui/react";
import type { MessageStatus } from "../../core/core.js";
import type { AnyManager } from "../../manager/manager.js";
import type { Message, NewMessage, NewPart } from "../../manager/records.js";
import { plain } from "../json.js";
import { fileOf, toStoredPart, type Fields } from "./files.js";

/** What a message has besides id, role, content and time, in its metadata: its own metadata, its status, its attachments. */
const BESIDE = "assistantUi";

interface Beside extends Fields {
  attachments?: Fields[];
}

/** The message to store. Attachments are parts behind its own, so that models are told of them. */
export function toNewMessage({ message, parentId, runConfig }: ExportedMessageRepositoryItem): NewMessage & { id: string; parts: NewPart[]; status: MessageStatus } {
  const { id, role, content, createdAt, attachments, ...rest } = message as unknown as Fields & ThreadMessage & { attachments?: readonly Fields[] };
  const given = (attachments ?? []).map(({ file: _, ...attachment }) => plain(attachment)) as (Fields & { content?: Fields[] })[];
  const parts = [
    ...(plain(content) as unknown as Fields[]).map((part) => toStoredPart(part)),
    ...given.flatMap(({ content = [] }, attachmentOf) => content.map((part) => toStoredPart(part, { attachmentOf }))),
  ];
  const beside: Beside = { ...plain(rest as Fields), ...withReadableError(rest), ...(attachments && { attachments: given.map(({ content: _, ...attachment }) => attachment) }), ...(runConfig && { runConfig: plain(runConfig) }) };
  return { id, role, parts, parentId, createdAt: createdAt.toISOString(), status: statusOf(message), metadata: { [BESIDE]: beside } as never };
}

/** The message, and the one that it follows, as assistant-ui has them. A result of a tool that is a message by itself is one of the assistant. */
export async function toItem(manager: AnyManager, message: Message): Promise<ExportedMessageRepositoryItem> {
  const { id, createdAt, parentId = null } = message;
  const role = message.role === "tool" ? "assistant" : message.role;
  const beside = message.metadata[BESIDE] as unknown as Beside | undefined;
  const parts = message.parts ?? [{ type: "text", text: message.content }];
  const shown = await Promise.all(parts.map(async (part) => ({ part: await toPart(manager, part as Fields, beside === undefined), attachmentOf: (part as Fields).attachmentOf })));
  const content = shown.filter(({ attachmentOf }) => attachmentOf === undefined).map(({ part }) => part);
  if (beside === undefined) {
    const reasoning = typeof message.metadata.reasoning === "string" && !message.parts ? [{ type: "reasoning", text: message.metadata.reasoning }] : [];
    const own = role === "assistant" ? assistantFields(message) : { metadata: { custom: message.metadata }, ...(role === "user" && { attachments: [] }) };
    return { message: { id, role, createdAt: new Date(createdAt), content: [...reasoning, ...content], ...own } as unknown as ThreadMessage, parentId };
  }
  const { attachments, runConfig, ...rest } = beside;
  const contentOf = (index: number) => shown.filter(({ attachmentOf }) => attachmentOf === index).map(({ part }) => part);
  const whole = attachments && { attachments: attachments.map((attachment, index) => ({ ...attachment, content: contentOf(index) })) };
  const given = { id, role, createdAt: new Date(createdAt), content, ...rest, ...whole } as unknown as ThreadMessage;
  return { message: given, parentId, ...(runConfig !== undefined && { runConfig: runConfig as never }) };
}

/** `isForeign`: of a message that assistant-ui did not make, whose parts it may not know. */
async function toPart(manager: AnyManager, { attachmentOf: _, ...part }: Fields, isForeign: boolean): Promise<Fields> {
  const file = await fileOf(manager, part);
  if (file) return file;
  if (!isForeign || part.type === "text" || part.type === "reasoning") return part;
  if (part.type === "tool") {
    const { toolCallId, toolName, input = {}, output, errorText } = part;
    const result = errorText !== undefined ? { result: errorText, isError: true } : output !== undefined ? { result: output } : {};
    return { type: "tool-call", toolCallId, toolName, args: input, argsText: JSON.stringify(input), ...result };
  }
  return { type: "data", name: part.type, data: part };
}

/** What an answer has that assistant-ui did not make. */
function assistantFields({ status, metadata }: Message): Fields {
  const states: Partial<Record<MessageStatus, Fields>> = { interrupted: { type: "incomplete", reason: "cancelled" }, failed: { type: "incomplete", reason: "error" } };
  return {
    status: states[status] ?? { type: "complete", reason: "stop" },
    metadata: { unstable_state: null, unstable_annotations: [], unstable_data: [], steps: [], custom: metadata },
  };
}

function statusOf(message: ThreadMessage): MessageStatus {
  const status = message.role === "assistant" ? message.status : undefined;
  if (status?.type === "running") return "streaming";
  if (status?.type === "incomplete") return status.reason === "error" ? "failed" : "interrupted";
  return "complete";
}

/** What an error says is no field of it that would be stored. */
function withReadableError({ status }: Fields): Fields {
  const { error, ...rest } = (status ?? {}) as Fields;
  if (!(error instanceof Error)) return {};
  const { code, message } = error as Error & { code?: unknown };
  return { status: plain({ ...rest, error: { code, message } }) };
}
