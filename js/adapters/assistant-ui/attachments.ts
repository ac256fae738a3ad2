// Pictures and files that are added to a message before it is sent.

import type { AttachmentAdapter } from "@assistant-ui/react";
import type { AnyManager } from "../../manager/manager.js";
import * as argument from "../../validation/arguments.js";
import { dataUrlOf } from "../data-urls.js";
import { readManager } from "./store.js";

type Pending = Parameters<AttachmentAdapter["send"]>[0];

/** A file of a message has at most so many bytes. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Where attachments are kept, and which are taken. */
export interface AttachmentOptions {
  /** The memory of the threads: it says how much room there is. */
  manager: AnyManager;
  /** What the file dialogue offers, such as "image/*". Default: all files. */
  accept?: string;
}

/**
 * Takes pictures and files of any kind into messages, for assistant-ui's composer. They are stored with the message that they are sent
 * with, by the thread's history, once for the same bytes. One that is too large, or for which the browser has no room, says so
 * before it is sent.
 *
 * @throws `invalid-input` when an option does not fit; its `argument` names it.
 *
 * @example
 * const attachments = createAttachmentAdapter({ manager: memory, accept: "image/*" });
 */
export function createAttachmentAdapter(options: AttachmentOptions): AttachmentAdapter {
  const option = argument.options("options", options ?? null);
  const manager = option("manager", readManager);
  const accept = option("accept", argument.optional(argument.string)) ?? "*";
  return {
    accept,
    add: async ({ file }) => {
      const contentType = file.type || "application/octet-stream";
      const problem = await problemOf(manager, file);
      return {
        id: crypto.randomUUID(),
        type: contentType.startsWith("image/") ? "image" : "file",
        name: file.name,
        contentType,
        file,
        status: problem === undefined ? { type: "requires-action", reason: "composer-send" } : { type: "incomplete", reason: "error", message: problem },
      } satisfies Pending;
    },
    send: async (pending, { signal } = {}) => {
      const { file, name, contentType = "application/octet-stream" } = pending;
      const url = await dataUrlOf(file, contentType);
      signal?.throwIfAborted();
      const part = contentType.startsWith("image/") ? { type: "image" as const, image: url, filename: name } : { type: "file" as const, data: url, mimeType: contentType, filename: name };
      return { ...pending, status: { type: "complete" }, content: [part] };
    },
    // It is stored nowhere before its message is.
    remove: async () => {},
  };
}

/** Why a file cannot be kept. */
async function problemOf(manager: AnyManager, { size }: File): Promise<string | undefined> {
  if (size > MAX_BYTES) return "The file is larger than 256 MiB.";
  const { usageBytes = 0, quotaBytes = Infinity } = await manager.storageStatus();
  return size > quotaBytes - usageBytes ? "There is no room for the file in this browser." : undefined;
}
