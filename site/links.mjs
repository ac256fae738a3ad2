// Whether every link of the site leads somewhere in it, also to the place on the page, and nothing is loaded from elsewhere.

import { readdir, readFile } from "node:fs/promises";
import { extname, join, posix, sep } from "node:path";
import { Failure } from "../scripts/lib/log.mjs";

/** rustdoc checks its own. */
const OTHERS = "rust/";

const BASE = "http://site.invalid/";

/** Fails with all links of the folder's pages that lead nowhere. `base` is the path under which the site is served. */
export async function checkLinks(folder, base = "/") {
  const files = new Set((await readdir(folder, { recursive: true })).map((file) => file.replaceAll(sep, "/")));
  const pages = [...files].filter((file) => extname(file) === ".html" && !file.startsWith(OTHERS));
  const texts = new Map(await Promise.all(pages.map(async (page) => [page, await readFile(join(folder, page), "utf8")])));
  const places = new Map([...texts].map(([page, text]) => [page, new Set([...text.matchAll(/\s(?:id|name)="([^"]*)"/g)].map(([, id]) => unescaped(id)))]));
  const problems = [];
  for (const [page, text] of texts) {
    for (const [, tag, attributes] of text.matchAll(/<([a-z]+)\s([^>]*)>/gi)) {
      for (const [, name, value] of attributes.matchAll(/(?:^|\s)(href|src|srcset)="([^"]*)"/g)) {
        const problem = problemOf(page, tag, name, unescaped(value));
        if (problem) problems.push(`${page}: ${problem}`);
      }
    }
  }
  if (problems.length > 0) throw new Failure([...new Set(problems)].join("\n"));

  function problemOf(page, tag, name, value) {
    if (value.startsWith("data:") || value.startsWith("mailto:")) return undefined;
    const address = new URL(value, BASE + base.slice(1) + page);
    if (address.origin !== new URL(BASE).origin) return tag === "a" ? undefined : `<${tag} ${name}="${value}"> is of another origin`;
    if (!address.pathname.startsWith(base)) return `${value} leads out of the site`;
    const path = decodeURIComponent(address.pathname.slice(base.length));
    const file = [path, posix.join(path, "index.html"), `${path}.html`].find((file) => file !== "" && files.has(file) && extname(file) !== "");
    if (file === undefined) return `${value} leads to no file`;
    const anchor = decodeURIComponent(address.hash.slice(1));
    if (anchor !== "" && places.has(file) && !places.get(file).has(anchor)) return `${value}: ${file} has no place of that name`;
    return undefined;
  }
}

function unescaped(text) {
  return text.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
}
