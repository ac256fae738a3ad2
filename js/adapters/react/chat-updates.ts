// useChat of the AI SDK, kept up to date with the memory.

import { useEffect, useRef } from "react";
import type { AnyManager } from "../../manager/manager.js";
import { followChat, type FollowedChat, type FollowChatOptions } from "../ai-sdk/follow-chat.js";

/** What `useChat` of the AI SDK gives, of versions 5 to 7, as far as it is used here. */
export interface ChatHelpers<UI> {
  /** The conversation's id. */
  readonly id: string;
  /** While it is "submitted" or "streaming" nothing is changed. */
  readonly status: string;
  /** What the chat shows. */
  readonly messages: UI[];
  /** Shows other messages. */
  readonly setMessages: (messages: UI[]) => void;
  /** Shows an answer that arrives. */
  readonly resumeStream: () => Promise<void>;
  /** Takes the error away. */
  readonly clearError: () => void;
}

/**
 * Keeps `useChat` of the AI SDK, with a transport of `createChatTransport`, up to date with its conversation: what other tabs ask,
 * and their answers while they arrive (`resume` is not needed); a question that has waited for the network and is answered
 * now, whose error is taken away; another branch; what was changed or deleted. When a turn is over the messages have the ids that
 * they are stored with.
 *
 * Not for chats that another transport answers: these show what is not stored yet. A chat whose id is not that of a
 * conversation stays as it is.
 *
 * @example
 * const chat = useChat({ id: conversation.id, messages, transport });
 * useChatUpdates(memory, chat);
 */
export function useChatUpdates<UI>(memory: AnyManager | undefined, chat: ChatHelpers<UI>, { limit }: FollowChatOptions = {}): void {
  const latest = useRef(chat);
  latest.current = chat;
  const { id } = chat;
  useEffect(() => {
    if (memory === undefined) return undefined;
    // Another chat may be rendered before this one is given up: it is not to get the messages of this one.
    const isShown = () => latest.current.id === id;
    const followed = {
      id,
      get status() {
        return isShown() ? latest.current.status : "submitted"; // nothing is changed
      },
      get messages() {
        return isShown() ? latest.current.messages : [];
      },
      set messages(messages) {
        if (isShown()) latest.current.setMessages(messages);
      },
      resumeStream: async () => {
        if (isShown()) await latest.current.resumeStream();
      },
      clearError: () => {
        if (isShown()) latest.current.clearError();
      },
    };
    return followChat(memory, followed as unknown as FollowedChat, { limit });
  }, [memory, id, limit]);
}
