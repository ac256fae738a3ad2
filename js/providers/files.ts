// Pictures and other files that go to a model with a message.

import type { PromptFile } from "../core/core.js";
import { invalid } from "../errors.js";
import * as argument from "../validation/arguments.js";

/** A file that a provider sends. */
export interface SentFile {
  mediaType: string;
  name?: string;
  blob: Blob;
}

/** So many bytes at once become characters. */
const PIECE_BYTES = 32 * 1024;

/** So many characters at once become bytes: a multiple of four, which are three bytes. */
const PIECE_CHARACTERS = 64 * 1024;

/** Reads the media types of an option: "image/png", or all of a kind, "image/*". */
export const readMediaTypes = argument.optional((path: string, value: unknown): string[] =>
  argument.list(path, value, (at, one) => {
    if (typeof one === "string" && /^[\w.+-]+\/[\w.+*-]+$|^\*\/\*$/.test(one)) return one.toLowerCase();
    throw invalid(at, 'a media type such as "image/png" or "image/*"', one);
  }),
);

/** Reads a file of a message. One without its bytes is named, and not sent. */
export function promptFile(path: string, value: unknown): PromptFile {
  const field = argument.fields(path, value);
  const name = field("name", argument.optional(argument.text));
  const blob = field("blob", argument.optional(argument.blob));
  return { mediaType: field("mediaType", argument.text), ...(name !== undefined && { name }), ...(blob && { blob }) };
}

/** The words of a message with a note of the files that the model does not take, and the others. */
export function sentWith(content: string, files: readonly PromptFile[], taken: readonly string[] = []): { content: string; files: SentFile[] } {
  const sent = files.filter((file): file is SentFile => file.blob !== undefined && takes(taken, file.mediaType));
  const others = files.filter((file) => !(sent as PromptFile[]).includes(file));
  return { content: [content, ...others.map(noteOf)].filter((text) => text.trim() !== "").join("\n\n"), files: sent };
}

/** What stands for a file that does not go to the model. */
export function noteOf({ mediaType, name }: PromptFile): string {
  return name === undefined ? `[${mediaType}]` : `[${mediaType}: ${name}]`;
}

/** Whether files of this media type are among those that are taken. */
export function takes(taken: readonly string[], mediaType: string): boolean {
  const kind = `${mediaType.split("/", 1)[0]}/*`;
  return [mediaType, kind, "*/*"].some((type) => taken.includes(type.toLowerCase()));
}

/** The bytes of a file in base64. */
export async function base64Of(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) text += String.fromCharCode(...bytes.subarray(at, at + PIECE_BYTES));
  return btoa(text);
}

/**
 * The file that a text in base64 is, in pieces: of a large file the characters and the bytes are never there as a whole beside
 * each other. By a loop, because `Uint8Array.from` walks an iterator, which is slow and ends at some hundred million bytes.
 */
export function blobOfBase64(base64: string, mediaType: string): Blob {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < base64.length; at += PIECE_CHARACTERS) {
    const characters = atob(base64.slice(at, at + PIECE_CHARACTERS));
    const bytes = new Uint8Array(characters.length);
    for (let index = 0; index < bytes.length; index += 1) bytes[index] = characters.charCodeAt(index);
    pieces.push(bytes);
  }
  return new Blob(pieces, { type: mediaType });
}
