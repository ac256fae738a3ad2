// Files of other products, and what an import makes of them.
import { readFile } from "node:fs/promises";

/** The text of one of the fixtures. */
export const fixture = (name) => readFile(new URL(`../../fixtures/importers/${name}.json`, import.meta.url), "utf8");

/** One conversation each, as text. */
export const [chatgptText, claudeText] = await Promise.all([fixture("chatgpt"), fixture("claude")]);
export const [chatgpt, claude] = [JSON.parse(chatgptText), JSON.parse(claudeText)];

/** A small conversation of Claude's, known by its number. */
export const numberedChat = (number, text = `message ${number}`) => ({
  uuid: `chat-${number}`,
  name: `Chat ${number}`,
  created_at: `2026-01-${String(number).padStart(2, "0")}T00:00:00Z`,
  chat_messages: [{ uuid: `message-${number}`, sender: "human", text, created_at: "2026-02-01T00:00:00Z" }],
});

/** The titles of what is there, in alphabetical order. */
export const titlesOf = ({ conversations }) => conversations.map(({ title }) => title).sort();

/** The lines that an import has complained of. */
export const linesOf = ({ report }) => report?.problems.map(({ line }) => line);

/**
 * Imports files in one page, each into a memory of its own, or all into the same when it is `together`. Each by its name
 * gives `{ report, error, told, conversations }`: the report or the error's code and message, what `onProgress` was told,
 * and what is there afterwards, the active branches with it.
 */
export const importer = (inPage) => (files, { together = false } = {}) => {
  const texts = Object.entries(files).map(([name, file]) => [name, Buffer.from(file).toString("base64")]);
  return inPage(importEach, { files: texts, together });
};

/** Runs in the page. */
async function importEach({ files, together }) {
  const found = {};
  for (const [name, base64] of files) {
    const memory = await openMemory(together ? "all" : name);
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const [outcome, told, conversations] = [{}, [], []];
    try {
      outcome.report = await memory.importAll(new Blob([bytes]), { onProgress: (progress) => told.push(progress) });
    } catch (error) {
      if (!isMemoryError(error)) throw error;
      outcome.error = { code: error.code, message: error.message };
    }
    for (const conversation of await memory.listConversations({ limit: 1_000 })) {
      conversations.push({ ...conversation, messages: await memory.getMessages(conversation.id, { limit: 1_000 }) });
    }
    await memory.close();
    found[name] = { ...outcome, told, conversations };
  }
  return found;
}
