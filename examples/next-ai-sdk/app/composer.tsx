"use client";
import { useRef, useState, type FormEvent, type KeyboardEvent } from "react";

interface Props {
  isRunning: boolean;
  onAsk: (question: { text: string; files: FileList }) => void;
  onStop: () => void;
}

/** Asks, with pictures where some were chosen. Enter sends, Shift and Enter make a new line. */
export function Composer({ isRunning, onAsk, onStop }: Props) {
  const [text, setText] = useState("");
  const [files, setFiles] = useState<File[]>([]);
  const form = useRef<HTMLFormElement>(null);

  function send(event: FormEvent) {
    event.preventDefault();
    if (isRunning || (text.trim() === "" && files.length === 0)) return;
    const chosen = new DataTransfer(); // the SDK takes a FileList
    for (const file of files) chosen.items.add(file);
    onAsk({ text, files: chosen.files });
    setText("");
    setFiles([]);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    form.current?.requestSubmit();
  }

  return (
    <form className="ask" ref={form} onSubmit={send}>
      {files.length > 0 && (
        <ul className="chosen">
          {files.map((file) => (
            <li key={file.name}>{file.name} <button type="button" aria-label={`Remove ${file.name}`} onClick={() => setFiles(files.filter((other) => other !== file))}>×</button></li>
          ))}
        </ul>
      )}
      <div className="row">
        <label className="button">
          Picture
          <input className="unseen" type="file" accept="image/*" multiple onChange={({ target }) => {
            setFiles([...files, ...(target.files ?? [])]);
            target.value = ""; // so that the same one can be chosen again
          }} />
        </label>
        <textarea rows={1} placeholder="Message" aria-label="Message" value={text} onChange={(event) => setText(event.target.value)} onKeyDown={onKeyDown} />
        {isRunning ? <button type="button" onClick={onStop}>Stop</button> : <button type="submit" className="primary">Ask</button>}
      </div>
    </form>
  );
}
