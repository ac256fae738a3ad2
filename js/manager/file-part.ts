// Telling a file from the other parts of a message.

import type { Part } from "../core/core.js";

/** A picture or a file of a message, whose bytes `getAttachment` gives. */
export type FilePart = Extract<Part, { type: "file" }>;

/**
 * Whether a part is a file of the memory. TypeScript needs it: as frameworks have parts of their own, `part.type` alone does
 * not say what else is in it.
 *
 * @example
 * for (const part of message.parts ?? []) if (isFilePart(part)) await memory.getAttachment(part.attachment);
 */
export function isFilePart(part: Part): part is FilePart {
  return part.type === "file" && typeof part.attachment === "string";
}
