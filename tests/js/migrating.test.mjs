// The recipes of docs/migrating.md that may be interrupted and run again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blocksOf } from "./support/documents.mjs";
import { frameworkPage } from "./support/frameworks.mjs";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();
const page = await frameworkPage(["dexie"]);
const recipeWith = (words) => blocksOf("docs/migrating.md").find(({ source }) => source.includes(words)).source;

/** A recipe, what the application had before, and the call behind which a killed tab leaves things as they are. */
const RECIPES = {
  localStorage: { source: recipeWith("localStorage.removeItem"), before: /^localStorage\.setItem\("chats", JSON[^]*?^\]\)\);$/m },
  Dexie: { source: recipeWith("Dexie.minKey"), before: /^await db\.chats\.put[^]*?^\]\);$/m },
};
const STOPS = { "before its messages": /^(?= *await memory\.addMessages)/m, "behind its messages": /(?<=await memory\.addMessages\(.*;.*\n)/ };

for (const [name, { source, before }] of Object.entries(RECIPES)) {
  for (const [where, place] of Object.entries(STOPS)) {
    test(`${name}: a chat that was interrupted ${where} is moved once`, async () => {
      assert.match(source, before);
      assert.match(source, place);
      const found = await inPage(
        async ({ interrupted, again }) => {
          const run = (source) => import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
          const reason = await run(interrupted).then(() => "it came to an end", ({ message }) => message);
          await run(again);
          const memory = await ConversationManager.open({ userId: "ada" });
          const conversations = await memory.listConversations();
          const messages = await Promise.all(conversations.map(({ id }) => memory.getTree(id)));
          return { reason, titles: conversations.map(({ title }) => title), contents: messages.map((tree) => tree.messages.map(({ content }) => content)), left: [localStorage.length, (await indexedDB.databases()).filter(({ name }) => name === "chats").length] };
        },
        { interrupted: source.replace(place, 'throw new Error("interrupted");\n'), again: source.replace(before, "") },
        page,
      );
      assert.deepEqual(found, { reason: "interrupted", titles: ["Birds"], contents: [["Name a bird.", "A wren."]], left: [0, 0] });
    });
  }
}
