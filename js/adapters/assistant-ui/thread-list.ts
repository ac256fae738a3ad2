// The list of threads: the conversations of a user.

import type { RemoteThreadListAdapter, ThreadHistoryAdapter, AttachmentAdapter } from "@assistant-ui/react";
import type { Conversation } from "../../core/core.js";
import { memoryError, misfit } from "../../errors.js";
import type { AnyManager } from "../../manager/manager.js";
import * as argument from "../../validation/arguments.js";
import { Archived } from "./archived.js";
import { createAttachmentAdapter } from "./attachments.js";
import { createThreadHistoryAdapter, type ThreadItem } from "./history.js";
import { readManager } from "./store.js";

/** So many threads at once. */
const PAGE = 50;

/** What a conversation is called before its first question. */
const UNTITLED = "New Conversation";

type Metadata = Awaited<ReturnType<RemoteThreadListAdapter["fetch"]>>;
type TitleStream = Awaited<ReturnType<RemoteThreadListAdapter["generateTitle"]>>;
type TitleChunk = TitleStream extends ReadableStream<infer Chunk> ? Chunk : never;

/** Of which memory, and what its threads have. */
export interface ThreadListOptions {
  /** The memory, of whichever entry point opened it. */
  manager: AnyManager;
  /** The persona of new conversations. */
  persona?: string;
  /**
   * `useAui` of assistant-ui. With it every thread has its history and takes attachments; without it these are to be given to
   * each runtime by hand.
   */
  useAui?: () => {
    /** The thread of the component that calls it. */
    threadListItem: ThreadItem;
  };
}

/**
 * The list of threads for assistant-ui's `useRemoteThreadListRuntime`: the user's conversations, the most recently updated first, in
 * pages. A thread's `remoteId` is the conversation's id; its title is that of the conversation, which is named after its first
 * question; `custom` has `pinned`, `messageCount` and `personaName`. `updateCustom` pins and unpins, and rejects with
 * `invalid-input` for any other field: a conversation has no place for it. A thread may begin pinned; other fields that it begins
 * with are not kept.
 *
 * Archiving marks a conversation on this browser, outside of the memory: it is kept over reloads and seen by other tabs, and not
 * part of exports.
 *
 * @throws `invalid-input` when an option does not fit; its `argument` names it.
 *
 * @example
 * const adapter = createThreadListAdapter({ manager: memory, useAui });
 * // In the component:
 * const runtime = useRemoteThreadListRuntime({ adapter, runtimeHook: () => useLocalRuntime(chatModel) });
 */
export function createThreadListAdapter(options: ThreadListOptions): RemoteThreadListAdapter {
  const option = argument.options("options", options ?? null);
  const manager = option("manager", readManager);
  const persona = option("persona", argument.optional(argument.name));
  const useAui = option("useAui", argument.optional(argument.callback<NonNullable<ThreadListOptions["useAui"]>>));
  const archived = new Archived(manager.userId);
  let listed = PAGE;

  const toThread = ({ id, title, updatedAt, pinned, messageCount, personaName }: Conversation): Metadata => ({
    status: archived.has(id) ? "archived" : "regular",
    remoteId: id,
    ...(title !== UNTITLED && { title }),
    lastMessageAt: new Date(updatedAt),
    custom: { pinned, messageCount, personaName },
  });

  return {
    ...(useAui && { unstable_useAdapters: adaptersOf(manager, useAui) }),
    list: async ({ after } = {}) => {
      // A list that is loaded anew is as long as it was.
      const limit = after === undefined ? listed : PAGE;
      const before = after === undefined ? {} : { before: readCursor(after) };
      const found: Conversation[] = await manager.listConversations({ limit: limit + 1, ...before });
      const page = found.slice(0, limit);
      if (after !== undefined) listed += page.length;
      // Everything was deleted or forgotten.
      if (after === undefined && page.length === 0) archived.clear();
      const last = page.at(-1);
      return { threads: page.map(toThread), ...(found.length > limit && last && { nextCursor: JSON.stringify([last.id, last.updatedAt]) }) };
    },
    fetch: async (id) => {
      const conversation = await manager.getConversation(id);
      if (conversation === undefined) throw memoryError("not-found", `there is no conversation ${id}`);
      return toThread(conversation);
    },
    initialize: async (_, { custom } = {}) => {
      const { id } = await manager.createConversation(persona === undefined ? {} : { persona });
      if (custom?.pinned === true) await manager.pinConversation(id, true);
      return { remoteId: id, externalId: undefined };
    },
    updateCustom: async (id, custom) => void (await manager.pinConversation(id, pinnedIn(custom))),
    rename: async (id, title) => void (await manager.renameConversation(id, title)),
    archive: async (id) => archived.set(id, true),
    unarchive: async (id) => archived.set(id, false),
    delete: async (id) => {
      await manager.deleteConversation(id);
      archived.set(id, false);
    },
    // It is named already; one that cannot be stays without a title.
    generateTitle: async (id) => {
      const title = (await manager.getConversation(id))?.title;
      return titleStream(title === UNTITLED ? undefined : title);
    },
  };
}

/** Whether a thread is to be pinned. Applications hand on what `custom` had, with what they change. */
function pinnedIn(custom: Record<string, unknown> = {}): boolean {
  const { pinned = false, messageCount: _, personaName: __, ...others } = custom;
  const [other] = Object.keys(others);
  if (other !== undefined) throw misfit(`custom.${other}`, "be left out: of custom a conversation keeps pinned alone");
  return argument.boolean("custom.pinned", pinned);
}

/** The hook that gives a thread its history and attachments. It finds out which thread that is when they are used. */
function adaptersOf(manager: AnyManager, useAui: NonNullable<ThreadListOptions["useAui"]>) {
  const made = new WeakMap<object, { history: ThreadHistoryAdapter; attachments: AttachmentAdapter }>();
  return function useAdapters() {
    const aui = useAui();
    const adapters = made.get(aui) ?? {
      history: createThreadHistoryAdapter({ manager, thread: () => aui.threadListItem }),
      attachments: createAttachmentAdapter({ manager }),
    };
    made.set(aui, adapters);
    return adapters;
  };
}

function readCursor(after: string): { id: string; updatedAt: string } {
  const [id, updatedAt] = JSON.parse(after) as [string, string];
  return { id, updatedAt };
}

function titleStream(title: string | undefined): TitleStream {
  const chunks = title === undefined ? [] : [
    { type: "part-start", part: { type: "text" }, path: [] },
    { type: "text-delta", textDelta: title, path: [0] },
    { type: "part-finish", path: [0] },
  ];
  return new ReadableStream<TitleChunk>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk as never);
      controller.close();
    },
  }) as TitleStream;
}
