// What went wrong on the way to a model, in words that name the culprit and the cure.

import type { Json } from "../core/core.js";
import { memoryError, type MemoryError } from "../errors.js";
import { fieldsOf, parsed } from "./chunk.js";
import { isWithoutNetwork, offline } from "./offline.js";
import type { Secrets } from "./secrets.js";

/** How much of a server's own words a message repeats. */
const QUOTED = 300;

const CURES: { [status: number]: string } = {
  401: "apiKey is missing or wrong",
  403: "apiKey does not allow this",
  404: "baseURL or model is wrong",
  413: "the prompt is too long for this server",
  429: "it limits how much it is asked; try again later",
  503: "it has no room at the moment; try again later",
};

/** The errors of calls of one server, in none of which its secrets show. */
export class Failures {
  readonly #place: string;
  readonly #secrets: Secrets;

  constructor(place: string, secrets: Secrets) {
    this.#place = place;
    this.#secrets = secrets;
  }

  /** The server refused. */
  refused(status: number, body: string): MemoryError {
    const said = this.#wordsIn(body);
    const other = status >= 500 ? "it failed; try again later" : "it does not take this request";
    const cure = CURES[status] ?? other;
    return this.#error(`answered with status ${status}${said && ` ("${said}")`}: ${cure}`, { status, body });
  }

  /** The server answered with something that is no answer of a model; `body` is the piece that shows it. */
  answered(what: string, status: number, body: string): MemoryError {
    return this.#error(what, { status, body });
  }

  /** The server began to answer and then told of an error. */
  failed(status: number, body: string): MemoryError {
    return this.#error(`failed while it answered: "${this.#wordsIn(body) || "no reason given"}"`, { status, body });
  }

  /** The connection was cut within the answer. */
  broke(length: number, cause: unknown): MemoryError {
    return this.#error(`stopped in the middle: the answer broke off after ${length} characters`, cause);
  }

  /** No response came. */
  unreachable(thrown: unknown): MemoryError {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const reasons = "this device is offline, baseURL is wrong, or the server does not allow this page's origin";
    const error = this.#error(`could not be reached (${why}): ${reasons}`, thrown);
    // `fetch` throws a TypeError for whatever keeps it from the server.
    const isNetwork = thrown instanceof Error && thrown.name === "TypeError";
    return isNetwork || isWithoutNetwork() ? offline(error) : error;
  }

  /** What a body says is wrong, or its beginning when it is plain text. The cut must not go through a secret. */
  #wordsIn(body: string): string {
    if (body.trimStart().startsWith("<")) return ""; // a page
    const reason = reasonIn(parsed(body));
    const shown = reason === undefined ? this.#secrets.excerpt(body) : this.#secrets.hide(reason);
    const words = shown.trim().replace(/\s+/g, " ");
    return words.length > QUOTED ? `${words.slice(0, QUOTED)}…` : words;
  }

  #error(what: string, cause: unknown): MemoryError {
    const shown = isResponse(cause)
      ? { status: cause.status, body: this.#secrets.excerpt(cause.body) }
      : this.#secrets.cause(cause);
    return memoryError("model", this.#secrets.hide(`${this.#place} ${what}`), shown);
  }
}

function isResponse(cause: unknown): cause is { status: number; body: string } {
  return typeof cause === "object" && cause !== null && !(cause instanceof Error) && "body" in cause;
}

/** In the shapes that servers use: `{ error: { message } }`, `{ error }`, `{ message }`, `{ detail }`, or a list. */
function reasonIn(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return reasonIn(value[0]);
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  return reasonIn(fields.error) ?? reasonIn(fields.message) ?? reasonIn(fields.detail) ?? reasonIn(fields.msg);
}

