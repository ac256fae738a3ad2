// The history of a thread: all branches of a conversation.

import type { ThreadHistoryAdapter } from "@assistant-ui/react";
import { misfit } from "../../errors.js";
import type { AnyManager } from "../../manager/manager.js";
import type { Message } from "../../manager/records.js";
import * as argument from "../../validation/arguments.js";
import { formatted } from "./formats.js";
import { toItem, toNewMessage } from "./messages.js";
import { deleteMessages, queue, readManager, rememberStored, storeMessage, updateMessage, type ThreadAccess } from "./store.js";

/** A thread of assistant-ui's list, which may not have a conversation yet: `aui.threadListItem`. */
export interface ThreadItem {
  /** How the thread is now. */
  getState(): {
    /** The conversation's id; undefined while there is none. */
    readonly remoteId?: string | undefined;
  };
  /** Makes the thread's conversation, where it has none yet. */
  initialize(): Promise<{
    /** The conversation's id. */
    remoteId: string;
  }>;
}

/** Of which conversation: `conversationId` or `thread`, one of them. */
export interface ThreadHistoryOptions {
  /** The memory, of whichever entry point opened it. */
  manager: AnyManager;
  /** The conversation's id. */
  conversationId?: string;
  /** In its place: the thread that is shown when this is called. */
  thread?: () => ThreadItem;
}

/**
 * The history of a thread for assistant-ui: loads all branches with their head, and stores what is said, changed and deleted. Messages,
 * ids and times come back as they were given; pictures and files are stored as files. Works with `useLocalRuntime`, and by
 * `withFormat` with `useChatRuntime` and others that keep messages of their own.
 *
 * Messages that this package's agent has stored, and imports, are shown too.
 *
 * @throws `invalid-input` when an option does not fit, or when both `conversationId` and `thread` are given, or neither.
 *
 * @example
 * const history = createThreadHistoryAdapter({ manager: memory, conversationId: conversation.id });
 * // In the component:
 * const runtime = useLocalRuntime(chatModel, { adapters: { history } });
 */
export function createThreadHistoryAdapter(options: ThreadHistoryOptions): ThreadHistoryAdapter {
  const option = argument.options("options", options ?? null);
  const manager = option("manager", readManager);
  const conversationId = option("conversationId", argument.optional(argument.string));
  const thread = option("thread", argument.optional(argument.callback<() => ThreadItem>));
  if ((conversationId === undefined) === (thread === undefined)) throw misfit("options", "have either conversationId or thread");
  const access: ThreadAccess = {
    manager,
    known: () => conversationId ?? thread!().getState().remoteId,
    wanted: async () => conversationId ?? (await thread!().initialize()).remoteId,
    inOrder: queue(),
  };
  return {
    ...(conversationId !== undefined && { scopeId: conversationId }),
    load: async () => {
      const id = access.known();
      if (id === undefined) return { messages: [] };
      const { headId, messages } = await manager.getTree(id);
      rememberStored(manager, id, messages);
      return { headId: headId ?? null, messages: await Promise.all(messages.map((message: Message) => toItem(manager, message))) };
    },
    append: async (item) => storeMessage(access, toNewMessage(item)),
    update: async (item) => void (await updateMessage(access, toNewMessage(item))),
    delete: (items) => deleteMessages(access, items.map(({ message }) => message.id)),
    withFormat: (format) => formatted(access, format),
  };
}
