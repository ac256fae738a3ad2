// What run.mjs calls in the page. Nothing of a contestant is loaded before its turn, so that a page can also show a cold start.
import { openCold } from "./open.js";

globalThis.openCold = openCold;

globalThis.runRow = async (name, sizes) => {
  const { rows } = await import("./rows.js");
  return rows[name](sizes);
};

globalThis.measureStorage = async (...parameters) => (await import("./storage.js")).measureStorage(...parameters);

for (const name of ["buildIndex", "firstAnswer", "indexMemory", "measureQuestions"]) {
  globalThis[name] = async (...parameters) => (await import("./recall.js"))[name](...parameters);
}

globalThis.measureStoring = async (...parameters) => (await import("./recall-cost.js")).measureStoring(...parameters);
