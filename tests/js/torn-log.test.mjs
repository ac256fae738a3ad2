// Chromium keeps a log that a kill has torn, and throws everything of the origin away when it reads on behind the tear.
import assert from "node:assert/strict";
import { appendFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { startBrowser, withPlace } from "../../scripts/faults/browser.mjs";
import { onlyIn } from "./support/engine.mjs";
import { packageFolder } from "./support/package.mjs";

const DATABASE = "torn";

test("a log that a kill has torn costs nothing", onlyIn(["chromium"], "be killed as a whole"), () =>
  withPlace({ folder: packageFolder }, async (place) => {
    assert.equal(await start(place, (page) => write(page, "before")), 1);
    await tear(await logOf(place));
    assert.equal(await start(place, (page) => write(page, "behind the tear")), 2);
    assert.equal(await start(place, (page) => write(page, "later")), 3);
  }),
);

/** A run of the browser that ends by a kill. */
async function start(place, work) {
  const browser = await startBrowser(place);
  const result = await work(await browser.newPage(DATABASE));
  await browser.kill();
  return result;
}

/** Stores a conversation; how many there are then. */
const write = (page, title) =>
  page.evaluate(
    async ({ databaseName, title }) => {
      const { ConversationManager } = await import("conversation-memory");
      const memory = await ConversationManager.open({ userId: "ada", databaseName });
      await memory.createConversation({ title });
      const { length } = await memory.listConversations();
      await memory.close();
      return length;
    },
    { databaseName: DATABASE, title },
  );

async function logOf({ profile }) {
  const folder = join(profile, "Default", "IndexedDB");
  const [origin] = await readdir(folder);
  const files = await readdir(join(folder, origin));
  return join(folder, origin, files.filter((file) => file.endsWith(".log")).sort().at(-1));
}

/** What a kill leaves between two writes of the browser: a header (checksum, length, kind) without its record. */
function tear(log) {
  const header = Buffer.alloc(7);
  header.writeUInt32LE(0x12345678);
  header.writeUInt16LE(900, 4);
  header[6] = 1;
  return appendFile(log, header);
}
