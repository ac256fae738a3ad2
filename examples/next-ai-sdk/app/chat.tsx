"use client";
import type { UIMessage } from "ai";
import { useEffect, useState } from "react";
import { ConversationAgent, ConversationManager } from "conversation-memory";
import { createChatTransport, loadUIMessages } from "conversation-memory/ai-sdk";
import { MemoryProvider, useConversations } from "conversation-memory/react";
import { model } from "./model";
import { Side } from "./side";
import { Thread } from "./thread";

const memory = await ConversationManager.open({ userId: "me" });
const agent = new ConversationAgent({ manager: memory, model });
agent.start(); // answers what a page before this one has left unanswered
const transport = createChatTransport({ agent });
// The address names the conversation: a reload shows it again, and "Back" the one before.
const addressed = () => location.hash.slice(1);
const first = await opened(addressed());
history.replaceState(history.state, "", `#${first.id}`);

interface Shown {
  id: string;
  messages: UIMessage[];
}

/** A conversation with its messages; without an id, or if there is none of that id, an empty one. */
async function opened(wanted?: string): Promise<Shown> {
  const known = wanted ? await memory.getConversation(wanted) : undefined;
  const [newest] = await memory.listConversations({ limit: 1 });
  const { id } = known ?? (newest?.messageCount === 0 ? newest : await memory.createConversation());
  return { id, messages: await loadUIMessages(memory, id) };
}

export default function Chat() {
  return (
    <MemoryProvider memory={memory} agent={agent}>
      <App />
    </MemoryProvider>
  );
}

function App() {
  const [{ id, messages }, setShown] = useState(first);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const { conversations } = useConversations();
  const conversation = conversations.find((each) => each.id === id);
  const isEmpty = !conversation || conversation.messageCount === 0;

  async function show(wanted?: string) {
    const chat = await opened(wanted);
    if (chat.id !== addressed()) history.pushState(null, "", `#${chat.id}`);
    setShown(chat);
    setMenuOpen(false);
  }

  useEffect(() => {
    const look = async () => {
      const wanted = addressed();
      const chat = await opened(wanted);
      if (wanted !== addressed()) return; // gone on meanwhile
      history.replaceState(history.state, "", `#${chat.id}`); // one that is there
      setShown(chat);
    };
    addEventListener("popstate", look);
    return () => removeEventListener("popstate", look);
  }, []);

  async function remove() {
    if (!confirm(`Delete “${conversation?.title}”?`)) return;
    await show();
    await memory.deleteConversation(id);
  }

  return (
    <div className="chat" data-menu={isMenuOpen ? "open" : undefined}>
      <Side conversations={conversations.filter(({ messageCount }) => messageCount > 0)} shown={id} onShow={show} />
      <main className="main" onClick={() => setMenuOpen(false)}>
        <header className="bar">
          <button type="button" className="menu" onClick={(event) => (event.stopPropagation(), setMenuOpen(true))}>Chats</button>
          <h2>{isEmpty ? "New chat" : conversation.title}</h2>
          {!isEmpty && <button type="button" onClick={remove}>Delete</button>}
        </header>
        <Thread key={id} id={id} initial={messages} transport={transport} onGone={() => show()} />
      </main>
    </div>
  );
}
