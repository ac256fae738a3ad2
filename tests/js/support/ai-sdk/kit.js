// What tests of /ai-sdk find in a page: the SDK, of whichever version this was bundled with, and the adapter.
import * as ai from "ai";
import * as mocks from "ai/test";
import * as adapter from "conversation-memory/ai-sdk";

/** The SDK's chat as a page without React has it. */
class Chat extends ai.AbstractChat {
  constructor(init) {
    const state = {
      status: "ready",
      error: undefined,
      messages: init.messages ?? [],
      pushMessage: (message) => (state.messages = [...state.messages, message]),
      popMessage: () => (state.messages = state.messages.slice(0, -1)),
      replaceMessage: (index, message) => (state.messages = state.messages.with(index, structuredClone(message))),
      snapshot: (message) => structuredClone(message),
    };
    super({ ...init, state });
  }
}

/** A model of the SDK's own mocks whose streams say these parts, one after the other. */
const mockModel = (streams) => {
  const Mock = mocks.MockLanguageModelV4 ?? mocks.MockLanguageModelV3 ?? mocks.MockLanguageModelV2;
  return new Mock({ doStream: async () => ({ stream: ai.simulateReadableStream({ chunks: streams.shift() }) }) });
};
const isOld = mocks.MockLanguageModelV3 === undefined;
const say = {
  text: (...words) => [{ type: "text-start", id: "t" }, ...words.map((delta) => ({ type: "text-delta", id: "t", delta })), { type: "text-end", id: "t" }],
  thought: (words) => [{ type: "reasoning-start", id: "r" }, { type: "reasoning-delta", id: "r", delta: words }, { type: "reasoning-end", id: "r" }],
  call: (toolCallId, input) => ({ type: "tool-call", toolCallId, toolName: "weather", input: JSON.stringify(input) }),
  end: (unified) =>
    isOld
      ? { type: "finish", finishReason: unified, usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } }
      : { type: "finish", finishReason: { unified, raw: unified }, usage: { inputTokens: { total: 1 }, outputTokens: { total: 1 } } },
};

/** Waits until a chat has come to rest with messages that fit. */
const rest = async (chat, fits = () => true) => {
  await until(() => (chat.status === "ready" || chat.status === "error") && fits(chat.messages), 10_000).catch(() => {
    throw new Error(`${chat.status}: ${chat.error?.stack} ${JSON.stringify(chat.messages)}`);
  });
};
const plain = (value) => JSON.parse(JSON.stringify(value));
const said = (messages) => messages.map(({ parts }) => parts.map(({ text }) => text ?? "").join("")).join(" | ");

Object.assign(globalThis, { ai, adapter, Chat, mockModel, say, rest, plain, said });
