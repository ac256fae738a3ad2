// The bytes of files on their way into the memory: read, hashed and stored portion by portion, so that neither the page nor
// a transaction ever holds a large file as a whole.

import { sha256 } from "@noble/hashes/sha2.js";
import { yieldIfLong } from "../concurrency/scheduler.js";
import type { Core, Upload } from "../core/core.js";
import { isMemoryError, memoryError, type MemoryError, misfit } from "../errors.js";
import { UNKNOWN_TYPE } from "../validation/file-part.js";

/** The size of a portion as it is stored; all but the last one have it. */
export const CHUNK_BYTES = 1024 * 1024;

/** So many portions are stored, or read, in one transaction. */
export const CHUNKS_PER_TRANSACTION = 4;

/** So many bytes are hashed between two looks at the clock: about two milliseconds. */
const HASHED_AT_ONCE_BYTES = 128 * 1024;

/** The uploads of one call. */
export class Uploads {
  readonly #core: Core;
  readonly #owner: string;
  #hasBegun = false;

  /** `owner` names the call in the rows of what is not over. */
  constructor(core: Core, owner: string) {
    this.#core = core;
    this.#owner = owner;
  }

  /**
   * Stores the bytes of a file; they become one with the message that they are given to. `argument` says in errors which it
   * is. Rejects with `storage-full`, which names it, and with `invalid-input` when it cannot be read.
   */
  async add(argument: string, blob: Blob, mediaType = blob.type): Promise<Upload> {
    return this.#add(argument, blob, mediaType).catch((error: unknown) => {
      throw tooLarge(error, argument, blob) ?? error;
    });
  }

  async #add(argument: string, blob: Blob, mediaType: string): Promise<Upload> {
    const upload = this.#core.newId();
    this.#hasBegun = true;
    await this.#core.beginUpload(upload, this.#owner);
    const hash = sha256.create();
    let chunks: Uint8Array<ArrayBuffer>[] = [];
    let first = 0;
    const store = async () => {
      await this.#core.putChunks(upload, first, chunks);
      first += chunks.length;
      chunks = [];
    };
    for (let start = 0; start < blob.size; start += CHUNK_BYTES) {
      const chunk = await read(argument, blob.slice(start, start + CHUNK_BYTES));
      for (let at = 0; at < chunk.length; at += HASHED_AT_ONCE_BYTES) {
        hash.update(chunk.subarray(at, at + HASHED_AT_ONCE_BYTES));
        await yieldIfLong();
      }
      if (chunks.push(chunk) === CHUNKS_PER_TRANSACTION) await store();
    }
    if (chunks.length > 0) await store();
    const content = { upload, size: blob.size, mediaType: mediaType || UNKNOWN_TYPE };
    return { id: hexOf(hash.digest()), content };
  }

  /** Removes one that is not wanted after all. */
  async discard({ content }: Upload): Promise<void> {
    await this.#core.discardUploads([content.upload]);
  }

  /** Removes what has not become a file. */
  async discardAll(): Promise<void> {
    if (!this.#hasBegun) return;
    const left = (await this.#core.uploads()).filter(({ owner }) => owner === this.#owner).map(({ id }) => id);
    if (left.length > 0) await this.#core.discardUploads(left);
  }
}

async function read(argument: string, portion: Blob): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await portion.arrayBuffer());
  } catch (cause) {
    throw misfit(argument, "be readable; the file may have changed since it was chosen", cause);
  }
}

/** The error that says which file was too large. */
function tooLarge(error: unknown, argument: string, { size }: Blob): MemoryError | undefined {
  if (!isMemoryError(error) || error.code !== "storage-full") return undefined;
  const message =
    `${argument} takes ${size} bytes, for which the storage quota has no room; nothing of this call was stored: ` +
    "delete something first, or leave the file out";
  return Object.assign(memoryError("storage-full", message, error.cause), { argument });
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
