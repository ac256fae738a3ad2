// Where a memory runs: on the thread that uses it, or in a worker.

import { Attachments } from "../attachments/attachments.js";
import { Core } from "../core/core.js";
import { FileCalls } from "../import-export/file-calls.js";

/** Why a memory is gone without anybody having closed it. */
export type CloseReason = "upgraded" | "deleted" | "evicted";

/** Opens one memory, and does what has to do with its files. */
export interface Home {
  openInMemory(userId: string, defaultPersona: string | undefined): Promise<Core>;
  openInIndexedDb(
    userId: string,
    databaseName: string,
    isStrict: boolean,
    onClosed: (reason: CloseReason) => void,
    defaultPersona: string | undefined,
  ): Promise<Core>;
  /** `scope` names the memory among all of this origin's. */
  fileCalls(core: Core, scope: string): Pick<FileCalls, keyof FileCalls>;
}

/** This thread. */
export const here: Home = {
  openInMemory: (userId, defaultPersona) => Core.openInMemory(userId, defaultPersona),
  openInIndexedDb: (userId, databaseName, isStrict, onClosed, defaultPersona) =>
    Core.openInIndexedDb(userId, databaseName, isStrict, onClosed, defaultPersona),
  fileCalls: (core, scope) => new FileCalls(core, new Attachments(core, scope)),
};
