// Asking: the turns of a conversation, begun and stopped by a component.

import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { TurnBegun, TurnOptions } from "../../agent/options.js";
import type { TurnResult } from "../../agent/turn.js";
import { misfit } from "../../errors.js";
import { useShared } from "./provider.js";
import { IDLE, type Opened, type TurnKey } from "./turns.js";

/** How `useTurn` begins conversations. */
export interface UseTurnOptions {
  /** The persona of a conversation that `ask` begins. */
  persona?: string;
  /** Told the id of a conversation that `ask` has begun, as soon as its question is stored: to show it, and to keep it in the address. */
  onConversation?: (conversationId: string) => void;
}

/** What is asked besides the words. */
export interface AskOptions {
  /**
   * Pictures and files, each at most 256 MiB: an array, the `files` of an `<input type="file">`, or what `FormData` has of one (where
   * none was chosen an empty file without a name, which is passed over). They are stored with the question.
   */
  files?: ArrayLike<Blob | string> | null;
}

/** What `useTurn` gives. Its calls never reject: why one failed is in `error`, and they resolve to undefined. */
export interface Turn {
  /** The conversation; of a chat that was begun without one that which `ask` has begun. */
  conversationId: string | undefined;
  /** Whether a turn of this conversation is under way, whichever component has begun it. */
  isRunning: boolean;
  /** Why the last turn failed, a `MemoryError`: with `messageId` it waits for the network, and is answered when that is back. */
  error: Error | undefined;
  /** Stores the question and its answer. With `files` the words may be empty. */
  ask: (query: string, options?: AskOptions) => Promise<TurnResult | undefined>;
  /** Answers a question again on a new branch; it may also be named by one of its answers. */
  regenerate: (messageId: string) => Promise<TurnResult | undefined>;
  /** Asks a question again in other words, on a new branch. */
  edit: (messageId: string, content: string) => Promise<TurnResult | undefined>;
  /** Aborts what is under way; what had arrived is kept, with the status "interrupted". */
  stop: () => void;
}

/**
 * Turns of a conversation: ask, stop, answer again, edit. What arrives is shown by `useThread`. A turn goes on when the
 * component goes, and when another conversation is shown: its state is that of the conversation.
 *
 * Without a conversation `ask` begins one; with none named from then on, the next question goes on with it.
 *
 * @example
 * const { ask, stop, isRunning, error } = useTurn(conversationId, { onConversation: setConversationId });
 */
export function useTurn(conversationId: string | undefined, options: UseTurnOptions = {}): Turn {
  const { turns } = useShared();
  // Stands for the conversation as long as there is none; another one for each chat that is begun anew.
  const own = useRef(Symbol("a chat without a conversation"));
  // Chats whose conversations are being made, and what these will be; undefined where none could be made.
  const beginning = useRef(new Map<TurnKey, Promise<string | undefined>>());
  const latest = useRef({ turns, conversationId, options, isMounted: true });
  Object.assign(latest.current, { turns, conversationId, options });
  useEffect(() => {
    latest.current.isMounted = true;
    return () => void (latest.current.isMounted = false);
  }, []);
  useEffect(() => {
    if (conversationId !== undefined) own.current = Symbol("a chat without a conversation");
  }, [conversationId]);

  /** The chat that is shown: its conversation, if it has one, and what stands for that. */
  const shown = () => {
    const { turns, conversationId } = latest.current;
    return { turns, chat: own.current, current: conversationId ?? turns.stateOf(own.current).begun };
  };
  const run = useCallback((turn: (opened: Opened, options: TurnOptions, id: string | undefined) => Promise<TurnResult>, isAgain = false, asked = shown()): Promise<TurnResult | undefined> => {
    const { turns, current } = asked;
    const key = current ?? asked.chat;
    const before = current === undefined ? beginning.current.get(key) : undefined;
    // What is asked while a chat begins goes on with it, whatever is shown by then.
    if (before !== undefined) return before.then((id) => run(turn, isAgain, { ...asked, current: id }));
    let over = (_id?: string) => {};
    if (current === undefined) beginning.current.set(key, new Promise((resolve) => (over = resolve)));
    const begun = (turn: TurnBegun) => {
      beginning.current.delete(key);
      over(turn.conversationId);
      // Whoever looks at something else by now is not called back.
      const { isMounted, conversationId, options } = latest.current;
      if (conversationId !== undefined || key !== own.current || !isMounted) return;
      turns.adopt(key, turn.conversationId);
      options.onConversation?.(turn.conversationId);
    };
    return turns.run(key, (opened, options) => turn(opened, options, current), { begun, isAgain }).finally(() => {
      if (current === undefined) beginning.current.delete(key);
      over();
    });
  }, []);

  const calls = useMemo(() => ({
    ask: (query: string, { files: given }: AskOptions = {}) => {
      const files = chosen(given);
      return run(({ agent }, call, id) => {
        const { persona } = latest.current.options;
        const begin = persona === undefined ? {} : { persona };
        const brings = files.length === 0 ? {} : { files: files as Blob[] }; // what is none is refused there
        return agent.processQuery(query, { ...call, ...brings, ...(id === undefined ? begin : { conversationId: id }) });
      });
    },
    regenerate: (messageId: string) => run(({ agent }, call, id) => agent.regenerate(named(id), messageId, call), true),
    edit: (messageId: string, content: string) => run(({ agent }, call, id) => agent.editAndResend(named(id), messageId, content, call)),
    stop: () => {
      const { turns, conversationId } = latest.current;
      turns.stop(conversationId ?? turns.stateOf(own.current).begun ?? own.current);
    },
  }), [run]);

  const { begun } = useSyncExternalStore(turns.subscribe, () => turns.stateOf(own.current), () => IDLE);
  const current = conversationId ?? begun;
  const { isRunning, error } = useSyncExternalStore(turns.subscribe, () => turns.stateOf(current ?? own.current), () => IDLE);
  return { conversationId: current, isRunning, error, ...calls };
}

/** The files that were chosen, as they are now: a form that is reset empties its list. What is no list is refused with the rest. */
function chosen(files: AskOptions["files"]): unknown[] {
  if (files === undefined || files === null) return [];
  const isNone = (file: unknown) => file instanceof File && file.size === 0 && file.name === "";
  return typeof files === "object" && "length" in files ? Array.from(files).filter((file) => !isNone(file)) : [files];
}

function named(conversationId: string | undefined): string {
  if (conversationId === undefined) throw misfit("useTurn's conversationId", "name a conversation");
  return conversationId;
}
