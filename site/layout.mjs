// Which file of the repository is which page of the site, and the order of the pages: docs/README.md has it. What that does not
// name comes behind.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Pages that say how the package is made, not how it is used. */
const INSIDE = ["architecture.md", "contributing.md", "changelog.md"];

/** The files beside docs/ that are pages. */
const BESIDE = { "README.md": "index.md", "ARCHITECTURE.md": "architecture.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md" };

/** The page of docs/README.md: its headings are groups of pages, in the order in which it names them. */
const CONTENTS = "overview.md";

/** The page of a Markdown file of the repository; undefined when it is none of the site's. */
export function pageOf(file) {
  if (Object.hasOwn(BESIDE, file)) return BESIDE[file];
  if (!file.startsWith("docs/") || !file.endsWith(".md")) return undefined;
  const page = file.slice("docs/".length);
  return page === "README.md" ? CONTENTS : page.replace(/(^|\/)README\.md$/, "$1index.md");
}

/** The sidebar of the pages in a folder, as VitePress takes it. */
export function sidebarOf(folder) {
  const pagesIn = (path) => readdirSync(join(folder, path)).filter((name) => name.endsWith(".md")).sort().map((name) => join(path, name));
  const { groups, labels } = contentsOf(folder);
  const entry = (page) => ({ text: labels.get(page) ?? titleOf(join(folder, page)), link: `/${page.replace(/(^|\/)index\.md$/, "$1").replace(/\.md$/, "")}` });
  const decisions = existsSync(join(folder, "decisions")) ? pagesIn("decisions") : [];
  const apart = new Set(["index.md", ...INSIDE, ...decisions]);
  const own = groups.map(({ title, pages }) => ({ title, pages: pages.filter((page) => !apart.has(page)) }));
  const named = new Set(own.flatMap(({ pages }) => pages));
  const adapters = existsSync(join(folder, "adapters")) ? pagesIn("adapters") : [];
  const others = [...pagesIn(""), ...adapters].filter((page) => !named.has(page) && !apart.has(page));
  const shown = [...own, { title: groups.length > 0 ? "More" : "Guide", pages: others }];
  return [
    { text: "conversation-memory", link: "/" },
    ...shown.filter(({ pages }) => pages.length > 0).map(({ title, pages }) => ({ text: title, items: pages.map(entry) })),
    { text: "API", items: referenceOf(folder) },
    { text: "How it is made", items: INSIDE.filter((page) => existsSync(join(folder, page))).map(entry) },
    { text: "Decisions", items: decisions.sort((one, other) => isIndex(other) - isIndex(one)).map(entry), collapsed: true },
  ];
}

const isIndex = (page) => basename(page) === "index.md";

/** The headings of the contents, each with the pages to which what stands below it leads (before the first one, "Guide"); and what they are called there. */
function contentsOf(folder) {
  const file = join(folder, CONTENTS);
  const labels = new Map();
  if (!existsSync(file)) return { groups: [], labels };
  const [intro, ...sections] = readFileSync(file, "utf8").split(/^## /m);
  const linked = (text) => {
    const links = [...text.matchAll(/\[([^\]]+)\]\(\.\/([^)#]+\.md)\)/g)];
    for (const [, label, page] of links) labels.set(page, plain(label));
    return [...new Set(links.map(([, , page]) => page))];
  };
  const groups = sections.map((section) => ({ title: section.split("\n", 1)[0].trim(), pages: linked(section) }));
  return { groups: [{ title: "Guide", pages: [CONTENTS, ...linked(intro)] }, ...groups], labels };
}

/** The entry points of the API reference with what can be called of each, and the crate's. */
function referenceOf(folder) {
  const entries = JSON.parse(readFileSync(join(folder, "api", "entries.json"), "utf8"));
  const items = entries.map(({ name, page, members }) => ({
    ...{ text: name.replace(/^[^/]+(?=\/)/, ""), link: `/api/${page}` },
    ...(members.length > 0 && { collapsed: true, items: members.map((member) => ({ text: member.name, link: `/api/${member.page}` })) }),
  }));
  return [...items, { text: "Rust", link: "/rust/conversation_memory/index.html", target: "_self" }];
}

/** The first heading of a page. */
function titleOf(file) {
  const [, title] = /^# (.+)$/m.exec(readFileSync(file, "utf8")) ?? [];
  return title === undefined ? basename(file, ".md") : plain(title);
}

const plain = (text) => text.replaceAll(/[`*]/g, "");
