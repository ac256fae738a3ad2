// The files of one memory: stored with the messages that refer to them, and given back.

import { areShared, exclusive, isHeld, uploadLock } from "../concurrency/locks.js";
import type { Core } from "../core/core.js";
import { CHUNK_BYTES, CHUNKS_PER_TRANSACTION, Uploads } from "./uploads.js";

/** Without Web Locks a call counts as dead that has stored nothing for so long. */
const DEAD_AFTER_MS = 10 * 60_000;

/** The files of a memory. */
export class Attachments {
  readonly #core: Core;
  readonly #scope: string;
  // The calls of this tab that are under way.
  readonly #owners = new Set<string>();

  /** `scope` names the memory among all of this origin's. */
  constructor(core: Core, scope: string) {
    this.#core = core;
    this.#scope = scope;
  }

  /** Runs a call that stores files. What has become of no file when it ends, however it does, is removed. */
  async withUploads<T>(work: (uploads: Uploads) => Promise<T>): Promise<T> {
    const owner = this.#core.newId();
    this.#owners.add(owner);
    const uploads = new Uploads(this.#core, owner);
    try {
      return await exclusive(uploadLock(this.#scope, owner), undefined, async () => {
        await this.removeOrphans();
        try {
          return await work(uploads);
        } finally {
          // What could not be removed now is an orphan from here on.
          await uploads.discardAll().catch(() => {});
        }
      });
    } finally {
      this.#owners.delete(owner);
    }
  }

  /** Removes the bytes of calls whose tab has died. */
  async removeOrphans(): Promise<void> {
    const orphans: string[] = [];
    for (const upload of await this.#core.uploads()) if (!(await this.#lives(upload))) orphans.push(upload.id);
    if (orphans.length > 0) await this.#core.discardUploads(orphans);
  }

  async #lives({ owner, savedAt }: { owner: string; savedAt: string }): Promise<boolean> {
    if (this.#owners.has(owner)) return true;
    if (areShared()) return isHeld(uploadLock(this.#scope, owner)).catch(() => true);
    return Date.now() - Date.parse(savedAt) < DEAD_AFTER_MS;
  }

  /** The file of that id; undefined when there is none, or when it is removed while it is read. */
  async get(id: string): Promise<Blob | undefined> {
    const file = await this.#core.file(id);
    if (file === undefined) return undefined;
    const count = Math.ceil(file.size / CHUNK_BYTES);
    const parts: Blob[] = [];
    for (let from = 0; from < count; from += CHUNKS_PER_TRANSACTION) {
      const chunks = await this.#core.chunks(id, file.upload, from, Math.min(count, from + CHUNKS_PER_TRANSACTION));
      if (chunks === undefined) return undefined;
      // A blob is the browser's, which may put it on the disk.
      parts.push(new Blob(chunks));
    }
    return new Blob(parts, { type: file.mediaType });
  }
}
