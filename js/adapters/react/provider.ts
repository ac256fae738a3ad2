// The memory of the components below: opened when they are first shown, closed when they go.

import { createContext, createElement, useContext, useEffect, useMemo, useRef, useState, type ReactElement, type ReactNode } from "react";
import { memoryError } from "../../errors.js";
import type { AnyManager } from "../../manager/manager.js";
import { OPENING, Turns, type TurnAgent, type MemoryState } from "./turns.js";

/** A memory that the provider opens and closes. */
export interface OpenedByProvider {
  /** Opens it, such as `() => ConversationManager.open({ userId })`. Called when the provider is mounted: to open another one, give it another `key`. */
  open: () => Promise<AnyManager>;
  /** Makes the agent that `useTurn` asks; a promise of one where its code is loaded only now. */
  agent?: (manager: AnyManager) => TurnAgent | Promise<TurnAgent>;
  /** Not with `open`. */
  memory?: undefined;
  /** The components that use the memory. */
  children?: ReactNode;
}

/** A memory that the application opens and closes by itself. */
export interface OpenedByApplication {
  /** The memory, of whichever entry point opened it. */
  memory: AnyManager;
  /** The agent that `useTurn` asks. */
  agent?: TurnAgent;
  /** Not with `memory`. */
  open?: undefined;
  /** The components that use the memory. */
  children?: ReactNode;
}

/** The two ways to give components a memory. */
export type MemoryProviderProps = OpenedByProvider | OpenedByApplication;

interface Shared extends MemoryState {
  turns: Turns;
}

const MemoryContext = createContext<Shared | undefined>(undefined);

/**
 * Gives the components below it a memory, and the agent that answers in it.
 *
 * With `open` the provider opens the memory when it is mounted. When it goes it disposes of the agent (what had arrived of an
 * answer is kept) and closes the memory. With `memory` both are the application's, opened and closed by it.
 *
 * On a server nothing is opened: the components are rendered with nothing in them, and filled in the browser.
 *
 * @example
 * <MemoryProvider
 *   open={() => ConversationManager.open({ userId: "ada" })}
 *   agent={(manager) => new ConversationAgent({ manager, model })}
 * >
 *   <Chat />
 * </MemoryProvider>
 */
export function MemoryProvider(props: MemoryProviderProps): ReactElement {
  const { children } = props;
  const opened = useOpened(props);
  const { memory, agent, error } = props.memory ? { ...OPENING, memory: props.memory, agent: props.agent } : opened;
  const turns = useMemo(() => new Turns(), [props.memory]);
  useEffect(() => {
    turns.opened({ memory, agent, error });
    return () => turns.opened({ ...OPENING, error: memoryError("closed", "the MemoryProvider is gone") });
  }, [turns, memory, agent, error]);
  const shared = useMemo<Shared>(() => ({ memory, agent, error, turns }), [memory, agent, error, turns]);
  return createElement(MemoryContext.Provider, { value: shared }, children);
}

function useOpened({ open, agent }: MemoryProviderProps): MemoryState {
  const [state, setState] = useState(OPENING);
  // As they were given last: a function that is made anew with each rendering opens nothing again.
  const given = useRef({ open, agent });
  given.current = { open, agent };
  const opens = open !== undefined;
  useEffect(() => {
    if (!opens) return undefined;
    let isOver = false;
    setState(OPENING);
    const opening = (async () => given.current.open!())();
    const making = opening.then((memory) => (isOver ? undefined : (given.current.agent as OpenedByProvider["agent"])?.(memory)));
    const show = ([memory, agent]: [AnyManager, TurnAgent | undefined]) => {
      if (isOver) return;
      agent?.start();
      setState({ memory, agent, error: undefined });
    };
    Promise.all([opening, making]).then(show).catch((error: Error) => {
      if (!isOver) setState({ ...OPENING, error });
    });
    return () => {
      isOver = true;
      // What is still opening or loading is closed as soon as it is there.
      const close = async () => {
        await making.then((agent) => agent?.dispose()).catch(() => {});
        await (await opening).close();
      };
      void close().catch(() => {});
    };
  }, [opens]);
  return state;
}

/** What the provider above shares among its hooks. */
export function useShared(): Shared {
  const shared = useContext(MemoryContext);
  if (shared === undefined) throw new Error("the hooks of conversation-memory/react must be called below a <MemoryProvider>");
  return shared;
}

/**
 * The memory of the provider above, for every call that has no hook of its own; `memory` is undefined while it opens.
 *
 * @example
 * const { memory, error } = useMemory();
 * const rename = (title: string) => memory?.renameConversation(id, title);
 */
export function useMemory(): MemoryState {
  const { memory, agent, error } = useShared();
  return useMemo(() => ({ memory, agent, error }), [memory, agent, error]);
}
