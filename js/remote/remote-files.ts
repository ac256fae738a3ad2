// The calls that move files, of a memory that runs in a worker: the same, and done there.

import { isMemoryError } from "../errors.js";
import type { FileCalls } from "../import-export/file-calls.js";
import type { ImportOptions } from "../import-export/import.js";
import type { ImportReport } from "../import-export/merge.js";
import type { Link } from "./link.js";
import type { RemoteCore } from "./remote-core.js";

type FileMethod = keyof FileCalls;
type CallResult<Name extends FileMethod> = ReturnType<FileCalls[Name]>;

export class RemoteFiles implements Pick<FileCalls, FileMethod> {
  readonly #core: RemoteCore;
  readonly #link: Link;

  constructor(core: RemoteCore, link: Link) {
    this.#core = core;
    this.#link = link;
  }

  storeMessages(...given: Parameters<FileCalls["storeMessages"]>): CallResult<"storeMessages"> {
    return this.#change("storeMessages", given);
  }

  storeChange(...given: Parameters<FileCalls["storeChange"]>): CallResult<"storeChange"> {
    return this.#change("storeChange", given);
  }

  storeQuestion(...given: Parameters<FileCalls["storeQuestion"]>): CallResult<"storeQuestion"> {
    return this.#change("storeQuestion", given);
  }

  get(id: string): CallResult<"get"> {
    return this.#call("get", [id]);
  }

  removeOrphans(): CallResult<"removeOrphans"> {
    return this.#call("removeOrphans", []);
  }

  exportAll(withFiles: boolean): CallResult<"exportAll"> {
    return this.#call("exportAll", [withFiles]);
  }

  async importAll(source: Blob, { onProgress, signal }: ImportOptions): Promise<ImportReport> {
    this.#core.begins();
    try {
      return (await this.#link.callWithHelp("importAll", source, { ...(onProgress && { onProgress }) }, signal)) as ImportReport;
    } catch (error) {
      // What the application has aborted with stays on this side.
      if (isMemoryError(error) && error.code === "aborted" && signal?.aborted) error.cause = signal.reason;
      throw error;
    }
  }

  #change<Name extends FileMethod>(method: Name, given: unknown[]): CallResult<Name> {
    this.#core.begins();
    return this.#call(method, given);
  }

  #call<Name extends FileMethod>(method: Name, given: unknown[]): CallResult<Name> {
    return this.#link.call("file", method, given) as CallResult<Name>;
  }
}
