// Any server that speaks OpenAI's chat completions.

import { invalid, isMemoryError, misfit, type MemoryError } from "../errors.js";
import * as argument from "../validation/arguments.js";
import { untilAborted } from "./abort.js";
import { ApiErrors, isRedirect } from "./api-error.js";
import { toChatMessages, readCall, readPrompt, type ModelMessage, type ModelPrompt } from "./convert-messages.js";
import { base64Of, readMediaTypes, type SentFile } from "./files.js";
import { ResponseHandler } from "./response-handler.js";
import { retryWithBackoff } from "./retry.js";
import { Secrets } from "./secrets.js";
import { isLasting, lessStreaming, refusedAgain, STREAMING } from "./streaming.js";
import type { Completion, LanguageModel, ModelCall } from "./types.js";

/** Which server, which of its models, and what it is sent. */
export interface OpenAICompatibleOptions {
  /** The address before `/chat/completions`, as in "https://api.openai.com/v1" or "http://localhost:11434/v1". */
  baseURL: string;
  /** The model's name at that server. */
  model: string;
  /** Sent as `Authorization: Bearer …`. Whoever uses the page can read it; a proxy of yours can add it instead. */
  apiKey?: string;
  /** Headers to send as well; they win over those of the package. */
  headers?: Record<string, string>;
  /** Called instead of the browser's own `fetch`. */
  fetch?: typeof fetch;
  /**
   * The media types of pictures and files that the model takes: ["image/*"], or ["image/*", "application/pdf"]. They are sent
   * as data URLs, pictures as `image_url`, others as `file`. Default: none; there is a note in their place.
   */
  mediaTypes?: readonly string[];
}

/**
 * Headers, and parameters of the address, whose values must not be shown, unless they are too short for a secret, as a
 * limit of tokens is.
 */
const SECRET = /auth|code|cookie|credential|key|pass|secret|sig|token/i;
const MIN_SECRET_CHARACTERS = 8;

/**
 * A model behind any server that speaks OpenAI's chat completions: OpenAI, vLLM, llama.cpp, Ollama, LM Studio,
 * OpenRouter and many more. The answer is streamed, or read whole from a server that cannot stream: what a server refuses
 * of streaming, or of the usage behind a stream, it is not asked again.
 *
 * `metadata` of the completion has `finishReason`, `model`, `reasoning` and `toolCalls` where the server tells them.
 * Reasoning is what the server calls so, or what stands in `<think>` at the beginning of the answer; it is no part of `text`.
 *
 * A stream is whole when its end came, or when it was closed in order behind a finish reason.
 *
 * `generate` rejects with
 * - `invalid-input` when the prompt does not fit,
 * - `aborted` when the signal ended the call, at whatever moment,
 * - `model` when the server refused (`cause` is `{ status, body }`; 429 and 503 only after three attempts), when its
 *   answer broke off, is empty or is no answer (check `baseURL`), or when it could not be reached: see `isOffline`.
 *   A page can only ask a server that allows its origin (CORS).
 *
 * A redirect is an error: whoever it leads to would get the prompt and the key.
 *
 * The key, and every header and parameter of `baseURL` that looks like one, is kept out of all errors.
 *
 * @throws `invalid-input` when an option does not fit; its `argument` names it.
 *
 * @example
 * const model = openAICompatible({ baseURL: "http://localhost:11434/v1", model: "llama3.2" });
 * const prompt = await memory.buildPrompt(conversation.id, "How healthy is education?");
 * const { text } = await model.generate(prompt, { signal: AbortSignal.timeout(60_000), onDelta: show });
 */
export function openAICompatible(options: OpenAICompatibleOptions): LanguageModel {
  const server = new Server(options);
  // Nothing but the function: whoever prints the model must not see the key.
  return {
    ...(server.mediaTypes && { mediaTypes: server.mediaTypes }),
    async generate(prompt, given) {
      const question = readPrompt(prompt, server.mediaTypes);
      return server.answer(question, readCall(given));
    },
  };
}

class Server {
  readonly #errors: ApiErrors;
  readonly #url: URL;
  readonly #model: string;
  readonly #headers: Headers;
  readonly #fetch: typeof fetch | undefined;
  readonly mediaTypes: readonly string[] | undefined;
  /** How much of streaming it is asked for: what it has refused once is not tried again. */
  #streaming = 0;

  constructor(options: unknown) {
    // Not repeated either: somebody may have passed nothing but the key.
    if (typeof options !== "object") throw misfit("options", "be an object with baseURL and model");
    const option = argument.options("options", options);
    this.#url = option("baseURL", address);
    this.#model = option("model", filled);
    const apiKey = option("apiKey", argument.optional(key));
    const given = option("headers", argument.optional(headers)) ?? new Headers();
    this.#fetch = option("fetch", argument.optional(argument.callback<typeof fetch>));
    this.mediaTypes = option("mediaTypes", readMediaTypes);
    this.#headers = new Headers({ "content-type": "application/json" });
    if (apiKey) this.#headers.set("authorization", `Bearer ${apiKey}`);
    given.forEach((value, name) => this.#headers.set(name, value));
    const secrets = new Secrets([apiKey ?? "", ...secretsIn(given), ...secretsOf(this.#url)]);
    this.#errors = new ApiErrors(this.#url.origin + this.#url.pathname, secrets);
  }

  /** The answer. Where the server does not know what it is asked beside the question, it is asked for less. */
  async answer(question: ModelPrompt, call: Required<ModelCall>): Promise<Completion> {
    let refusal: MemoryError | undefined;
    for (let streaming = this.#streaming; ; ) {
      const response = await this.#ask(question, streaming, call.signal);
      const handler = new ResponseHandler(response, call, this.#errors);
      try {
        return await handler.read();
      } catch (error) {
        const less = handler.isBegun ? undefined : lessStreaming(streaming, error);
        if (less === undefined) throw refusal && !handler.isBegun ? refusedAgain(refusal, error) : error;
        refusal ??= error as MemoryError;
        streaming = less;
      } finally {
        if (handler.isBegun && (refusal === undefined || isLasting(refusal))) this.#streaming = Math.max(this.#streaming, streaming);
      }
    }
  }

  /** The response to the question, which may be a refusal. */
  async #ask({ system, messages }: ModelPrompt, streaming: number, signal: AbortSignal): Promise<Response> {
    const converted = await untilAborted(Promise.all(toChatMessages(messages).map(withContentParts)), signal);
    const body = JSON.stringify({
      model: this.#model,
      messages: system === "" ? converted : [{ role: "system", content: system }, ...converted],
      ...STREAMING[streaming],
    });
    const attempt = async () => {
      const send = this.#fetch ?? globalThis.fetch;
      // Followed, a redirect would take the prompt, and a key in a header, wherever it says.
      const request = { method: "POST", headers: this.#headers, body, signal, redirect: "error" } as const;
      let response: Response;
      try {
        response = await send(this.#url.href, request);
      } catch (error) {
        throw isRedirect(error) ? this.#errors.redirected(error) : error;
      }
      if (typeof response?.status === "number") return response;
      throw misfit("fetch", "resolve with a Response");
    };
    return retryWithBackoff(attempt, signal).catch((error: unknown) => {
      throw isMemoryError(error) ? error : this.#errors.unreachable(error);
    });
  }
}

/** A message whose files are parts of its content, behind its words. */
async function withContentParts({ files, ...message }: ModelMessage): Promise<object> {
  if (files === undefined) return message;
  const words = message.content.trim() === "" ? [] : [{ type: "text", text: message.content }];
  return { ...message, content: [...words, ...(await Promise.all(files.map(contentPart)))] };
}

async function contentPart({ mediaType, name = "file", blob }: SentFile): Promise<object> {
  const url = `data:${mediaType};base64,${await base64Of(blob)}`;
  if (mediaType.startsWith("image/")) return { type: "image_url", image_url: { url } };
  return { type: "file", file: { filename: name, file_data: url } };
}

/** The address of the completions. What does not fit is not repeated: it may be a key in the wrong place. */
function address(path: string, value: unknown): URL {
  const refused = misfit(path, "be an http(s) address without a user name or password");
  if (typeof value !== "string" || value.trim() === "") throw refused;
  const url = parsedAddress(value);
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") throw refused;
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/chat/completions`;
  url.hash = "";
  return url;
}

/** In a page the address may be relative to it. */
function parsedAddress(text: string): URL | undefined {
  try {
    return new URL(text, globalThis.location?.href);
  } catch {
    return undefined;
  }
}

function filled(path: string, value: unknown): string {
  if (argument.string(path, value).trim() === "") throw invalid(path, "a string that is not blank", value);
  return argument.text(path, value);
}

function key(path: string, value: unknown): string {
  if (typeof value !== "string" || !isHeader(value)) {
    throw misfit(path, "be a string that a header can hold: Latin letters and signs");
  }
  return value;
}

function isHeader(value: string): boolean {
  try {
    // Spaces around it would be cut off, and the key then be another one than the secret that is kept.
    return new Headers({ name: value }).get("name") === value;
  } catch {
    return false;
  }
}

/** Built here and not by `fetch`, whose error would repeat a value that does not fit. */
function headers(path: string, value: unknown): Headers {
  if (typeof value !== "object") throw misfit(path, "be an object of names and values");
  const given = Object.entries(argument.metadata(path, value));
  const found = new Headers();
  for (const [name, content] of given) {
    if (typeof content !== "string") throw misfit(path, "hold strings only");
    try {
      found.set(name, content);
    } catch {
      throw misfit(path, "hold names and values that headers can have");
    }
  }
  return found;
}

/** The values that look like secrets, each also without a scheme such as "Bearer" before it. */
function secretsIn(given: Headers): string[] {
  const found: string[] = [];
  given.forEach((value, name) => {
    if (SECRET.test(name)) found.push(value, value.replace(/^\S+ +/, ""));
  });
  return found.filter((value) => value.length >= MIN_SECRET_CHARACTERS);
}

/** The same of an address's parameters, as they were written and as they are meant. */
function secretsOf({ search }: URL): string[] {
  const pairs = search.slice(1).split("&").map((pair) => pair.split("="));
  const written = pairs.map(([name = "", ...value]) => ({ name: meant(name), value: value.join("=") }));
  const found = written.filter(({ name }) => SECRET.test(name)).flatMap(({ value }) => [value, meant(value)]);
  return found.filter((value) => value.length >= MIN_SECRET_CHARACTERS);
}

function meant(written: string): string {
  return new URLSearchParams(`value=${written}`).get("value") ?? "";
}
