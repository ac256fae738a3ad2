// What README, docs/ and the other documents consist of: fenced blocks, headings, links.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "../../../scripts/lib/root.mjs";

const under = (folder) => readdirSync(join(root, folder)).filter((name) => name.endsWith(".md")).map((name) => `${folder}/${name}`);

/** README.md and the pages of docs/: what a user reads. */
export const pages = ["README.md", ...under("docs")];

/** The pages of adapters, whose examples have tests of their own. */
export const adapterPages = under("docs/adapters");

/** All documents of the repository. */
export const documents = [...pages, ...adapterPages, ...under("docs/decisions"), "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"];

export const textOf = (path) => readFileSync(join(root, path), "utf8");

/** The fenced blocks of a document: `language` and `info` stand behind the fence, `line` is that of the fence. */
export function blocksOf(path) {
  const text = textOf(path);
  return [...text.matchAll(/^([ ]*)```(\w*)[^\S\n]*([^\n]*)\n(.*?)^\1```[^\S\n]*$/gms)].map(({ index, 1: indent, 2: language, 3: info, 4: source }) => ({
    path,
    line: text.slice(0, index).split("\n").length,
    language,
    info,
    source: indent === "" ? source : source.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

/** The source of the block of a page whose fence says `file=<name>`. */
export function fileOf(path, name) {
  const block = blocksOf(path).find(({ info }) => info === `file=${name}`);
  if (block === undefined) throw new Error(`${path} has no block file=${name}`);
  return block.source;
}

const withoutBlocks = (text) => text.replaceAll(/^([ ]*)```.*?^\1```[^\S\n]*$/gms, "");

/** The anchors of a document, as GitHub makes them of its headings, and those written by hand. */
export function anchorsOf(path) {
  const text = withoutBlocks(textOf(path));
  const counts = new Map();
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("`", "");
    const anchor = words.trim().toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(/\s/g, "-");
    const count = counts.get(anchor) ?? 0;
    counts.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id)]);
}

/** The links and pictures of a document that lead to a place in the repository: `{ target, file, anchor }`. */
export function linksOf(path) {
  const text = withoutBlocks(textOf(path)).replaceAll(/`[^`\n]*`/g, (code) => " ".repeat(code.length));
  const markdown = [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target);
  const html = [...text.matchAll(/<(?:a|img)\s[^>]*?(?:href|src)="([^"]+)"/g)].map(([, target]) => target);
  return [...markdown, ...html]
    .filter((target) => !/^[a-z]+:/i.test(target))
    .map((target) => {
      const [file, anchor] = target.split("#");
      return { target, file: file === "" ? path : posix.normalize(posix.join(posix.dirname(path), decodeURI(file))), anchor };
    });
}

/** Whether a path of the repository is there. */
export const isThere = (path) => existsSync(join(root, path));
