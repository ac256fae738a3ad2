// The files of a zip archive that hold conversations, also of archives in it.

import { type ZipEntry, MAX_UNPACKED_BYTES, entriesOf, isZip } from "./zip.js";

/**
 * Under which names products put conversations: ChatGPT splits many of them, Claude has a file for each, Grok's file is
 * named after its server, and Google translates the name of Gemini's file, but not that of its folder.
 */
const CONVERSATION_FILES = [
  /(^|[\\/])(conversations[^\\/]*\.json|[^\\/]+\.jsonl|prod-grok-backend\.json|conversations[\\/][^\\/]+\.json)$/i,
  /(^|[\\/])(chat-export|all-chats-export)[^\\/]*\.json$/i,
  /Gemini[^\\/]*[\\/][^\\/]+\.json$|^My ?Activity\.json$/i,
];

/** What macOS puts beside the files of an archive: their attributes, under names that end like theirs. */
const MACOS_ATTRIBUTES = /(^|[\\/])__MACOSX[\\/]|(^|[\\/])\._[^\\/]*$/;

/** An archive in an archive; and which of them are opened first: those of files that people sent can be huge. */
const ARCHIVES = /\.zip$/i;
const LIKELY_ARCHIVES = /conversation|chat|export/i;
const MAX_DEPTH = 3;

/** A file with conversations, and the others of its archive, among which may be those that its messages name. */
export interface ConversationFile extends ZipEntry {
  beside: ZipEntry[];
}

/** The bytes that the archives in an archive may still have unpacked, all together. */
interface Room {
  bytes: number;
}

/** OpenAI's privacy portal puts the export into an archive of everything. Where there are files at hand none in archives are looked for. */
export async function conversationFilesOf(archive: Blob): Promise<ConversationFile[]> {
  return filesOf(archive, "", MAX_DEPTH, { bytes: MAX_UNPACKED_BYTES });
}

async function filesOf(archive: Blob, path: string, depth: number, room: Room): Promise<ConversationFile[]> {
  const entries = (await entriesOf(archive)).filter(({ name }) => !MACOS_ATTRIBUTES.test(name));
  const files = entries.filter(({ name }) => CONVERSATION_FILES.some((names) => names.test(name)));
  if (files.length > 0 || depth === 0) {
    const beside = entries.filter((entry) => !files.includes(entry));
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
    return [{ name, size: 0, open: () => Promise.reject(error as Error), beside: [] }];
  }
}
