import { AssistantRuntimeProvider, useAui, useLocalRuntime, useRemoteThreadListRuntime } from "@assistant-ui/react";
import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { ConversationManager } from "conversation-memory";
import { createChatModelAdapter, createThreadListAdapter, followThreads } from "conversation-memory/assistant-ui";
import { MemoryProvider } from "conversation-memory/react";
import { model } from "./model";
import { Side } from "./Side";
import { Thread } from "./Thread";
import "./style.css";

const memory = await ConversationManager.open({ userId: "me" });
const adapter = createThreadListAdapter({ manager: memory, useAui });
const chatModel = createChatModelAdapter({ model, manager: memory }); // what has arrived of an answer is saved

const addressed = () => location.hash.slice(1) || undefined;

function App() {
  // The address names the thread that is shown: a reload shows it again, and "Back" the one before.
  const [threadId, setThreadId] = useState(addressed);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const show = (id: string | undefined) => {
    setThreadId(id);
    setMenuOpen(false);
    if (id !== addressed()) history.pushState(null, "", id ? `#${id}` : location.pathname);
  };
  useEffect(() => {
    const look = () => setThreadId(addressed());
    addEventListener("popstate", look);
    return () => removeEventListener("popstate", look);
  }, []);
  const runtime = useRemoteThreadListRuntime({
    adapter,
    runtimeHook: () => useLocalRuntime(chatModel),
    threadId,
    onThreadIdChange: show,
  });
  useEffect(() => followThreads({ manager: memory, runtime }), [runtime]); // what other tabs do
  return (
    <AssistantRuntimeProvider runtime={runtime}>
      <div className="chat" data-menu={isMenuOpen ? "open" : undefined}>
        <Side onShow={show} />
        <Thread onMenu={setMenuOpen} />
      </div>
    </AssistantRuntimeProvider>
  );
}

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <MemoryProvider memory={memory}>
      <App />
    </MemoryProvider>
  </StrictMode>,
);
