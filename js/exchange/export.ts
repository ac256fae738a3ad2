// Everything a user has, as a file.

import type { Core, Exported, Message } from "../core/core.js";
import { messageOf } from "../errors.js";
import { FORMAT, LineWriter, Sum, VERSION } from "./format.js";
import { pause } from "./pace.js";

/** About so many messages are read in one transaction, of at most so many conversations. */
const MESSAGES = 1_000;
const CONVERSATIONS = 64;

interface Stretch {
  id: string;
  from: number;
  to: number;
}

/** An export of what is there while it runs: each conversation, or stretch of a long one, is as it was at one moment. */
export async function exportAll(core: Core): Promise<Blob> {
  const file = new File(core);
  await file.writePeople();
  const left = groups(await core.progress());
  const read = () => {
    const { value: stretches } = left.next();
    return stretches && { stretches, reading: exported(core, stretches) };
  };
  for (let next = read(); next; ) {
    const { stretches, reading } = next;
    const parts = await reading;
    next = read();
    next?.reading.catch(() => {}); // it is heard of when it is awaited
    // It is asked for by now, and read while these are written.
    await pause();
    file.writeConversations(stretches, parts);
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

function exported(core: Core, stretches: Stretch[]): Promise<Exported[]> {
  const ids = stretches.map(({ id }) => id);
  const [from, to] = [stretches.map((each) => each.from), stretches.map((each) => each.to)];
  return core.exportRecords(ids, Uint32Array.from(from), Uint32Array.from(to));
}

class File {
  readonly #core: Core;
  readonly #lines = new LineWriter();
  readonly #sum = new Sum();
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

  writeConversations(stretches: Stretch[], parts: Exported[]): void {
    for (const [index, part] of parts.entries()) this.#writePart(part, stretches[index]?.from === 0);
  }

  #writePart({ conversation, messages, damaged }: Exported, isFirst: boolean): void {
    if (isFirst && conversation) {
      this.#conversations += 1;
      this.#write({ type: "conversation", ...conversation, userId: undefined });
    }
    for (const message of messages) this.#writeMessage(message);
    for (const record of damaged) this.#writeDamaged(record);
  }

  #writeMessage(message: Message): void {
    try {
      this.#write(messageLine(message));
      this.#messages += 1;
    } catch (error) {
      // IndexedDB holds more than JSON does; none of it came through this package.
      const record = `message ${message.id} of conversation ${message.conversationId}`;
      this.#writeDamaged({ record, reason: `it cannot be written as JSON: ${messageOf(error)}`, value: message });
    }
  }

  #writeDamaged(damaged: { record: string; reason: string; value: unknown }): void {
    this.#write({ type: "damaged", ...damaged, value: asJson(damaged.value) });
  }

  async writeTheRest(): Promise<void> {
    const turns = await this.#core.pendingTurns().catch(() => []);
    for (const record of await this.#core.setAside()) this.#writeDamaged(record);
    for (const turn of turns) this.#write({ type: "draft", ...turn, userId: undefined, savedAt: undefined, owner: undefined });
  }

  finish(): Blob {
    this.#lines.write({ type: "end", records: this.#records, checksum: `${this.#sum}` });
    const header = {
      format: FORMAT,
      version: VERSION,
      exportedAt: new Date().toISOString(),
      conversations: this.#conversations,
      messages: this.#messages,
    };
    const first = new LineWriter();
    first.write(header);
    return new Blob([...first.finish(), ...this.#lines.finish()], { type: "application/jsonl" });
  }

  #write(record: object): void {
    this.#sum.add(this.#lines.write(record));
    this.#records += 1;
  }
}

/** The fields in an order of their own, so that the same message always makes the same line. */
function messageLine({ id, conversationId, parentId, seq, role, content, metadata, status, createdAt }: Message): object {
  return { type: "message", id, conversationId, parentId, seq, role, content, metadata, status, createdAt };
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
