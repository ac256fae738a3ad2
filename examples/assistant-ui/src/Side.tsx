import { ThreadListItemPrimitive, ThreadListPrimitive } from "@assistant-ui/react";
import { useState } from "react";
import { useSearch } from "conversation-memory/react";

/** assistant-ui's list of threads, or what a search finds in all of them. */
export function Side({ onShow }: { onShow: (id: string) => void }) {
  const [text, setText] = useState("");
  const { hits, isSearching } = useSearch(text);
  const isSearch = text.trim() !== "";
  return (
    <aside className="side">
      <header>
        <h1>Chats</h1>
        <ThreadListPrimitive.New>New chat</ThreadListPrimitive.New>
      </header>
      <input type="search" placeholder="Search" aria-label="Search in all chats" value={text} onChange={(event) => setText(event.target.value)} />
      <nav className="list" aria-label="Chats">
        {!isSearch && <ThreadListPrimitive.Items>{() => <Item />}</ThreadListPrimitive.Items>}
        {isSearch && hits.map(({ conversationId, title, message, snippet, ranges }) => (
          <button key={`${conversationId} ${message?.id}`} type="button" onClick={() => onShow(conversationId)}>
            {message && title}
            {message ? <small><Marked text={snippet} ranges={ranges} /></small> : <Marked text={snippet} ranges={ranges} />}
          </button>
        ))}
        {isSearch && hits.length === 0 && !isSearching && <p className="quiet">Nothing found.</p>}
      </nav>
      <p className="quiet">Kept in this browser only.</p>
    </aside>
  );
}

function Item() {
  return (
    <ThreadListItemPrimitive.Root className="item">
      <ThreadListItemPrimitive.Trigger><ThreadListItemPrimitive.Title fallback="New chat" /></ThreadListItemPrimitive.Trigger>
      <ThreadListItemPrimitive.Delete aria-label="Delete this chat">×</ThreadListItemPrimitive.Delete>
    </ThreadListItemPrimitive.Root>
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
