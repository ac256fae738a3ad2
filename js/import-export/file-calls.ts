// The calls that move files, or take long: they run where the core is, also when that is in a worker.

import type { Attachments } from "../attachments/attachments.js";
import { type GivenQuestion, storeChange, storeMessages, storeQuestion } from "../attachments/new-files.js";
import type { BegunTurn, Core, Message } from "../core/core.js";
import type { GivenChange, GivenMessage } from "../validation/arguments.js";
import { exportAll } from "./export.js";
import { importAll, type ImportOptions } from "./import.js";
import type { ImportReport } from "./merge.js";

export class FileCalls {
  readonly #core: Core;
  readonly #attachments: Attachments;

  constructor(core: Core, attachments: Attachments) {
    this.#core = core;
    this.#attachments = attachments;
  }

  /** Adds messages that bring files. Errors name them as `argument` where there is one, and otherwise by their place in it. */
  storeMessages(conversationId: string, given: GivenMessage[], argument: "message" | "messages"): Promise<Message[]> {
    return this.#attachments.withUploads((uploads) => storeMessages(this.#core, uploads, conversationId, given, argument));
  }

  /** Changes a message and stores its new files. */
  storeChange(conversationId: string, messageId: string, given: GivenChange): Promise<Message> {
    return this.#attachments.withUploads((uploads) => storeChange(this.#core, uploads, [conversationId, messageId], given));
  }

  /** Begins a turn whose question brings files. */
  storeQuestion(conversationId: string, given: GivenQuestion): Promise<BegunTurn> {
    return this.#attachments.withUploads((uploads) => storeQuestion(this.#core, uploads, conversationId, given));
  }

  /** The file of that id; undefined when there is none, or when it is removed while it is read. */
  get(id: string): Promise<Blob | undefined> {
    return this.#attachments.get(id);
  }

  /** Removes the bytes of calls whose tab has died. */
  removeOrphans(): Promise<void> {
    return this.#attachments.removeOrphans();
  }

  exportAll(withFiles: boolean): Promise<Blob> {
    return exportAll(this.#core, withFiles ? this.#attachments : undefined);
  }

  importAll(source: Blob, options: ImportOptions): Promise<ImportReport> {
    return importAll(this.#core, this.#attachments, source, options);
  }
}
