import { memo, useState, type FormEvent } from "react";
import { isFilePart, type FilePart } from "conversation-memory";
import { useAttachment, type ShownMessage } from "conversation-memory/react";

interface Props {
  message: ShownMessage;
  onAgain: (id: string) => void;
  onEdit: (id: string, content: string) => void;
  onSwitch: (id: string) => void;
}

const STATES: Partial<Record<ShownMessage["status"], string>> = { interrupted: "Interrupted", queued: "Waits for the network" };

export const Message = memo(function Message({ message, onAgain, onEdit, onSwitch }: Props) {
  const { id, role, content, status, siblings: { index, count, ids } } = message;
  const [isEditing, setEditing] = useState(false);
  if (isEditing) {
    const close = () => setEditing(false);
    return <li className="message user"><Edit content={content} onCancel={close} onDone={(text) => (close(), onEdit(id, text))} /></li>;
  }
  return (
    <li id={id} className={`message ${role}`} data-status={status}>
      {message.parts?.map((part, at) => isFilePart(part) && <Picture key={at} part={part} />)}
      {content !== "" && <p className="text" dir="auto">{content}</p>}
      {STATES[status] && <p className="state">{STATES[status]}</p>}
      {status !== "streaming" && (
        <div className="actions">
          {count > 1 && (
            <>
              <button type="button" aria-label="Previous version" disabled={index === 0} onClick={() => onSwitch(ids[index - 1])}>‹</button>
              <span>{index + 1} / {count}</span>
              <button type="button" aria-label="Next version" disabled={index === count - 1} onClick={() => onSwitch(ids[index + 1])}>›</button>
            </>
          )}
          {role !== "user" && <button type="button" onClick={() => onAgain(id)}>Again</button>}
          {role === "user" && <button type="button" onClick={() => setEditing(true)}>Edit</button>}
        </div>
      )}
    </li>
  );
});

function Picture({ part: { attachment, name, mediaType } }: { part: FilePart }) {
  const { url } = useAttachment(attachment);
  if (!mediaType.startsWith("image/")) return <p className="quiet">{name ?? "A file"}</p>;
  return url ? <img src={url} alt={name ?? "A picture"} /> : null;
}

function Edit({ content, onCancel, onDone }: { content: string; onCancel: () => void; onDone: (text: string) => void }) {
  const done = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("text"));
    if (text.trim() !== "") onDone(text);
  };
  return (
    <form className="edit" onSubmit={done}>
      <textarea name="text" rows={3} defaultValue={content} aria-label="The question in other words" autoFocus />
      <div>
        <button type="button" onClick={onCancel}>Cancel</button>
        <button type="submit" className="primary">Ask</button>
      </div>
    </form>
  );
}
