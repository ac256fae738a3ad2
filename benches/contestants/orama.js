// Orama 3 with its default options, as its documentation advises: insertMultiple, save and load. It finds prefixes of all words,
// ranked by BM25, and keeps the texts in its index. With a threshold of 0 all words must be there.
import { create, insertMultiple, load, save, search } from "orama";
import { keep, kept } from "./kept.js";

export async function openOrama(databaseName) {
  const index = create({ schema: { text: "string" } });
  return {
    async fill(documents) {
      await insertMultiple(index, documents.map(({ id, text }) => ({ id: String(id), text })));
    },
    save: () => keep(databaseName, { index: JSON.stringify(save(index)) }),
    async load() {
      const [[, json]] = await kept(databaseName);
      load(index, JSON.parse(json));
    },
    recall: async (term, limit) => (await search(index, { term, limit })).hits,
    search: async (term, limit) => (await search(index, { term, limit, threshold: 0 })).hits,
  };
}
