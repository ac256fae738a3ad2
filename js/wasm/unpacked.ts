// memory.wasm as it travels inside the package: compressed, as text.

/**
 * The module as a response, which is decompressed while it is compiled. With `atob`, because a Content-Security-Policy forbids
 * `fetch` of a data: address more often than not.
 */
export function unpacked(base64: string): Response {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("there is no DecompressionStream here: use a newer browser, or conversation-memory/slim, which takes the module as it is");
  }
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  // A plain loop: `Uint8Array.from` with a function takes ten times as long.
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = characters.charCodeAt(index);
  const module = new Response(bytes).body!.pipeThrough(new DecompressionStream("gzip"));
  return new Response(module, { headers: { "content-type": "application/wasm" } });
}
