// The memory of a page: what the browser counts for its objects and buffers, and the memories of WebAssembly modules, which it
// leaves out. A module's memory counts as large as it once became.
import { collectGarbage } from "./measure.js";

const modules = [];

/** Before any module is loaded: notes their memories, in the list that it gives. */
export function watchMemory() {
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...parameters) => {
    const result = await instantiate.apply(WebAssembly, parameters);
    modules.push((result.instance ?? result).exports.memory);
    return result;
  };
  return modules;
}

export async function memoryInUse() {
  collectGarbage();
  const { bytes } = await performance.measureUserAgentSpecificMemory();
  return modules.reduce((sum, memory) => sum + memory.buffer.byteLength, bytes);
}
