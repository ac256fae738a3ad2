// The demonstration, headless: drives the page as a person would, through the tarball, and prints what it saw.
//   npm run demo [-- path/to/dialogues.json] [--screenshots folder]
// The dialogues are a file of the Schema-Guided Dialogue dataset; without one, a tiny file made here is loaded. PACKAGE may
// name a folder whose node_modules holds the package already, as for the tests.

import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { splitEntities } from "../www/entities.js";
import { readDialogues } from "../www/sgd.js";
import { launchBrowser } from "./lib/browser.mjs";
import { Failure } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { overlapping } from "./lib/overlap.mjs";
import { root } from "./lib/root.mjs";
import { serve } from "./lib/serve.mjs";
import { installTarball } from "./lib/tarball.mjs";
import { asFile, tinyFile } from "./lib/tiny-dialogues.mjs";
import { expect, section, tell, unmetCount } from "./lib/transcript.mjs";

const NARROW = { width: 360, height: 740 };
const WIDE = { width: 1400, height: 860 };

let page;

const texts = (selector) => page.locator(selector).allInnerTexts();
const text = async (selector) => (await texts(selector)).join("\n");
const count = (selector) => page.locator(selector).count();
const contents = () => texts("#messages .content");
const context = () => text("#context");
const titles = () => texts("#conversations .name");
const pastResults = () => page.locator("#past-results > li").evaluateAll((rows) => rows.map((row) => ({
  content: row.querySelector(".content").textContent,
  shares: [...row.querySelectorAll(".chip")].map((chip) => chip.textContent),
})));

/** Stores a message by hand. */
async function send(role, content, entities = "") {
  await page.selectOption("#role", role.toLowerCase());
  await page.fill("#entities", entities);
  await page.locator("#content").click();
  for (const [index, line] of content.split("\n").entries()) {
    if (index > 0) await page.keyboard.press("Shift+Enter");
    await page.keyboard.type(line);
  }
  await page.keyboard.press("Enter");
}

/** Types a question to the model, as a person would. */
async function ask(question) {
  await page.selectOption("#role", "ask");
  await page.locator("#content").click();
  await page.keyboard.type(question);
  await page.keyboard.press("Enter");
  tell(`asked: ${question}`);
}

/** Prints an answer as it comes, whenever there is more of it, until all of it is stored. */
async function listen() {
  await page.locator("#messages .live").waitFor();
  let told = "";
  for (;;) {
    const seen = await page.evaluate(() => document.querySelector("#messages .live .content")?.textContent);
    if (seen === undefined) break;
    if (seen.length > told.length + 25) tell(`  … ${told = seen}`);
    await page.waitForTimeout(40);
  }
  tell(`  = ${(await contents()).at(-1)}`);
}

const statuses = () => page.locator("#messages > li").evaluateAll((rows) => rows.map((row) => row.querySelector(".status")?.textContent ?? "complete"));
const place = () => text("#messages .place");

async function chat() {
  section("A chat with the built-in demonstration model");
  await page.click("#new-conversation button");
  await expect("a new conversation is open", () => text("#title"), "New Conversation");
  await ask("How healthy is Education in 2025?");
  await listen();
  await expect("question and answer are stored", statuses, ["complete", "complete"]);
  await expect("the answer is about the figure of that year", async () => (await contents()).at(-1).includes("74"), true);
  await expect("no block of JSON is shown", async () => (await contents()).join("").includes("```"), false);
  await expect("a line is drawn through the years", () => page.locator("#messages .chart.line text.figure").allTextContents(), ["61", "64", "70", "74"]);
  const first = (await contents()).at(-1);

  tell("pressed: Regenerate");
  await page.locator("#messages button", { hasText: "Regenerate" }).click();
  await listen();
  await expect("the other answer is the second of two", place, "2 / 2");
  const second = (await contents()).at(-1);
  await expect("in other words", async () => second !== first, true);
  await page.getByRole("button", { name: "Previous branch" }).click();
  await expect("the arrow leads back to the first", async () => [await place(), (await contents()).at(-1)], ["1 / 2", first]);

  await ask("Compare all sectors in 2024");
  await page.locator("#messages .live .content", { hasText: "Finance" }).waitFor();
  await page.keyboard.press("Escape");
  await expect("Escape stops an answer; what had arrived stays", async () => (await statuses()).at(-1), "interrupted");
  tell(`  = ${(await contents()).at(-1)}`);

  await page.locator("#messages > li", { hasText: "Compare all sectors" }).getByRole("button", { name: "Edit" }).click();
  await page.locator("#messages .edit textarea").fill("Which sector grew most?");
  await page.keyboard.press("Enter");
  tell("edited: Which sector grew most?");
  await listen();
  await expect("the question in other words is on a branch of its own", () => texts("#messages .place"), ["1 / 2", "2 / 2"]);
  await expect("bars compare the sectors", () => texts("#messages .chart:not(.line) th"), ["Education", "Finance", "Energy", "Healthcare"]);

  await page.context().setOffline(true);
  await expect("the page says that it is offline", async () => (await text("#offline")).startsWith("Offline."), true);
  await ask("How healthy is Energy?");
  await expect("the question waits for the network", async () => (await statuses()).at(-1), "waiting for the network");
  await page.context().setOffline(false);
  await listen();
  await expect("back online it was answered", async () => (await statuses()).slice(-2), ["complete", "complete"]);
  await expect("and the notice is gone", () => text("#offline"), "");

  await ask("Compare all sectors in 2023");
  await page.locator("#messages .live .content", { hasText: "Finance" }).waitFor();
  await page.waitForTimeout(400); // what has arrived is saved four times a second
  await page.reload();
  await page.locator("body[data-ready]").waitFor();
  await expect("a reload in the middle keeps the part", async () => (await statuses()).at(-1), "interrupted");
  tell(`  = ${(await contents()).at(-1)}`);

  await page.click("#delete");
  await page.click("#question-yes");
  await expect("deleted, to make room for what comes", () => page.locator("#open-conversation").isVisible(), false);
}

const dismissNotices = () => page.locator("#notices .close").evaluateAll((buttons) => buttons.forEach((button) => button.click()));

async function openAtFirst() {
  section("An empty memory");
  await expect("the page says where it keeps things", () => text(".where"), "Stored in this browser only. No server, no network.");
  await expect("no conversation is there yet", titles, []);
  await expect("both default personas can be chosen", async () => (await texts("#persona option")).toSorted(), ["Digital Twin Designer", "Transformation Analyst"]);
}

async function sample() {
  section("The sample conversation");
  await page.click("#load-sample");
  await expect("13 messages of 3 roles", () => count("#messages > li"), 13);
  await expect("5 of them carry a chart", () => count("#messages .chart"), 5);
  await expect("the list counts them", () => texts("#conversations .line:last-child span:last-child"), ["13 messages"]);
  tell((await contents()).slice(1, 5).join("\n"));

  await page.fill("#past-entities", "education, FINANCE");
  const shared = async () => (await pastResults()).map(({ shares }) => shares);
  await expect("past results about education and FINANCE: most shared first, spelled as typed", shared,
    [["education", "FINANCE"], ["education", "FINANCE"], ["FINANCE"]]);
  await page.fill("#past-limit", "1");
  await expect("with a limit of 1 only the best", shared, [["education", "FINANCE"]]);
  tell(show(await pastResults()));
  await page.fill("#past-limit", "0");
  await expect("a limit of 0 asks for nothing", () => text("#past-summary"), "At most 0: no answer was asked for.");
  await page.fill("#past-limit", "");
  await page.locator("#messages > li:nth-child(5) .chip").first().click();
  await expect("a chip asks about its entity alone", shared, [["Healthcare"], ["Healthcare"]]);
  await page.locator("#past-results button").last().click();
  await expect("a past result leads to its message", () => page.locator("#messages > li:has(:focus) .content").allInnerTexts(), (await contents()).slice(4, 5));
}

const show = (results) => results.map(({ content, shares }) => `[${shares.join(", ")}] ${content}`).join("\n");

async function conversation() {
  section("A conversation typed by hand");
  await page.selectOption("#persona", { label: "Digital Twin Designer" });
  await page.click("#new-conversation button");
  await expect("it is empty", context, "No previous conversation history.");
  await send("User", "How would you model the water supply of a town? 💧", "Water supply");
  await send("Assistant", "As three layers:\nsources, network, consumers.", "Water supply, Network");
  await send("Tool", "pressure=4.2 bar", "Network");
  await send("System", "مرحبا بالعالم");
  await expect("four messages stand in order", contents, [
    "How would you model the water supply of a town? 💧", "As three layers:\nsources, network, consumers.", "pressure=4.2 bar", "مرحبا بالعالم",
  ]);
  await expect("the first one names the conversation", () => text("#title"), "How would you model the water supply of a town? 💧");
  await expect("entities became chips", () => texts("#messages > li:nth-child(2) .chip"), ["Water supply", "Network"]);
  await page.fill("#max-messages", "3");
  await page.fill("#max-characters", "16");
  await expect("the context: newest 3, each cut to 16 characters", context,
    "Assistant: As three layers:...\nTool: pressure=4.2 bar\nSystem: مرحبا بالعالم");
  tell(await context());
  await page.fill("#max-characters", "");
  await page.fill("#max-messages", "");

  await page.fill("#past-entities", "ＮＥＴＷＯＲＫ");
  await expect("past results compare after normalisation and case folding", pastResults,
    [{ content: "As three layers:\nsources, network, consumers.", shares: ["ＮＥＴＷＯＲＫ"] }]);

  await page.click("#chart-form >> xpath=../summary");
  await page.fill("#chart-config", '{"title":"Consumers","labels":["Homes","Farms"],"values":[7,3]}');
  await page.click("#chart-form button");
  await expect("a stored visualization is drawn in the answer", () => texts("#messages > li:nth-child(2) .chart :is(th, .figure)"), ["Homes", "7", "Farms", "3"]);
  await expect("and stands in its metadata, beside the entities",
    async () => { const { entities, visualization } = JSON.parse(await text("#metadata")); return [entities, visualization.chartType]; },
    [["Water supply", "Network"], "bar"]);
}

async function badInput() {
  section("Bad input");
  const before = await context();
  await page.fill("#max-messages", "-1");
  await expect("a negative number is refused by its field", () => count("#max-messages:invalid"), 1);
  await expect("the context stays as it was", context, before);
  await page.fill("#max-messages", "");
  await page.fill("#content", "  ");
  await page.keyboard.press("Enter");
  await expect("a blank message is not sent", () => texts("#notices p"), ["Write something first."]);
  await dismissNotices();
  await expect("the notice can be dismissed", () => count("#notices > *"), 0);
}

async function housekeeping() {
  section("Rename, pin, delete");
  await page.click("#rename");
  await page.fill("#question-answer", "  ");
  await page.keyboard.press("Enter");
  await expect("a blank title is refused, the dialog stays", () => count("#question[open] input:invalid"), 1);
  await page.fill("#question-answer", "Water supply twin");
  await page.keyboard.press("Enter");
  await expect("renamed in the list", async () => (await titles())[0], "Water supply twin");
  await page.click("#pin");
  await expect("pinned", () => count("#conversations li:first-child .tag"), 1);
  await page.click("#new-conversation button");
  await expect("one more conversation", () => count("#conversations li"), 3);
  await page.click("#delete");
  tell(await text("#question-text"));
  await page.click("#question-no");
  await expect("a no keeps it", () => count("#conversations li"), 3);
  await page.click("#delete");
  await page.click("#question-yes");
  await expect("a yes deletes it", () => count("#conversations li"), 2);
}

async function dialogues(file) {
  section(file ? "A Schema-Guided Dialogue file" : "A tiny Schema-Guided Dialogue file (a real one: npm run demo -- path/to/dialogues.json)");
  const content = file ?? tinyFile(false);
  const { conversations, problems } = readDialogues(content);
  for (const problem of problems) tell(`left out: ${problem}`);
  if (conversations.length === 0) throw new Failure("None of the dialogues in this file fits the format.");
  const before = await totalConversations();
  const messages = conversations.flatMap((one) => one.messages);

  await dismissNotices();
  await page.setInputFiles("#dialogues", asFile(content));
  await page.locator("#notices p", { hasText: /^Loaded / }).waitFor({ timeout: 10 * 60_000 });
  tell(await text("#notices p"));
  await dismissNotices();
  await expect(`${conversations.length} dialogues became conversations`, totalConversations, before + conversations.length);
  await expect("every one stands in the list", async () => {
    const listed = new Set(await titles());
    return conversations.filter(({ title }) => !listed.has(title));
  }, []);
  await expect("the first one is open, with all its words", contents, conversations[0].messages.slice(-50).map((message) => message.content));
  tell(`${messages.length} messages, ${new Set(messages.flatMap(({ metadata }) => metadata.entities)).size} different entities`);

  // Asked in each of the first conversations: which answers share the entities its last user turn speaks of.
  let met = 0;
  for (const { title, messages } of conversations.slice(0, 8)) {
    await page.locator("#conversations a", { has: page.getByText(title, { exact: true }) }).first().click();
    await expect(`${title} opens`, () => text("#title"), title);
    const asked = await page.inputValue("#past-entities");
    tell(`asked about ${asked}`);
    const wanted = overlapping(messages, splitEntities(asked));
    await expect(`${wanted.length} earlier answers share these, as counted from the file`, pastResults, wanted);
    tell(show(wanted));
    met += wanted.length;
  }
  await expect("entities were shared at all", async () => met > 0, true);
}

async function badFiles() {
  section("Files that do not fit");
  const before = await totalConversations();
  for (const [what, content, said] of [
    ["not JSON", "{ this is not", "This file is not JSON"],
    ["not a list", '{"dialogues":[]}', "not a list of dialogues"],
    ["an empty list", "[]", "empty list"],
  ]) {
    await page.setInputFiles("#dialogues", asFile(content));
    await expect(what, async () => (await text("#notices .error p")).includes(said), true);
    tell(await text("#notices .error p"));
    await dismissNotices();
  }
  await expect("nothing was loaded", totalConversations, before);
  await page.setInputFiles("#dialogues", asFile(tinyFile(true)));
  await expect("one bad dialogue of two", async () => (await text("#notices .error p")).includes("Dialogue 2 (tiny_2): turn 1 has the speaker"), true);
  tell(await text("#notices .error p"));
  await expect("the good one is loaded, nothing of the bad one", totalConversations, before + 1);
  await dismissNotices();
}

/** Shows the whole list first, because the page shows 50 at a time. */
async function totalConversations() {
  while (await page.locator("#more-conversations").isVisible()) {
    const rows = await count("#conversations li");
    await page.click("#more-conversations");
    await page.waitForFunction((shown) => document.querySelectorAll("#conversations li").length > shown, rows);
  }
  return count("#conversations li");
}

async function reload() {
  section("After a reload, and in a new tab");
  await page.locator("#conversations a", { hasText: "Water supply twin" }).click();
  await expect("the conversation typed by hand is open again", () => text("#title"), "Water supply twin");
  const everything = async () => ({
    conversations: await totalConversations(), titles: await titles(), pinned: await count("#conversations .tag"), open: await text("#title"),
    messages: await contents(), chips: await texts("#messages .chip"), charts: await count("#messages .chart"), context: await context(), metadata: await text("#metadata"),
  });
  await expect("its four messages are shown", async () => (await contents()).length, 4);
  const before = await everything();
  await page.reload();
  await expect("everything is still there", everything, before);
  const second = await page.context().newPage();
  await second.goto(page.url());
  await page.close();
  page = second;
  await expect("a new tab at the same address shows the same", everything, before);
  tell(`${before.conversations} conversations; open: ${before.open}\n${before.context}`);
}

async function screenshots(folder) {
  section("Screenshots");
  await mkdir(folder, { recursive: true });
  await totalConversations();
  await page.locator("#conversations a", { hasText: "Sample: sector health" }).first().click();
  await expect("the sample is open", () => count("#messages > li"), 13);
  const shot = async (name) => {
    await page.waitForTimeout(400); // until transitions are over
    await page.screenshot({ path: join(folder, `${name}.png`) });
    tell(join(folder, `${name}.png`));
  };
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    await shot(colorScheme);
  }
  await page.setViewportSize(NARROW);
  for (const pane of ["conversations", "thread", "inspector"]) {
    await page.click(`[data-show="${pane}"]`);
    await shot(`narrow-${pane}`);
  }
  await expect("nothing is wider than a narrow screen", () => page.evaluate(() => document.documentElement.scrollWidth), NARROW.width);
}

async function demonstrate() {
  const { values: options, positionals: [given] } = parseArgs({ allowPositionals: true, options: { screenshots: { type: "string" } } });
  // npm runs scripts in the repository; paths are meant from where the person typed.
  const path = (name) => resolve(process.env.INIT_CWD ?? ".", name);
  const file = given && await readFile(path(given), "utf8").catch((error) => { throw new Failure(`Cannot read the dialogues: ${error.message}`); });
  const folder = process.env.PACKAGE ?? (await installTarball());
  const server = await serve({ routes: [["/node_modules/", join(folder, "node_modules")], ["/", join(root, "www")]] });
  const browser = await launchBrowser();
  const complaints = [];
  try {
    const context = await browser.newContext({ viewport: WIDE });
    context.on("request", (request) => { if (!request.url().startsWith(server.url)) complaints.push(`asked another server: ${request.url()}`); });
    context.on("console", (line) => { if (line.type() === "error") complaints.push(`console: ${line.text()}`); });
    context.on("weberror", (error) => complaints.push(`uncaught: ${error.error().stack}`));
    page = await context.newPage();
    await page.goto(server.url);
    await page.locator("body[data-ready]").waitFor();
    await openAtFirst();
    await chat();
    await sample();
    await conversation();
    await badInput();
    await housekeeping();
    await dialogues(file);
    await badFiles();
    await reload();
    if (options.screenshots) await screenshots(path(options.screenshots));
    section("All the while");
    await expect("no request left this server, no error in the console", async () => complaints, []);
  } finally {
    await browser.close();
    await server.close();
  }
  if (unmetCount() > 0) throw new Failure(`\n${unmetCount()} of the expectations above were not met.`);
  console.log("\nEverything was as expected.");
}

await main(import.meta.url, demonstrate);
