// Pages with React 18 and 19, and the hooks.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundle, REACT } from "../bundle.mjs";

/**
 * For each version of React the functions of `pagesForThisFile`, whose pages have `kit.js` and `turns.js` in scope. To be awaited
 * before the first test: what is set up for a file is taken down when no test is left.
 */
export async function pagesWithReact({ withTabs }) {
  const turns = await readFile(new URL("../turns.js", import.meta.url), "utf8");
  const kit = fileURLToPath(new URL("kit.js", import.meta.url));
  const pages = [];
  for (const version of [18, 19]) {
    const address = await bundle({ file: kit, alias: REACT[version] });
    const inTabs = (count, work) =>
      withTabs(count, async (tabs) => {
        for (const tab of tabs) await tab.evaluate(async (address) => void (await import(address)), address);
        assert.match(await tabs[0].evaluate(() => React.version), new RegExp(`^${version}\\.`));
        return work(tabs);
      }, { prepare: turns });
    pages.push({ version, inTabs, inPage: (work) => inTabs(1, ([page]) => page.evaluate(work)) });
  }
  return pages;
}
