// Everything a user has, as a file.

import type { Core, Exported, Message } from "../core/core.js";
import { FORMAT, Sum, VERSION, sealed } from "./format.js";
import { pause } from "./pace.js";

/** About so many messages are read in one transaction, of at most so many conversations. */
const MESSAGES = 1_000;
const CONVERSATIONS = 64;
/** So many bytes of lines are kept before they are handed to the browser, which may put them on the disk. */
const PART_BYTES = 1024 * 1024;

interface Stretch {
  id: string;
  from: number;
  to: number;
}

/** An export of what is there while it runs: each conversation, or stretch of a long one, is as it was at one moment. */
export async function exportAll(core: Core): Promise<Blob> {
  const file = new File(core);
  await file.writePeople();
  for (const stretches of groups(await core.progress())) {
    await file.writeConversations(stretches);
    await pause();
  }
  await file.writeTheRest();
  return file.finish();
}

/** What is read together: many short conversations, or a part of a long one. */
function* groups(progress: { conversationId: string; end: number }[]): Generator<Stretch[]> {
  let group: Stretch[] = [];
  let count = 0;
  for (const { conversationId: id, end } of progress) {
    let from = 0;
    do {
      const to = Math.min(from + MESSAGES, end);
      // To the end that it has when it is read: messages may have been added.
      group.push({ id, from, to: to === end ? 0xffff_ffff : to });
      count += to - from;
      from = to;
      if (count >= MESSAGES || group.length === CONVERSATIONS || from < end) {
        yield group;
        group = [];
        count = 0;
      }
    } while (from < end);
  }
  if (group.length > 0) yield group;
}

class File {
  readonly #core: Core;
  readonly #parts: Blob[] = [];
  readonly #sum = new Sum();
  #lines: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;
  #records = 0;
  #conversations = 0;
  #messages = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  async writePeople(): Promise<void> {
    // One that is damaged must keep nobody from saving the rest.
    const user = await this.#core.getUser().catch(() => undefined);
    if (user) this.#write({ type: "user", ...user, id: undefined });
    for (const persona of await this.#core.listPersonas().catch(() => [])) this.#write({ type: "persona", ...persona });
  }

  async writeConversations(stretches: Stretch[]): Promise<void> {
    const ids = stretches.map(({ id }) => id);
    const [from, to] = [stretches.map((each) => each.from), stretches.map((each) => each.to)];
    const exported = await this.#core.exportRecords(ids, Uint32Array.from(from), Uint32Array.from(to));
    for (const [index, part] of exported.entries()) this.#writePart(part, from[index] === 0);
  }

  #writePart({ conversation, messages, damaged }: Exported, isFirst: boolean): void {
    if (isFirst && conversation) {
      this.#conversations += 1;
      this.#write({ type: "conversation", ...conversation, userId: undefined });
    }
    this.#messages += messages.length;
    for (const message of messages) this.#write(messageLine(message));
    for (const record of damaged) this.#write({ type: "damaged", ...record });
  }

  async writeTheRest(): Promise<void> {
    const waiting = await this.#core.waiting().catch(() => []);
    for (const record of await this.#core.setAside()) this.#write({ type: "damaged", ...record });
    for (const draft of waiting) this.#write({ type: "draft", ...draft, userId: undefined, savedAt: undefined });
  }

  finish(): Blob {
    this.#add(sealed({ type: "end", records: this.#records, checksum: `${this.#sum}` }).bytes);
    this.#close();
    const header = {
      format: FORMAT,
      version: VERSION,
      exportedAt: new Date().toISOString(),
      conversations: this.#conversations,
      messages: this.#messages,
    };
    return new Blob([sealed(header).bytes, ...this.#parts], { type: "application/jsonl" });
  }

  #write(record: object): void {
    const { bytes, crc } = sealed(record);
    this.#records += 1;
    this.#sum.add(crc);
    this.#add(bytes);
  }

  #add(line: Uint8Array<ArrayBuffer>): void {
    this.#lines.push(line);
    this.#bytes += line.length;
    if (this.#bytes >= PART_BYTES) this.#close();
  }

  #close(): void {
    this.#parts.push(new Blob(this.#lines));
    this.#lines = [];
    this.#bytes = 0;
  }
}

/** The fields in an order of their own, so that the same message always makes the same line. */
function messageLine({ id, conversationId, parentId, seq, role, content, metadata, status, createdAt }: Message): object {
  return { type: "message", id, conversationId, parentId, seq, role, content, metadata, status, createdAt };
}
