import { spawn } from "node:child_process";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { Failure } from "./log.mjs";
import { root } from "./root.mjs";

/** Where set-up puts a tool when the machine has another version of it that must stay. */
export const toolsFolder = join(root, ".tools");

// The repository's own tools win; cargo's folder comes last, for shells that rustup's installer has not reached.
const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
process.env.PATH = [join(toolsFolder, "bin"), process.env.PATH, join(cargoHome, "bin")].join(delimiter);

const onWindows = process.platform === "win32";

function start(command, args, options) {
  // npm is a batch file on Windows, which only a shell can start.
  return spawn(command, args, { cwd: root, shell: onWindows && command === "npm", ...options });
}

/**
 * Runs a command and lets its output through. What it prints goes to standard error (see `say`), except with
 * `onLine`, which gets each line of its standard output, without colours, while that output passes through.
 */
export function run(command, args, { env, onLine, ...options } = {}) {
  const stdio = ["ignore", onLine ? "pipe" : 2, 2];
  return new Promise((resolve, reject) => {
    const child = start(command, args, { stdio, env: { ...process.env, ...env }, ...options });
    if (onLine) passLines(child.stdout, onLine);
    child.on("error", (error) => reject(new Failure(`cannot start ${command}: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Failure(`${[command, ...args].join(" ")} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** What a command prints on standard output, or undefined when it is not there or fails. */
export function answerOf(command, args) {
  return new Promise((resolve) => {
    const child = start(command, args, { stdio: ["ignore", "pipe", "ignore"] });
    let answer = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (answer += text));
    child.on("error", () => resolve(undefined));
    child.on("close", (code) => resolve(code === 0 ? answer.trim() : undefined));
  });
}

function passLines(stream, onLine) {
  let rest = "";
  stream.setEncoding("utf8").on("data", (text) => {
    process.stdout.write(text);
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) onLine(stripVTControlCharacters(line));
  });
  stream.on("end", () => rest && onLine(stripVTControlCharacters(rest)));
}
