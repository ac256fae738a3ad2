import { useLayoutEffect, useRef } from "react";

/**
 * For an element that scrolls: shows its end when something else is shown, and stays there while that grows; or the message that
 * was found, once it is there.
 */
export function useScroll(shown: string | undefined, content: unknown, found: string | undefined) {
  const element = useRef<HTMLDivElement>(null);
  const last = useRef<{ shown: unknown; found: string | undefined; isAtEnd: boolean }>({ shown: undefined, found: undefined, isAtEnd: true });
  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return undefined;
    const message = found === undefined || found === last.current.found ? null : document.getElementById(found);
    if (message) message.scrollIntoView({ block: "center" });
    else if (found === undefined && (last.current.shown !== shown || last.current.found !== undefined || last.current.isAtEnd)) current.scrollTop = current.scrollHeight;
    const reached = message || found === undefined ? found : last.current.found;
    const look = () => (last.current = { shown, found: reached, isAtEnd: current.scrollHeight - current.scrollTop - current.clientHeight < 80 });
    look();
    current.addEventListener("scroll", look);
    return () => current.removeEventListener("scroll", look);
  }, [shown, content, found]);
  return element;
}
