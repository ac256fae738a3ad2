// Bytes on their way into a blob.

/** As many bytes as are kept in this process before the browser has them. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

/** Collects bytes into a blob, which browsers keep on the disk when there are many. */
export class BlobWriter {
  readonly #blobs: Blob[] = [];
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;

  add(bytes: Uint8Array<ArrayBuffer>): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    if (this.#length < MAX_BUFFERED_BYTES) return;
    this.#blobs.push(new Blob(this.#parts));
    this.#parts = [];
    this.#length = 0;
  }

  blob(type = ""): Blob {
    return new Blob([...this.#blobs, ...this.#parts], { type });
  }
}
