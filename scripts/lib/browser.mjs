import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Failure } from "./log.mjs";

// No sandbox, because containers and root have none; no background traffic, because tests must not depend on a network.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Names of this machine that are not below `localhost`: their pages are of plain http as those of an intranet are.
  "--host-resolver-rules=MAP *.insecure.test 127.0.0.1",
];

const APPLICATIONS = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const FIREFOX_APPLICATIONS = [
  "/Applications/Firefox.app/Contents/MacOS/firefox",
  "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
];

/** The path of the installed Chromium or Chrome, or undefined. */
export function findChromium() {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
  return process.env.CHROMIUM || onPath(names) || APPLICATIONS.find((path) => existsSync(path));
}

/** The path of the installed Firefox, or undefined. */
export function findFirefox() {
  const names = ["firefox", "firefox-esr"];
  return process.env.FIREFOX || onPath(names) || FIREFOX_APPLICATIONS.find((path) => existsSync(path));
}

/** The paths of the installed drivers, and of the display that WebKit is shown on; each may be undefined. */
export const findChromedriver = () => process.env.CHROMEDRIVER || onPath(["chromedriver"]);
export const findGeckodriver = () => process.env.GECKODRIVER || onPath(["geckodriver"]);
export const findWebKitDriver = () => process.env.WEBKITDRIVER || onPath(["WebKitWebDriver"]);
export const findXvfb = () => onPath(["Xvfb"]);

/** A headless Chromium that other processes can use too: a playwright-core `BrowserServer`. */
export async function launchServer() {
  const { chromium } = await import("playwright-core");
  return chromium.launchServer({ executablePath: chromiumPath(), args: FLAGS });
}

/** A headless Chromium with a new profile that is thrown away at its end: a playwright-core `Browser`. */
export async function launchBrowser({ headless = true, args = [] } = {}) {
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath: chromiumPath(), headless, args: [...FLAGS, ...args] });
}

/** The same on a profile folder that stays, so that a later launch finds what this one stored: a `BrowserContext`. */
export async function launchProfile(directory, { headless = true, args = [] } = {}) {
  const { chromium } = await import("playwright-core");
  const options = { executablePath: chromiumPath(), headless, args: [...FLAGS, ...args] };
  return chromium.launchPersistentContext(directory, options);
}

function chromiumPath() {
  const path = findChromium();
  if (!path) throw new Failure("Chromium is needed: install it, or name it in the environment variable CHROMIUM.");
  return path;
}

function onPath(names) {
  const suffix = process.platform === "win32" ? ".exe" : "";
  for (const name of names) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const path = join(folder, name + suffix);
      if (folder && existsSync(path)) return path;
    }
  }
}
