// The files of an export of this package: named by its lines, and beside them in its archive.

import { MAX_FILE_BYTES } from "../validation/file-part.js";
import type { Merge } from "./merge.js";
import type { ZipEntry } from "./zip.js";

/** What a line says of a file. */
export interface NamedFile {
  line: number;
  mediaType: string;
}

const IN_ARCHIVE = /(?:^|[\\/])files[\\/]([0-9a-f]{64})$/;

/** The files of an archive by their ids. */
export function filesIn(entries: ZipEntry[]): Map<string, ZipEntry> {
  return new Map(entries.flatMap((entry) => {
    const id = IN_ARCHIVE.exec(entry.name)?.[1];
    return id ? [[id, entry] as const] : [];
  }));
}

/**
 * Brings the files that messages refer to and that are not here yet. One that is not what its name says is told and left
 * out, and so are those that the archive does not have. `onRead` is told how many bytes came with each.
 */
export async function importFiles(merge: Merge, named: Map<string, NamedFile>, archive: Map<string, ZipEntry>, onRead: (bytes: number) => void): Promise<void> {
  const missing: NamedFile[] = [];
  const wanted = await merge.wantedFiles();
  for (const id of new Set([...named.keys(), ...archive.keys()])) {
    const entry = archive.get(id);
    const { line, mediaType } = named.get(id) ?? { line: 1, mediaType: "" };
    if (merge.isForgotten) return;
    if (wanted.has(id) && entry) await importFile(merge, id, entry, { line, mediaType });
    else if (wanted.has(id)) missing.push({ line, mediaType });
    onRead(entry?.size ?? 0);
  }
  if (missing.length === 0) return;
  const files = missing.length === 1 ? "a file" : `${missing.length} files`;
  merge.problem(missing[0]!.line, `${files} to which messages refer did not come along: an export with its files brings them`);
}

async function importFile(merge: Merge, id: string, entry: ZipEntry, { line, mediaType }: NamedFile): Promise<void> {
  const file = await openFile(merge, entry, line);
  const upload = file && (await merge.upload(entry.name, file, mediaType, line));
  if (upload === undefined) return;
  if (upload.id === id) return merge.takeFile(upload, line);
  await merge.discard(upload);
  merge.problem(line, `${entry.name} is left out: it is not the file that its name says`);
}

/** A file of an archive; undefined, and told, when it is damaged or too large. */
export async function openFile(merge: Merge, entry: ZipEntry, line: number): Promise<Blob | undefined> {
  try {
    if (entry.size > MAX_FILE_BYTES) throw new Error(`it is larger than ${MAX_FILE_BYTES} bytes`);
    return await entry.open();
  } catch (error) {
    // What is no sentence of the archive's is the browser's, which cannot read it any more.
    if ((error as Error).name !== "Error") throw error;
    merge.problem(line, `${entry.name.slice(0, 200)} is left out: ${(error as Error).message}`);
    return undefined;
  }
}
