// FlexSearch with its default options (context off), as its documentation advises: numbers as ids, `suggest` to find messages
// that have some of the words only, export and import. It gives ids, and does not rank by how rare a word is. Its default
// tokenizer knows whole words, so it has no search as you type.
import { Index } from "flexsearch";
import { keep, kept } from "./kept.js";

export async function openFlexsearch(databaseName) {
  let index;
  return {
    async fill(documents) {
      index = new Index();
      for (const { id, text } of documents) index.add(id, text);
    },
    async save() {
      const texts = {};
      await index.export((key, text) => { texts[key] = text; });
      return keep(databaseName, texts);
    },
    async load() {
      index = new Index();
      for (const [key, text] of await kept(databaseName)) await index.import(key, text);
    },
    recall: (question, limit) => index.search(question, { limit, suggest: true }),
  };
}
