// The errors of a model's server and of the way to it, in words that name the culprit and the cure.

import type { Json } from "../core/core.js";
import { memoryError, type MemoryError } from "../errors.js";
import { asObject, parseJson } from "./json.js";
import { chainOf, isNetworkFailure, isWithoutNetwork, unreachable } from "./offline.js";
import type { Secrets } from "./secrets.js";

/** How much of a server's own words a message repeats. */
const MAX_QUOTED_CHARACTERS = 300;

const CURES: { [status: number]: string } = {
  401: "apiKey is missing or wrong",
  403: "apiKey does not allow this",
  404: "baseURL or model is wrong",
  413: "the prompt is too long for this server",
  429: "it limits how much it is asked; try again later",
  503: "it has no room at the moment; try again later",
};

/** The errors of calls of one server, in none of which its secrets show. */
export class ApiErrors {
  readonly #address: string;
  readonly #secrets: Secrets;

  constructor(address: string, secrets: Secrets) {
    this.#address = address;
    this.#secrets = secrets;
  }

  /** The server refused. */
  refused(status: number, body: string): MemoryError {
    const words = this.#wordsIn(body);
    const other = status >= 500 ? "it failed; try again later" : "it does not take this request";
    const cure = CURES[status] ?? other;
    return this.#error(`answered with status ${status}${words && ` ("${words}")`}: ${cure}`, { status, body });
  }

  /** The server answered with something that is no answer of a model; `body` is the piece that shows it. */
  notACompletion(what: string, status: number, body: string): MemoryError {
    return this.#error(what, { status, body });
  }

  /** The server began to answer and then told of an error, perhaps by its finish reason alone. */
  failedMidway(status: number, body: string, finishReason = ""): MemoryError {
    const isOnlyFinished = finishReason !== "" && reasonIn(parseJson(body)) === undefined;
    const words = isOnlyFinished ? `finish reason ${finishReason}` : this.#wordsIn(body) || "no reason given";
    return this.#error(`failed while it answered: "${words}"`, { status, body });
  }

  /** The connection was cut within the answer. */
  brokeOff(length: number, cause: unknown): MemoryError {
    return this.#error(`stopped in the middle: the answer broke off after ${length} characters`, cause);
  }

  /** No response came. */
  unreachable(thrown: unknown): MemoryError {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const error = this.#error(`could not be reached (${why}): ${obstacle(thrown, this.#address)}`, thrown);
    // `fetch` throws a TypeError for whatever keeps it from the server; a function in its place may throw anything.
    const isNetwork = isNetworkFailure(thrown) || (thrown instanceof Error && thrown.name === "TypeError");
    return isNetwork || isWithoutNetwork() ? unreachable(error) : error;
  }

  /** The server wants another one to be asked. */
  redirected(thrown: unknown): MemoryError {
    const why = "whoever is there would get the prompt and the key";
    return this.#error(`redirects to another address, which is not followed: ${why}. Correct baseURL`, thrown);
  }

  /** What a body says is wrong, or its beginning when it is plain text. The cut must not go through a secret. */
  #wordsIn(body: string): string {
    if (body.trimStart().startsWith("<")) return ""; // a page
    const reason = reasonIn(parseJson(body));
    const shown = reason === undefined ? this.#secrets.excerpt(body) : this.#secrets.hide(reason);
    const words = shown.trim().replace(/\s+/g, " ");
    return words.length > MAX_QUOTED_CHARACTERS ? `${words.slice(0, MAX_QUOTED_CHARACTERS)}…` : words;
  }

  #error(what: string, cause: unknown): MemoryError {
    const shown = isResponse(cause)
      ? { status: cause.status, body: this.#secrets.excerpt(cause.body) }
      : this.#secrets.cause(cause);
    return memoryError("model", this.#secrets.hide(`${this.#address} ${what}`), shown);
  }
}

function isResponse(cause: unknown): cause is { status: number; body: string } {
  return typeof cause === "object" && cause !== null && !(cause instanceof Error) && "body" in cause;
}

/** Whether `fetch` met a redirect. Only Node.js tells; in a browser it fails like everything else. */
export function isRedirect(thrown: unknown): boolean {
  return chainOf(thrown).some(({ message }) => typeof message === "string" && message.includes("unexpected redirect"));
}

/** What is in the way to the server, by the code that Node.js gives. */
const OBSTACLES: readonly [RegExp, string][] = [
  [/^ECONNREFUSED/, "nothing answers at that address: baseURL is wrong, or the server does not run"],
  [/^(ENOTFOUND|EAI_)/, "there is no server of that name: baseURL is wrong, or names cannot be looked up now"],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)/, "the connection was cut before the answer"],
  [/TIMEDOUT|TIMEOUT/, "it did not answer in time"],
  [/CERT|TLS|SSL/, "its certificate is not trusted here"],
];

/** What keeps a request from the server, as far as it is known. */
function obstacle(thrown: unknown, address: string): string {
  if (isWithoutNetwork()) return "the network is away";
  const codes = chainOf(thrown).map(({ code }) => (typeof code === "string" ? code : ""));
  const known = OBSTACLES.find(([pattern]) => codes.some((code) => pattern.test(code)));
  if (known !== undefined) return known[1];
  const { protocol } = globalThis.location ?? {};
  const mixed = protocol === "https:" && address.startsWith("http:") ? "a page of https may not ask an address of http, " : "";
  return `${mixed}baseURL is wrong or redirects elsewhere, the server does not run, or it does not allow this page's origin (CORS)`;
}

/** In the shapes that servers use: `{ error: { message } }`, `{ error }`, `{ message }`, `{ detail }`, in a choice, or a list. */
function reasonIn(value: Json | undefined, depth = 0): string | undefined {
  if (typeof value === "string") return value;
  // Whoever nests them deeper gives no reason.
  if (depth === 8) return undefined;
  if (Array.isArray(value)) return reasonIn(value[0], depth + 1);
  const fields = asObject(value);
  if (fields === undefined) return undefined;
  for (const field of [fields.error, fields.message, fields.detail, fields.msg, fields.choices]) {
    const reason = reasonIn(field, depth + 1);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
