import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ConversationAgent, ConversationManager } from "conversation-memory";
import { MemoryProvider } from "conversation-memory/react";
import { App } from "./App";
import { model } from "./model";
import "./style.css";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <MemoryProvider
      open={() => ConversationManager.open({ userId: "me" })}
      agent={(manager) => new ConversationAgent({ manager, model })}
    >
      <App />
    </MemoryProvider>
  </StrictMode>,
);
