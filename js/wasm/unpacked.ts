// memory.wasm as it travels inside the package: compressed, as text.

/** Browsers since 2025 decode in a fifth of the time (Chrome 140, Firefox 133, Safari 18.2); the types of ES2022 do not say so. */
const bytesOf = Uint8Array as typeof Uint8Array & { fromBase64?: (base64: string) => Uint8Array<ArrayBuffer> };

/** The module as a response, which is decompressed while it is compiled. */
export function unpacked(base64: string): Response {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("there is no DecompressionStream here: use a newer browser, or conversation-memory/slim, which takes the module as it is");
  }
  const bytes = bytesOf.fromBase64?.(base64) ?? decoded(base64);
  const module = new Response(bytes).body!.pipeThrough(new DecompressionStream("gzip"));
  return new Response(module, { headers: { "content-type": "application/wasm" } });
}

/** With `atob`, because a Content-Security-Policy forbids `fetch` of a data: address more often than not. */
function decoded(base64: string): Uint8Array<ArrayBuffer> {
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  // A plain loop: `Uint8Array.from` with a function takes ten times as long.
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = characters.charCodeAt(index);
  return bytes;
}
