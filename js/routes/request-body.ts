// The body of a request, as JSON.

import { aborted, tooLarge, unprocessable, type HttpError } from "./http-error.js";

const MAX_BODY_BYTES = 1024 * 1024;

/** Reads the body; whatever is in it was written by somebody else. */
export async function readJson(request: Request): Promise<unknown> {
  const text = await readText(request);
  if (text === "") throw unprocessable({ loc: ["body"], msg: "Field required", type: "missing" });
  try {
    return JSON.parse(text);
  } catch {
    throw malformed();
  }
}

const malformed = (): HttpError => unprocessable({ loc: ["body"], msg: "JSON decode error", type: "json_invalid" });

async function readText(request: Request): Promise<string> {
  if (request.bodyUsed || request.body?.locked) {
    throw new Error("authenticate has read the body of the request: let it read request.clone()");
  }
  // What it says may be wrong, so the bytes are counted too.
  if (Number(request.headers.get("content-length")) > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [text, size] = ["", 0];
  for await (const chunk of chunksOf(request)) {
    // One without bytes counts as well: a stream of nothing would have no end.
    size += chunk.byteLength || 1024;
    if (size > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES);
    text += decode(decoder, chunk);
  }
  if (request.signal.aborted) throw aborted();
  return text + decode(decoder);
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    throw malformed();
  }
}

/** The bytes as they come, until they end, nobody wants more of them, or the request is aborted. */
async function* chunksOf(request: Request): AsyncGenerator<Uint8Array, void, undefined> {
  const { body, signal } = request;
  if (signal.aborted) return;
  // Firefox has no streams of requests.
  if (!body) return yield new Uint8Array(await request.arrayBuffer().catch(unreadable));
  const reader = body.getReader();
  // Not awaited: whoever writes the stream may take its time.
  const stop = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", stop);
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(unreadable);
      if (done) return;
      if (!(value instanceof Uint8Array)) unreadable();
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

function unreadable(): never {
  throw unprocessable({ loc: ["body"], msg: "The body cannot be read", type: "body_unreadable" });
}
