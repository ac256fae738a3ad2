// A search box: what is typed is looked for when the typing pauses.

import { useEffect, useMemo } from "react";
import type { MemoryChange } from "../../changes/change-feed.js";
import { memoryError } from "../../errors.js";
import type { SearchOptions } from "../../manager/recall-options.js";
import type { SearchHit } from "../../manager/records.js";
import { useMemory } from "./provider.js";
import { useView, View, type Loading } from "./view.js";

/** How `useSearch` looks. */
export interface UseSearchOptions extends SearchOptions {
  /** How long the typing pauses before it looks, in milliseconds. Default 150. */
  delay?: number;
}

/** What `useSearch` gives. */
export interface Search extends Pick<Loading, "error"> {
  /** The best first. While it looks those of the text before. */
  hits: SearchHit[];
  /** Whether what is shown is not yet of this text. */
  isSearching: boolean;
}

interface State extends Loading {
  hits: SearchHit[];
}

/** A memory that can be searched. */
interface Searchable {
  search?(text: string, options: SearchOptions): Promise<SearchHit[]>;
}

const EMPTY: State = { hits: [], isLoading: false, error: undefined };

class SearchView extends View<State> {
  readonly #options: SearchOptions;
  #text = "";
  #delay = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(memory: unknown, options: SearchOptions) {
    super(memory as never, EMPTY);
    this.#options = options;
  }

  /** What is typed. Gives what forgets it. */
  readonly want = (text: string, delay: number): (() => void) => {
    [this.#text, this.#delay] = [text, delay];
    if (text.trim() === "") this.set(EMPTY);
    else this.#lookSoon();
    return () => clearTimeout(this.#timer);
  };

  protected async read(): Promise<State> {
    const text = this.#text;
    if (text.trim() === "") return EMPTY;
    const memory = this.memory as Searchable;
    if (memory.search === undefined) throw memoryError("invalid-input", "this memory cannot be searched");
    const hits = await memory.search(text, this.#options).catch((error: unknown) => {
      if (text !== this.#text) return undefined;
      throw error;
    });
    // Something else is looked for by now.
    if (text !== this.#text || hits === undefined) return this.state;
    return { hits, isLoading: false, error: undefined };
  }

  protected hear(changes: MemoryChange[]): boolean {
    if (this.#text.trim() !== "" && changes.some(({ type }) => type !== "answer-progress")) this.#lookSoon();
    return false;
  }

  #lookSoon(): void {
    this.set({ ...this.state, isLoading: true });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), this.#delay);
  }
}

/**
 * What a search box shows: all words of the text, the last one as a beginning. It looks when the typing pauses, and again when
 * the memory changes; an answer that comes later than the next text is dropped. A blank text finds nothing.
 *
 * @example
 * const { hits, isSearching } = useSearch(text, { limit: 10 });
 */
export function useSearch(text: string, { limit = 20, conversationId, delay = 150 }: UseSearchOptions = {}): Search {
  const { memory, error: failed } = useMemory();
  const options = useMemo(() => ({ limit, ...(conversationId !== undefined && { conversationId }) }), [limit, conversationId]);
  const view = useMemo(() => new SearchView(memory, options), [memory, options]);
  const { hits, isLoading, error } = useView(view);
  useEffect(() => view.want(text, delay), [view, text, delay]);
  return { hits, isSearching: isLoading && failed === undefined, error: failed ?? error };
}
