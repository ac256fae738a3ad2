// `npm run docs`: README.md, docs/ and the API reference as a site in target/site. `-- --serve` shows it afterwards. DOCS_BASE is
// the path under which it will be served, with a slash at either end; otherwise it is at the root of its origin.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "../scripts/build.mjs";
import { say, step } from "../scripts/lib/log.mjs";
import { main } from "../scripts/lib/main.mjs";
import { root } from "../scripts/lib/root.mjs";
import { run } from "../scripts/lib/run.mjs";
import { serve } from "../scripts/lib/serve.mjs";
import { npmPackages } from "../scripts/setup.mjs";
import { checkLinks } from "./links.mjs";
import { layPages } from "./pages.mjs";
import { rustReference, typeScriptReference } from "./reference.mjs";

const here = join(root, "site");
const pages = join(root, "target", "site-pages"); // what VitePress reads
export const site = join(root, "target", "site");

/** Writes target/site, and fails when a public name has no comment, or a link leads nowhere. */
export async function buildSite() {
  await build(); // js/core/, from which the reference has the records
  await npmPackages(here);
  for (const folder of [pages, site]) await rm(folder, { recursive: true, force: true });
  await step("Pages", () => layPages(pages));
  await step("API reference, TypeScript", () => typeScriptReference(join(pages, "api")));
  const vitepress = join(here, "node_modules", "vitepress", "bin", "vitepress.js");
  await step("Site", () => run(process.execPath, [vitepress, "build", here]));
  await step("API reference, Rust", () => rustReference(join(site, "rust")));
  await step("Links", () => checkLinks(site, process.env.DOCS_BASE));
  return site;
}

await main(import.meta.url, async () => {
  const folder = await buildSite();
  if (!process.argv.includes("--serve")) return say("target/site/index.html is the first page; `npm run docs -- --serve` shows it.");
  const { url } = await serve({ routes: [["/", folder]], port: Number(process.env.PORT ?? 0) });
  say(`The documentation is at ${url}`);
});
