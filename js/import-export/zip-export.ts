// An export as a zip archive: the records as JSON Lines, and the files to which they refer.
//
//   memory.jsonl
//   files/<id>       id: the SHA-256 of the file, as messages name it

import { makeZip } from "client-zip";
import { yieldIfLong } from "../concurrency/scheduler.js";
import { BlobWriter } from "./blob-writer.js";

/** The folder of the files. */
const FILES = "files/";

/** A file of the archive. */
interface Input {
  name: string;
  lastModified: Date;
  input: Blob;
}

/**
 * The archive of these records and files, packed as they are: pictures and films cannot be made smaller. `get` gives a file
 * by its id; one that is gone by then is left out.
 */
export async function archiveOf(records: Blob, ids: string[], get: (id: string) => Promise<Blob | undefined>): Promise<Blob> {
  const lastModified = new Date();
  async function* inputs(): AsyncGenerator<Input, void> {
    yield { name: "memory.jsonl", lastModified, input: records };
    for (const id of ids) {
      const input = await get(id);
      if (input) yield { name: FILES + id, lastModified, input };
    }
  }
  const archive = new BlobWriter();
  const reader = makeZip(inputs()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return archive.blob("application/zip");
    archive.add(value as Uint8Array<ArrayBuffer>);
    await yieldIfLong();
  }
}
