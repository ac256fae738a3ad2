// An export as a zip archive: the records as JSON Lines, and the files to which they refer.
//
//   files/<id>       id: the SHA-256 of the file, as messages name it
//   memory.jsonl     behind them, because it says of which some bytes are missing

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
 * The archive of these files and of the records, packed as they are: pictures and films cannot be made smaller. `get` gives a
 * file by its id; one that it has not is left out. `records` are asked for when all files were.
 */
export async function archiveOf(ids: string[], get: (id: string) => Promise<Blob | undefined>, records: () => Blob): Promise<Blob> {
  const lastModified = new Date();
  async function* inputs(): AsyncGenerator<Input, void> {
    for (const id of ids) {
      const input = await get(id);
      if (input) yield { name: FILES + id, lastModified, input };
    }
    yield { name: "memory.jsonl", lastModified, input: records() };
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
