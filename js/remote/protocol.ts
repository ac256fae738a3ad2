// What a page and the worker in which its memory runs ask of each other. All of it is copied on its way.

import type { BroadcastChange } from "../core/core.js";
import type { ImportProgress } from "../import-export/import.js";
import type { ErrorCopy } from "./error-copy.js";
import type { CloseReason } from "./home.js";

/** What was changed since the last time, and a stamp behind it. The page has it before it has the result that it came with. */
export interface News {
  changes: BroadcastChange[];
  stamp: number;
}

/** What a call came to. */
export interface Answer extends News {
  result?: unknown;
  error?: ErrorCopy;
}

/** What the page asks of the worker. Its functions begin their work in the order in which they were called. */
export interface WorkerFunctions {
  /** Comes first. The worker holds the lock `life` for as long as it lives; the result says whether there are locks. */
  begin(module: WebAssembly.Module, life: string): Promise<Answer>;
  /** Opens the memory; the result says whether anything waited in it. */
  openInMemory(userId: string, defaultPersona: string | undefined): Promise<Answer>;
  openInIndexedDb(userId: string, databaseName: string, isStrict: boolean, defaultPersona: string | undefined): Promise<Answer>;
  /** Names the memory among all of this origin's: before the first of `file`. */
  scope(scope: string): Promise<Answer>;
  /** A method of the core. */
  core(method: string, given: unknown[]): Promise<Answer>;
  /** The core's `buildPrompt` with the application's own way to count; the page counts, for the `call`. */
  buildPrompt(call: number, given: unknown[]): Promise<Answer>;
  /** A method of `FileCalls`. */
  file(method: string, given: unknown[]): Promise<Answer>;
  /** The page is told how far it has come, and may stop it. */
  importAll(call: number, source: Blob): Promise<Answer>;
  stop(call: number): void;
}

/** What the worker asks of the page. */
export interface PageFunctions {
  /** There is news while no call has ended. */
  changed(news: News): void;
  closed(reason: CloseReason): void;
  progress(call: number, progress: ImportProgress): void;
  /** How many tokens each of these texts has; no number where the application's function fails. */
  count(call: number, texts: string[]): number[];
}
