// A browser that is killed in the middle of its work, again and again, and what is left each time.
import { readFile } from "node:fs/promises";
import { Acknowledged } from "./acknowledged.mjs";
import { startBrowser, withPlace } from "./browser.mjs";
import { faultsOf, logOf } from "./integrity.mjs";
import { randomOf } from "./random.mjs";

/** Each kind of work, and after how many milliseconds of it the kill comes: from, to. */
const DELAYS = {
  appends: [20, 900],
  bulk: [10, 400],
  stream: [200, 3000],
  deletes: [5, 500],
  files: [20, 1500],
  import: [20, 1500],
  upgrade: [0, 800],
};
export const WORKS = Object.keys(DELAYS);

const FIXTURE = new URL("../../tests/fixtures/schema-1.json", import.meta.url);
const MESSAGES_OF_FILE = 5_000;

/**
 * Kills the browser once for each of `works`. Gives a row for each kill, and the sums. `folder` has the package in its
 * `node_modules`; `onRow` hears each row when it is there.
 */
export async function kill({ folder, sqlite, works, seed, onRow = () => {} }) {
  return withPlace({ folder, sqlite }, async (place) => {
    const killing = new Killing(place, seed);
    try {
      await killing.begin(works.includes("import"));
      const rows = [];
      for (const [index, work] of works.entries()) {
        rows.push(await killing.round(index + 1, work));
        onRow(rows.at(-1));
      }
      return { rows, ...(await killing.end()) };
    } finally {
      await killing.close();
    }
  });
}

class Killing {
  #place;
  #seed;
  #browser;
  #databases = new Map();
  #laid = new Set();
  #seenLast = [];
  #onBegun = () => {};
  #file;

  constructor(place, seed) {
    this.#place = place;
    this.#seed = seed;
  }

  async begin(withFile) {
    await this.#start();
    if (!withFile) return;
    const page = await this.#browser.newPage("file");
    const text = await page.evaluate((count) => globalThis.makeExport(count), MESSAGES_OF_FILE);
    await page.close();
    await this.#place.keep("export.jsonl", text);
    this.#file = new ExportFile(text);
  }

  async round(number, work) {
    const delay = randomOf(this.#seed * 1000 + number).between(...DELAYS[work]);
    // What is kept in one database is looked at again after each kill; the larger ones are too many for that.
    const database = ["appends", "stream", "deletes", "files"].includes(work) ? "chat" : `${work}-${number}`;
    const before = this.#writes();
    const begun = new Promise((resolve) => (this.#onBegun = resolve));
    const page = await this.#browser.newPage(database);
    const working = page.evaluate(([work, task]) => globalThis.works[work](task), [work, { database, round: number }]);
    // Work has no end: it fails, either because the browser was killed, or because of a fault.
    const fault = working.then(() => "it came to an end", (error) => error.message);
    const early = await Promise.race([begun.then(() => undefined), fault]);
    if (early !== undefined) throw new Error(`${work} did not begin: ${early}`);
    await new Promise((resolve) => setTimeout(resolve, delay));
    const wrong = await Promise.race([fault, Promise.resolve()]);
    if (wrong !== undefined) throw new Error(`${work} failed before the kill: ${wrong}`);
    await this.#browser.kill();
    await this.#start();
    const acknowledged = this.#writes() - before;
    const touched = [...this.#databases.keys()].filter((name) => name === database || name.startsWith(`${database}.`));
    return { number, work, delay, acknowledged, ...(await this.#look(touched)) };
  }

  /** Everything once more: what survived one kill must survive the others too. */
  async end() {
    const { lost, half } = await this.#look([...this.#databases.keys()].filter((name) => !this.#seenLast.includes(name)));
    const worst = { characters: 0, milliseconds: 0 };
    for (const { worst: each } of this.#databases.values()) {
      for (const unit of Object.keys(worst)) worst[unit] = Math.max(worst[unit], each[unit]);
    }
    return { version: this.#browser.version, writes: this.#writes(), lostAtEnd: lost, halfAtEnd: half, worst };
  }

  close() {
    return this.#browser?.close();
  }

  async #start() {
    this.#browser = await startBrowser(this.#place, (entry) => {
      const { kind, database } = entry;
      if (database !== undefined && !this.#databases.has(database)) this.#databases.set(database, new Acknowledged());
      this.#databases.get(database)?.hear(entry);
      if (kind === "laid") this.#laid.add(database);
      if (kind === "begun") this.#onBegun();
    });
  }

  #writes() {
    return [...this.#databases.values()].reduce((sum, { writes }) => sum + writes, 0);
  }

  async #look(names) {
    const found = { lost: [], half: [], extra: 0 };
    if (names.length === 0) return found;
    const page = await this.#browser.newPage(names[0]);
    for (const name of names) {
      const { lost, half, extra } = await this.#lookAt(page, name).catch((error) => {
        return { lost: [], half: [`it cannot be used: ${error.message}`], extra: 0 };
      });
      found.lost.push(...lost.map((what) => `${name}: ${what}`));
      found.half.push(...half.map((what) => `${name}: ${what}`));
      found.extra += extra;
    }
    await page.close();
    this.#seenLast = names;
    return found;
  }

  async #lookAt(page, name) {
    const isLaid = this.#laid.has(name);
    // The fixture's own words for what is in it; before anything else, because looking must change nothing.
    if (isLaid) await this.#browser.newPage(name, page);
    const seen = isLaid ? await page.evaluate(() => globalThis.readEverything()) : undefined;
    const looked = await page.evaluate((name) => globalThis.look(name), name);
    const titled = new Set();
    if (isLaid) for (const { id } of looked.records.conversations) titled.add(id);
    if (name.startsWith("import-")) for (const id of this.#file.conversations) titled.add(id);
    const half = [...faultsOf(looked.records, { titled }), ...differences(looked)];
    if (isLaid) {
      const { expected } = JSON.parse(await readFile(FIXTURE, "utf8"));
      if (JSON.stringify(seen) !== JSON.stringify(expected)) half.push("what was laid down reads differently");
      return { lost: [], half: [...half, ...(await use(page, name))], extra: 0 };
    }
    if (name.startsWith("import-")) return { lost: [], half: [...half, ...(await this.#file.check(page, name, looked.records))], extra: 0 };
    const { lost, half: inPart, extra } = this.#databases.get(name).check(looked);
    half.push(...inPart);
    if (name.startsWith("upgrade-")) half.push(...(await use(page, name)));
    return { lost, half, extra };
  }
}

/** What the package reads must be what is there, and it must find nothing to repair. */
function differences({ records, read, repair, left }) {
  const found = [];
  if (left.uploads > 0 || left.chunks !== left.ofFiles) found.push(`repair() left bytes that are of no file: ${JSON.stringify(left)}`);
  if (repair.rebuilt !== 0 || repair.damaged.length > 0) found.push(`repair() had to do something: ${JSON.stringify(repair)}`);
  if (read.length !== records.conversations.filter(({ userId }) => userId === "ada").length) found.push(`a list of ${read.length} conversations`);
  for (const { id, messages } of read) {
    const log = new Map(logOf(records, id).map((message) => [message.id, message]));
    const branch = [];
    let at = records.conversations.find((row) => row.id === id)?.headId;
    for (; at !== undefined; at = log.get(at)?.parentId) branch.unshift([at, log.get(at)?.content]);
    if (JSON.stringify(messages) !== JSON.stringify(branch)) found.push(`${id}: getMessages() gives something else than what is stored`);
  }
  return found;
}

const use = async (page, name) =>
  (await page.evaluate((name) => globalThis.isOfUse(name), name)) ? [] : ["it takes a message and does not give it back"];

/** The file that is imported, and what an interrupted import of it must have left. */
class ExportFile {
  #lines;
  #messages = new Map();
  conversations = [];

  constructor(text) {
    // The header has the time of the export.
    this.#lines = text.split("\n").slice(1).join("\n");
    for (const line of text.split("\n").filter((each) => each !== "")) {
      const record = JSON.parse(line);
      if (record.type === "message") this.#messages.set(record.id, record);
      if (record.type === "conversation") this.conversations.push(record.id);
    }
  }

  async check(page, name, records) {
    const found = [];
    for (const message of records.pages.flatMap(({ messages }) => messages)) {
      const own = this.#messages.get(message.id);
      const same = ["conversationId", "parentId", "role", "content", "status", "createdAt"].every((field) => own?.[field] === message[field]);
      if (!same) found.push(`message ${message.id} is not as it is in the file`);
    }
    const { second, third, text } = await page.evaluate((name) => globalThis.importAgain(name), name);
    const all = this.#messages.size;
    if (second.messages + second.skipped !== all || second.problems.length > 0) found.push(`imported again: ${JSON.stringify(second)}`);
    if (third.messages !== 0 || third.skipped !== all) found.push(`imported a third time: ${JSON.stringify(third)}`);
    if (text.split("\n").slice(1).join("\n") !== this.#lines) found.push("after importing again it is not the whole file");
    return found;
  }
}
