// A server's reply to a chat request: a stream of events, one JSON answer, or something else altogether.

import { throwIfAborted } from "./abort.js";
import { Answer } from "./completion.js";
import type { Body } from "./text-stream.js";
import { fieldsOf, parsed } from "./json.js";
import { Events, type ServerEvent } from "./sse.js";
import type { Failures } from "./api-error.js";
import { READ } from "./secrets.js";
import type { Completion, ModelCall } from "./types.js";

export class Reply {
  readonly #answer = new Answer();
  readonly #body: Body;
  readonly #status: number;
  readonly #call: ModelCall;
  readonly #failures: Failures;

  constructor(body: Body, status: number, call: ModelCall, failures: Failures) {
    this.#body = body;
    this.#status = status;
    this.#call = call;
    this.#failures = failures;
  }

  /** The whole answer; its text is told as it arrives. */
  async read(): Promise<Completion> {
    const pieces = this.#body.text();
    try {
      let beginning = "";
      for (let isBlank = true; isBlank; ) {
        const { done, value } = await pieces.next();
        if (done) break;
        beginning += value;
        isBlank = value.trim() === "";
      }
      // By its first character: servers label their streams as whatever they like, and no stream begins like these.
      const [first] = beginning.trimStart();
      if (first === "<") {
        const page = await this.#rest(beginning, pieces, READ);
        throw this.#wrong("answered with a page, not as a model does: baseURL is wrong", page);
      }
      if (first === "{" || first === "[") this.#takeWhole(await this.#rest(beginning, pieces));
      else await this.#takeEvents(beginning, pieces);
    } finally {
      await pieces.return();
    }
    if (this.#answer.isEmpty) throw this.#empty();
    return this.#answer.completion();
  }

  /** All of the text, or at least its first `enough` characters. */
  async #rest(beginning: string, pieces: AsyncIterable<string>, enough = Infinity): Promise<string> {
    const all = [beginning];
    let length = beginning.length;
    for await (const piece of pieces) {
      all.push(piece);
      length += piece.length;
      if (length >= enough) break;
    }
    return all.join("");
  }

  #takeWhole(text: string): void {
    if (this.#body.broken !== undefined) throw this.#brokeOff();
    this.#take({ data: text, isError: false });
  }

  async #takeEvents(beginning: string, pieces: AsyncIterable<string>): Promise<void> {
    const events = new Events();
    if (this.#takeAll(events.take(beginning))) return;
    for await (const piece of pieces) {
      if (this.#takeAll(events.take(piece))) return;
      if (events.isTooLong) throw this.#wrong("sent an event too long for a piece of an answer", this.#body.beginning);
    }
    if (this.#answer.isFinished) return;
    if (this.#body.broken !== undefined) throw this.#brokeOff();
    const last = events.end();
    // Not a fault of the server's: something on the way closed the connection as if all had been said.
    if (last.some(({ data }) => data !== "[DONE]" && parsed(data) === undefined)) throw this.#brokeOff();
    this.#takeAll(last);
  }

  /** Whether the stream is over. */
  #takeAll(events: readonly ServerEvent[]): boolean {
    for (const event of events) {
      if (event.data.trim() === "[DONE]") return true;
      this.#take(event);
    }
    return false;
  }

  #take({ data, isError }: ServerEvent): void {
    const chunk = fieldsOf(parsed(data));
    const isFailure = isError || Boolean(chunk?.error) || chunk?.object === "error";
    if (isFailure) throw this.#failures.failed(this.#status, data);
    if (chunk === undefined) throw this.#wrong("answered with something other than OpenAI's JSON", data);
    const text = this.#answer.take(chunk);
    if (text === "") return;
    this.#call.onDelta(text);
    throwIfAborted(this.#call.signal);
  }

  #brokeOff(): Error {
    return this.#failures.broke(this.#answer.length, this.#body.broken?.cause);
  }

  #wrong(what: string, shown: string): Error {
    return this.#failures.answered(what, this.#status, shown);
  }

  #empty(): Error {
    const reason = this.#answer.finishReason;
    const why = reason === undefined ? "" : ` (finish reason "${reason}")`;
    return this.#wrong(`gave an answer with nothing in it${why}`, this.#body.beginning);
  }
}

