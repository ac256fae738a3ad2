// Several tabs write to the same conversations while some of them are closed, crash, are loaded anew or sleep.
import { startBrowser, withPlace } from "./browser.mjs";
import { originOf } from "./content.js";
import { faultsOf, logOf } from "./integrity.mjs";
import { randomOf } from "./random.mjs";

/** Tabs that live all the time; of them the last sleeps now and then. The others come and go. */
const RESIDENTS = 3;
const GUESTS = 3;
const CONVERSATIONS = 3;
/** A tab pauses up to so many milliseconds between two writes. */
const PACE = 24;

/**
 * Runs the tabs for about `seconds`, and compares what they were told with what is there. At the end so many `loners` crash,
 * each the only writer of a conversation: there nobody's later change shows what it did not tell.
 */
export async function crowd({ folder, sqlite, seconds, seed, loners = 2 }) {
  return withPlace({ folder, sqlite }, async (place) => {
    const told = [];
    const browser = await startBrowser(place, (entry) => told.push(entry));
    try {
      return await new Crowd(browser, seed, told).run(seconds, loners);
    } finally {
      await browser.close();
    }
  });
}

class Crowd {
  #browser;
  #told;
  #random;
  #conversations = [];
  #writers = 0;
  #events = { closed: 0, crashed: 0, reloaded: 0, slept: 0 };

  constructor(browser, seed, told) {
    this.#browser = browser;
    this.#told = told;
    this.#random = randomOf(seed);
  }

  async run(seconds, loners) {
    const residents = await Promise.all(Array.from({ length: RESIDENTS }, () => this.#enter({ writes: false })));
    this.#conversations = await residents[0].evaluate((count) => tab.create(count), CONVERSATIONS);
    for (const page of residents) await this.#write(page);
    const guests = await Promise.all(Array.from({ length: GUESTS }, () => this.#enter()));
    const end = Date.now() + seconds * 1000;
    const sleeping = this.#sleepNowAndThen(residents.at(-1), end);
    const moving = guests.map((_, place) => this.#comeAndGo(guests, place, end));
    await Promise.all([sleeping, ...moving]);

    const alive = [...residents, ...guests];
    await Promise.all(alive.map((page) => page.evaluate(() => tab.stop())));
    for (let count = 0; count < loners; count += 1) await this.#dieAlone();
    const early = await Promise.all(residents.map((page) => page.evaluate(() => tab.heard())));
    await residents[0].evaluate(([writer, ids]) => tab.close(writer, ids), [`w${this.#writers}`, this.#conversations]);
    const heard = await Promise.all(alive.map((page) => page.evaluate(() => tab.heard())));
    const { records } = await residents[0].evaluate(() => look("tabs"));
    return this.#compare({ records, early, residents: heard.slice(0, RESIDENTS), guests: heard.slice(RESIDENTS) });
  }

  async #enter({ writes = true } = {}) {
    const page = await this.#browser.newPage("tabs");
    await page.evaluate(() => tab.open("tabs"));
    if (writes) await this.#write(page);
    return page;
  }

  /** A page that is loaded anew is another writer. */
  async #write(page) {
    const task = { writer: `w${this.#writers++}`, conversations: this.#conversations, seed: this.#random.between(0, 2 ** 31), pace: PACE };
    await page.evaluate((given) => tab.write(given), task);
  }

  async #comeAndGo(guests, place, end) {
    for (;;) {
      await pause(this.#random.between(300, 1500));
      if (Date.now() > end) return;
      const how = this.#random.pick(["closed", "crashed", "reloaded"]);
      this.#events[how] += 1;
      const page = guests[place];
      if (how === "reloaded") {
        await page.reload();
        await page.waitForFunction(() => globalThis.tab);
        await page.evaluate(() => tab.open("tabs"));
        await this.#write(page);
        continue;
      }
      if (how === "crashed") await crash(page);
      await page.close();
      guests[place] = await this.#enter();
    }
  }

  async #dieAlone() {
    const page = await this.#browser.newPage("tabs");
    await page.evaluate(() => tab.open("tabs"));
    const conversations = await page.evaluate(() => tab.create(1));
    await page.evaluate((given) => tab.write(given), { writer: `w${this.#writers++}`, conversations, seed: this.#writers, pace: 1 });
    await pause(this.#random.between(50, 250));
    await crash(page);
    await page.close();
    this.#events.crashed += 1;
    this.#conversations.push(...conversations);
  }

  async #sleepNowAndThen(page, end) {
    for (;;) {
      await pause(this.#random.between(300, 1500));
      if (Date.now() > end) return;
      await page.evaluate(() => tab.sleep());
      await pause(this.#random.between(300, 1500));
      await page.evaluate(() => tab.wake());
      this.#events.slept += 1;
    }
  }

  #compare({ records, early, residents, guests }) {
    const stored = this.#told.filter(({ kind }) => kind === "stored");
    const titled = new Set(this.#conversations);
    const found = {
      version: this.#browser.version,
      tabs: RESIDENTS + GUESTS,
      writers: this.#writers,
      writes: this.#told.length,
      ...this.#events,
      ...{ lost: 0, doubled: 0, reordered: 0, heard: 0, missed: 0, doubledEvents: 0, misordered: 0, late: 0 },
      faults: faultsOf(records, { titled }),
    };
    const logs = new Map(this.#conversations.map((id) => [id, logOf(records, id)]));
    this.#compareMessages(logs, stored, found);
    for (const [index, changes] of residents.entries()) {
      found.heard += changes.length;
      this.#compareEvents(changes, { logs, records }, found);
      // What an author that died could not tell, and what was heard only when there was a change after it.
      for (const [id, log] of logs) found.late += log.length - 1 - idsOf(early[index], id).length;
    }
    for (const changes of guests) {
      for (const [id, log] of logs) {
        const [ids, all] = [idsOf(changes, id), log.map((message) => message.id)];
        if (ids.join() !== all.slice(all.length - ids.length).join()) found.faults.push("a tab that came later did not hear all from then on");
      }
    }
    return found;
  }

  #compareMessages(logs, stored, found) {
    const places = new Map();
    for (const log of logs.values()) {
      const next = new Map();
      const contents = new Set();
      for (const [place, { id, content }] of log.entries()) {
        places.set(id, place);
        const { writer, number, index, size } = originOf(content) ?? {};
        if (contents.has(content)) found.doubled += 1;
        contents.add(content);
        // Each writer counts its calls in a conversation, and its messages in a call.
        const [call, part] = next.get(writer) ?? [0, 0];
        if (number !== call || index !== part) found.reordered += 1;
        next.set(writer, index + 1 === size ? [number + 1, 0] : [number, index + 1]);
      }
      for (const [call, part] of next.values()) if (part !== 0) found.faults.push(`call ${call} is there in part`);
    }
    for (const { ids } of stored) if (ids.some((id) => !places.has(id))) found.lost += 1;
  }

  #compareEvents(changes, { logs, records }, found) {
    for (const [id, log] of logs) {
      const own = changes.filter(({ conversationId }) => conversationId === id);
      const ids = idsOf(changes, id);
      found.missed += log.filter((message) => !ids.includes(message.id)).length;
      found.doubledEvents += ids.length - new Set(ids).size;
      const expected = log.map((message) => message.id).filter((each) => ids.includes(each));
      if (expected.join() !== [...new Set(ids)].join()) found.misordered += 1;
      if (own[0]?.type !== "conversation-created") found.misordered += 1;
      // Every change has a number, so their count says whether the updates are all there too.
      const { revision } = records.conversations.find((row) => row.id === id).log;
      const others = own.length - ids.length;
      found.missed += Math.max(0, revision - log.length - others);
      found.doubledEvents += Math.max(0, others - (revision - log.length));
    }
  }
}

const idsOf = (changes, id) =>
  changes.filter(({ type, conversationId }) => type === "message-added" && conversationId === id).map(({ messageId }) => messageId);

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The page's process ends at once, as it does by a fault or when memory runs out. */
async function crash(page) {
  const devTools = await page.context().newCDPSession(page);
  const crashed = new Promise((resolve) => page.once("crash", resolve));
  devTools.send("Page.crash").catch(() => {});
  await crashed;
}
