// The files of a zip archive that hold conversations, also of archives in it.

import { yieldIfLong } from "../concurrency/scheduler.js";
import { filesIn as ownFilesIn } from "./files.js";
import { ForeignFiles } from "./foreign-files.js";
import { isSurelyOurs } from "./format.js";
import { type ZipEntry, MAX_UNPACKED_BYTES, entriesOf, isZip } from "./zip.js";

/**
 * Under which names products put conversations: ChatGPT splits many of them, Claude has a file for each, Grok's file is
 * named after its server, and Google translates the name of Gemini's file, but not that of its folder.
 */
const PRODUCT_FILES = [
  /(^|[\\/])(conversations[^\\/]*\.json|prod-grok-backend\.json|conversations[\\/][^\\/]+\.json)$/i,
  /(^|[\\/])(chat-export|all-chats-export)[^\\/]*\.json$/i,
  /Gemini[^\\/]*[\\/][^\\/]+\.json$|^My ?Activity\.json$/i,
];

/** Ours have any name with this ending. */
const LINES = /\.jsonl$/i;

/** What macOS puts beside the files of an archive: their attributes, under names that end like theirs. */
const MACOS_ATTRIBUTES = /(^|[\\/])__MACOSX[\\/]|(^|[\\/])\._[^\\/]*$/;

/** No product's names are as long. To look at one of 64 KiB in every way takes long. */
const MAX_NAME_CHARACTERS = 1_024;

/** An archive in an archive; and which of them are opened first: those of files that people sent can be huge. */
const ARCHIVES = /\.zip$/i;
const LIKELY_ARCHIVES = /conversation|chat|export/i;
const MAX_DEPTH = 3;

/** The other files of an archive, among which may be those that messages name: the same for all of its conversations. */
export interface FilesBeside {
  /** Those of this package's exports by their ids, and how many bytes they have. */
  own: Map<string, ZipEntry>;
  ownBytes: number;
  foreign: ForeignFiles;
}

/** A file with conversations. */
export interface ConversationFile extends ZipEntry {
  beside: FilesBeside;
}

/** The bytes that the archives in an archive may still have unpacked, all together, and what stops unpacking. */
interface Room {
  bytes: number;
  signal: AbortSignal | undefined;
}

/** OpenAI's privacy portal puts the export into an archive of everything. Where there are files at hand none in archives are looked for. */
export async function conversationFilesOf(archive: Blob, signal?: AbortSignal): Promise<ConversationFile[]> {
  return filesOf(archive, "", MAX_DEPTH, { bytes: MAX_UNPACKED_BYTES, signal });
}

async function filesOf(archive: Blob, path: string, depth: number, room: Room): Promise<ConversationFile[]> {
  const entries = (await entriesOf(archive, room.signal)).filter(({ name }) => name.length <= MAX_NAME_CHARACTERS && !MACOS_ATTRIBUTES.test(name));
  const files = await conversationFilesAmong(entries);
  if (files.length > 0 || depth === 0) {
    const taken = new Set(files);
    const beside = filesBeside(entries.filter((entry) => !taken.has(entry)));
    return files.map((file) => ({ ...file, name: path + file.name, beside }));
  }
  const inner = entries.filter(({ name }) => ARCHIVES.test(name));
  const isLikely = ({ name }: ZipEntry) => LIKELY_ARCHIVES.test(name.slice(name.lastIndexOf("/") + 1));
  for (const archives of [inner.filter(isLikely), inner.filter((entry) => !isLikely(entry))]) {
    const found = [];
    for (const entry of archives) found.push(...(await filesIn(entry, path, depth - 1, room)));
    if (found.length > 0) return found;
  }
  return [];
}

export function filesBeside(entries: ZipEntry[]): FilesBeside {
  const own = ownFilesIn(entries);
  return { own, ownBytes: [...own.values()].reduce((sum, { size }) => sum + size, 0), foreign: new ForeignFiles(entries) };
}

/** Those of products, and those of this package. What else has such a name was attached to a message. */
async function conversationFilesAmong(entries: ZipEntry[]): Promise<ZipEntry[]> {
  const named: ZipEntry[] = [];
  for (const entry of entries) {
    await yieldIfLong();
    if (PRODUCT_FILES.some((names) => names.test(entry.name))) named.push(entry);
  }
  const paths = new Set(named.map(pathOf));
  const products: ZipEntry[] = [];
  for (const entry of named) {
    await yieldIfLong();
    if (!liesInFolderBeside(pathOf(entry), paths)) products.push(entry);
  }
  const lines = entries.filter(({ name }) => LINES.test(name));
  if (products.length === 0) return lines;
  const own = [];
  for (const entry of lines) if (await isOwn(entry)) own.push(entry);
  return [...products, ...own];
}

const pathOf = ({ name }: ZipEntry): string => name.replaceAll("\\", "/").toLowerCase();

/** Whether a file of the same name lies further out: a product writes each of its files once. */
function liesInFolderBeside(path: string, paths: Set<string>): boolean {
  const end = path.lastIndexOf("/") + 1;
  const name = path.slice(end);
  for (let at = 0; at < end; at = path.indexOf("/", at) + 1) if (paths.has(path.slice(0, at) + name)) return true;
  return false;
}

/** Also when it cannot be read: then that is told. */
async function isOwn(entry: ZipEntry): Promise<boolean> {
  try {
    return await isSurelyOurs(await entry.open());
  } catch (error) {
    if ((error as Error).name !== "Error") throw error;
    return true;
  }
}

async function filesIn(entry: ZipEntry, path: string, depth: number, room: Room): Promise<ConversationFile[]> {
  const name = path + entry.name;
  try {
    if (entry.size > room.bytes) throw new Error("the archives in it are too large");
    room.bytes -= entry.size;
    const archive = await entry.open();
    return (await isZip(archive)) ? await filesOf(archive, `${name}/`, depth, room) : [];
  } catch (error) {
    // It is told when the others are read: what is damaged says nothing of them.
    if ((error as Error).name !== "Error") throw error;
    return [{ name, size: 0, open: () => Promise.reject(error as Error), beside: filesBeside([]) }];
  }
}
