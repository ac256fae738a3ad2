"use client";
import type { UIMessage } from "ai";
import { useState, type FormEvent } from "react";
import type { Siblings } from "conversation-memory";

interface Props {
  message: UIMessage;
  isArriving: boolean;
  isLast: boolean;
  siblings: Siblings | undefined;
  onAgain: () => void;
  onEdit: (text: string) => void;
  onSwitch: (id: string) => void;
}

export function Message({ message: { role, parts }, isArriving, isLast, siblings, onAgain, onEdit, onSwitch }: Props) {
  const [isEditing, setEditing] = useState(false);
  const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
  if (isEditing) {
    const close = () => setEditing(false);
    return <li className="message user"><Edit text={text} onCancel={close} onDone={(text) => (close(), onEdit(text))} /></li>;
  }
  return (
    <li className={`message ${role}`} data-status={isArriving ? "streaming" : undefined}>
      {parts.map((part, at) => part.type === "file" && (
        part.mediaType.startsWith("image/")
          ? <img key={at} src={part.url} alt={part.filename ?? "A picture"} />
          : <p key={at} className="quiet">{part.filename ?? "A file"}</p>
      ))}
      {text !== "" && <p className="text" dir="auto">{text}</p>}
      {!isArriving && (
        <div className="actions">
          {siblings && siblings.count > 1 && <Branches {...siblings} onSwitch={onSwitch} />}
          {/* A failure at the end says why the question before it was not answered. */}
          {(role === "assistant" || (role === "system" && isLast)) && <button type="button" onClick={onAgain}>Again</button>}
          {role === "user" && <button type="button" onClick={() => setEditing(true)}>Edit</button>}
        </div>
      )}
    </li>
  );
}

function Branches({ index, count, ids, onSwitch }: Siblings & Pick<Props, "onSwitch">) {
  const [before, after] = [ids[index - 1], ids[index + 1]];
  return (
    <>
      <button type="button" aria-label="Previous version" disabled={!before} onClick={() => before && onSwitch(before)}>‹</button>
      <span>{index + 1} / {count}</span>
      <button type="button" aria-label="Next version" disabled={!after} onClick={() => after && onSwitch(after)}>›</button>
    </>
  );
}

function Edit({ text, onCancel, onDone }: { text: string; onCancel: () => void; onDone: (text: string) => void }) {
  const done = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("text"));
    if (text.trim() !== "") onDone(text);
  };
  return (
    <form className="edit" onSubmit={done}>
      <textarea name="text" rows={3} defaultValue={text} aria-label="The question in other words" autoFocus />
      <div>
        <button type="button" onClick={onCancel}>Cancel</button>
        <button type="submit" className="primary">Ask</button>
      </div>
    </form>
  );
}
