// MiniSearch 7 with its default options, as its documentation advises: addAll, JSON.stringify and loadJSON. It finds what has
// any of the words, ranked by BM25+, and always gives all of it. It gives ids; the messages would be read besides.
import { MiniSearch } from "minisearch";
import { keep, kept } from "./kept.js";

const OPTIONS = { fields: ["text"] };
/** For a search box: all words, the last one as a prefix. */
const AS_YOU_TYPE = { combineWith: "AND", prefix: (_, index, terms) => index === terms.length - 1 };

export async function openMinisearch(databaseName) {
  let index;
  return {
    async fill(documents) {
      index = new MiniSearch(OPTIONS);
      index.addAll(documents);
    },
    save: () => keep(databaseName, { index: JSON.stringify(index) }),
    async load() {
      const [[, json]] = await kept(databaseName);
      index = MiniSearch.loadJSON(json, OPTIONS);
    },
    recall: (question, limit) => index.search(question).slice(0, limit),
    search: (text, limit) => index.search(text, AS_YOU_TYPE).slice(0, limit),
  };
}
