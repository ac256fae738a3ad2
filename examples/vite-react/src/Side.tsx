import { useState } from "react";
import type { Conversation } from "conversation-memory";
import { useSearch } from "conversation-memory/react";

interface Props {
  conversations: Conversation[];
  shown: string | undefined;
  onShow: (id: string | undefined, messageId?: string) => void;
}

/** The conversations, or what a search finds in all of them. */
export function Side({ conversations, shown, onShow }: Props) {
  const [text, setText] = useState("");
  const { hits, isSearching } = useSearch(text);
  const isSearch = text.trim() !== "";
  return (
    <aside className="side">
      <header>
        <h1>Chats</h1>
        <button type="button" onClick={() => onShow(undefined)}>New chat</button>
      </header>
      <input type="search" placeholder="Search" aria-label="Search in all chats" value={text} onChange={(event) => setText(event.target.value)} />
      <nav className="list" aria-label="Chats">
        {!isSearch && conversations.map(({ id, title }) => (
          <button key={id} type="button" aria-current={id === shown || undefined} onClick={() => onShow(id)}>{title}</button>
        ))}
        {isSearch && hits.map(({ conversationId, title, message, snippet, ranges }) => (
          <button key={`${conversationId} ${message?.id}`} type="button" onClick={() => onShow(conversationId, message?.id)}>
            {message && title}
            {message ? <small><Marked text={snippet} ranges={ranges} /></small> : <Marked text={snippet} ranges={ranges} />}
          </button>
        ))}
        {isSearch && hits.length === 0 && !isSearching && <p className="quiet">Nothing found.</p>}
        {!isSearch && conversations.length === 0 && <p className="quiet">No chats yet.</p>}
      </nav>
      <p className="quiet">Kept in this browser only.</p>
    </aside>
  );
}

/** A text with the parts that were found marked. */
function Marked({ text, ranges }: { text: string; ranges: [from: number, to: number][] }) {
  const ends = [0, ...ranges.map(([, to]) => to)];
  return (
    <>
      {ranges.map(([from, to], index) => (
        <span key={from}>{text.slice(ends[index], from)}<mark>{text.slice(from, to)}</mark></span>
      ))}
      {text.slice(ends.at(-1))}
    </>
  );
}
