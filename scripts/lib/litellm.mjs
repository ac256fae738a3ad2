// LiteLLM's proxy, in a Python environment of its own: a server of the OpenAI API that is none of ours, for the tests.

import { copyFile, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { Failure } from "./log.mjs";
import { root } from "./root.mjs";
import { answerOf, run } from "./run.mjs";

const requirements = join(root, "scripts", "litellm.txt");
// In the user's cache: every checkout can use the same.
const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "conversation-memory", "litellm");
const installed = join(folder, "installed.txt"); // a copy of the requirements, made when all of them are there

/** The Python that has it. */
export const litellmPython = join(folder, "bin", "python");

/** Whether `python3` can make environments: Debian has that in a package of its own. */
export const canMakeEnvironments = async () => (await answerOf("python3", ["-c", "import ensurepip, venv"])) !== undefined;

/** Why the proxy is not there, in one sentence; undefined when it is. */
export async function missingLiteLLM() {
  if (await isInstalled()) return undefined;
  if ((await answerOf("python3", ["--version"])) === undefined) return "LiteLLM is not installed: there is no python3 for it.";
  if (!(await canMakeEnvironments())) return "LiteLLM is not installed: python3 has no venv (Debian: apt-get install python3-venv).";
  return "LiteLLM is not installed: `npm test` tries to and says what is in the way; it needs PyPI and Python 3.11 or newer.";
}

async function isInstalled() {
  const [wanted, found] = await Promise.all([requirements, installed].map((file) => readFile(file, "utf8").catch(() => "")));
  if (wanted === "" || wanted !== found) return false;
  return (await answerOf(litellmPython, ["--version"])) !== undefined; // the Python that it was made with may be gone
}

/** Makes the environment anew; whatever a failed attempt left is cleared away. */
export async function installLiteLLM() {
  const python = (...args) => run(litellmPython, args);
  await run("python3", ["-m", "venv", "--clear", folder]);
  // Nothing comes along that is not listed, nothing is built here, and that there is no network is soon known. Without
  // bytecode of everything: the first start makes that of what it uses.
  const exactly = ["--no-deps", "--only-binary", ":all:", "--retries", "1", "--timeout", "30", "--no-compile"];
  await python("-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...exactly, "--requirement", requirements);
  await copyFile(requirements, installed);
  const missing = await missingLiteLLM();
  if (missing) throw new Failure(missing);
}
