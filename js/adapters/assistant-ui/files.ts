// Pictures and files of assistant-ui, which are texts, and those of the memory, which are files.

import type { AnyManager } from "../../manager/manager.js";
import type { NewPart } from "../../manager/records.js";
import { dataUrlOf, fileIn } from "../data-urls.js";
import { bytesOf } from "../stored-files.js";

export type Fields = Record<string, unknown>;

/** What a part carries: its bytes, and the rest of it, with the name of the field that the bytes were in. */
interface Mark {
  field: "image" | "data";
  /** Whether it was base64 alone, or a data URL. */
  isBare: boolean;
  part: Fields;
}

/** The part to store: with its file apart, where it brings one. */
export function toStoredPart(part: Fields, beside: Fields = {}): NewPart {
  const [field, mediaType] = part.type === "image" ? ["image" as const, typeIn(part.image)] : ["data" as const, part.type === "file" ? part.mimeType : undefined];
  const text = part[field];
  if (typeof text !== "string" || typeof mediaType !== "string") return { ...part, ...beside } as NewPart;
  const isBare = field === "data" && part.sourceType === undefined && !/^[a-z]+:/i.test(text);
  const blob = fileIn(isBare ? `data:${mediaType};base64,${text}` : text, mediaType);
  if (blob === undefined) return { ...part, ...beside } as NewPart;
  const { [field]: _, ...rest } = part;
  const mark: Mark = { field, isBare, part: rest };
  const name = typeof part.filename === "string" ? { name: part.filename } : {};
  return { type: "file", blob, mediaType, ...name, assistantUi: mark, ...beside } as unknown as NewPart;
}

/** The part as assistant-ui has it; undefined when it is no file of the memory. */
export async function fileOf(manager: AnyManager, part: Fields): Promise<Fields | undefined> {
  if (part.type !== "file" || typeof part.attachment !== "string") return undefined;
  const mediaType = String(part.mediaType);
  const url = await dataUrlOf(await bytesOf(manager, part.attachment), mediaType);
  const mark = part.assistantUi as Mark | undefined;
  if (mark) return { ...mark.part, [mark.field]: mark.isBare ? url.slice(url.indexOf(",") + 1) : url };
  const name = part.name === undefined ? {} : { filename: part.name };
  return mediaType.startsWith("image/") ? { type: "image", image: url, ...name } : { type: "file", data: url, mimeType: mediaType, ...name };
}

const typeIn = (url: unknown): string | undefined => (typeof url === "string" ? /^data:([^;,]+);base64,/.exec(url)?.[1] : undefined);
