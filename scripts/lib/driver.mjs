// Starts a browser that several test files can use, one after the other: Firefox and WebKit by their drivers.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { findFirefox, findGeckodriver, findWebKitDriver, findXvfb, launchServer } from "./browser.mjs";
import { Failure } from "./log.mjs";
import { command } from "./webdriver.mjs";

const CALL_TIMEOUT_MS = 120_000;

const FIREFOX_PREFERENCES = {
  // A page that was left must be gone, with its connections and locks, and not be kept for a way back.
  "browser.sessionhistory.max_total_viewers": 0,
  // JSON is shown as the text that it is, as elsewhere.
  "devtools.jsonview.enabled": false,
  // Nobody is there to be asked whether a page may keep its storage.
  "dom.storageManager.prompt.testing": true,
  "dom.storageManager.prompt.testing.allow": true,
};

const drivers = {
  firefox: {
    start: async (port) => spawnUntilExit(findGeckodriver(), ["--port", String(port)]),
    wishes: (profile) => ({
      "moz:firefoxOptions": {
        binary: findFirefox(),
        args: ["-headless", ...(profile ? ["-profile", profile] : [])],
        prefs: FIREFOX_PREFERENCES,
      },
    }),
  },
  webkit: {
    start: async (port, env) => spawnUntilExit(findWebKitDriver(), [`--port=${port}`], { env: { ...process.env, ...env } }),
    wishes: () => ({}),
  },
};

/** A headless browser of that engine with a new profile, or, in Firefox, with the one in a folder that stays. */
export async function openSession(engine, { profile } = {}) {
  if (engine === "chromium") {
    const server = await launchServer();
    return { url: server.wsEndpoint(), close: () => server.close() };
  }
  const display = engine === "webkit" ? await openDisplay() : { env: {}, close() {} };
  const port = await freePort();
  const driver = await drivers[engine].start(port, display.env);
  const close = async (session) => {
    if (session) await command(session, "DELETE").catch(() => {});
    await driver.end();
    await display.close();
  };
  try {
    const base = `http://127.0.0.1:${port}`;
    await untilReady(`${base}/status`, driver);
    const wanted = { ...drivers[engine].wishes(profile), timeouts: { script: CALL_TIMEOUT_MS } };
    const { sessionId } = await command(`${base}/session`, "POST", { capabilities: { alwaysMatch: wanted } });
    const url = `${base}/session/${sessionId}`;
    return { url, close: () => close(url) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A display that nobody sees, in `env`; without Xvfb it is the one that there is. */
export async function openDisplay() {
  const xvfb = findXvfb();
  if (!xvfb) return { env: {}, close() {} };
  // It picks a free number itself and writes it to the descriptor it is given.
  const display = spawnUntilExit(xvfb, ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const number = await new Promise((resolve, reject) => {
    display.process.stdio[3].once("data", (text) => resolve(String(text).trim()));
    display.process.once("close", () => reject(new Failure("Xvfb ended before it had a display.")));
  });
  return { env: { DISPLAY: `:${number}` }, close: display.end };
}

/** A process that does not outlive this one. */
function spawnUntilExit(path, args, options) {
  const child = spawn(path, args, { stdio: "ignore", ...options });
  const kill = () => child.kill();
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.once("error", () => {});
  process.once("exit", kill);
  const end = async () => {
    process.off("exit", kill);
    kill();
    await closed;
  };
  return { process: child, end };
}

async function untilReady(address, driver) {
  for (let tries = 0; tries < 200; tries += 1) {
    if (driver.process.exitCode !== null) break;
    if (await command(address, "GET").catch(() => undefined)) return;
    await pause(50);
  }
  throw new Failure(`${driver.process.spawnfile} does not answer.`);
}

/** A port of this machine that nobody listens at, at the moment. */
export function freePort() {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
