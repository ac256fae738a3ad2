// The site: VitePress with its default theme, the fonts of the reader's system, and a search that runs in the page.

import { join } from "node:path";
import { defineConfig } from "vitepress";
import * as compiler from "vue/compiler-sfc";
import { root } from "../../scripts/lib/root.mjs";
import { sidebarOf } from "../layout.mjs";
import { slugOf } from "../slugs.mjs";

const pages = join(root, "target", "site-pages");

/** Of bare words only addresses become links: not `README.md`, whose ending is that of a country. */
const addressesAlone = (md) => md.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

export default defineConfig({
  title: "conversation-memory",
  description: "The memory of a chat inside a web frontend",
  lang: "en",
  base: process.env.DOCS_BASE ?? "/",
  srcDir: pages,
  outDir: join(root, "target", "site"),
  cacheDir: join(root, "target", "site-cache"),
  ignoreDeadLinks: "localhostLinks", // which examples have
  head: [["link", { rel: "icon", href: `${process.env.DOCS_BASE ?? "/"}icon.svg` }]],
  markdown: { anchor: { slugify: slugOf }, toc: { slugify: slugOf }, headers: { slugify: slugOf }, config: addressesAlone },
  vue: { compiler }, // VitePress's own, not that of the tests, which stands nearer to the pages
  vite: { build: { chunkSizeWarningLimit: 5_000 } }, // the search's index, which is loaded when somebody searches
  themeConfig: {
    search: { provider: "local" },
    sidebar: sidebarOf(pages),
    outline: { level: [2, 3] },
    nav: [
      { text: "Guide", link: "/" },
      { text: "API", link: "/api/" },
      { text: "Changes", link: "/changelog" },
    ],
    docFooter: { prev: "Before", next: "Next" },
  },
});
