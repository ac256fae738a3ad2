// A picture or a file of a message.

import { useEffect, useState } from "react";
import type { MemoryChange } from "../../changes/change-feed.js";
import { useMemory } from "./provider.js";
import type { Loading } from "./view.js";

/** What `useAttachment` gives. */
export interface ShownAttachment extends Loading {
  /** The file; undefined while it is read, and when this user has none of that id. */
  blob: Blob | undefined;
  /** Its address for `<img src>`, as long as the component is shown. */
  url: string | undefined;
}

const READING: ShownAttachment = { blob: undefined, url: undefined, isLoading: true, error: undefined };
const NONE: ShownAttachment = { ...READING, isLoading: false };

/**
 * The file of a part, by the part's `attachment`, with an address under which the browser shows it. The address is given up when
 * the component goes or the id changes.
 *
 * @example
 * const { url } = useAttachment(part.attachment);
 * return <img src={url} alt={part.name} />;
 */
export function useAttachment(id: string | undefined): ShownAttachment {
  const { memory, error: failed } = useMemory();
  const [read, setRead] = useState<ShownAttachment & { id?: string }>(READING);
  useEffect(() => {
    if (memory === undefined || id === undefined) return undefined;
    let isOver = false;
    let url: string | undefined;
    const show = (shown: Partial<ShownAttachment>) => isOver || setRead({ ...NONE, id, ...shown });
    const look = () => memory.getAttachment(id).then((blob) => {
      if (url !== undefined) URL.revokeObjectURL(url);
      url = isOver || blob === undefined ? undefined : URL.createObjectURL(blob);
      show({ blob, url });
    }).catch((error: Error) => show({ error }));
    void look();
    // What is forgotten is not shown any more. (A file that goes with its last message is told by that message.)
    const isNews = ({ type }: MemoryChange) => type === "everything-forgotten";
    let stop = () => {};
    try {
      stop = memory.subscribe((changes) => void (changes.some(isNews) && look()), { batch: true });
    } catch {
      // It was closed: reading has said so.
    }
    return () => {
      isOver = true;
      stop();
      if (url !== undefined) URL.revokeObjectURL(url);
      setRead(READING);
    };
  }, [memory, id]);
  if (failed !== undefined) return { ...NONE, error: failed };
  if (id === undefined) return NONE;
  if (read.id !== id) return READING;
  const { blob, url, isLoading, error } = read;
  return { blob, url, isLoading, error };
}
