// Files of this package and of others, merged into the memory.

import type { Attachments } from "../attachments/attachments.js";
import type { Uploads } from "../attachments/uploads.js";
import { call } from "../concurrency/callbacks.js";
import { type Core } from "../core/core.js";
import { isMemoryError, misfit, textOf as wordsOf } from "../errors.js";
import { ChecksumOfChecksums, VERSION, isOurs, parseLine } from "./format.js";
import { type ConversationFile, type FilesBeside, conversationFilesOf, filesBeside } from "./archive.js";
import { importFiles, type NamedFile } from "./files.js";
import { NotForeign, importForeign } from "./foreign.js";
import { linesOf } from "./lines.js";
import { type ImportReport, Merge } from "./merge.js";
import { isZip } from "./zip.js";

/** How far an import has come. */
export interface ImportProgress {
  /** How many bytes of it have been read, unpacked where it is an archive. */
  done: number;
  /** Of how many; missing while that is not known. */
  total?: number;
}

/** How a file is imported. */
export interface ImportOptions {
  /** Told from time to time how far it has come. */
  onProgress?: (progress: ImportProgress) => void;
  /** Stops the import between two transactions; importing the same file again goes on where it was stopped. */
  signal?: AbortSignal;
}

/** The title of conversations that nobody named. */
const UNTITLED = "New Conversation";

/** What can be read, and what people bring that cannot. Applications show it to people. */
const KNOWN =
  "an export of this package, ChatGPT, Claude, DeepSeek, Gemini (as JSON), Grok, LibreChat, NextChat or Open WebUI " +
  "(those of Copilot, Le Chat, Perplexity and Poe cannot be read yet)";

export async function importAll(core: Core, attachments: Attachments, source: Blob, options: ImportOptions): Promise<ImportReport> {
  return attachments.withUploads((uploads) => merged(core, uploads, source, options)).catch((error: unknown) => {
    // The browser's word for a file that cannot be read, or that changed since it was chosen.
    throw isMemoryError(error) ? error : misfit("source", `be readable: ${wordsOf(error)}`, error);
  });
}

async function merged(core: Core, uploads: Uploads, source: Blob, options: ImportOptions): Promise<ImportReport> {
  const { onProgress = () => {}, signal } = options;
  const files = (await isZip(source)) ? await filesOf(source, signal) : [{ name: "", size: source.size, open: async () => source, beside: filesBeside([]) }];
  const total = files.reduce((sum, file) => sum + totalOf(file), 0);
  const merge = await Merge.begin(core, uploads, signal);
  try {
    return await mergedFiles(files, merge, (read) => call(onProgress, { done: read, total }), total);
  } finally {
    await merge.end();
  }
}

/** What there is to read of a file and of the files that belong to it. */
const totalOf = ({ size, beside }: ConversationFile): number => size + beside.ownBytes;

async function mergedFiles(files: ConversationFile[], merge: Merge, reportAll: (read: number) => void, total: number): Promise<ImportReport> {
  let [done, known] = [0, 0];
  let refusal: Error | undefined;
  for (const file of files) {
    const { name, open, beside } = file;
    if (merge.isForgotten) break;
    merge.read(name);
    const onRead = (read: number) => reportAll(Math.min(done + read, total));
    try {
      await importFile(await open(), beside, merge, onRead);
      known += 1;
    } catch (error) {
      // One file of an archive that is damaged or unknown says nothing of the others.
      const { name: kind, code } = error as { name?: string; code?: string };
      if (name === "" || !(kind === "Error" || code === "invalid-input")) throw error;
      refusal ??= error as Error;
      merge.problem(1, (error as Error).message);
    }
    done += totalOf(file);
  }
  if (known === 0 && refusal) throw isMemoryError(refusal) ? refusal : unreadable(refusal);
  const report = await merge.finish();
  reportAll(total);
  return report;
}

async function filesOf(archive: Blob, signal?: AbortSignal): Promise<ConversationFile[]> {
  const files = await conversationFilesOf(archive, signal).catch((error: Error) => {
    throw isMemoryError(error) ? error : unreadable(error);
  });
  if (files.length === 0) throw unknown("the zip archive has no conversations.json and no .jsonl file");
  return files;
}

const unreadable = (error: Error) => misfit("source", `be a whole file: ${error.message}`, error);

const unknown = (what: string) => misfit("source", `be ${KNOWN}, but ${what}`);

async function importFile(file: Blob, beside: FilesBeside, merge: Merge, onRead: (read: number) => void): Promise<void> {
  if (await isOurs(file)) return importOurs(file, beside, merge, onRead);
  return importForeign(file, beside.foreign, merge, onRead).catch((error: Error) => {
    throw error instanceof NotForeign ? unknown(error.message) : error;
  });
}

async function importOurs(file: Blob, beside: FilesBeside, merge: Merge, onRead: (read: number) => void): Promise<void> {
  const reader = new ExportReader(merge);
  let read = 0;
  for await (const lines of linesOf(file, merge.signal)) {
    for (const { number, bytes, text, tooLong } of lines) {
      read += (bytes?.length ?? 0) + 1;
      if (tooLong) merge.problem(number, "the line is too long to be one of an export");
      else await reader.take(number, bytes, text);
      if (merge.isForgotten) return;
    }
    onRead(read);
  }
  await reader.end();
  await importFiles(merge, reader.files, beside.own, (bytes) => onRead((read += bytes)));
}

/** Reads the lines of an export of this package. */
class ExportReader {
  readonly #merge: Merge;
  readonly #checksum = new ChecksumOfChecksums();
  #user: object | undefined;
  #personas: object[] = [];
  /** The files that messages refer to, by their ids. */
  readonly files = new Map<string, NamedFile>();
  readonly #drafts: { draft: object; line: number }[] = [];
  readonly #begun = new Set<string>();
  #records = 0;
  #last = 0;
  // Whether any line was one of an export.
  #isKnown = false;
  #isEnded = false;

  constructor(merge: Merge) {
    this.#merge = merge;
  }

  async take(number: number, bytes: Uint8Array, text: string | undefined): Promise<void> {
    this.#last = number;
    const line = text === undefined ? "it is not UTF-8" : parseLine(bytes, text);
    if (typeof line === "string") {
      this.#merge.problem(number, `the line is left out: ${line}`);
      return;
    }
    this.#isKnown = true;
    if ("format" in line.record) {
      this.#header(number, line.record);
    } else if (line.record.type === "end") {
      this.#check(number, line.record);
    } else {
      this.#records += 1;
      this.#checksum.add(line.crc);
      await this.#record(number, bytes.length, line.record);
    }
  }

  async end(): Promise<void> {
    if (!this.#isKnown) throw unknown("none of its lines is whole");
    await this.#people();
    if (!this.#isEnded) this.#merge.problemOfFile(this.#last + 1, "the file ends before its last line: the rest of it is missing");
    // What was arriving or waiting when the file was written goes on doing so.
    for (const { draft, line } of this.#drafts) await this.#merge.draft(draft, line);
  }

  #header(number: number, { version }: Record<string, unknown>): void {
    if (version === VERSION) return;
    this.#merge.problem(number, `the file is of version ${shown(version)}, this release knows ${VERSION}`);
  }

  #check(number: number, { records, checksum }: Record<string, unknown>): void {
    this.#isEnded = true;
    if (records !== this.#records) {
      this.#merge.problemOfFile(number, `the file was written with ${shown(records)} records, ${this.#records} of them are whole`);
    } else if (checksum !== `${this.#checksum}`) {
      this.#merge.problemOfFile(number, "the records are not those, or not in the order, with which the file was written");
    }
  }

  async #record(number: number, bytes: number, whole: Record<string, unknown>): Promise<void> {
    const { type, conversationId } = whole;
    if (type === "message" && isId(conversationId)) {
      // Of what there is most of nothing is copied: what is taken is picked out of it later.
      if (!this.#merge.isOpen(conversationId)) await this.#beginUnnamed(conversationId, number);
      await this.#merge.add(whole, number, bytes);
      return;
    }
    const { type: _, ...record } = whole;
    const { id } = record;
    if (type === "user") this.#user = record;
    else if (type === "persona") this.#personas.push(record);
    else if (type === "file" && isId(id)) this.files.set(id, { line: number, mediaType: isId(record.mediaType) ? record.mediaType : "" });
    else if (type === "draft") this.#drafts.push({ draft: record, line: number });
    else if (type === "conversation" && isId(id)) {
      await this.#people();
      this.#begun.add(id);
      await this.#merge.begin({ ...record, id }, number);
    } else if (type === "damaged") {
      this.#merge.problem(number, `${shown(record.record)} was damaged before it was exported: ${shown(record.reason)}`);
    } else {
      this.#merge.problem(number, "the record is of an unknown type, or has no id");
    }
  }

  /** A conversation whose own line is not whole, or stands elsewhere. */
  async #beginUnnamed(id: string, number: number): Promise<void> {
    if (!this.#begun.has(id)) this.#merge.problem(number, `the line of conversation ${id} is missing before its messages`);
    this.#begun.add(id);
    await this.#merge.begin({ id, title: UNTITLED }, number);
  }

  /** Personas come before the conversations that name them. */
  async #people(): Promise<void> {
    if (this.#user !== undefined || this.#personas.length > 0) {
      await this.#merge.people(this.#user ?? {}, this.#personas, this.#last);
    }
    this.#user = undefined;
    this.#personas = [];
  }
}

const isId = (value: unknown): value is string => typeof value === "string" && value !== "";

/** What a sentence repeats of a file: an object may have no text, and a nested one may be too deep for it. */
const shown = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "?");
