// Handles a server's response to a chat request: a stream of events, one JSON answer, or something else altogether.

import { throwIfAborted } from "./abort.js";
import type { ApiErrors } from "./api-error.js";
import { CompletionBuilder } from "./completion.js";
import { asObject, parseJson } from "./json.js";
import { READ_CHARACTERS } from "./secrets.js";
import { SseParser, type ServerSentEvent } from "./sse.js";
import type { TextStream } from "./text-stream.js";
import type { Completion, ModelCall } from "./types.js";

export class ResponseHandler {
  readonly #completion = new CompletionBuilder();
  readonly #stream: TextStream;
  readonly #status: number;
  readonly #call: ModelCall;
  readonly #errors: ApiErrors;

  constructor(stream: TextStream, status: number, call: ModelCall, errors: ApiErrors) {
    this.#stream = stream;
    this.#status = status;
    this.#call = call;
    this.#errors = errors;
  }

  /** The whole answer; its text is told as it arrives. */
  async read(): Promise<Completion> {
    const pieces = this.#stream.pieces();
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
        const page = await this.#rest(beginning, pieces, READ_CHARACTERS);
        throw this.#wrong("answered with a page, not as a model does: baseURL is wrong", page);
      }
      if (first === "{" || first === "[") this.#takeWhole(await this.#rest(beginning, pieces));
      else await this.#takeEvents(beginning, pieces);
    } finally {
      await pieces.return();
    }
    if (this.#completion.isEmpty) throw this.#empty();
    return this.#completion.build();
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
    if (this.#stream.broken !== undefined) throw this.#brokeOff();
    this.#take({ data: text, isError: false });
  }

  async #takeEvents(beginning: string, pieces: AsyncIterable<string>): Promise<void> {
    const parser = new SseParser();
    if (this.#takeAll(parser.feed(beginning))) return;
    for await (const piece of pieces) {
      if (this.#takeAll(parser.feed(piece))) return;
      if (parser.isTooLong) throw this.#wrong("sent an event too long for a piece of an answer", this.#stream.beginning);
    }
    if (this.#completion.isFinished) return;
    if (this.#stream.broken !== undefined) throw this.#brokeOff();
    const last = parser.end();
    // Not a fault of the server's: something on the way closed the connection as if all had been said.
    if (last.some(({ data }) => data !== "[DONE]" && parseJson(data) === undefined)) throw this.#brokeOff();
    this.#takeAll(last);
  }

  /** Whether the stream is over. */
  #takeAll(events: readonly ServerSentEvent[]): boolean {
    for (const event of events) {
      if (event.data.trim() === "[DONE]") return true;
      this.#take(event);
    }
    return false;
  }

  #take({ data, isError }: ServerSentEvent): void {
    const chunk = asObject(parseJson(data));
    const isFailure = isError || Boolean(chunk?.error) || chunk?.object === "error";
    if (isFailure) throw this.#errors.failedMidway(this.#status, data);
    if (chunk === undefined) throw this.#wrong("answered with something other than OpenAI's JSON", data);
    const text = this.#completion.add(chunk);
    if (text === "") return;
    this.#call.onDelta(text);
    throwIfAborted(this.#call.signal);
  }

  #brokeOff(): Error {
    return this.#errors.brokeOff(this.#completion.length, this.#stream.broken?.cause);
  }

  #wrong(what: string, shown: string): Error {
    return this.#errors.notACompletion(what, this.#status, shown);
  }

  #empty(): Error {
    const reason = this.#completion.finishReason;
    const why = reason === undefined ? "" : ` (finish reason "${reason}")`;
    return this.#wrong(`gave an answer with nothing in it${why}`, this.#stream.beginning);
  }
}

