// What the tests of TanStack AI's persistence find in scope: a real ChatClient with a model that says what it is told to.
import { ChatClient, stream } from "@tanstack/ai-client";
import { memoryPersistence } from "conversation-memory/tanstack-ai";

/** JSON with sorted fields; a time tells that it is one. */
globalThis.sorted = (value) =>
  JSON.stringify(value, function (key, part) {
    if (this[key] instanceof Date) return `time ${part}`;
    return part && typeof part === "object" && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort()) : part;
  });

const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
let runs = 0;

/** The events of a run: thoughts, a call of a tool with its result, and a text, word by word. */
async function* say({ thought, call, text = "" }, threadId) {
  const ids = { threadId, runId: `run-${Date.now()}-${(runs += 1)}` };
  const messageId = `${ids.runId}-answer`;
  yield { type: "RUN_STARTED", ...ids };
  if (thought) {
    yield { type: "REASONING_MESSAGE_START", messageId: `${messageId}-thought`, role: "reasoning" };
    yield { type: "REASONING_MESSAGE_CONTENT", messageId: `${messageId}-thought`, delta: thought };
    yield { type: "REASONING_MESSAGE_END", messageId: `${messageId}-thought` };
  }
  if (call) {
    yield { type: "TOOL_CALL_START", toolCallId: call.id, toolCallName: call.name, parentMessageId: messageId };
    yield { type: "TOOL_CALL_ARGS", toolCallId: call.id, delta: JSON.stringify(call.input) };
    yield { type: "TOOL_CALL_END", toolCallId: call.id };
    yield { type: "TOOL_CALL_RESULT", messageId: `${messageId}-result`, toolCallId: call.id, content: JSON.stringify(call.output) };
  }
  yield { type: "TEXT_MESSAGE_START", messageId, role: "assistant" };
  for (const delta of text.match(/\S+\s*/g) ?? []) {
    await pause();
    yield { type: "TEXT_MESSAGE_CONTENT", messageId, delta };
  }
  yield { type: "TEXT_MESSAGE_END", messageId };
  yield { type: "RUN_FINISHED", ...ids, finishReason: "stop" };
}

/** The connection of the examples in docs/. */
globalThis.connection = stream(() => say({ text: "72 of 100." }, "example"));

/** A chat on that conversation. `answers` are given one after the other; `seen` is the last state that it wanted stored. */
globalThis.openChat = async (manager, threadId, answers = []) => {
  const own = memoryPersistence({ manager, onError: (error) => chat.errors.push(error.code ?? String(error)) });
  const chat = { errors: [], seen: null, writes: 0, persistence: own };
  const persistence = {
    getItem: (id) => own.getItem(id),
    setItem(id, state) {
      chat.seen = structuredClone(state);
      chat.writes += 1;
      return (chat.last = own.setItem(id, state));
    },
    removeItem(id) {
      chat.seen = null;
      return (chat.last = own.removeItem(id));
    },
  };
  chat.client = new ChatClient({ threadId, persistence, connection: stream(() => say(answers.shift() ?? { text: "…" }, threadId)) });
  // What was stored is on the screen a little later.
  await own.getItem(threadId);
  await new Promise((resolve) => setTimeout(resolve, 20));
  /** Until all of it is stored. */
  chat.settled = async () => {
    for (let last; last !== chat.last; ) {
      last = chat.last;
      await last?.catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  };
  chat.texts = () => chat.client.getMessages().map(({ parts }) => parts.map(({ type, content }) => (type === "text" ? content : `[${type}]`)).join(" "));
  return chat;
};

/** Whether what is stored is what the chat wanted stored, and what of it differs. */
globalThis.difference = async (chat, id) => {
  const [stored, wanted] = [sorted(await chat.persistence.getItem(id)), sorted(chat.seen)];
  return stored === wanted ? undefined : { stored, wanted };
};
