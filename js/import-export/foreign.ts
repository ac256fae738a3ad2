// What other products export: JSON, as a rule a list of conversations.

import { readForeign } from "../core/core.js";
import { elementsOf, listIn } from "./json-array-splitter.js";
import { decoded } from "./lines.js";
import { type Merge } from "./merge.js";
import { partsOf, type ForeignFiles } from "./foreign-files.js";
import { Activities, isActivity, isOfGemini } from "./activities.js";

/** There is no conversation in the file; the message says what there is. */
export class NotForeign extends Error {}

/** `files` are those of the file's archive. Fails with `NotForeign` when nothing in the file is a conversation. */
export async function importForeign(file: Blob, files: ForeignFiles, merge: Merge, onRead: (read: number) => void): Promise<void> {
  const reader = new ForeignReader(merge, files);
  let read = 0;
  for await (const elements of elementsOf(file, await listIn(file), merge.signal)) {
    for (const { line, text, tooLong } of elements) {
      read += (text?.length ?? 0) + 1;
      if (text === undefined) reader.leaveOut(line, tooLong ? "is too long" : "has no end: the file is torn");
      else await reader.take(line, text);
    }
    if (merge.isForgotten) return;
    onRead(read);
  }
  await reader.end();
}

class ForeignReader {
  readonly #merge: Merge;
  readonly #files: ForeignFiles;
  readonly #activities = new Activities();
  #known = 0;
  #reason = "";
  // How many activities are not Gemini's, and the line of the first.
  #elsewhere = { count: 0, line: 0 };

  constructor(merge: Merge, files: ForeignFiles) {
    this.#merge = merge;
    this.#files = files;
  }

  leaveOut(line: number, reason: string): void {
    this.#merge.problem(line, `the conversation is left out: it ${reason}`);
    this.#reason ||= reason.replace(/^(is not JSON): .*$/s, "$1"); // without the parser's own words: this one is shown to people
  }

  async take(line: number, bytes: Uint8Array): Promise<void> {
    const text = decoded(bytes);
    if (text === undefined) return this.leaveOut(line, "is not UTF-8");
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      return this.leaveOut(line, `is not JSON: ${(error as Error).message}`);
    }
    for (const each of conversationsIn(value)) {
      if (!isActivity(each)) {
        await this.#conversation(line, each, bytes.length);
      } else if (isOfGemini(each)) {
        const group = this.#activities.add(each, line, bytes.length);
        if (group) await this.#conversation(group.line, group, group.size);
      } else if (this.#elsewhere.count++ === 0) {
        this.#elsewhere.line = line;
      }
    }
  }

  async end(): Promise<void> {
    const group = this.#activities.end();
    if (group) await this.#conversation(group.line, group, group.size);
    const { count, line } = this.#elsewhere;
    if (count > 0) this.#merge.problem(line, `${count} activities that are not of Gemini are left out`);
    if (this.#known > 0) return;
    if (count > 0) this.#reason ||= "is an activity that is not of Gemini";
    throw new NotForeign(this.#reason === "" ? "it is empty" : `what begins it ${this.#reason}`);
  }

  async #conversation(line: number, value: unknown, size: number): Promise<void> {
    const foreign = readForeign(value);
    if (typeof foreign === "string") return this.leaveOut(line, `is of an unknown kind: ${foreign}`);
    this.#known += 1;
    const { id, title, createdAt, updatedAt, headId, pinned, messages, problems } = foreign;
    for (const reason of problems) this.#merge.problem(line, reason);
    await this.#merge.begin({ id, title, createdAt, updatedAt, headId, pinned }, line);
    for (const message of messages) {
      const parts = await partsOf(message, this.#files, this.#merge, line);
      if (this.#merge.isForgotten) return;
      await this.#merge.add({ ...message, parts }, line, size / messages.length);
    }
  }
}

/** Some products have all conversations in one object. */
function conversationsIn(value: unknown): unknown[] {
  const { conversations, "chat-next-web-store": store } = Object(value) as Record<string, unknown>;
  const { sessions } = Object(store) as Record<string, unknown>;
  return [conversations, sessions].find((list): list is unknown[] => Array.isArray(list) && list.length > 0) ?? [value];
}
