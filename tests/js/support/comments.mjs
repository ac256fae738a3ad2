// The examples in the comments of the TypeScript: each with what stands around it (scenes.mjs) as a module of its own,
// compiled and bundled beside the packed package as an application would.
import { build } from "esbuild";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { after } from "node:test";
import { promisify } from "node:util";
import { root } from "../../../scripts/lib/root.mjs";
import { packageFolder } from "./package.mjs";

/** What begins the part of an example that belongs into a component. */
const IN_COMPONENT = /^\/\/ In the component.*$/m;

/** Every example, with its file, the line of its comment, and its number in that file. */
export function examplesInComments() {
  const files = readdirSync(join(root, "js"), { recursive: true }).map((file) => file.replaceAll("\\", "/"));
  return files.filter((file) => file.endsWith(".ts") && !file.startsWith("core/")).sort().flatMap((file) => {
    const text = readFileSync(join(root, "js", file), "utf8");
    const found = [...text.matchAll(/^ *\/\*\*[^]*?\*\//gm)].flatMap(({ 0: comment, index }) => {
      const line = text.slice(0, index).split("\n").length;
      const [, ...parts] = comment.split(/^ *\* @example\n/m);
      return parts.map((part) => ({ file, line, source: bare(part) }));
    });
    return found.map((example, number) => ({ ...example, number }));
  });
}

/** Without the stars, and without the tags behind it. */
const bare = (part) => part.split(/^ *\* @/m)[0].replace(/^ *\*\/\s*$/m, "").replaceAll(/^ *\* ?/gm, "").trim();

/** Lines of imports come first in a module, wherever they stand in an example. */
function hoisted(source) {
  const imports = source.match(/^import .*$/gm) ?? [];
  return { imports: imports.join("\n"), rest: source.replaceAll(/^import .*\n?/gm, "") };
}

/**
 * The module of an example: its `example` does all of it. `show` is told what the example shows, `equal` what it must be; a
 * `component` or an `element` is rendered until `until` holds, which sees what was shown.
 */
export function moduleOf({ source }, { imports = "", before = "", inside = "", after: behind = "", kind = "code", until = "shown.length > 0" }) {
  const { imports: own, rest } = hoisted(source);
  const head = `import { render, type Equal, type Show } from "./kit.js";\n${imports}\n${own}\n`;
  const body = {
    code: () => `{\n${rest}\n${behind}\n}`,
    element: () => `const element = (\n${rest}\n);\nawait render(element, shown, () => ${until});`,
    component: () => {
      const [outside, within] = IN_COMPONENT.test(rest) ? rest.split(IN_COMPONENT) : ["", rest];
      const around = imports.includes("MemoryProvider") ? "<MemoryProvider memory={memory} agent={agent}><Example /></MemoryProvider>" : "<Example />";
      return `${outside}\nfunction Example() {\n${inside}\n${within}\n${behind}\nreturn null;\n}\nawait render(${around}, shown, () => ${until});`;
    },
  }[kind]();
  return `${head}\nexport async function example(show: Show, equal: Equal, shown: unknown[]): Promise<void> {\n${before}\n${body}\n}\n`;
}

const KIT_TYPES = `
export type Show = (...words: unknown[]) => void;
export type Equal = (seen: unknown, wanted: unknown) => void;
export declare function render(element: unknown, shown: unknown[], until: () => boolean): Promise<void>;
`;

const KIT = `
import { createRoot } from "react-dom/client";
export async function render(element, shown, until) {
  const root = createRoot(document.body.appendChild(document.createElement("div")));
  root.render(element);
  for (let waited = 0; !until(); waited += 20) {
    if (waited > 10_000) throw new Error("it has shown " + JSON.stringify(shown));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  root.unmount();
}
`;

/** Writes modules (a text by name) where the compiler finds the packed package; `stubs` stand for packages that are not installed. */
export async function layModules(modules, stubs) {
  const folder = await mkdtemp(join(packageFolder, "comments-"));
  after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of modules) await writeFile(join(folder, `${name}.tsx`), text);
  await writeFile(join(folder, "kit.js"), KIT);
  await writeFile(join(folder, "kit.d.ts"), KIT_TYPES);
  await mkdir(join(folder, "stubs"));
  for (const [index, [, text]] of Object.entries(stubs).entries()) await writeFile(join(folder, "stubs", `${index}.ts`), text);
  return folder;
}

/** What the compiler says of the modules in a folder. */
export async function complaintsOf(folder, stubs) {
  const installed = (name) => [join(root, "node_modules", name)];
  const paths = { react: installed("@types/react"), "react/jsx-runtime": installed("@types/react/jsx-runtime"), "*": installed("*") };
  paths["@openai/agents-core/testing"] = installed("@openai/agents-core/dist/testing/index.d.ts"); // which a path finds by its file alone
  for (const [index, name] of Object.keys(stubs).entries()) paths[name] = [join(folder, "stubs", `${index}.ts`)];
  const compilerOptions = {
    ...{ target: "es2022", module: "preserve", moduleResolution: "bundler", lib: ["es2022", "dom", "dom.iterable", "esnext.disposable"], types: [] },
    ...{ strict: true, skipLibCheck: true, noEmit: true, jsx: "react-jsx", paths },
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.tsx"] }));
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  return promisify(execFile)(process.execPath, [compiler, "--project", folder]).then(() => "", ({ stdout }) => stdout.trim());
}

/** Bundles the modules of a folder, and gives the path under which test pages load one by its name. */
export async function bundleModules(folder, names, stubs) {
  const outdir = join(packageFolder, "node_modules", basename(folder));
  after(() => rm(outdir, { recursive: true, force: true }));
  await build({
    absWorkingDir: folder,
    entryPoints: names.map((name) => `${name}.tsx`),
    ...{ outdir, bundle: true, splitting: true, format: "esm", target: "es2022", jsx: "automatic", jsxDev: false },
    nodePaths: [join(root, "node_modules")],
    alias: Object.fromEntries(Object.keys(stubs).map((name, index) => [name, join(folder, "stubs", `${index}.ts`)])),
    define: { "process.env.NODE_ENV": '"development"' },
    tsconfigRaw: {}, // the compiler's own settings lead to declarations
    logLevel: "error",
  });
  return (name) => `/node_modules/${basename(folder)}/${name}.js`;
}
