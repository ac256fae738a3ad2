// What a person does in every example, by what stands on its buttons: ask, reload, answer again, edit, search, attach a picture.

import assert from "node:assert/strict";

/** A red square of one pixel, as a file. */
const PICTURE = {
  name: "red.png",
  mimeType: "image/png",
  buffer: Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==", "base64"),
};

/** An application with its page open. */
export class Player {
  constructor(page) {
    this.page = page;
  }

  messages = () => this.page.locator(".message");
  /** The words of what is shown, without what stands on buttons. */
  words = () => this.page.locator(".message .text").allInnerTexts().then((texts) => texts.map((text) => text.trim()));
  press = (name, { nth = 0 } = {}) => this.page.getByRole("button", { name, exact: true }).nth(nth).click();
  hasPicture = () => this.page.waitForFunction(() => document.querySelector(".message img")?.naturalWidth === 1);

  /** Until what is shown is as wanted. */
  async until(isWanted, what) {
    let words;
    for (const start = Date.now(); Date.now() - start < 20_000; await this.page.waitForTimeout(50)) {
      if (isWanted((words = await this.words()))) return words;
    }
    throw new Error(`not ${what}: ${JSON.stringify(words)}`);
  }

  async ask(text) {
    await this.page.getByRole("textbox", { name: "Message" }).fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** Asks, and waits for the end of the answer. */
  async answered(text, count) {
    await this.ask(text);
    return this.ended(count);
  }

  /** Until there are so many messages, the last of which is whole. */
  async ended(count) {
    const words = await this.until((words) => words.length === count && /hear more\.$/.test(words.at(-1)), `${count} messages`);
    await this.page.getByRole("button", { name: "Stop", exact: true }).waitFor({ state: "hidden" });
    return words;
  }

  /** The states that the newest answer is seen in. */
  async seen(work) {
    await this.page.evaluate(() => {
      globalThis.states = new Set();
      const look = () => states.add([...document.querySelectorAll(".message.assistant .text")].at(-1)?.textContent ?? "");
      globalThis.observer = new MutationObserver(look);
      observer.observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    await work();
    return this.page.evaluate(() => (observer.disconnect(), [...states].filter((text) => text !== "")));
  }
}

/** All of it; `picture` where the example takes some. */
export async function play(page, { picture = false } = {}) {
  const player = new Player(page);
  const press = player.press;
  const until = (...args) => player.until(...args);

  const states = await player.seen(() => player.answered("Where do swifts sleep?", 2));
  const first = await player.words();
  assert.ok(states.length > 2 && states.every((text) => first[1].startsWith(text.replace("●", "").trim())), `the answer came in pieces: ${JSON.stringify(states)}`);
  assert.match(first[1], /Where do swifts sleep\?/);

  await page.reload();
  await until((words) => words.join() === first.join(), "there after a reload");

  await page.waitForTimeout(1_000); // the stand-in says the time: another answer is another text then
  await press("Again");
  await until((words) => words.length === 2 && words[1] !== first[1], "answered again");
  const second = await player.ended(2);
  assert.notEqual(second[1], first[1]);
  await page.getByText("2 / 2", { exact: true }).waitFor();
  await press("Previous version");
  await until((words) => words.join() === first.join(), "the answer before");
  await press("Next version");
  await until((words) => words.join() === second.join(), "the newer answer");

  await press("Edit");
  await page.getByRole("textbox", { name: "The question in other words" }).fill("Where do bats sleep?");
  await page.locator(".edit").getByRole("button", { name: "Ask" }).click();
  await until((words) => words[0] === "Where do bats sleep?", "edited");
  assert.match((await player.ended(2))[1], /bats/);
  await press("Previous version");
  await until((words) => words.join() === second.join(), "the question before");

  await press("New chat");
  await until((words) => words.length === 0, "empty");
  await player.answered("What do owls eat?", 2);
  const chats = page.getByRole("navigation", { name: "Chats" });
  await chats.getByText("What do owls eat?").waitFor();
  await page.getByRole("searchbox").fill("swifts sle");
  await chats.locator("mark").first().waitFor();
  await chats.getByRole("button").first().click();
  await until((words) => words.join() === second.join(), "what was found");
  await page.goBack();
  await until((words) => words[0] === "What do owls eat?", "the chat before");
  await page.goForward();
  await until((words) => words.join() === second.join(), "and the one behind it");
  await page.getByRole("searchbox").fill("");

  if (picture) {
    await press("New chat");
    await until((words) => words.length === 0, "empty");
    await attach(page);
    await player.answered("What is this?", 2);
    assert.match((await player.words())[1], /red\.png of 70 bytes/);
    await player.hasPicture();
    await page.reload();
    await player.hasPicture();
  }
  await playTabs(page);
}

/** In another tab, and in a page that is loaded anew while an answer arrives. */
async function playTabs(page) {
  const player = new Player(page);
  await player.press("New chat");
  await player.until((words) => words.length === 0, "empty");
  await player.answered("What do bees do?", 2);
  const other = new Player(await page.context().newPage());
  await other.page.goto(page.url());
  await other.until((words) => words.length === 2, "the same in another tab");
  await player.answered("And in winter?", 4);
  await other.ended(4);
  await other.answered("And in spring?", 6);
  await player.ended(6);
  await page.waitForTimeout(500); // whatever comes late
  for (const each of [player, other]) assert.equal(await each.page.getByText(/^\d+ \/ \d+$/).count(), 0, "a question became a branch");

  await player.ask("And wasps?");
  await player.until((words) => words.length === 8 && words[7].includes("messages before"), "half an answer");
  await isSaved(page);
  await page.reload();
  await player.until((words) => words.length === 8 && words[7].startsWith("You asked"), "what had arrived");
  await other.page.close();
}

/** Until something of the answer that arrives is stored, in its turn or as a message (assistant-ui): it is seen before that. */
async function isSaved(page) {
  // `waitForFunction` takes the promise of a function for its answer.
  await page.evaluate(async () => {
    const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    const [{ name }] = await indexedDB.databases();
    const database = await done(indexedDB.open(name));
    for (const start = performance.now(); ; await new Promise((resolve) => setTimeout(resolve, 20))) {
      const all = (store) => done(database.transaction(store).objectStore(store).getAll());
      const stored = [...(await all("drafts")), ...(await all("pages")).flatMap(({ messages }) => messages)];
      if (stored.some(({ content }) => content?.startsWith("You asked: “And wasps?”"))) break;
      if (performance.now() - start > 20_000) throw new Error("nothing of the answer was saved while it arrived");
    }
    database.close();
  });
}

/** Where `conversation-memory` can be imported in the page: what a search finds far from the end is in sight, and what is asked then is at the end. */
export async function playFound(page) {
  const player = new Player(page);
  await page.evaluate(async () => {
    const { ConversationManager } = await import("conversation-memory");
    const memory = await ConversationManager.open({ userId: "me" });
    const { id } = await memory.createConversation({ title: "Long" });
    const said = (at) => (at === 40 ? "Cranes fly far" : `message ${at}`);
    await memory.addMessages(id, Array.from({ length: 300 }, (_, at) => ({ role: at % 2 ? "assistant" : "user", content: said(at) })));
    await memory.close();
  });
  await page.getByRole("searchbox").fill("cranes");
  const chats = page.getByRole("navigation", { name: "Chats" });
  await chats.locator("mark").first().waitFor();
  await chats.getByRole("button").first().click();
  const words = await player.until((words) => words.includes("Cranes fly far"), "what was found");
  assert.deepEqual([words[0], words.at(-1)], ["message 0", "message 90"]);
  await page.waitForFunction(() => {
    const [thread, found] = [document.querySelector(".thread"), [...document.querySelectorAll(".message")].find((each) => each.textContent.includes("Cranes"))];
    const [box, own] = [thread, found].map((each) => each.getBoundingClientRect());
    return own.top >= box.top && own.bottom <= box.bottom;
  });
  await player.press("Newer messages");
  await player.until((words) => words.at(-1) === "message 140", "the page behind");
  await page.getByRole("searchbox").fill("");
  await player.ask("Where do cranes sleep?");
  const end = await player.until((words) => /hear more\.$/.test(words.at(-1)), "answered");
  assert.deepEqual(end.slice(-3, -1), ["message 299", "Where do cranes sleep?"]);
  await page.getByRole("button", { name: "Stop", exact: true }).waitFor({ state: "hidden" });
}

/** By the dialogue that the button opens. */
async function attach(page) {
  const [dialogue] = await Promise.all([page.waitForEvent("filechooser"), page.getByText("Picture", { exact: true }).click()]);
  await dialogue.setFiles(PICTURE);
  await page.getByText("red.png").waitFor();
}
