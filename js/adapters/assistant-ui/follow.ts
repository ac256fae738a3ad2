// Keeping assistant-ui up to date with what other tabs have changed.

import type { AssistantRuntime, ExportedMessageRepository } from "@assistant-ui/react";
import type { MemoryChange } from "../../changes/change-feed.js";
import { isMemoryError, misfit } from "../../errors.js";
import type { AnyManager } from "../../manager/manager.js";
import * as argument from "../../validation/arguments.js";
import { isEqual, plain } from "../json.js";
import { createThreadHistoryAdapter } from "./history.js";
import { readManager, writesOf } from "./store.js";

/** Changes that come one after the other are shown together. */
const SHOW_AFTER_MS = 100;

/** A pause between two reads of a thread is at least so many times as long as the read took. */
const PAUSE_FACTOR = 4;

/** Of which memory, and where. */
export interface FollowOptions {
  /** The memory, of whichever entry point opened it. */
  manager: AnyManager;
  /** What `useRemoteThreadListRuntime` gives, with threads of `useLocalRuntime`. */
  runtime: AssistantRuntime;
}

/**
 * Shows in assistant-ui what other tabs change, from now on: new threads, titles, deleted ones; and in the thread that is shown
 * questions, answers (also while they arrive, where `createChatModelAdapter` has a `manager`) and branches. A thread that
 * runs is left alone until it has ended.
 *
 * Returns the function that ends it.
 *
 * @throws `invalid-input` when an option does not fit; its `argument` names it.
 *
 * @example
 * const adapter = createThreadListAdapter({ manager: memory, useAui });
 * // In the component:
 * const runtime = useRemoteThreadListRuntime({ adapter, runtimeHook: () => useLocalRuntime(chatModel) });
 * useEffect(() => followThreads({ manager: memory, runtime }), [runtime]);
 */
export function followThreads(options: FollowOptions): () => void {
  const option = argument.options("options", options ?? null);
  const manager = option("manager", readManager);
  const runtime = option("runtime", (path, value) => {
    if (typeof (value as AssistantRuntime | undefined)?.threads?.reload !== "function") throw misfit(path, "be a runtime of assistant-ui");
    return value as AssistantRuntime;
  });
  const follower = new RuntimeFollower(manager, runtime);
  return () => follower.stop();
}

class RuntimeFollower {
  readonly #manager: AnyManager;
  readonly #runtime: AssistantRuntime;
  #unsubscribe = () => {};
  readonly #list: Soon;
  readonly #thread: Soon;
  /** The thread that was read last, its stored head, and its messages. */
  #known: { id: string; headId: string | null; stored: Set<string> } | undefined;

  constructor(manager: AnyManager, runtime: AssistantRuntime) {
    this.#manager = manager;
    this.#runtime = runtime;
    this.#list = new Soon(() => this.#showList());
    this.#thread = new Soon(() => this.#showThread());
    try {
      this.#unsubscribe = manager.subscribe((changes) => this.#hear(changes), { batch: true });
    } catch {
      return; // it was closed: whatever asks next says so
    }
    // What was changed since it was loaded, before anybody listened.
    this.#list.want();
    this.#thread.want();
  }

  stop(): void {
    this.#unsubscribe();
    this.#list.stop();
    this.#thread.stop();
  }

  #hear(changes: MemoryChange[]): void {
    const shown = this.#shownId();
    for (const change of changes) {
      if (change.type === "answer-progress") continue;
      if (change.type === "everything-forgotten" || change.type.startsWith("conversation-")) this.#list.want();
      if (change.type === "everything-forgotten" || change.conversationId === shown) this.#thread.want();
    }
  }

  #shownId(): string | undefined {
    return this.#runtime.threads.mainItem.getState().remoteId;
  }

  async #showList(): Promise<boolean> {
    if (this.#runtime.threads.getState().isLoading) return false;
    await this.#runtime.threads.reload();
    return true;
  }

  /** false: not yet. */
  async #showThread(): Promise<boolean> {
    const id = this.#shownId();
    const { thread } = this.#runtime;
    if (id === undefined) return true;
    // What this tab has said, and is still on its way to the memory, must not be taken away.
    const writes = writesOf(this.#manager);
    const isBusy = () => thread.getState().isRunning || thread.getState().isLoading || writes.pending > 0;
    if (isBusy()) return false;
    const { begun } = writes;
    const read = await this.#read(id);
    if (this.#shownId() !== id) return true;
    if (isBusy() || writes.begun !== begun) return false;
    if (read === undefined) return this.#leave();
    const shown = thread.export();
    const stored = new Set(read.messages.map(({ message }) => message.id));
    const before = this.#known?.id === id ? this.#known : undefined;
    // A question that could not be stored stays in sight.
    if (shown.messages.some(({ message }) => !stored.has(message.id) && !before?.stored.has(message.id))) return true;
    const headId = read.headId ?? null;
    this.#known = { id, headId, stored };
    // Whoever looks at another branch goes on doing so, unless another one has become the active one.
    const isHeadMoved = before === undefined || before.headId !== headId;
    const next = { ...read, headId: isHeadMoved || !stored.has(shown.headId ?? "") ? headId : shown.headId! };
    if (!isEqual(ordered(next), ordered(shown))) thread.import(next);
    return true;
  }

  /** Of a conversation that is gone nothing stays in sight, and nothing more is said there: that would be stored nowhere. */
  async #leave(): Promise<boolean> {
    const { text } = this.#runtime.thread.composer.getState();
    await this.#runtime.threads.switchToNewThread();
    if (text !== "") this.#runtime.thread.composer.setText(text);
    return true;
  }

  /** undefined when it is not there any more. */
  async #read(id: string): Promise<ExportedMessageRepository | undefined> {
    try {
      return await createThreadHistoryAdapter({ manager: this.#manager, conversationId: id }).load();
    } catch (error) {
      if (isMemoryError(error) && error.code === "not-found") return undefined;
      throw error;
    }
  }
}

/** A repository in an order that does not depend on who made it. */
const ordered = ({ headId, messages }: ExportedMessageRepository): unknown =>
  plain({ headId: headId ?? null, messages: [...messages].sort((one, other) => (one.message.id < other.message.id ? -1 : 1)).map(({ message, parentId }) => ({ message, parentId })) });

/** Work that is done soon after it was wanted, again where it could not be done, and not all the time. */
class Soon {
  readonly #work: () => Promise<boolean>;
  #isWanted = false;
  #isOver = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(work: () => Promise<boolean>) {
    this.#work = work;
  }

  want(after = SHOW_AFTER_MS): void {
    this.#isWanted = true;
    if (!this.#isOver) this.#timer ??= setTimeout(() => void this.#run(), after);
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#isWanted = false;
    const start = performance.now();
    // One that fails is done again with the next change.
    const isDone = await this.#work().catch(() => true);
    const pause = Math.max(SHOW_AFTER_MS, (performance.now() - start) * PAUSE_FACTOR);
    this.#timer = undefined;
    if (!isDone || this.#isWanted) this.want(pause);
  }
}
