// Loading the WebAssembly module: once for a page, hidden in open().

import init, { type InitInput } from "./core/core.js";
import { memoryError } from "./errors.js";

let loading: Promise<void> | undefined;

/** Loads the module on the first call and waits for it on later ones; a failed attempt can be repeated. */
export function load(source: () => InitInput | Promise<InitInput>): Promise<void> {
  loading ??= instantiate(source).catch((cause: unknown) => {
    loading = undefined;
    const hint = cause instanceof WebAssembly.CompileError ? "; a Content-Security-Policy must allow 'wasm-unsafe-eval'" : "";
    throw memoryError("storage-unavailable", `the WebAssembly module could not be loaded (${cause})${hint}`, cause);
  });
  return loading;
}

async function instantiate(source: () => InitInput | Promise<InitInput>): Promise<void> {
  const module = await compile(await source());
  // The glue would keep whatever it is given, also a module that is not ours, for the life of the page.
  if (!WebAssembly.Module.exports(module).some(({ name }) => name === "core_openInMemory")) {
    throw new Error("this is another WebAssembly module, not this package's memory.wasm");
  }
  await init({ module_or_path: module });
}

async function compile(source: InitInput): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
  const isAddress = typeof source === "string" || source instanceof URL || source instanceof Request;
  if (!isAddress && !(source instanceof Response)) {
    throw new TypeError("the source must be bytes, a WebAssembly.Module, a Response or a URL");
  }
  const response = isAddress ? await fetch(source) : source;
  if (!response.ok) throw new Error(`${response.url} answered with status ${response.status}`);
  // Servers that do not know the type of .wasm files rule out compiling while streaming.
  if (response.headers.get("content-type") === "application/wasm") return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}
