// The files of a prompt's messages, which a provider sends to its model.

import type { ChatMessage, Prompt, PromptFile } from "../core/core.js";
import { blobOfBase64, noteOf } from "../providers/files.js";

/** Gives an attachment; undefined when there is none. */
type Find = (id: string) => Promise<Blob | undefined>;

/** The prompt with the bytes of its files. Of a file that is gone meanwhile there is a note. */
export async function withFiles(prompt: Prompt, find: Find): Promise<Prompt> {
  if (prompt.messages.every(({ files }) => files === undefined)) return prompt;
  return { ...prompt, messages: await Promise.all(prompt.messages.map((message) => withBlobs(message, find))) };
}

async function withBlobs(message: ChatMessage, find: Find): Promise<ChatMessage> {
  const { files: named, ...rest } = message;
  if (named === undefined) return message;
  const files: PromptFile[] = [];
  const gone: PromptFile[] = [];
  for (const { url, ...file } of named) {
    const blob = file.attachment === undefined ? blobOf(url ?? "") : await find(file.attachment);
    if (blob === undefined) gone.push(file);
    else files.push({ ...file, size: blob.size, blob });
  }
  const content = [rest.content, ...gone.map(noteOf)].filter((text) => text !== "").join("\n\n");
  return { ...rest, content, ...(files.length > 0 && { files }) } as ChatMessage;
}

/** What a data URL holds; undefined when it cannot be read. By hand: `fetch` of one may be forbidden to the page. */
function blobOf(url: string): Blob | undefined {
  const [, type = "", base64, data = ""] = /^data:([^;,]*)[^,]*?(;base64)?,(.*)$/is.exec(url) ?? [];
  try {
    const text = decodeURIComponent(data);
    const blob = base64 ? blobOfBase64(text.replaceAll(/\s/g, ""), type) : new Blob([text], { type });
    return blob.size > 0 ? blob : undefined;
  } catch {
    return undefined;
  }
}
