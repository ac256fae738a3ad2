// What was measured, so that two tables can be compared.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../scripts/lib/root.mjs";

export async function versions(folder) {
  const packageVersion = async (path) => JSON.parse(await readFile(join(path, "package.json"), "utf8")).version;
  const crate = (await readFile(join(root, "Cargo.toml"), "utf8")).match(/^version = "(.+)"/m);
  return {
    package: await packageVersion(join(folder, "node_modules/conversation-memory")),
    crate: crate?.[1],
    ...(await libraries()),
    node: process.version.slice(1),
  };
}

/** The versions of what is measured beside the package. */
async function libraries() {
  const { dependencies } = JSON.parse(await readFile(join(root, "benches/package.json"), "utf8"));
  return dependencies;
}
