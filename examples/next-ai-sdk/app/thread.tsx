"use client";
import { useChat } from "@ai-sdk/react";
import type { ChatTransport, UIMessage } from "ai";
import { isMemoryError } from "conversation-memory";
import { useChatUpdates, useMemory, useThread } from "conversation-memory/react";
import { Composer } from "./composer";
import { Message } from "./message";
import { useEnd } from "./use-end";

interface Props {
  id: string;
  initial: UIMessage[];
  transport: ChatTransport<UIMessage>;
  onGone: () => void;
}

/** The chat of one conversation: its `id` is that of the conversation. */
export function Thread({ id, initial, transport, onGone }: Props) {
  const { memory } = useMemory();
  // Where a message stands among its alternatives only the memory knows.
  const { messages: stored, switchBranch, error: problem } = useThread(id, { limit: 1000 });
  const chat = useChat({ id, messages: initial, transport });
  // What other tabs ask, and what has waited for the network; and a turn that is over has the ids that it is stored with.
  useChatUpdates(memory, chat);
  const { messages, sendMessage, regenerate, stop, status, error } = chat;
  const end = useEnd(id, messages);
  const isRunning = status === "submitted" || status === "streaming";
  const isGone = isMemoryError(problem) && problem.code === "not-found"; // deleted, in whatever tab

  return (
    <>
      <div className="thread" ref={end} tabIndex={0} role="region" aria-label="Messages">
        {isGone && (
          <div className="empty">
            <h2>This chat was deleted</h2>
            <button type="button" onClick={onGone}>Begin another</button>
          </div>
        )}
        {!isGone && messages.length === 0 && (
          <div className="empty">
            <h2>Ask something</h2>
            <p className="quiet">Whatever is said here is still there after a reload.</p>
          </div>
        )}
        <ol className="messages">
          {messages.map((message, index) => (
            <Message
              key={message.id}
              message={message}
              isArriving={isRunning && message.role === "assistant" && index === messages.length - 1}
              isLast={index === messages.length - 1}
              siblings={stored.find((each) => each.id === message.id)?.siblings}
              onAgain={() => regenerate({ messageId: message.id })}
              onEdit={(text) => sendMessage({ text, messageId: message.id })}
              onSwitch={switchBranch}
            />
          ))}
        </ol>
        {/* What a model's failure was is said in the thread, by a message of the role "system". */}
        {error && messages.at(-1)?.role !== "system" && <p className="problem" role="alert">{error.message}</p>}
      </div>
      {!isGone && <Composer isRunning={isRunning} onAsk={sendMessage} onStop={stop} />}
    </>
  );
}
