// The pictures and files that lie in other products' archives beside their conversations.
//
// ChatGPT names a file by its id and its name, in the root or in folders of several kinds (`dalle-generations/`, `user-…/`,
// `<conversation>/audio/`): "file-MwiGI2eKYgkoMIPpOym4c7ex-photo.png", "file_00000000c8008207-….dat". Messages name the ids:
// "file-service://file-…", "sediment://file_…". Claude's name the files by a UUID, or only by the name.

import type { Metadata } from "../core/core.js";
import { openFile } from "./files.js";
import type { Merge } from "./merge.js";
import type { ZipEntry } from "./zip.js";

/** What a message says of a file. */
interface NamedFile {
  /** Its id there; empty when it only has a name. */
  id: string;
  /** Whether it may lie under its name alone although it has an id: ChatGPT's never do, and many of them have the same name. */
  mayLackId: boolean;
  name: string | undefined;
  mediaType: string | undefined;
}

/** A file of the archive that a message names. */
interface FoundFile extends NamedFile {
  entry: ZipEntry;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
const ID = new RegExp(`file[-_][A-Za-z0-9]+|${UUID.source}`);
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

/** The most that the parts of a message take as JSON: `PARTS_BYTES` in src/records/limits.rs. */
const MAX_PARTS_BYTES = 8 * 1024 * 1024;

const encoder = new TextEncoder();

/** The files of an archive by what messages call them. */
export class ForeignFiles {
  readonly #byId = new Map<string, ZipEntry>();
  // None where several have the name.
  readonly #byName = new Map<string, ZipEntry | undefined>();
  // Which id has an entry that has none itself: the first that asked for it.
  readonly #claimed = new Map<ZipEntry, string>();

  constructor(entries: ZipEntry[]) {
    for (const entry of entries) {
      const [name, folder] = nameAndFolder(entry);
      for (const segment of [name, folder]) {
        const id = ID_FIRST.test(segment) ? ID.exec(segment)![0] : undefined;
        if (id && !this.#byId.has(id)) this.#byId.set(id, entry);
      }
      this.#byName.set(name, this.#byName.has(name) ? undefined : entry);
    }
  }

  /** The files that are in the archive of those that a message names. */
  of(metadata: Metadata): FoundFile[] {
    return namedBy(metadata).flatMap((named) => {
      const entry = this.#byId.get(named.id) ?? this.#underNameOf(named);
      return entry ? [{ ...named, name: named.name ?? nameOf(entry), entry }] : [];
    });
  }

  /** A name says little: of files with ids it may be that of another message's, which is worse than none. */
  #underNameOf({ id, mayLackId, name = "" }: NamedFile): ZipEntry | undefined {
    const entry = this.#byName.get(name);
    if (entry === undefined || id === "") return entry;
    if (!mayLackId || nameAndFolder(entry).some((segment) => UUID.test(segment))) return undefined;
    if (!this.#claimed.has(entry)) this.#claimed.set(entry, id);
    return this.#claimed.get(entry) === id ? entry : undefined;
  }
}

/**
 * The text of a message and its files that are in its archive, which are stored; undefined when it has none. What cannot be
 * read of them is told, and is left out.
 */
export async function partsOf({ content, metadata }: { content: string; metadata: Metadata }, files: ForeignFiles, merge: Merge, line: number): Promise<object[] | undefined> {
  const parts: Record<string, unknown>[] = [];
  for (const { entry, name, mediaType: declared } of files.of(metadata)) {
    const upload = await merge.bring(entry, async () => {
      const file = await openFile(merge, entry, line);
      return file && merge.upload(entry.name, file, await mediaTypeOf(declared, file), line);
    });
    if (upload === undefined) continue;
    const { mediaType, size } = upload.content;
    parts.push({ type: "file", attachment: upload.id, ...(name && { name }), mediaType: declared ?? mediaType, size });
  }
  if (parts.length === 0) return undefined;
  const all = content === "" ? parts : [{ type: "text", text: content }, ...parts];
  if (encoder.encode(JSON.stringify(all)).length <= MAX_PARTS_BYTES) return all;
  // The text stands beside the parts, too, and needs none.
  const names = parts.map(({ name }) => name ?? "one without a name").join(", ");
  merge.problem(line, `files of a message are left out: ${names.slice(0, 200)}; with its text they would take more than ${MAX_PARTS_BYTES} bytes`);
  return undefined;
}

/** What a file is: what the message says, or else what its first bytes say; empty when neither does. */
async function mediaTypeOf(declared: string | undefined, file: Blob): Promise<string> {
  if (declared) return declared;
  const first = String.fromCharCode(...new Uint8Array(await file.slice(0, 12).arrayBuffer()));
  const found = SIGNATURES.find(([, start, at8 = ""]) => first.startsWith(start) && first.startsWith(at8, 8));
  return found?.[0] ?? "";
}

function nameAndFolder({ name }: ZipEntry): [name: string, folder: string] {
  const segments = name.split(/[\\/]/);
  return [segments.at(-1)!, segments.at(-2) ?? ""];
}

/** A name as it was before the product put its id before it. */
const nameOf = (entry: ZipEntry): string | undefined => nameAndFolder(entry)[0].replace(ID_FIRST, "") || undefined;

/** Each file once, with all that is said of it. */
function namedBy({ chatgpt, claude }: Metadata): NamedFile[] {
  const named = new Map<string, NamedFile>();
  const add = (id: string, about: Record<string, unknown>, mayLackId = false) => {
    const text = (...names: string[]) => names.map((name) => about[name]).find((value): value is string => typeof value === "string" && value !== "");
    const name = text("name", "file_name");
    const key = id || name;
    if (key === undefined) return;
    const before = named.get(key);
    named.set(key, { id, mayLackId, name: before?.name ?? name, mediaType: before?.mediaType ?? text("mimeType", "mime_type") });
  };
  for (const part of listIn(chatgpt, "parts")) {
    // What was said aloud has its pointers further in.
    const pointers = [part, part.audio_asset_pointer, ...listIn(part, "frames_asset_pointers")].map(pointerOf);
    for (const id of pointers) if (id) add(id, {});
  }
  for (const attachment of listIn(chatgpt, "attachments")) add(anyIdIn(attachment.id), attachment);
  for (const field of ["files_v2", "files", "attachments"]) {
    for (const file of listIn(claude, field)) add(anyIdIn(file.file_uuid ?? file.uuid ?? file.id), file, true);
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

/** One of a form that is not known is an id, too. */
const anyIdIn = (value: unknown): string => idIn(value) || (typeof value === "string" ? value : "");
