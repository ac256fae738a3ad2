// Bundles what a page of a React application runs, with React 18 or 19, as its users would: from the packed package.
import { build } from "esbuild";
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after } from "node:test";
import { root } from "../../../../scripts/lib/root.mjs";
import { packageFolder } from "../package.mjs";

const nodeModules = join(root, "node_modules");

/** Where "react" and "react-dom" lead to. */
const ALIASES = {
  18: { react: join(nodeModules, "react18"), "react-dom": join(nodeModules, "react-dom18") },
  19: { react: join(nodeModules, "react"), "react-dom": join(nodeModules, "react-dom") },
};

/** The packed package and not the source tree, which has the same name. */
const packed = {
  name: "packed",
  setup: (build) =>
    build.onResolve({ filter: /^conversation-memory/ }, ({ path, kind, pluginData }) =>
      pluginData?.isPacked ? undefined : build.resolve(path, { kind, resolveDir: packageFolder, pluginData: { isPacked: true } }),
    ),
};

/**
 * Bundles a file, or a source with JSX, and gives the path under which test pages load it; removed when the file that calls this ends.
 * `external`: what the page has an import map for.
 */
export async function bundleReact(version, { file, source, external = [] }) {
  const name = `react-test-${randomUUID()}.js`;
  const path = join(packageFolder, "node_modules", name);
  after(() => rm(path, { force: true }));
  await build({
    ...(file === undefined ? { stdin: { contents: source, loader: "jsx", resolveDir: root } } : { entryPoints: [file] }),
    outfile: path,
    bundle: true,
    format: "esm",
    jsx: "automatic",
    jsxDev: false,
    external,
    alias: ALIASES[version],
    plugins: [packed],
    define: { "process.env.NODE_ENV": '"development"' },
    logLevel: "error",
  });
  return `/node_modules/${name}`;
}
