// Loading the WebAssembly module: once for a page, hidden in open().

import init, { type InitInput, __wbg_reset_state } from "../core/core.js";
import { memoryError } from "../errors.js";
import { forgetFailure, hasFailed } from "./wasm-panic-guard.js";

let loading: Promise<void> | undefined;
let compiled: WebAssembly.Module;

/** How every WebAssembly module begins. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** Loads the module on the first call and waits for it on later ones; a failed attempt can be repeated. */
export function load(source: () => InitInput | Promise<InitInput>): Promise<void> {
  if (hasFailed()) {
    forgetFailure();
    __wbg_reset_state();
  }
  loading ??= instantiate(source).catch((cause: unknown) => {
    loading = undefined;
    throw memoryError("storage-unavailable", `the WebAssembly module could not be loaded: ${cause}`, cause);
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
  compiled = module;
}

/** What was loaded: a worker can have it without loading and compiling it again. */
export function loadedModule(): WebAssembly.Module {
  return compiled;
}

async function compile(source: InitInput): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer) return compileBytes(new Uint8Array(source), "what init was given");
  if (ArrayBuffer.isView(source)) {
    const { buffer, byteOffset, byteLength } = source;
    return compileBytes(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength), "what init was given");
  }
  const isAddress = typeof source === "string" || source instanceof URL || source instanceof Request;
  if (!isAddress && !(source instanceof Response)) {
    throw new TypeError("the source must be bytes, a WebAssembly.Module, a Response or a URL");
  }
  const response = isAddress ? await fetch(source) : source;
  if (!response.ok) throw new Error(`${response.url} answered with status ${response.status}`);
  const type = response.headers.get("content-type") ?? "none";
  // While it arrives, and browsers keep the outcome for the next time; they take no other type.
  if (type === "application/wasm") return explained(WebAssembly.compileStreaming(response));
  return compileBytes(new Uint8Array(await response.arrayBuffer()), `${response.url || "the response"} (content-type ${type})`);
}

async function compileBytes(bytes: Uint8Array<ArrayBuffer>, from: string): Promise<WebAssembly.Module> {
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) throw new Error(`${from} is not WebAssembly`);
  return explained(WebAssembly.compile(bytes));
}

/** A browser's words for a module that is not allowed are hard to tell from those for one that is damaged. */
function explained(compiling: Promise<WebAssembly.Module>): Promise<WebAssembly.Module> {
  return compiling.catch((cause: unknown) => {
    throw new Error(`${cause}; a Content-Security-Policy must allow 'wasm-unsafe-eval'`, { cause });
  });
}
