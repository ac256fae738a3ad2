"use client";
import { useChat } from "@ai-sdk/react";
import type { ChatTransport, UIMessage } from "ai";
import { loadUIMessages } from "conversation-memory/ai-sdk";
import { useMemory, useThread } from "conversation-memory/react";
import { Composer } from "./composer";
import { Message } from "./message";
import { useEnd } from "./use-end";

interface Props {
  id: string;
  initial: UIMessage[];
  transport: ChatTransport<UIMessage>;
}

/** The chat of one conversation: its `id` is that of the conversation. */
export function Thread({ id, initial, transport }: Props) {
  const { memory } = useMemory();
  // Where a message stands among its alternatives only the memory knows.
  const { messages: stored, switchBranch } = useThread(id, { limit: 1000 });
  const { messages, sendMessage, regenerate, setMessages, stop, status, error } = useChat({
    id,
    messages: initial,
    transport,
    resume: true,
    onFinish: load,
  });
  const end = useEnd(id, messages);
  const isRunning = status === "submitted" || status === "streaming";

  /** The active branch as it is stored, with the ids that its messages have there. */
  async function load() {
    if (memory) setMessages(await loadUIMessages(memory, id));
  }

  return (
    <>
      <div className="thread" ref={end} tabIndex={0} role="region" aria-label="Messages">
        {messages.length === 0 && (
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
              siblings={stored.find((each) => each.id === message.id)?.siblings}
              onAgain={() => regenerate({ messageId: message.id })}
              onEdit={(text) => sendMessage({ text, messageId: message.id })}
              onSwitch={(other) => switchBranch(other).then(load)}
            />
          ))}
        </ol>
        {/* What a model's failure was is said in the thread, by a message of the role "system". */}
        {error && messages.at(-1)?.role !== "system" && <p className="problem" role="alert">{error.message}</p>}
      </div>
      <Composer isRunning={isRunning} onAsk={sendMessage} onStop={stop} />
    </>
  );
}
