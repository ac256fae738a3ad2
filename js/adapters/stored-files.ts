// Files of stored messages, as frameworks get them and give them back.

import type { Part } from "../core/core.js";
import { isMemoryError } from "../errors.js";
import type { AnyManager } from "../manager/manager.js";
import type { NewPart } from "../manager/records.js";

/** The bytes of a file. One that is not there any more, or is damaged, has none: the rest of its chat is read all the same. */
export async function bytesOf(manager: Pick<AnyManager, "getAttachment">, attachment: string): Promise<Blob> {
  const blob = await manager.getAttachment(attachment).catch((error: unknown) => {
    if (!isMemoryError(error) || error.code !== "corrupt") throw error;
    return undefined;
  });
  return blob ?? new Blob();
}

/** The parts to write in the place of those: a file that was read without bytes stays the file that is stored. */
export function withFilesKept(parts: readonly NewPart[], stored: readonly Part[] = []): NewPart[] {
  return parts.map((part, index) => {
    const { blob } = part as { blob?: unknown };
    const { attachment, size } = (stored[index] ?? {}) as { attachment?: unknown; size?: unknown };
    const isUnread = blob instanceof Blob && blob.size === 0 && typeof attachment === "string" && size !== 0;
    return isUnread ? (stored[index] as NewPart) : part;
  });
}
