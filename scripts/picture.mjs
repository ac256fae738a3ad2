// Takes the picture of the demo page in the README, docs/demo.png:
//   node scripts/picture.mjs
// It fills the page with a few conversations and asks the demonstration model, as a person would. Look at the picture afterwards.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "./build.mjs";
import { launchBrowser } from "./lib/browser.mjs";
import { indexedPng } from "./lib/indexed-png.mjs";
import { Failure, say } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { root } from "./lib/root.mjs";
import { serve } from "./lib/serve.mjs";

const SIZE = { width: 1200, height: 700 };
const MOST_BYTES = 80 * 1024;
const FILE = join(root, "docs", "demo.png");

/** Whose memory the page opens. */
const MEMORY = { userId: "workbench", databaseName: "conversation-memory-workbench" };

/** What else stands in the list, the oldest first. */
const OTHERS = [
  ["Why does my bread not rise?", "Most often the dough was too cold, or the yeast too old. How warm is your kitchen?"],
  ["Which bird sings at night in May?", "In much of Europe that is the nightingale; in towns also the robin, by the light of street lamps."],
  ["Three quiet places near the harbour", "The old customs garden, the reading room on the second quay, and the pier behind the lighthouse."],
];

const QUESTIONS = ["How healthy is Education in 2025?", "Compare all sectors in 2024"];

/** Stores the others, by the package itself. */
const fill = (page) =>
  page.evaluate(async ({ others, options }) => {
    const { ConversationManager } = await import("conversation-memory");
    const memory = await ConversationManager.open(options);
    for (const [question, answer] of others) {
      const { id } = await memory.createConversation();
      await memory.addMessages(id, [{ role: "user", content: question }, { role: "assistant", content: answer }]);
    }
    await memory.close();
  }, { others: OTHERS, options: MEMORY });

async function ask(page, question) {
  await page.fill("#content", question);
  await page.press("#content", "Enter");
  await page.locator("#messages .live").waitFor();
  await page.locator("#messages .live").waitFor({ state: "detached" });
}

/** The pixels of a picture, as the browser unpacks it. */
async function pixelsOf(page, png) {
  const { base64, ...size } = await page.evaluate(async (source) => {
    const bytes = Uint8Array.from(atob(source), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const { width, height } = bitmap;
    const drawing = new OffscreenCanvas(width, height).getContext("2d");
    drawing.drawImage(bitmap, 0, 0);
    const letters = Array.from(drawing.getImageData(0, 0, width, height).data, (byte) => String.fromCharCode(byte));
    return { width, height, base64: btoa(letters.join("")) };
  }, png.toString("base64"));
  return { ...size, pixels: Buffer.from(base64, "base64") };
}

async function writePng(picture) {
  const bytes = indexedPng(picture);
  if (bytes.length > MOST_BYTES) throw new Failure(`The picture has ${bytes.length} bytes; at most ${MOST_BYTES} are to be loaded with the README.`);
  await writeFile(FILE, bytes);
  say(`✓ docs/demo.png, ${Math.round(bytes.length / 1024)} KB`);
}

await main(import.meta.url, async () => {
  await build();
  const server = await serve({ routes: [["/node_modules/conversation-memory/dist/", join(root, "dist")], ["/", join(root, "www")]] });
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ viewport: SIZE, colorScheme: "light" });
    const page = await context.newPage();
    await page.goto(server.url);
    await page.locator("body[data-ready]").waitFor();
    await fill(page);
    for (const question of QUESTIONS) await ask(page, question);
    await page.fill("#past-entities", "Education");
    await page.press("#past-entities", "Enter");
    await page.locator("#past-results > li").first().waitFor();
    await page.locator("#content").focus();
    await writePng(await pixelsOf(page, await page.screenshot()));
  } finally {
    await browser.close();
    await server.close();
  }
});
