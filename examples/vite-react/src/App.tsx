import { useEffect, useState } from "react";
import { isMemoryError } from "conversation-memory";
import { useConversations, useMemory, useThread, useTurn } from "conversation-memory/react";
import { goTo, leave, useAddress } from "./address";
import { Composer } from "./Composer";
import { Message } from "./Message";
import { Side } from "./Side";
import { useScroll } from "./useScroll";

export function App() {
  const id = useAddress();
  const [found, setFound] = useState<{ conversationId: string; messageId: string }>();
  const around = found && found.conversationId === id ? found.messageId : undefined;
  const [isMenuOpen, setMenuOpen] = useState(false);
  const { memory, error: failed } = useMemory();
  const { conversations } = useConversations();
  const { messages, hasOlder, loadOlder, hasNewer, loadNewer, switchBranch, error: unread } = useThread(id, { around });
  const { ask, regenerate, edit, stop, isRunning, error } = useTurn(id, { onConversation: show });
  const thread = useScroll(id, messages, around);
  const conversation = conversations.find((each) => each.id === id);
  const isGone = isMemoryError(unread) && unread.code === "not-found";
  // What a model's failure was is said in the thread, by a message of the role "system".
  const isSaid = isMemoryError(error) && error.code === "model";
  const problem = failed ?? (isSaid ? undefined : error) ?? unread;

  function show(id: string | undefined, messageId?: string) {
    goTo(id);
    setFound(id && messageId ? { conversationId: id, messageId } : undefined);
    setMenuOpen(false);
  }

  function askAtEnd(...question: Parameters<typeof ask>) {
    setFound(undefined);
    void ask(...question);
  }

  // Deleted, here or in another tab.
  useEffect(() => {
    if (isGone) leave();
  }, [isGone]);

  function remove() {
    if (id && confirm(`Delete “${conversation?.title}”?`)) void memory?.deleteConversation(id);
  }

  return (
    <div className="chat" data-menu={isMenuOpen ? "open" : undefined}>
      <Side conversations={conversations} shown={id} onShow={show} />
      <main className="main" onClick={() => setMenuOpen(false)}>
        <header className="bar">
          <button type="button" className="menu" onClick={(event) => (event.stopPropagation(), setMenuOpen(true))}>Chats</button>
          <h2>{conversation?.title ?? "New chat"}</h2>
          {conversation && <button type="button" onClick={remove}>Delete</button>}
        </header>
        <div className="thread" ref={thread} tabIndex={0} role="region" aria-label="Messages">
          {hasOlder && <button type="button" className="older" onClick={loadOlder}>Older messages</button>}
          {messages.length === 0 && (
            <div className="empty">
              <h2>Ask something</h2>
              <p className="quiet">Whatever is said here is still there after a reload.</p>
            </div>
          )}
          <ol className="messages">
            {messages.map((message) => (
              <Message key={message.id} message={message} onAgain={regenerate} onEdit={edit} onSwitch={switchBranch} />
            ))}
          </ol>
          {hasNewer && <button type="button" className="older" onClick={loadNewer}>Newer messages</button>}
          {problem && <p className="problem" role="alert">{problem.message}</p>}
        </div>
        <Composer isRunning={isRunning} onAsk={askAtEnd} onStop={stop} />
      </main>
    </div>
  );
}
