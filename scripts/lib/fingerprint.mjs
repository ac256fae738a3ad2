import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { root } from "./root.mjs";

/** Whether the file `stamp` has the fingerprint of these paths as they are now. */
export async function isFresh(stamp, paths, except) {
  return (await readFile(stamp, "utf8").catch(() => undefined)) === (await fingerprint(paths, except));
}

/** One hash over the names and contents of the files at or under `paths`, `except` those under one path. */
export async function fingerprint(paths, except) {
  const hash = createHash("sha256");
  for (const path of paths) {
    for (const file of await filesUnder(path)) {
      if (file.startsWith(except)) continue;
      const content = await readFile(join(root, file));
      hash.update(`${file} ${content.length}\n`).update(content);
    }
  }
  return hash.digest("hex");
}

async function filesUnder(path) {
  const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (!entries) return [path];
  // `parentPath` is called `path` in the first releases of Node.js 20.
  const files = entries.filter((entry) => entry.isFile()).map((file) => join(file.parentPath ?? file.path, file.name));
  return files.map((file) => file.slice(root.length).replaceAll(sep, "/")).sort();
}
