// What the tests of the model providers share. Each test file imports the package by its name, as an application would.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after } from "node:test";
import { pathToFileURL } from "node:url";
import { packageFolder } from "./package.mjs";

/** The package, imported by a module beside it; the file that calls this removes that module when it ends. */
export async function importPackage(folder = packageFolder) {
  const place = await mkdtemp(join(folder, "models-test-"));
  after(() => rm(place, { recursive: true, force: true }));
  const path = join(place, "reexport.mjs");
  await writeFile(path, 'export * from "conversation-memory";\n');
  return import(pathToFileURL(path));
}

export const prompt = (messages = [{ role: "user", content: "How healthy is education?" }], system = "Be brief.") => ({
  system,
  messages,
  context: "",
  pastResults: [],
  tokens: 0,
  report: [],
});

/** Generates and gives the completion together with the deltas. */
export async function generate(model, { ask = prompt(), signal = new AbortController().signal, onDelta, onReasoning } = {}) {
  const deltas = [];
  const completion = await model.generate(ask, {
    signal,
    onDelta(text) {
      deltas.push(text);
      onDelta?.(text);
    },
    ...(onReasoning && { onReasoning }),
  });
  return { ...completion, deltas };
}

/** The MemoryError of that code with which the call is rejected. */
export async function failure(call, code) {
  const error = await Promise.resolve()
    .then(call)
    .then(
      (result) => assert.fail(`not rejected, but ${JSON.stringify(result)}`),
      (reason) => reason,
    );
  assert.equal(error?.name, "MemoryError", `not a MemoryError: ${error?.stack}`);
  assert.equal(error.code, code, error.message);
  return error;
}

/** All that an error says, wherever it says it. */
export function everythingIn(error) {
  const seen = new Set();
  const parts = [];
  const visit = (value) => {
    if (typeof value !== "object" || value === null) return parts.push(String(value));
    if (seen.has(value)) return undefined;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) visit(value[key]);
  };
  visit(error);
  return parts.join("\n");
}
