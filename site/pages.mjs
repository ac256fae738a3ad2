// Copies the Markdown of the repository to where VitePress reads it, and has its links lead to pages of the site. What
// a link names of the rest of the repository, a file of its sources or a folder, becomes a page too: the site needs
// nothing beside itself.

import { execFile } from "node:child_process";
import { cp, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, extname, join, posix } from "node:path";
import { promisify } from "node:util";
import { Failure } from "../scripts/lib/log.mjs";
import { root } from "../scripts/lib/root.mjs";
import { pageOf } from "./layout.mjs";

const PICTURES = new Set([".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif"]);

/** Names of languages that are not their file's ending. */
const LANGUAGES = { ".mjs": "js", ".cjs": "js", ".rs": "rust", ".yml": "yaml", ".webmanifest": "json" };

/** Writes every page into `target`. Fails when a link names what is not there. */
export async function layPages(target) {
  const files = await trackedFiles();
  const laying = { target, files, sources: new Set(), problems: [] };
  for (const file of files) if (pageOf(file)) await layPage(laying, file, pageOf(file));
  for (const path of laying.sources) await laySource(laying, path); // grows while a folder's files are added
  await mkdir(join(target, "public"), { recursive: true });
  await cp(join(root, "www", "icon.svg"), join(target, "public", "icon.svg"));
  if (laying.problems.length > 0) throw new Failure(laying.problems.join("\n"));
}

/** The files of the repository: what git knows, and what is new and not ignored. */
async function trackedFiles() {
  const { stdout } = await promisify(execFile)("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  const files = await Promise.all(stdout.split("\0").filter(Boolean).map(async (file) => ((await isFile(file)) ? file : undefined)));
  return files.filter(Boolean).sort();
}

const isFile = (file) => stat(join(root, file)).then((found) => found.isFile(), () => false);

/** Lays a Markdown file as that page, with `start` before and `end` behind it. */
async function layPage(laying, file, page, { start = "", end = "" } = {}) {
  const text = await readFile(join(root, file), "utf8");
  const pictures = [];
  const replaced = outsideOfCode(text, (prose) => {
    const inline = prose.replaceAll(/(!?)(\[(?:[^\]\\]|\\.)*\])\(([^)\s]+)((?:\s+"[^"]*")?)\)/g, (_, mark, label, to, title) => `${mark}${label}(${link(to, mark === "!")}${title})`);
    const named = inline.replaceAll(/^(\[[^\]]+\]:\s*)(\S+)/gm, (_, label, to) => label + link(to, false));
    return named.replaceAll(/\b(href|src|srcset)="([^"]*)"/g, (_, name, to) => `${name}="${link(to, name !== "href").replace(/\.md(?=#|$)/, ".html")}"`);
  });
  await put(laying, page, start + replaced + end);
  for (const picture of pictures) await copyPicture(laying, picture);

  function link(to, isPicture) {
    if (/^([a-z]+:|#|$)/i.test(to)) return to;
    const [path, anchor = ""] = to.split(/(?=#)/, 2);
    const named = posix.join(posix.dirname(file), decodeURI(path)).replace(/\/$/, "");
    const wanted = wantedPage(laying, named);
    if (wanted === undefined) {
      laying.problems.push(`${file}: the link ${to} leads to ${named}, which is not in the repository`);
      return to;
    }
    if (isPicture || PICTURES.has(extname(named))) {
      pictures.push(named);
      return relative(page, pictureOf(named));
    }
    return relative(page, wanted) + anchor;
  }
}

/** The page of a file or a folder of the repository, which is laid when it is one of the sources; undefined when it is not there. */
function wantedPage(laying, named) {
  const { files, sources } = laying;
  if (pageOf(named) && files.includes(named)) return pageOf(named);
  const isFolder = files.some((file) => file.startsWith(`${named}/`));
  if (!isFolder && !files.includes(named)) return undefined;
  if (PICTURES.has(extname(named))) return pictureOf(named);
  // What a folder's README says is on the page of the folder.
  const isReadme = posix.basename(named) === "README.md" && named !== "README.md";
  const path = isReadme ? posix.dirname(named) : named;
  sources.add(path);
  if (isFolder || isReadme) return `source/${path}/index.md`;
  // VitePress would take `index.html` for the page of the folder.
  return named.endsWith(".md") ? `source/${named}` : `source/${named.replaceAll(".", "-")}.md`;
}

/** From one page to another. VitePress changes the ending of the address to that of the page it makes. */
function relative(from, to) {
  const path = posix.relative(posix.dirname(from), to);
  return path.startsWith(".") ? path : `./${path}`;
}

const pictureOf = (file) => `pictures/${file}`;

async function copyPicture({ target }, file) {
  const place = join(target, pictureOf(file));
  await mkdir(dirname(place), { recursive: true });
  await cp(join(root, file), place);
}

/** A page with a file of the repository, or with a folder's README and the list of its files. */
async function laySource(laying, path) {
  const page = wantedPage(laying, path);
  const isFile = laying.files.includes(path);
  const alone = "prev: false\nnext: false\n---\n\n"; // there is no order of these pages
  if (isFile && path.endsWith(".md")) return layPage(laying, path, page, { start: `---\n${alone}` });
  const head = `---\nsearch: false\naside: false\n${alone}# ${path}\n\n`;
  if (isFile) {
    const text = await readFile(join(root, path), "utf8");
    const language = LANGUAGES[extname(path)] ?? extname(path).slice(1);
    // Longer than any run of backticks in the file.
    const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
    return put(laying, page, `${head}${fence}${language}\n${text.replace(/\n$/, "")}\n${fence}\n`);
  }
  const readme = `${path}/README.md`;
  const inside = laying.files.filter((file) => file.startsWith(`${path}/`) && file !== readme);
  const lines = inside.map((file) => {
    const name = file.slice(path.length + 1);
    return PICTURES.has(extname(file)) ? `- ${name}` : `- [${name}](${relative(page, wantedPage(laying, file))})`;
  });
  if (!laying.files.includes(readme)) return put(laying, page, `${head}${lines.join("\n")}\n`);
  return layPage(laying, readme, page, { start: `---\n${alone}`, end: `\n## Files\n\n${lines.join("\n")}\n` });
}

async function put({ target }, page, text) {
  const place = join(target, page);
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, text);
}

/** Changes what is prose of a page: code blocks and code in a line stay as they are. */
function outsideOfCode(text, change) {
  const code = /^( *)(`{3,}|~{3,})[^\n]*\n[^]*?^\1\2[`~]*[^\S\n]*$|(?<!`)(`+)(?!`)[^]*?(?<!`)\3(?!`)/gm;
  const kept = [];
  // A link's label may hold code: so each piece leaves a mark, of a character that is in no page.
  const prose = text.replaceAll(code, (block) => `\uE000${kept.push(block) - 1}\uE001`);
  return change(prose).replaceAll(/\uE000(\d+)\uE001/g, (_, at) => kept[at]);
}
