// The engines that the tests run in: what each needs on this machine, and how the contract suite is told of it.

import { findChromedriver, findChromium, findFirefox, findGeckodriver, findWebKitDriver, findXvfb } from "./browser.mjs";

/** In the order in which they are used; the first is the one that every machine must have. */
export const ENGINES = {
  chromium: {
    title: "Chromium",
    isFound: () => Boolean(findChromium() && findChromedriver()),
    packages: ["chromium", "chromium-driver"],
    hint:
      "install Chromium and its chromedriver (Debian: apt-get install chromium chromium-driver; " +
      "macOS: brew install --cask google-chrome chromedriver), or name them in CHROMIUM and CHROMEDRIVER",
    wasmPack: () => ["--chrome", "--chromedriver", findChromedriver()],
  },
  firefox: {
    title: "Firefox",
    isFound: () => Boolean(findFirefox() && findGeckodriver()),
    packages: ["firefox-esr"],
    hint:
      "install Firefox and geckodriver (Debian: apt-get install firefox-esr, then cargo install geckodriver; " +
      "macOS: brew install --cask firefox, then brew install geckodriver), or name them in FIREFOX and GECKODRIVER",
    wasmPack: () => ["--firefox", "--geckodriver", findGeckodriver()],
  },
  webkit: {
    title: "WebKit",
    isFound: () => Boolean(findWebKitDriver() && (process.env.DISPLAY || findXvfb())),
    packages: ["webkit2gtk-driver", "xvfb"],
    hint:
      "install WebKitGTK's driver and a virtual display, which only Linux has (Debian: apt-get install " +
      "webkit2gtk-driver xvfb), or name the driver in WEBKITDRIVER",
    // To wasm-pack every WebKit is Safari.
    wasmPack: () => ["--safari", "--safaridriver", findWebKitDriver()],
  },
};

/** The names of the engines that this machine has. */
export const foundEngines = () => Object.keys(ENGINES).filter((name) => ENGINES[name].isFound());

/** One sentence about those of the engines that are not there, in which nothing can be tested; undefined when all are. */
export function missingSentence(engines) {
  const missing = engines.filter(({ isFound }) => !isFound());
  if (missing.length === 0) return undefined;
  return `Not found, so not tested in: ${missing.map(({ title, hint }) => `${title} (${hint})`).join("; ")}.`;
}
