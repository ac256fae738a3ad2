// The browser that the tests run in: Chromium, or the engine that the environment variable ENGINE names.
import { launchBrowser as launchChromium, launchProfile as launchChromiumProfile } from "../../../scripts/lib/browser.mjs";
import { openSession } from "../../../scripts/lib/driver.mjs";
import { attach } from "../../../scripts/lib/webdriver.mjs";

export const { ENGINE: engine = "chromium" } = process.env;

/** A test's options when it needs what only these engines can be made to do; the reason completes "firefox cannot …". */
export const onlyIn = (engines, reason) => ({ skip: engines.includes(engine) ? false : `${engine} cannot ${reason}` });

/** A browser with storage that is thrown away. The test command has one for all files; a file alone starts its own. */
export async function launchBrowser() {
  const { BROWSER_SESSION: url } = process.env;
  if (engine !== "chromium") return attachTo(url ? { url, close() {} } : await openSession(engine));
  if (!url) return launchChromium();
  const { chromium } = await import("playwright-core");
  return chromium.connect(url);
}

/** A browser whose storage is in a folder, and is found there by the next one. */
export async function launchProfile(profile) {
  if (engine === "chromium") return launchChromiumProfile(profile);
  return attachTo(await openSession(engine, { profile }));
}

const attachTo = async ({ url, close }) => ({ ...(await attach(url)), close });
