import { useLayoutEffect, useRef } from "react";

/** For an element that scrolls: shows its end when something else is shown, and stays there while that grows. */
export function useEnd(shown: unknown, content: unknown) {
  const element = useRef<HTMLDivElement>(null);
  const last = useRef<{ shown: unknown; isAtEnd: boolean }>({ shown: undefined, isAtEnd: true });
  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return undefined;
    if (last.current.shown !== shown || last.current.isAtEnd) current.scrollTop = current.scrollHeight;
    const look = () => (last.current = { shown, isAtEnd: current.scrollHeight - current.scrollTop - current.clientHeight < 80 });
    look();
    current.addEventListener("scroll", look);
    return () => current.removeEventListener("scroll", look);
  }, [shown, content]);
  return element;
}
