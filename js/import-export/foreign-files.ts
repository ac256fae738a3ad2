// The pictures and files that lie in other products' archives beside their conversations.
//
// ChatGPT names a file by its id and its name, in the root or in folders of several kinds (`dalle-generations/`, `user-…/`,
// `<conversation>/audio/`): "file-MwiGI2eKYgkoMIPpOym4c7ex-photo.png", "file_00000000c8008207-….dat". Messages name the ids:
// "file-service://file-…", "sediment://file_…". Claude's name the files by a UUID, or only by the name.

import type { Metadata, Upload } from "../core/core.js";
import { openFile } from "./files.js";
import type { Merge } from "./merge.js";
import type { ZipEntry } from "./zip.js";

/** What a message says of a file. */
interface NamedFile {
  /** Its id there; empty when it only has a name. */
  id: string;
  name: string | undefined;
  mediaType: string | undefined;
}

/** A file of the archive that a message names. */
interface FoundFile extends NamedFile {
  entry: ZipEntry;
}

const ID = /file[-_][A-Za-z0-9]+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
/** The same at the beginning of a name, and what parts it from what follows. */
const ID_FIRST = new RegExp(`^(?:${ID.source})[-_.]?`);

/** What the beginnings of files say of them; where there are two, the other stands at the eighth byte. */
const SIGNATURES: [mediaType: string, first: string, at8?: string][] = [
  ["image/png", "\x89PNG"],
  ["image/jpeg", "\xff\xd8\xff"],
  ["image/gif", "GIF8"],
  ["image/webp", "RIFF", "WEBP"],
  ["audio/wav", "RIFF", "WAVE"],
  ["application/pdf", "%PDF"],
];

/** The files of an archive by what messages call them. */
export class ForeignFiles {
  readonly #byId = new Map<string, ZipEntry>();
  // None where several have the name.
  readonly #byName = new Map<string, ZipEntry | undefined>();

  constructor(entries: ZipEntry[]) {
    for (const entry of entries) {
      const segments = entry.name.split(/[\\/]/);
      const name = segments.at(-1)!;
      for (const segment of [name, segments.at(-2) ?? ""]) {
        const id = ID_FIRST.test(segment) ? ID.exec(segment)![0] : undefined;
        if (id && !this.#byId.has(id)) this.#byId.set(id, entry);
      }
      this.#byName.set(name, this.#byName.has(name) ? undefined : entry);
    }
  }

  /** The files that are in the archive of those that a message names. */
  of(metadata: Metadata): FoundFile[] {
    return namedBy(metadata).flatMap((named) => {
      const entry = this.#byId.get(named.id) ?? this.#byName.get(named.name ?? "");
      return entry ? [{ ...named, name: named.name ?? nameOf(entry), entry }] : [];
    });
  }
}

/** What a message brings. */
interface Brought {
  /** Its text and its files; undefined when it has no files. */
  parts: object[] | undefined;
  uploads: Upload[];
}

/** Stores the files of a message that are in its archive. What cannot be read of them is told, and is left out. */
export async function broughtBy({ content, metadata }: { content: string; metadata: Metadata }, files: ForeignFiles, merge: Merge, line: number): Promise<Brought> {
  const parts: object[] = [];
  const uploads: Upload[] = [];
  for (const { entry, name, mediaType: declared } of files.of(metadata)) {
    const file = await openFile(merge, entry, line);
    const upload = file && (await merge.upload(entry.name, file, await mediaTypeOf(declared, file), line));
    if (upload === undefined) continue;
    const { mediaType, size } = upload.content;
    uploads.push(upload);
    parts.push({ type: "file", attachment: upload.id, ...(name && { name }), mediaType, size });
  }
  if (parts.length === 0) return { parts: undefined, uploads };
  return { parts: content === "" ? parts : [{ type: "text", text: content }, ...parts], uploads };
}

/** What a file is: what the message says, or else what its first bytes say; empty when neither does. */
async function mediaTypeOf(declared: string | undefined, file: Blob): Promise<string> {
  if (declared) return declared;
  const first = String.fromCharCode(...new Uint8Array(await file.slice(0, 12).arrayBuffer()));
  const found = SIGNATURES.find(([, start, at8 = ""]) => first.startsWith(start) && first.startsWith(at8, 8));
  return found?.[0] ?? "";
}

/** A name as it was before the product put its id before it. */
function nameOf(entry: ZipEntry): string | undefined {
  const name = entry.name.slice(entry.name.search(/[^\\/]*$/));
  return name.replace(ID_FIRST, "") || undefined;
}

/** Each file once, with all that is said of it. */
function namedBy({ chatgpt, claude }: Metadata): NamedFile[] {
  const named = new Map<string, NamedFile>();
  const add = (id: string, about: Record<string, unknown>) => {
    const text = (...names: string[]) => names.map((name) => about[name]).find((value): value is string => typeof value === "string" && value !== "");
    const name = text("name", "file_name");
    const key = id || name;
    if (key === undefined) return;
    const before = named.get(key);
    named.set(key, { id, name: before?.name ?? name, mediaType: before?.mediaType ?? text("mimeType", "mime_type") });
  };
  for (const part of listIn(chatgpt, "parts")) {
    // What was said aloud has its pointers further in.
    const pointers = [part, part.audio_asset_pointer, ...listIn(part, "frames_asset_pointers")].map(pointerOf);
    for (const id of pointers) if (id) add(id, {});
  }
  for (const attachment of listIn(chatgpt, "attachments")) add(idIn(attachment.id), attachment);
  for (const field of ["files_v2", "files", "attachments"]) {
    for (const file of listIn(claude, field)) add(idIn(file.file_uuid ?? file.uuid ?? file.id), file);
  }
  return [...named.values()];
}

function listIn(value: unknown, field: string): Record<string, unknown>[] {
  const list = (Object(value) as Record<string, unknown>)[field];
  return Array.isArray(list) ? list.map((item) => (typeof item === "string" ? { asset_pointer: item } : (Object(item) as Record<string, unknown>))) : [];
}

const pointerOf = (value: unknown): string => idIn((Object(value) as Record<string, unknown>).asset_pointer);

/** The id in a text, which is not the scheme: "file-service" looks like one. */
const idIn = (value: unknown): string => (typeof value === "string" ? (ID.exec(value.replace(/^.*:\/\//, ""))?.[0] ?? "") : "");
