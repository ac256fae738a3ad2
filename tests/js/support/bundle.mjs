// Bundles what a page of an application with a framework runs, as its users would: from the packed package.
import { build } from "esbuild";
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after } from "node:test";
import { root } from "../../../scripts/lib/root.mjs";
import { packageFolder } from "./package.mjs";

/** The packages that a version of React is, for `alias`. */
export const REACT = { 18: { react: "react18", "react-dom": "react-dom18" }, 19: {} };

/** The packed package and not the source tree, which has the same name. */
const packed = {
  name: "packed",
  setup: (build) =>
    build.onResolve({ filter: /^conversation-memory/ }, ({ path, kind, pluginData }) =>
      pluginData?.isPacked ? undefined : build.resolve(path, { kind, resolveDir: packageFolder, pluginData: { isPacked: true } }),
    ),
};

/**
 * Bundles a file, or a source of TypeScript with JSX (in JavaScript: `loader` "jsx"), and gives the path under which test pages load it; removed when the file that calls this ends.
 * `alias` names other packages in the place of some; `external` names those that the page has an import map for.
 */
export async function bundle({ file, source, loader = "tsx", alias = {}, external = [] }) {
  const name = `bundle-${randomUUID()}.js`;
  const path = join(packageFolder, "node_modules", name);
  after(() => rm(path, { force: true }));
  await build({
    absWorkingDir: root,
    ...(file === undefined ? { stdin: { contents: source, loader, resolveDir: root } } : { entryPoints: [file] }),
    outfile: path,
    bundle: true,
    format: "esm",
    jsx: "automatic",
    jsxDev: false,
    external,
    alias,
    // For what the packed package imports: it has nothing installed beside it.
    nodePaths: [join(root, "node_modules")],
    plugins: [packed],
    define: { "process.env.NODE_ENV": '"development"' },
    logLevel: "error",
  });
  return `/node_modules/${name}`;
}
