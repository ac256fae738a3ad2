// Conversations on their way from a file into the memory, some in every transaction. What becomes of them is decided there.

import { yieldIfLong } from "../concurrency/scheduler.js";
import type { Uploads } from "../attachments/uploads.js";
import type { Core, Import, Importing, Upload } from "../core/core.js";
import { isMemoryError } from "../errors.js";
import { jsonCopy } from "../validation/json-copy.js";
import { wellFormed } from "../validation/well-formed.js";
import { throwIfAborted } from "./abort.js";
import type { ZipEntry } from "./zip.js";

/** What became of an import. */
export interface ImportReport {
  /** How many conversations are new. */
  conversations: number;
  /** How many messages are new. */
  messages: number;
  /** How many messages were there already. */
  skipped: number;
  /** What was not whole, or not known, by the line of the file (from 1) on which it begins. */
  problems: {
    /** Counted from 1. */
    line: number;
    /** What is wrong there, and what became of it. */
    reason: string;
  }[];
}

/** What a transaction takes at most; of bytes, about. */
const MESSAGES_PER_TRANSACTION = 2_000;
const CONVERSATIONS_PER_TRANSACTION = 64;
const BYTES_PER_TRANSACTION = 2 * 1024 * 1024;

/** So many problems of a file are told; of what is made to harm, or of another kind, there may be millions. */
const MAX_PROBLEMS = 1_000;

/** A conversation as a file has it; what is missing or does not fit is replaced and told. */
export interface FileConversation {
  id: string;
  [field: string]: unknown;
}

/** A message as a file has it. */
export type FileMessage = Record<string, unknown>;

/** The next messages of a conversation, each with its line. */
interface ConversationPart extends Import {
  conversation: FileConversation;
  messages: object[];
  file: string;
  line: number;
  lines: number[];
}

/** The problems of a file, and how many more there are, from which line on. */
interface FileProblems {
  told: ImportReport["problems"];
  more: { count: number; line: number };
}

/** Merges conversations one after the other. */
export class Merge {
  readonly #report: ImportReport = { conversations: 0, messages: 0, skipped: 0, problems: [] };
  // By file of an archive.
  readonly #problems = new Map<string, FileProblems>();
  #file = "";
  readonly #core: Core;
  readonly #importing: Importing;
  readonly #uploads: Uploads;
  /** What stops it: to be asked wherever a file is read. */
  readonly signal: AbortSignal | undefined;
  #open: ConversationPart | undefined;
  // The parts of the next transaction.
  #parts: ConversationPart[] = [];
  // What they bring, by the file of the archive; undefined where that cannot be read.
  #brought = new Map<ZipEntry, Upload | undefined>();
  #count = 0;
  #bytes = 0;
  #isForgotten = false;
  // The transaction under way, while what comes next is read.
  #storing: Promise<void> = Promise.resolve();

  constructor(core: Core, importing: Importing, uploads: Uploads, signal?: AbortSignal) {
    this.#core = core;
    this.#importing = importing;
    this.#uploads = uploads;
    this.signal = signal;
  }

  static async begin(core: Core, uploads: Uploads, signal?: AbortSignal): Promise<Merge> {
    return new Merge(core, await core.beginImport(), uploads, signal);
  }

  /** Whether everything was forgotten meanwhile, or too much deleted: nothing more is stored, and the rest of the file need not be read. */
  get isForgotten(): boolean {
    return this.#isForgotten;
  }

  /** What comes from here on is in this file. */
  read(file: string): void {
    throwIfAborted(this.signal);
    this.#file = file;
    if (!this.#problems.has(file)) this.#problems.set(file, { told: [], more: { count: 0, line: 0 } });
  }

  problem(line: number, reason: string, file = this.#file): void {
    const { told, more } = this.#problems.get(file)!;
    if (told.length < MAX_PROBLEMS) told.push({ line, reason: withFile(file, reason) });
    else if (more.count++ === 0) more.line = line;
  }

  /** What is wrong with the file as a whole is told in any case. */
  problemOfFile(line: number, reason: string, file = this.#file): void {
    this.#problems.get(file)!.told.push({ line, reason: withFile(file, reason) });
  }

  /** Whether this is the conversation that the next message belongs to. */
  isOpen(id: string): boolean {
    return this.#open?.conversation.id === id;
  }

  async people(user: object, personas: object[], line: number): Promise<void> {
    await this.#storeAll();
    if (!this.#isForgotten) this.#forget(!(await this.#importing.takePeople(user, personas)), line);
  }

  /** What was arriving or waiting; its conversation is stored by now. */
  async draft(draft: object, line: number): Promise<void> {
    await this.#storeAll();
    if (!this.#isForgotten) this.#forget((await this.#importing.takeDraft(draft)) === undefined, line);
  }

  /** The files to which messages refer and whose bytes are not here. What came before is stored by then. */
  async wantedFiles(): Promise<Set<string>> {
    await this.#storeAll();
    const files = await this.#core.files();
    return new Set(files.flatMap(({ id, content }) => (content ? [] : [id])));
  }

  /**
   * Stores the bytes of a file. It becomes one with the message that is added with it, or by `takeFile`. undefined when
   * everything was forgotten meanwhile.
   */
  async upload(name: string, file: Blob, mediaType: string, line: number): Promise<Upload | undefined> {
    throwIfAborted(this.signal);
    try {
      return await this.#uploads.add(`source: ${name}`, file, mediaType);
    } catch (error) {
      if (!isMemoryError(error) || error.code !== "not-found") throw error;
      // The upload is gone. Where nothing was forgotten that is an error.
      await this.takeFile({ id: "", content: { upload: "", size: 0, mediaType: "" } }, line);
      if (!this.#isForgotten) throw error;
      return undefined;
    }
  }

  /** Has a file of the archive stored by `store` for the message that is added next; once for all of a transaction. */
  async bring(entry: ZipEntry, store: () => Promise<Upload | undefined>): Promise<Upload | undefined> {
    if (!this.#brought.has(entry)) this.#brought.set(entry, await store());
    return this.#brought.get(entry);
  }

  /** Has messages find a file to which they refer already. */
  async takeFile(upload: Upload, line: number): Promise<void> {
    throwIfAborted(this.signal);
    this.#forget((await this.#importing.takeFile(upload)) === undefined, line);
  }

  /** Removes the bytes of a file that is not wanted after all. */
  async discard(upload: Upload): Promise<void> {
    await this.#uploads.discard(upload);
  }

  /** Begins a conversation; the one before it has ended. */
  async begin(conversation: FileConversation, line: number): Promise<void> {
    if (this.#parts.length >= CONVERSATIONS_PER_TRANSACTION) await this.#store();
    // A transaction sees what was there before it: the same conversation must not be in it twice.
    else if (this.#parts.some((part) => part.conversation.id === conversation.id)) await this.#store();
    this.#open = { conversation, file: this.#file, line, messages: [], lines: [], begins: true };
    this.#parts.push(this.#open);
  }

  /** Lets go of what is known of the file. Nothing is stored after that. */
  async end(): Promise<void> {
    await this.#storing.catch(() => {}); // who waits for it has heard of it
    this.#importing.free();
  }

  /** Adds the next message of the conversation that was begun. `bytes` is about what it takes in the file. */
  async add(message: FileMessage, line: number, bytes: number): Promise<void> {
    let open = this.#open!;
    if (this.#parts.at(-1) !== open) {
      this.#open = open = { ...open, messages: [], lines: [], begins: false };
      this.#parts.push(open);
    }
    open.messages.push(this.#shaped(message, line));
    open.lines.push(line);
    this.#count += 1;
    this.#bytes += bytes;
    if (this.#count >= MESSAGES_PER_TRANSACTION || this.#bytes >= BYTES_PER_TRANSACTION) await this.#store();
  }

  async finish(): Promise<ImportReport> {
    await this.#storeAll();
    // What the transactions find is told later than what a line shows by itself.
    for (const [file, { told, more }] of this.#problems) {
      told.sort((one, other) => one.line - other.line);
      if (more.count > 0) told.push({ line: more.line, reason: withFile(file, `${more.count} more problems are not listed`) });
      for (const problem of told) this.#report.problems.push(problem);
    }
    return this.#report;
  }

  /** The fields of a message that are known, as they can be stored. */
  #shaped({ id, parentId, role, author, content, parts, metadata = {}, status, createdAt }: FileMessage, line: number): object {
    const beside: { parts?: unknown; metadata: unknown } = { ...(parts !== undefined && { parts }), metadata };
    for (const name of ["parts", "metadata"] as const) {
      try {
        if (name in beside) beside[name] = jsonCopy(name, beside[name]);
      } catch (error) {
        // Numbers that JSON cannot hold, or too deep. Its text may be all that matters.
        if (name === "parts") delete beside.parts;
        else beside.metadata = {};
        this.problem(line, `what is beside the text of message ${typeof id === "string" ? id : "?"} is left out: ${(error as Error).message}`);
      }
    }
    const text = typeof content === "string" ? wellFormed(content) : content;
    const rest = { seq: 0, role, ...(typeof author === "string" && { author: wellFormed(author) }), content: text, ...beside, status, createdAt };
    return typeof parentId === "string" ? { id, conversationId: "", parentId, ...rest } : { id, conversationId: "", ...rest };
  }

  async #storeAll(): Promise<void> {
    await this.#store();
    await this.#storing;
  }

  /** Has the parts stored, behind those before them; comes back when they are on their way. */
  async #store(): Promise<void> {
    const parts = this.#parts;
    const files = [...this.#brought.values()].filter((upload) => upload !== undefined);
    this.#parts = [];
    this.#brought = new Map();
    this.#count = this.#bytes = 0;
    await this.#storing;
    throwIfAborted(this.signal);
    if (parts.length === 0 || this.#isForgotten) return;
    this.#storing = this.#stored(parts, files);
    this.#storing.catch(() => {}); // it is heard of when it is awaited
    await yieldIfLong();
  }

  async #stored(parts: ConversationPart[], files: Upload[]): Promise<void> {
    const imported = await this.#importing.take(parts.map(({ conversation, messages, begins }) => ({ conversation, messages, begins })), files);
    this.#forget(imported === undefined, parts[0]!.lines[0] ?? parts[0]!.line, parts[0]!.file);
    for (const [index, { created, added, skipped, problems }] of (imported ?? []).entries()) {
      const part = parts[index]!;
      this.#report.conversations += created ? 1 : 0;
      this.#report.messages += added;
      this.#report.skipped += skipped;
      for (const { index: which, reason } of problems) {
        this.problem(which === undefined ? part.line : part.lines[which]!, reason, part.file);
      }
    }
  }

  #forget(isForgotten: boolean, line: number, file?: string): void {
    if (!isForgotten || this.#isForgotten) return;
    this.#isForgotten = true;
    const reason = "everything was forgotten, or more was deleted than is known, while the file was imported";
    this.problemOfFile(line, `${reason}: from here on nothing of it is stored`, file);
  }
}

/** A file by itself has no name. */
const withFile = (file: string, reason: string): string => (file === "" ? reason : `${file}: ${reason}`);
