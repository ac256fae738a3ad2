import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Failure, say } from "./log.mjs";

/** Runs `work` when the file at `url` is the command itself and not imported by another script. */
export async function main(url, work) {
  const command = process.argv[1];
  if (!command || realpathSync(command) !== fileURLToPath(url)) return;
  try {
    await work();
  } catch (error) {
    say(error instanceof Failure ? error.message : error.stack);
    process.exitCode = 1;
  }
}
