// The list of conversations, page by page.

import { useMemo } from "react";
import type { MemoryChange } from "../../changes/change-feed.js";
import type { Conversation } from "../../core/core.js";
import type { AnyManager } from "../../manager/manager.js";
import { useMemory } from "./provider.js";
import { useView, View, type Loading } from "./view.js";

interface State extends Loading {
  conversations: Conversation[];
  hasMore: boolean;
}

/** What `useConversations` gives. */
export interface Conversations extends Loading {
  /** The most recently updated first. */
  conversations: Conversation[];
  /** Whether there are more. */
  hasMore: boolean;
  /** Reads the next page. */
  loadMore: () => Promise<void>;
}

const EMPTY: State = { conversations: [], hasMore: false, isLoading: true, error: undefined };

class ConversationsView extends View<State> {
  readonly #limit: number;
  #isLoadingMore = false;

  constructor(memory: AnyManager | undefined, limit: number) {
    super(memory, EMPTY);
    this.#limit = limit;
  }

  readonly loadMore = async (): Promise<void> => {
    // Whoever scrolls asks more than once for the same page.
    if (this.#isLoadingMore) return;
    this.#isLoadingMore = true;
    await this.run(async () => {
      const { conversations } = this.state;
      const before = conversations.at(-1);
      if (before === undefined || !this.state.hasMore) return this.state;
      return this.#show(conversations, await this.memory.listConversations({ limit: this.#limit + 1, before }), this.#limit);
    });
    this.#isLoadingMore = false;
  };

  protected async read(): Promise<State> {
    // As many as are shown, in one transaction.
    const limit = Math.max(this.#limit, this.state.conversations.length);
    return this.#show([], await this.memory.listConversations({ limit: limit + 1 }), limit);
  }

  protected hear(changes: MemoryChange[]): boolean {
    return changes.some(({ type }) => type !== "answer-progress");
  }

  /** One more than a page was read, to know whether there is one. */
  #show(before: Conversation[], found: Conversation[], limit: number): State {
    return { conversations: [...before, ...found.slice(0, limit)], hasMore: found.length > limit, isLoading: false, error: undefined };
  }
}

/**
 * The conversations, the most recently updated first, as they are now: what any tab changes is shown. `limit` is the size of
 * a page, 50 by default.
 *
 * @example
 * const { conversations, hasMore, loadMore } = useConversations();
 */
export function useConversations({ limit = 50 }: { limit?: number } = {}): Conversations {
  const { memory, error } = useMemory();
  const view = useMemo(() => new ConversationsView(memory, limit), [memory, limit]);
  const state = useView(view);
  return { ...state, ...(error && { isLoading: false, error }), loadMore: view.loadMore };
}
