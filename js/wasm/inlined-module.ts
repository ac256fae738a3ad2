// memory.wasm as it travels inside the package.

import base64 from "../core/inlined.js";

/** Its bytes. With `atob`, because a Content-Security-Policy forbids `fetch` of a data: address more often than not. */
export function inlinedModule(): Uint8Array<ArrayBuffer> {
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  // A plain loop: `Uint8Array.from` with a function takes ten times as long.
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = characters.charCodeAt(index);
  return bytes;
}
