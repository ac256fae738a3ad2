// Which file of the repository is which page of the site, and the order of the pages. A page that is not named here comes
// behind those that are.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** The pages of the folder docs/ as a newcomer needs them; others follow by the alphabet. */
const GUIDE = ["getting-started", "methods", "personas", "prompts", "recall-and-search", "branches", "attachments", "turns", "models", "offline", "tabs", "export-import", "security", "backup", "migration"];

/** Those of docs/ that say how the package works, not how it is used. */
const INSIDE = ["architecture", "recall", "storage-format", "benchmarks", "changelog", "contributing"];

/** The files beside docs/ that are pages. */
const BESIDE = { "README.md": "index.md", "ARCHITECTURE.md": "architecture.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md" };

/** Groups by folder of docs/, in this order. */
const FOLDERS = { adapters: "Adapters", decisions: "Decisions" };

/** The page of a Markdown file of the repository; undefined when it is none of the site's. */
export function pageOf(file) {
  if (Object.hasOwn(BESIDE, file)) return BESIDE[file];
  if (!file.startsWith("docs/") || !file.endsWith(".md")) return undefined;
  const page = file.slice("docs/".length);
  return page === "README.md" ? "overview.md" : page.replace(/(^|\/)README\.md$/, "$1index.md");
}

/** The sidebar of the pages in a folder, as VitePress takes it. */
export function sidebarOf(folder) {
  const pagesIn = (path) => (existsSync(join(folder, path)) ? readdirSync(join(folder, path)) : []).filter((name) => name.endsWith(".md"));
  const entry = (page) => ({ text: titleOf(join(folder, page)), link: `/${page.replace(/(^|\/)index\.md$/, "$1").replace(/\.md$/, "")}` });
  const byOrder = (order) => (one, other) => placeIn(order, one) - placeIn(order, other) || (one < other ? -1 : 1);
  const own = pagesIn("").filter((page) => page !== "index.md");
  const isInside = (page) => INSIDE.includes(basename(page, ".md"));
  const guide = own.filter((page) => !isInside(page)).sort(byOrder(GUIDE));
  const inside = own.filter(isInside).sort(byOrder(INSIDE));
  const groups = [{ text: "Guide", items: [{ text: "Overview", link: "/" }, ...guide.map(entry)] }];
  for (const [name, text] of Object.entries(FOLDERS)) {
    const items = pagesIn(name).sort(byOrder(["index"])).map((page) => entry(`${name}/${page}`));
    if (items.length > 0) groups.push({ text, items, collapsed: name === "decisions" });
  }
  groups.splice(2, 0, { text: "Reference", items: referenceOf(folder) }, { text: "How it works", items: inside.map(entry) });
  return groups;
}

/** The entry points of the API reference, and the crate's. */
function referenceOf(folder) {
  const entries = JSON.parse(readFileSync(join(folder, "api", "entries.json"), "utf8"));
  const items = entries.map(({ name, page, members }) => ({
    ...{ text: name.replace(/^[^/]+(?=\/)/, ""), link: `/api/${page}` },
    ...(members.length > 0 && { collapsed: true, items: members.map((member) => ({ text: member.name, link: `/api/${member.page}` })) }),
  }));
  return [...items, { text: "Rust", link: "/rust/conversation_memory/index.html", target: "_self" }];
}

const placeIn = (order, page) => (order.includes(basename(page, ".md")) ? order.indexOf(basename(page, ".md")) : order.length);

/** The first heading of a page. */
function titleOf(file) {
  const [, title] = /^# (.+)$/m.exec(readFileSync(file, "utf8")) ?? [];
  return title?.replaceAll(/[`*]/g, "") ?? basename(file, ".md");
}
