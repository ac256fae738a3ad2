// Data URLs, in which frameworks carry files, and the files themselves, as the memory keeps them.

import { base64Of, blobOfBase64 } from "../providers/files.js";

/** The file as a data URL. */
export async function dataUrlOf(blob: Blob, mediaType: string): Promise<string> {
  return `data:${mediaType};base64,${await base64Of(blob)}`;
}

/** The file in a data URL of this media type; undefined where it would not come back as the same text. */
export function fileIn(url: string, mediaType: string): Blob | undefined {
  const head = `data:${mediaType};base64,`;
  if (!url.startsWith(head)) return undefined;
  const base64 = url.slice(head.length);
  const end = base64.slice(-4);
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || btoa(atob(end)) !== end) return undefined;
  return blobOfBase64(base64, mediaType);
}
