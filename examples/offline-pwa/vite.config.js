import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { defineConfig } from "vite";

/** Writes sw.js: the service worker with the list of the files that were built, and a version that changes with any of them. */
function serviceWorker() {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",
    async generateBundle(_, bundle) {
      const place = (name) => new URL(name, import.meta.url);
      const hash = createHash("sha256").update(bundle["index.html"].source);
      const files = ["./", ...Object.keys(bundle).filter((name) => name !== "index.html")];
      for (const name of await readdir(place("public"))) {
        files.push(name);
        hash.update(await readFile(place(`public/${name}`)));
      }
      const shell = JSON.stringify({ version: hash.digest("hex").slice(0, 12), files });
      const source = (await readFile(place("src/service-worker.js"), "utf8")).replace("__SHELL__", () => shell);
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}

export default defineConfig({
  base: "./", // so that it can be put into any folder of a server
  plugins: [serviceWorker()],
  build: { chunkSizeWarningLimit: 1000 }, // the memory's WebAssembly module is part of the script
});
