// LiteLLM's proxy on this machine: it speaks OpenAI's chat completions as others understand them.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../../scripts/lib/driver.mjs";
import { litellmPython } from "../../../scripts/lib/litellm.mjs";

/** The proxy takes seconds to import what it has, and many of them on a machine that does other things. */
const START_TIMEOUT_MS = 240_000;

/** Ends with its standard input, so that it never outlives the process that started it, however that ends. */
const PROGRAM = `
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from litellm import run_server
run_server()`;

/** Starts it with models that say these texts, by their names; it answers those who know the key. */
export async function startLiteLLM({ key, models }) {
  const folder = await mkdtemp(join(tmpdir(), "conversation-memory-litellm-"));
  const config = join(folder, "config.yaml");
  await writeFile(config, JSON.stringify(configOf(key, models))); // JSON is YAML too
  const port = await freePort();
  const child = spawn(litellmPython, ["-c", PROGRAM, "--config", config, "--host", "127.0.0.1", "--port", String(port)], {
    cwd: folder, // it would read a `.env`
    // Nothing of this machine's: no keys, no proxies. It fetches its prices from its own files, and tells nobody of itself.
    env: { PATH: process.env.PATH, HOME: folder, LITELLM_LOCAL_MODEL_COST_MAP: "True", LITELLM_TELEMETRY: "False" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  let hasEnded = false;
  const ended = new Promise((resolve) => child.once("close", resolve).once("error", resolve)).then(() => (hasEnded = true));
  const close = async () => {
    child.kill("SIGKILL"); // it has nothing to lose
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  const end = performance.now() + START_TIMEOUT_MS;
  while (!(await isReady(url))) {
    if (hasEnded || performance.now() > end) {
      await close();
      throw new Error(`LiteLLM did not start:\n${output.slice(-4000)}`);
    }
    await pause(100);
  }
  return { url: `${url}/v1`, close };
}

const isReady = (url) => fetch(`${url}/health/readiness`).then(({ ok }) => ok, () => false);

/** No model is asked: "openai/" only says whose way of speaking it is. */
const configOf = (key, models) => ({
  model_list: Object.entries(models).map(([name, text]) => ({
    model_name: name,
    litellm_params: { model: "openai/none", api_key: "none", mock_response: text },
  })),
  router_settings: { num_retries: 0, disable_cooldowns: true }, // asking again is for the package to do
  general_settings: { master_key: key },
});
