// Server-sent events out of text that arrives in pieces.

import { createParser, type EventSourceParser } from "eventsource-parser";

/** Longer events are not an answer's: a stop before memory runs out. */
const MAX_EVENT_CHARACTERS = 16 * 1024 * 1024;

/** So much of a line shows whether it is blank or a comment. */
const SHOWN_CHARACTERS = 16;

export interface ServerSentEvent {
  data: string;
  /** Whether the server calls it an error. */
  isError: boolean;
}

export class SseParser {
  readonly #parser: EventSourceParser;
  #found: ServerSentEvent[] = [];
  /** How the line begins that has not ended. */
  #line = "";
  /** Whether the stream has an event that is too long; it can be read no further. */
  isTooLong = false;

  constructor() {
    this.#parser = createParser({
      maxBufferSize: MAX_EVENT_CHARACTERS,
      onEvent: ({ event, data }) => this.#add(data, event === "error"),
      onError: ({ type, field, value = "" }) => {
        if (type === "max-buffer-size-exceeded") this.isTooLong = true;
        // llama.cpp has sent errors as a field of that name, which is none of the format's.
        if (type === "unknown-field" && field === "error") this.#add(value, true);
      },
    });
  }

  /** The events that this piece completes. */
  feed(piece: string): ServerSentEvent[] {
    const end = Math.max(piece.lastIndexOf("\n"), piece.lastIndexOf("\r"));
    const begun = end < 0 ? this.#line : "";
    this.#line = (begun + piece.slice(end + 1, end + 1 + SHOWN_CHARACTERS)).slice(0, SHOWN_CHARACTERS);
    this.#parser.feed(piece);
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** Whether a line has begun and not ended, other than a comment. */
  get isWithinLine(): boolean {
    return this.#line.trim() !== "" && !this.#line.startsWith(":");
  }

  /** The event that lacks only the blank line behind it, as some servers leave that out at the end. */
  end(): ServerSentEvent[] {
    return this.feed("\n\n");
  }

  #add(data: string, isError: boolean): void {
    if (data.trim() !== "") this.#found.push({ data, isError });
  }
}
