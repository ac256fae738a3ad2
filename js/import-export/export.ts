// Everything a user has, as a file.

import { yieldIfLong } from "../concurrency/scheduler.js";
import type { Core, Exported, Fence, Message } from "../core/core.js";
import { isMemoryError, messageOf } from "../errors.js";
import type { Attachments } from "../attachments/attachments.js";
import { ChecksumOfChecksums, FORMAT, LineWriter, VERSION } from "./format.js";
import { archiveOf } from "./zip-export.js";

/** About so many messages are read in one transaction, of at most so many conversations. */
const MESSAGES_PER_TRANSACTION = 1_000;
const CONVERSATIONS_PER_TRANSACTION = 64;

/** Stands for the end that a conversation has when it is read. */
const TO_THE_END = 0xffff_ffff;

interface MessageRange {
  id: string;
  from: number;
  to: number;
}

/**
 * An export of what is there while it runs. Each conversation is as it was at one moment: a long one ends where it ended
 * when its first range was read, and is left out when it is deleted before its last one. When everything is forgotten
 * meanwhile, or more deleted than is known, the file is of what there is then. With `attachments` it is an archive with the files beside the records.
 */
export async function exportAll(core: Core, attachments?: Attachments): Promise<Blob> {
  for (;;) {
    const file = new ExportFile(core, await core.fence());
    if (!(await file.write())) continue;
    return attachments ? archiveOf(file.files, (id) => file.read(id, attachments), () => file.finish()) : file.finish();
  }
}

/** What is read together: many short conversations, or a part of a long one. Is told what came of each. */
function* groups(progress: { conversationId: string; end: number }[]): Generator<MessageRange[], void, Exported[]> {
  let group: MessageRange[] = [];
  let count = 0;
  for (const { conversationId: id, end } of progress) {
    if (end > MESSAGES_PER_TRANSACTION) {
      yield* rangesOf(id);
      continue;
    }
    // To the end that it has when it is read: messages may have been added.
    group.push({ id, from: 0, to: TO_THE_END });
    count += end;
    if (count >= MESSAGES_PER_TRANSACTION || group.length === CONVERSATIONS_PER_TRANSACTION) {
      yield group;
      group = [];
      count = 0;
    }
  }
  if (group.length > 0) yield group;
}

function* rangesOf(id: string): Generator<MessageRange[], void, Exported[]> {
  let [first] = yield [{ id, from: 0, to: MESSAGES_PER_TRANSACTION }];
  for (let from = MESSAGES_PER_TRANSACTION; from < (first?.end ?? 0); from += MESSAGES_PER_TRANSACTION) {
    const [next] = yield [{ id, from, to: Math.min(from + MESSAGES_PER_TRANSACTION, first!.end) }];
    if (next?.conversation === undefined) return;
    // Messages have other positions than when the first were read, or are others: once more, from the beginning.
    if (next.moved !== first!.moved || next.deleted !== first!.deleted) {
      [first] = yield [{ id, from: 0, to: MESSAGES_PER_TRANSACTION }];
      from = 0;
    }
  }
}

class ExportFile {
  readonly #core: Core;
  readonly #fence: Fence;
  readonly #lines = new LineWriter();
  readonly #checksum = new ChecksumOfChecksums();
  /** The ids of the files whose bytes are here. */
  readonly files: string[] = [];
  /** What was arriving or waiting in each conversation that is written, when its first messages were read. */
  readonly #drafts = new Map<string, object[]>();
  #counts = { records: 0, conversations: 0, messages: 0 };

  constructor(core: Core, fence: Fence) {
    this.#core = core;
    this.#fence = fence;
  }

  /** Whether all of it was written: not everything was forgotten meanwhile. */
  async write(): Promise<boolean> {
    return (await this.#writePeople()) && (await this.#writeConversations()) && (await this.#writeRest());
  }

  async #writePeople(): Promise<boolean> {
    const people = await this.#core.exportPeople(this.#fence);
    if (people === undefined) return false;
    if (people.user) this.#write({ type: "user", ...people.user, id: undefined });
    for (const persona of people.personas) this.#write({ type: "persona", ...persona });
    for (const record of people.damaged) this.#writeDamaged(record);
    return true;
  }

  async #writeConversations(): Promise<boolean> {
    const left = groups(await this.#core.progress());
    const read = ({ value: ranges }: IteratorResult<MessageRange[], void>) =>
      ranges && { ranges, reading: this.#exported(ranges) };
    let before: () => void = () => {};
    let long = "";
    for (let next = read(left.next([])); next; ) {
      const { ranges, reading } = next;
      const parts = await reading;
      if (parts === undefined) return false;
      next = read(left.next(parts));
      next?.reading.catch(() => {}); // it is heard of when it is awaited
      // It is asked for by now, and read while these are written.
      await yieldIfLong();
      const { id, from, to } = ranges[0]!;
      if (from === 0 && to < TO_THE_END) {
        // It is read once more.
        if (id === long) before();
        [before, long] = [this.#mark(), id];
      }
      // Deleted before its last messages were read.
      if (from > 0 && parts[0]!.conversation === undefined) {
        before();
        this.#drafts.delete(id);
      }
      for (const [index, part] of parts.entries()) {
        const isFirst = ranges[index]!.from === 0;
        if (isFirst) this.#drafts.set(ranges[index]!.id, part.drafts);
        this.#writePart(part, isFirst);
      }
    }
    return true;
  }

  #exported(ranges: MessageRange[]): Promise<Exported[] | undefined> {
    const ids = ranges.map(({ id }) => id);
    const [from, to] = [ranges.map((each) => each.from), ranges.map((each) => each.to)];
    return this.#core.exportRecords(this.#fence, ids, Uint32Array.from(from), Uint32Array.from(to));
  }

  async #writeRest(): Promise<boolean> {
    const files = await this.#core.files();
    const rest = await this.#core.exportRest(this.#fence);
    if (rest === undefined) return false;
    for (const { id, content } of files) {
      this.#write({ type: "file", id, mediaType: content?.mediaType, size: content?.size });
      if (content) this.files.push(id);
    }
    for (const record of rest.damaged) this.#writeDamaged(record);
    for (const draft of [...this.#drafts.values()].flat()) this.#write({ type: "draft", ...draft, userId: undefined, savedAt: undefined, owner: undefined });
    return true;
  }

  /** What goes back to here. */
  #mark(): () => void {
    const [line, checksum, counts] = [this.#lines.mark(), this.#checksum.mark(), { ...this.#counts }];
    return () => {
      this.#lines.backTo(line);
      this.#checksum.backTo(checksum);
      this.#counts = counts;
    };
  }

  #writePart({ conversation, messages, damaged }: Exported, isFirst: boolean): void {
    if (isFirst && conversation) {
      this.#counts.conversations += 1;
      this.#write({ type: "conversation", ...conversation, userId: undefined });
    }
    for (const message of messages) this.#writeMessage(message);
    for (const record of damaged) this.#writeDamaged(record);
  }

  #writeMessage(message: Message): void {
    try {
      this.#write(messageLine(message));
      this.#counts.messages += 1;
    } catch (error) {
      // IndexedDB holds more than JSON does; none of it came through this package.
      const record = `message ${message.id} of conversation ${message.conversationId}`;
      this.#writeDamaged({ record, reason: `it cannot be written as JSON: ${messageOf(error)}`, value: message });
    }
  }

  #writeDamaged(damaged: { record: string; reason: string; value: unknown }): void {
    this.#write({ type: "damaged", ...damaged, value: asJson(damaged.value) });
  }

  /** The bytes of a file; undefined when it is gone by then, and when some of them are missing, which is written. */
  async read(id: string, attachments: Attachments): Promise<Blob | undefined> {
    try {
      return await attachments.get(id);
    } catch (error) {
      if (!isMemoryError(error) || error.code !== "corrupt") throw error;
      this.#writeDamaged({ record: `file ${id}`, reason: error.message, value: null });
      return undefined;
    }
  }

  finish(): Blob {
    this.#lines.write({ type: "end", records: this.#counts.records, checksum: `${this.#checksum}` });
    const header = {
      format: FORMAT,
      version: VERSION,
      exportedAt: new Date().toISOString(),
      conversations: this.#counts.conversations,
      messages: this.#counts.messages,
    };
    const first = new LineWriter();
    first.write(header);
    return new Blob([...first.finish(), ...this.#lines.finish()], { type: "application/jsonl" });
  }

  #write(record: object): void {
    this.#checksum.add(this.#lines.write(record));
    this.#counts.records += 1;
  }
}

/** The fields in an order of their own, so that the same message always makes the same line. */
function messageLine({ id, conversationId, parentId, seq, role, author, content, parts, metadata, status, createdAt }: Message): object {
  return { type: "message", id, conversationId, parentId, seq, role, author, content, parts, metadata, status, createdAt };
}

/** As much of a value as JSON can hold. */
function asJson(value: unknown): unknown {
  const seen = new Set<unknown>();
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return String(part);
    if (typeof part !== "object" || part === null) return part;
    if (seen.has(part)) return "as above";
    seen.add(part);
    return part;
  });
  return text === undefined ? null : JSON.parse(text);
}
