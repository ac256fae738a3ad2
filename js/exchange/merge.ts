// Conversations on their way from a file into the memory, some in every transaction.

import { memoryError } from "../errors.js";
import { jsonCopy } from "../json.js";
import { wellFormed } from "../text.js";
import type { Core, Import, Metadata } from "../core/core.js";
import { pause } from "./pace.js";

/** What became of an import. */
export interface ImportReport {
  /** How many conversations are new. */
  conversations: number;
  /** How many messages are new. */
  messages: number;
  /** How many messages were there already. */
  skipped: number;
  /** What was not whole, or not known, by the line of the file (from 1) on which it begins. */
  problems: { line: number; reason: string }[];
}

/** What a transaction takes at most: messages, conversations, and about how many bytes. */
const MESSAGES = 1_000;
const CONVERSATIONS = 64;
const BYTES = 1024 * 1024;

/** A conversation as a file has it; what is missing or does not fit is replaced and told. */
export interface FileConversation {
  id: string;
  [field: string]: unknown;
}

/** A message as a file has it. */
export interface FileMessage {
  id?: unknown;
  parentId?: unknown;
  content?: unknown;
  metadata?: unknown;
  [field: string]: unknown;
}

/** A conversation of which there may be more to come. */
interface Open {
  conversation: FileConversation;
  file: string;
  line: number;
  messages: object[];
  lines: number[];
  // The ids of all its messages so far, and that of the last one.
  ids: Set<string>;
  last: string | undefined;
  same: boolean;
  changed: boolean;
  ends: boolean;
}

/** Merges conversations one after the other. */
export class Merge {
  /** The file of an archive that is read. */
  file = "";
  readonly report: ImportReport = { conversations: 0, messages: 0, skipped: 0, problems: [] };
  readonly #core: Core;
  readonly #signal: AbortSignal | undefined;
  #open: Open | undefined;
  // The parts of the next transaction.
  #parts: Open[] = [];
  #count = 0;
  #bytes = 0;

  constructor(core: Core, signal?: AbortSignal) {
    this.#core = core;
    this.#signal = signal;
  }

  problem(line: number, reason: string, file = this.file): void {
    this.report.problems.push({ line, reason: file === "" ? reason : `${file}: ${reason}` });
  }

  /** Whether this is the conversation that the next message belongs to. */
  isOpen(id: string): boolean {
    return this.#open?.conversation.id === id;
  }

  /** Begins a conversation; the one before it has ended. */
  async begin(conversation: FileConversation, line: number): Promise<void> {
    await this.#end();
    // A transaction sees what was there before it: the same conversation must not be in it twice.
    if (this.#parts.some((part) => part.conversation.id === conversation.id)) await this.#store();
    const [messages, lines, ids]: [object[], number[], Set<string>] = [[], [], new Set()];
    this.#open = { conversation, file: this.file, line, messages, lines, ids, last: undefined, same: true, changed: false, ends: false };
    this.#parts.push(this.#open);
  }

  /** Adds the next message of the conversation that was begun, which takes about so many bytes. */
  async add(message: FileMessage, line: number, bytes: number): Promise<void> {
    const open = this.#open!;
    const whole = this.#whole(open, message, line);
    if (whole === undefined) return;
    open.messages.push(whole);
    open.lines.push(line);
    this.#count += 1;
    this.#bytes += bytes;
    if (this.#count >= MESSAGES || this.#bytes >= BYTES) await this.#store();
  }

  async finish(): Promise<ImportReport> {
    await this.#end();
    await this.#store();
    return this.report;
  }

  /** The message with its known fields; none when it cannot be told from others, or is there twice. */
  #whole(open: Open, { id, parentId, seq, role, content, metadata = {}, status, createdAt }: FileMessage, line: number) {
    if (typeof id !== "string" || id === "") {
      this.problem(line, "the message has no id");
      return undefined;
    }
    if (open.ids.has(id)) {
      this.problem(line, `the message ${id} is there twice`);
      return undefined;
    }
    let parent = typeof parentId === "string" ? parentId : undefined;
    if (parent !== undefined && !open.ids.has(parent)) {
      this.problem(line, `the message that ${id} follows is missing; it follows the one before it instead`);
      parent = open.last;
    }
    let beside: Metadata = {};
    try {
      beside = jsonCopy("metadata", metadata) as Metadata;
    } catch (error) {
      // Its text may be all that matters.
      this.problem(line, `what is beside the text of message ${id} is left out: ${(error as Error).message}`);
    }
    open.ids.add(id);
    open.last = id;
    const text = typeof content === "string" ? wellFormed(content) : content;
    const { id: conversationId } = open.conversation;
    const parts = parent === undefined ? {} : { parentId: parent };
    return { id: wellFormed(id), conversationId, ...parts, seq, role, content: text, metadata: beside, status, createdAt };
  }

  async #end(): Promise<void> {
    if (this.#open) this.#open.ends = true;
    // One that ended when a transaction was full still has to say so.
    if (this.#open && !this.#parts.includes(this.#open)) this.#parts.push(this.#open);
    this.#open = undefined;
    if (this.#parts.length >= CONVERSATIONS) await this.#store();
  }

  async #store(): Promise<void> {
    const parts = this.#parts;
    if (parts.length === 0) return;
    if (this.#signal?.aborted) {
      const { reason } = this.#signal;
      throw memoryError("aborted", "the import was aborted; what was imported so far stays, and importing again goes on", reason);
    }
    this.#parts = [];
    this.#count = this.#bytes = 0;
    const imported = await this.#core.importRecords(parts.map(({ conversation, messages, same, changed, ends }): Import => {
      return { conversation, messages, same, changed, ends };
    }));
    for (const [index, { created, added, skipped, same, problems }] of imported.entries()) {
      const part = parts[index]!;
      this.report.conversations += created ? 1 : 0;
      this.report.messages += added;
      this.report.skipped += skipped;
      for (const { index: which, reason } of problems) {
        // What it says of the conversation it says of every part of it.
        if (which === undefined && !part.changed) this.problem(part.line, reason, part.file);
        if (which === undefined) continue;
        this.problem(part.lines[which]!, `the message is left out: ${reason}`, part.file);
        part.ids.delete((part.messages[which] as { id: string }).id);
      }
      part.same = same;
      part.changed ||= created || added > 0;
      part.messages = [];
      part.lines = [];
    }
    if (this.#open) this.#parts.push(this.#open);
    await pause();
  }
}
