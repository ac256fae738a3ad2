// A part of a message that brings a file.

import type { Json, Part } from "../core/core.js";
import { misfit } from "../errors.js";

/** The largest file, in bytes. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024;

/** What a file is of which nothing says so. */
export const UNKNOWN_TYPE = "application/octet-stream";

/** A file that is to be stored with its message, and whatever else its part has. */
export interface NewFilePart {
  type: "file";
  blob: Blob;
  name: string | undefined;
  mediaType: string;
  [field: string]: Json | Blob | undefined;
}

/** A part as it was given and checked. */
export type GivenPart = Part | NewFilePart;

/** What a Blob says of itself, also one of another window, whatever an application has put on the object. */
export function typeOf(blob: Blob): string {
  return Reflect.get(Blob.prototype, "type", blob) as string;
}

/** The name of a File; a Blob has none. */
export function nameOf(blob: Blob): string | undefined {
  try {
    return Reflect.get(File.prototype, "name", blob) as string;
  } catch {
    // It is no File, or there is no such class here.
    return undefined;
  }
}

/** Refuses what is too large to be kept beside a message. */
export function checkSize(argument: string, { size }: Blob): void {
  if (size > MAX_FILE_BYTES) throw misfit(argument, `be at most ${MAX_FILE_BYTES} bytes, got ${size}`);
}
