// Saving what has arrived of an answer, so that a page that goes away loses no more than the last moment of it.

import type { ChatModelRunOptions, ThreadMessage } from "@assistant-ui/react";
import type { AnyManager } from "../../manager/manager.js";
import { toNewMessage } from "./messages.js";
import { storeMessage, updateMessage, writesOf, type ThreadAccess } from "./store.js";

/** How long what has arrived may wait for being saved. */
const SAVE_AFTER_MS = 250;

/** What is known of the run that answers. */
type ModelRun = Pick<ChatModelRunOptions, "unstable_assistantMessageId" | "unstable_parentId" | "unstable_threadId" | "unstable_getMessage">;

/**
 * An answer that arrives in assistant-ui, which stores it by itself when it is over. Until then it is in the memory as one that
 * was interrupted: what it is if nothing more comes.
 */
export class PartialAnswer {
  readonly #manager: AnyManager;
  readonly #run: ModelRun;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isStored = false;
  #isOver = false;

  constructor(manager: AnyManager, run: ModelRun) {
    this.#manager = manager;
    this.#run = run;
  }

  /** More of it has arrived. */
  heard(): void {
    if (!this.#isOver) this.#timer ??= setTimeout(() => void (this.#saving = this.#save()), SAVE_AFTER_MS);
  }

  /** Nothing more is saved; what is on its way gets there, so that it is not stored behind the whole answer. */
  async end(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await this.#saving;
  }

  async #save(): Promise<void> {
    const { unstable_parentId: parentId = null, unstable_threadId: threadId, unstable_getMessage: getMessage } = this.#run;
    const conversationId = writesOf(this.#manager).conversations.get(parentId ?? "") ?? threadId;
    const message = { ...getMessage(), status: { type: "incomplete", reason: "cancelled" } } as ThreadMessage;
    // A save that fails costs nothing but itself: its question may not be stored yet, and the next one has all of it.
    if (conversationId !== undefined) await this.#store(conversationId, toNewMessage({ message, parentId })).catch(() => {});
    this.#timer = undefined;
  }

  async #store(conversationId: string, message: ReturnType<typeof toNewMessage>): Promise<void> {
    const access: ThreadAccess = { manager: this.#manager, known: () => conversationId, wanted: async () => conversationId, inOrder: (work) => work() };
    if (!this.#isStored) await storeMessage(access, message);
    // Deleted while it arrives, in whatever tab: it does not come back. What this tab has deleted it does not know as stored any more.
    else if (!(await updateMessage(access, message, false))) this.#isOver = true;
    this.#isStored = true;
  }
}
