// The generated calls are a test of their own; here it is run, and its counts are read from what it prints.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/root.mjs";
import { run } from "../lib/run.mjs";

const FILE = join("tests", "js", "generated-calls.test.mjs");

/** `{ calls, panics, failed }`, or undefined when there is no such test. */
export async function generatedCalls(folder, engine) {
  if (!existsSync(join(root, FILE))) return undefined;
  const counts = { calls: 0, panics: 0, failed: false };
  const onLine = (line) => {
    const [, calls, panics] = /generated calls: (\d+), panics: (\d+)/.exec(line) ?? [];
    if (calls === undefined) return;
    counts.calls += Number(calls);
    counts.panics += Number(panics);
  };
  const env = { PACKAGE: folder, ENGINE: engine };
  await run(process.execPath, ["--test", "--test-reporter=spec", FILE], { env, onLine }).catch(() => (counts.failed = true));
  if (counts.calls === 0) counts.failed = true;
  return counts;
}
