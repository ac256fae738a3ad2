// What tests of /assistant-ui find in a page: assistant-ui with its own runtimes, and the adapter.
import * as React from "react";
import { createRoot } from "react-dom/client";
import * as aui from "@assistant-ui/react";
import { fromThreadMessageLike, MessageRepository } from "@assistant-ui/core/internal";
import * as adapter from "conversation-memory/assistant-ui";

const { createElement: h } = React;

/** A model of the application's, which says what it heard. */
const chatModel = {
  async *run({ messages }) {
    const text = messages.at(-1).content.map((part) => part.text ?? `[${part.type}]`).join("");
    yield { content: [{ type: "text", text: "I heard: " }] };
    await new Promise((resolve) => setTimeout(resolve, 30));
    const files = messages.at(-1).attachments?.map(({ name }) => ` ${name}`).join("") ?? "";
    yield { content: [{ type: "text", text: `I heard: ${text}${files}` }] };
  },
};

/** An application with a list of threads, of which the memory keeps all; gives assistant-ui's own runtime. */
const startApp = async (memory, model = chatModel) => {
  const threads = adapter.createThreadListAdapter({ manager: memory, useAui: aui.useAui });
  let runtime;
  const App = () => {
    runtime = aui.useRemoteThreadListRuntime({ adapter: threads, runtimeHook: () => aui.useLocalRuntime(model) });
    return h(aui.AssistantRuntimeProvider, { runtime }, null);
  };
  createRoot(document.body.appendChild(document.createElement("div"))).render(h(App));
  await until(() => runtime && !runtime.threads.getState().isLoading);
  return runtime;
};

const said = (runtime) => runtime.thread.getState().messages.map(({ content }) => content.map(({ text }) => text ?? "").join("")).join(" | ");

Object.assign(globalThis, { React, aui, adapter, fromThreadMessageLike, MessageRepository, chatModel, startApp, said });
