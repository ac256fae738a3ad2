// Handles a server's response to a chat request: a refusal, a stream of events, one JSON answer, or something else altogether.

import { throwIfAborted } from "./abort.js";
import type { ApiErrors } from "./api-error.js";
import { CompletionBuilder } from "./completion.js";
import { asObject, parseJson } from "./json.js";
import { READ_CHARACTERS } from "./secrets.js";
import { SseParser, type ServerSentEvent } from "./sse.js";
import { TextStream } from "./text-stream.js";
import type { Piece } from "./think-tags.js";
import type { Completion, ModelCall } from "./types.js";
import { unanswered } from "./unanswered.js";

export class ResponseHandler {
  readonly #completion = new CompletionBuilder();
  readonly #response: Response;
  readonly #stream: TextStream;
  readonly #status: number;
  readonly #call: Required<ModelCall>;
  readonly #errors: ApiErrors;
  /** The first event that was none of OpenAI's. */
  #passedOver: string | undefined;

  constructor(response: Response, call: Required<ModelCall>, errors: ApiErrors) {
    this.#response = response;
    this.#stream = new TextStream(response, call.signal);
    this.#status = response.status;
    this.#call = call;
    this.#errors = errors;
  }

  /** Whether anything of an answer has come. */
  get isBegun(): boolean {
    return this.#completion.isBegun;
  }

  /** The whole answer; its text and reasoning are told as they arrive. */
  async read(): Promise<Completion> {
    if (!this.#response.ok) throw this.#errors.refused(this.#status, await this.#stream.readBeginning());
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
    this.#tell(this.#completion.end());
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
    if (this.#passedOver !== undefined) throw this.#wrong("answered with something other than OpenAI's JSON", text);
  }

  async #takeEvents(beginning: string, pieces: AsyncIterable<string>): Promise<void> {
    const parser = new SseParser();
    if (this.#takeAll(parser.feed(beginning))) return;
    for await (const piece of pieces) {
      if (this.#takeAll(parser.feed(piece))) return;
      if (parser.isTooLong) throw this.#wrong("sent an event too long for a piece of an answer", this.#stream.beginning);
    }
    // A line that has not ended was cut, unless all of an event is there. Something on the way may have closed the
    // connection as if all had been said.
    const { isWithinLine } = parser;
    const last = parser.end();
    if (isWithinLine && last.some(isHalf)) throw this.#brokeOff();
    if (this.#takeAll(last)) return;
    const { isBegun, isFinished } = this.#completion;
    const isCut = (isWithinLine && last.length === 0) || !isFinished;
    if (this.#stream.broken !== undefined || (isBegun && isCut)) throw this.#brokeOff();
  }

  /** Whether the stream is over. */
  #takeAll(events: readonly ServerSentEvent[]): boolean {
    for (const event of events) {
      if (isEnd(event)) return true;
      this.#take(event);
    }
    return false;
  }

  #take({ data, isError }: ServerSentEvent): void {
    const value = parseJson(data);
    // Gemini sends its errors in a list.
    const chunk = asObject(Array.isArray(value) ? value[0] : value);
    if (chunk !== undefined) this.#tell(this.#completion.add(chunk));
    if (isError || Boolean(chunk?.error) || chunk?.object === "error" || this.#completion.isFailed) {
      this.#tell(this.#completion.end());
      throw this.#errors.failedMidway(this.#status, data, this.#completion.finishReason);
    }
    if (chunk !== undefined) return;
    // What begins like a chunk may have been a piece of the answer; all else only keeps the connection open.
    if (data.trimStart().startsWith("{")) throw this.#wrong("answered with something other than OpenAI's JSON", data);
    this.#passedOver ??= data;
  }

  #tell({ text, reasoning }: Piece): void {
    const { signal, onDelta, onReasoning } = this.#call;
    if (reasoning !== "") {
      onReasoning(reasoning);
      throwIfAborted(signal);
    }
    if (text === "") return;
    onDelta(text);
    throwIfAborted(signal);
  }

  #brokeOff(): Error {
    this.#tell(this.#completion.end());
    return this.#errors.brokeOff(this.#completion.length, this.#stream.broken?.cause);
  }

  #wrong(what: string, shown: string): Error {
    return this.#errors.notACompletion(what, this.#status, shown);
  }

  #empty(): Error {
    const reason = this.#completion.finishReason;
    if (reason === undefined && !this.isBegun && this.#passedOver !== undefined) {
      return this.#wrong("answered with something other than OpenAI's JSON", this.#passedOver);
    }
    const why = reason === undefined ? "" : ` (finish reason "${reason}")`;
    return unanswered(this.#wrong(`gave an answer with nothing in it${why}`, this.#stream.beginning), this.#completion.build());
  }
}

function isEnd({ data }: ServerSentEvent): boolean {
  return data.trim() === "[DONE]";
}

/** Whether it may be only the beginning of an event. */
function isHalf(event: ServerSentEvent): boolean {
  return !isEnd(event) && parseJson(event.data) === undefined;
}
