import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./run.mjs";

/**
 * Packs the tarball that users get, building first when dist/ is stale, and unpacks it to
 * `<folder>/node_modules/conversation-memory`. Gives the folder, which is removed when this process ends.
 */
export async function installTarball() {
  const folder = await mkdtemp(join(tmpdir(), "conversation-memory-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const place = join(folder, "node_modules", "conversation-memory");
  await mkdir(place, { recursive: true });
  // The build itself is npm's `prepack`.
  await run("npm", ["pack", "--loglevel=error", "--pack-destination", folder]);
  const tarball = (await readdir(folder)).find((file) => file.endsWith(".tgz"));
  await run("tar", ["-xzf", join(folder, tarball), "--strip-components=1", "-C", place]);
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  return folder;
}
