// What stands around the examples in comments: what they name without saying where it comes from, and what must come of them.

const CORE = `import {
  aiSdkModel, browserModel, ConversationAgent, ConversationManager, createChatRoutes, type Intent, isMemoryError, isOffline, type LanguageModel,
  type MemoryChange, openAICompatible,
} from "conversation-memory";`;

const MEMORY = `
const memory = await ConversationManager.open({ userId: "ada" });
const manager = memory;
const conversation = await memory.createConversation();
const question = await memory.addMessage(conversation.id, { role: "user", content: "How healthy is education?" });
const answer = await memory.addMessage(conversation.id, { role: "assistant", content: "72 of 100.", metadata: { entities: ["Education"] } });
const message = question;`;

const AGENT = `${MEMORY}
const model: LanguageModel = {
  async generate({ messages }, { onDelta }) {
    const text = "I heard: " + messages.at(-1)?.content;
    onDelta(text);
    return { text };
  },
};
const agent = new ConversationAgent({ manager, model });`;

/** A server that streams one answer, whatever it is asked. */
const SERVER = `
const baseURL = "http://localhost:11434/v1";
const choice = { delta: { content: "72 of 100." }, finish_reason: "stop" };
globalThis.fetch = async () => new Response("data: " + JSON.stringify({ choices: [choice] }) + "\\n\\ndata: [DONE]\\n\\n", { headers: { "content-type": "text/event-stream" } });`;

const memory = (after = "", before = "") => ({ imports: CORE, before: MEMORY + before, after });
const contents = "(await memory.getMessages(conversation.id)).map(({ content }) => content)";

const REACT = { kind: "component", imports: `${CORE}\nimport { useState } from "react";\nimport { MemoryProvider, useConversations, useMemory, useSearch, useThread, useTurn } from "conversation-memory/react";`, before: AGENT };
const AI_SDK = { kind: "component", imports: `${CORE}\nimport { useChat } from "@ai-sdk/react";\nimport { createChatTransport, loadUIMessages, saveUIMessages } from "conversation-memory/ai-sdk";`, before: AGENT };
const CHAT_MODEL = `
const chatModel: ChatModelAdapter = { run: async () => ({ content: [{ type: "text", text: "72 of 100." }] }) };`;
const ASSISTANT_UI = {
  ...{ kind: "component", before: MEMORY + CHAT_MODEL },
  imports: `${CORE}
import { type ChatModelAdapter, useAui, useLocalRuntime, useRemoteThreadListRuntime } from "@assistant-ui/react";
import { createAttachmentAdapter, createThreadHistoryAdapter, createThreadListAdapter } from "conversation-memory/assistant-ui";`,
};
const LANGCHAIN = `${CORE}
import { HumanMessage } from "@langchain/core/messages";
import { RunnableWithMessageHistory } from "@langchain/core/runnables";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { MemoryChatMessageHistory, MemoryMessageStore } from "conversation-memory/langchain";`;
const TANSTACK = `${CORE}
import { chat } from "@tanstack/ai";
import { ChatClient, type ChatClientPersistence, stream } from "@tanstack/ai-client";
import { memoryMiddleware } from "@tanstack/ai-memory";
import { memoryAdapter, memoryPersistence } from "conversation-memory/tanstack-ai";`;
const EVENTS = `
async function* events() {
  const run = { runId: "run-1", threadId: conversation.id };
  yield { type: "RUN_STARTED", ...run } as any;
  yield { type: "TEXT_MESSAGE_START", messageId: "m1", role: "assistant" } as any;
  yield { type: "TEXT_MESSAGE_CONTENT", messageId: "m1", delta: "72 of 100." } as any;
  yield { type: "TEXT_MESSAGE_END", messageId: "m1" } as any;
  yield { type: "RUN_FINISHED", ...run, finishReason: "stop" } as any;
}`;

/** What stands for packages that examples import and tests have not installed: the same shape, as far as it is used. */
export const STUBS = {
  "@ai-sdk/openai": `
    import { simulateReadableStream } from "ai";
    import { MockLanguageModelV3 } from "ai/test";
    const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
    const chunks = [
      { type: "text-start", id: "1" }, { type: "text-delta", id: "1", delta: "72 of 100." }, { type: "text-end", id: "1" },
      { type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage },
    ];
    export const openai = (modelId: string) => new MockLanguageModelV3({ modelId, doStream: async () => ({ stream: simulateReadableStream({ chunks }) }) as any });`,
  "@tanstack/ai-memory": `
    import type { MemoryAdapter, MemoryScope } from "conversation-memory/tanstack-ai";
    export const memoryMiddleware = ({ adapter, scope }: { adapter: MemoryAdapter; scope: MemoryScope }) => ({
      name: "memory",
      async onConfig({ phase }: any, { systemPrompts }: any) {
        if (phase !== "init") return undefined;
        const { systemPrompt } = await adapter.recall(scope, "Where does my sister live?");
        return { systemPrompts: [...systemPrompts, systemPrompt] };
      },
    });`,
};

/** The scenes of a file's examples, in their order. */
export const SCENES = {
  "adapters/ai-sdk/follow-chat.ts": [
    {
      ...{ ...AI_SDK, kind: "code", imports: AI_SDK.imports.replace("useChat }", "Chat }").replace("createChatTransport,", "createChatTransport, followChat,") },
      before: `${AGENT}\nconst messages = await loadUIMessages(memory, conversation.id);`,
      after: `await memory.addMessage(conversation.id, { role: "user", content: "And healthcare?" });
while (chat.messages.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
stop();`,
    },
  ],
  "adapters/ai-sdk/store.ts": [
    { ...AI_SDK, before: `${AGENT}\nconst transport = createChatTransport({ agent });`, after: "show(chat.messages.length);", until: "shown.at(-1) === 2" },
    {
      ...{ ...AI_SDK, imports: `${AI_SDK.imports}\nimport { createUIMessageStream, createUIMessageStreamResponse } from "ai";\nimport { useEffect } from "react";` },
      // The chat's own transport asks a server.
      before: `${MEMORY}
const say = createUIMessageStream({ execute: ({ writer }) => ["text-start", "text-delta", "text-end"].forEach((type) => writer.write({ type, id: "1", delta: "72 of 100." } as any)) });
globalThis.fetch = async () => createUIMessageStreamResponse({ stream: say });
memory.subscribe(({ type }) => { if (type === "message-added") show(type); });`,
      after: `useEffect(() => void chat.sendMessage({ text: "Hello" }), []);`,
      until: "shown.length === 2",
    },
  ],
  "adapters/ai-sdk/transport.ts": [
    {
      ...{ ...AI_SDK, imports: `${AI_SDK.imports}\nimport { useEffect } from "react";` },
      after: `useEffect(() => void sendMessage({ text: "Hello" }), []);\nconst text = messages.at(-1)?.parts.map((part) => (part.type === "text" ? part.text : "")).join("");\nshow(text);`,
      until: `shown.at(-1) === "I heard: Hello"`,
    },
  ],
  "adapters/assistant-ui/attachments.ts": [
    { ...ASSISTANT_UI, kind: "code", after: `equal(attachments.accept, "image/*");\nconst added = await attachments.add({ file: new File(["abc"], "a.png", { type: "image/png" }) });\nequal("name" in added && added.name, "a.png");` },
  ],
  "adapters/assistant-ui/chat-model.ts": [
    {
      ...{ ...ASSISTANT_UI, before: `${MEMORY}\nconst adapter = createThreadListAdapter({ manager: memory, useAui });`, after: "show(runtime.threads.getState().threadIds.length);" },
      imports: ASSISTANT_UI.imports.replace("createThreadHistoryAdapter", "createChatModelAdapter, createThreadHistoryAdapter"),
    },
  ],
  "adapters/assistant-ui/follow.ts": [
    {
      ...{ ...ASSISTANT_UI, imports: `${ASSISTANT_UI.imports.replace("createThreadHistoryAdapter", "createThreadHistoryAdapter, followThreads")}\nimport { useEffect } from "react";` },
      after: `useEffect(() => void setTimeout(() => memory.createConversation(), 500), []);
useEffect(() => runtime.threads.subscribe(() => show(runtime.threads.getState().threadIds.length)), []);`,
      until: "shown.at(-1) === 2",
    },
  ],
  "adapters/assistant-ui/history.ts": [
    { ...ASSISTANT_UI, after: "show(runtime.thread.getState().messages.length);", until: "shown.length > 0", inside: "history.load().then(({ messages }) => equal(messages.length, 2));" },
  ],
  "adapters/assistant-ui/thread-list.ts": [
    {
      ...{ ...ASSISTANT_UI, imports: `${ASSISTANT_UI.imports}\nimport { useEffect } from "react";` },
      after: "useEffect(() => runtime.threads.subscribe(() => show(runtime.threads.getState().threadIds.length)), []);",
      until: "shown.at(-1) === 1",
    },
  ],
  "adapters/langchain/chat-history.ts": [
    {
      ...{ imports: LANGCHAIN, before: `${MEMORY}\nconst model = new FakeListChatModel({ responses: ["72 of 100."] });` },
      after: `await chat.invoke([new HumanMessage("And healthcare?")], { configurable: { sessionId: conversation.id } });\nequal(${contents}.slice(-2), ["And healthcare?", "72 of 100."]);`,
    },
  ],
  "adapters/langchain/message-store.ts": [
    { imports: LANGCHAIN, before: `${MEMORY}\nconst conversationId = conversation.id;`, after: `const [stored] = await store.mget(["message:0"]);\nequal(stored?.content, "How healthy is education?");` },
  ],
  "adapters/openai-agents/session.ts": [
    {
      imports: `${CORE}\nimport { Agent, run, setTracingDisabled } from "@openai/agents";\nimport { assistantMessage, modelResponse, ScriptedModel } from "@openai/agents-core/testing";\nimport { MemorySession } from "conversation-memory/openai-agents";`,
      before: `${MEMORY}\nsetTracingDisabled(true);\nconst agent = new Agent({ name: "Analyst", model: new ScriptedModel([modelResponse([assistantMessage("72 of 100.")])]) });`,
      after: `equal(result.finalOutput, "72 of 100.");\nequal((await memory.getMessages(id)).map(({ content }) => content), ["How healthy is education?", "72 of 100."]);`,
    },
  ],
  "adapters/react/attachment.ts": [
    {
      ...{ ...REACT, imports: REACT.imports.replace("useConversations", "useAttachment, useConversations"), until: `document.querySelector("img")?.src.startsWith("blob:") === true` },
      before: `${AGENT}
const stored = await memory.addMessage(conversation.id, { role: "user", parts: [{ type: "file", blob: new Blob(["abc"], { type: "image/png" }), name: "a.png" }] });
const part = stored.parts?.[0] as { attachment: string; name: string };`,
    },
  ],
  "adapters/react/chat-updates.ts": [
    {
      ...{ ...AI_SDK, imports: `${AI_SDK.imports}\nimport { useEffect } from "react";\nimport { useChatUpdates } from "conversation-memory/react";` },
      before: `${AGENT}\nconst messages = await loadUIMessages(memory, conversation.id);\nconst transport = createChatTransport({ agent });`,
      after: `useEffect(() => void memory.addMessage(conversation.id, { role: "user", content: "And healthcare?" }), []);\nshow(chat.messages.length);`,
      until: "shown.at(-1) === 3",
    },
  ],
  "adapters/react/conversations.ts": [{ ...REACT, after: "show(conversations.length, hasMore, typeof loadMore);", until: "shown.includes(1)" }],
  "adapters/react/provider.ts": [
    { ...REACT, kind: "element", before: `${AGENT}\nconst Chat = () => (show(useMemory().memory?.userId), null);`, until: `shown.includes("ada")` },
    { ...REACT, inside: "const { id } = conversation;", after: `show(error);\nif (memory) void rename("Education")?.then(({ title }) => show(title));`, until: `shown.includes("Education")` },
  ],
  "adapters/react/search.ts": [{ ...REACT, inside: `const text = "educ";`, after: "if (!isSearching) show(hits.length);", until: "shown.at(-1) === 2" }],
  "adapters/react/thread.ts": [{ ...REACT, inside: "const conversationId = conversation.id;", after: "show(messages.length, hasOlder, typeof loadOlder);", until: "shown.includes(2)" }],
  "adapters/react/turn.ts": [
    {
      ...{ ...REACT, imports: `${REACT.imports}\nimport { useEffect } from "react";`, inside: "const [conversationId, setConversationId] = useState<string>();" },
      after: `useEffect(() => void ask("Hello").then((result) => show(result?.answer, typeof stop)), []);\nif (!isRunning && error === undefined) show(conversationId);`,
      until: `shown.includes("I heard: Hello") && typeof shown.at(-1) === "string"`,
    },
  ],
  "adapters/tanstack-ai/memory.ts": [
    {
      ...{ imports: TANSTACK, after: `equal(shown.at(-1), "RUN_FINISHED");\nequal(prompts.some((prompt) => JSON.stringify(prompt).includes("moved to Oslo")), true);` },
      before: `${MEMORY}${EVENTS}
await memory.addMessage(conversation.id, { role: "user", content: "My sister Ida moved to Oslo in May." });
const { id: threadId } = await memory.createConversation();
const messages = [{ role: "user" as const, content: "Where does my sister live?" }];
const prompts: unknown[] = [];
const adapter = { kind: "text", name: "scripted", model: "scripted", chatStream: ({ systemPrompts }: any) => (prompts.push(...systemPrompts), events()) } as any;`,
    },
  ],
  "adapters/tanstack-ai/persistence.ts": [
    { imports: TANSTACK, before: `${MEMORY}${EVENTS}\nconst connection = stream(() => events());`, after: `await chat.sendMessage("Hello");\nfor (let waited = 0; (await memory.getMessages(id)).length < 2 && waited < 5_000; waited += 20) await new Promise((resolve) => setTimeout(resolve, 20));\nequal((await memory.getMessages(id)).map(({ content }) => content), ["Hello", "72 of 100."]);` },
  ],
  "agent/agent.ts": [
    { imports: CORE, before: MEMORY + SERVER, after: `equal([answer, shown], ["72 of 100.", ["72 of 100."]]);` },
    { imports: CORE, before: AGENT, after: `equal([(await memory.getMessages(conversationId)).length, shown, controller.signal.aborted], [4, ["I heard: And healthcare?"], false]);` },
    { imports: CORE, before: AGENT, after: `equal((await memory.listBranches(conversation.id, messageId)).map(({ id }) => id), [answer.id, messageId]);` },
    { imports: CORE, before: AGENT, after: `equal(${contents}[0], "How healthy is education in 2024?");` },
  ],
  "agent/layers.ts": [
    {
      ...{ imports: CORE, before: `${AGENT}\nconst rowsAbout = (entities: string[]) => { show(entities); return [{ health: 72 }]; };` },
      after: `await agent.processQuery("How healthy is Education?");\nequal(shown, [["Education"]]);`,
    },
  ],
  "errors.ts": [
    { imports: CORE, before: `const error: unknown = Object.assign(new Error("no network"), { name: "MemoryError", code: "model", offline: true, messageId: "waits" });\nconst showThatItWaits = show;`, after: `equal(shown, ["waits"]);` },
    memory(`equal(${contents}.length, 2); // the message is there already`, `\nconst id = conversation.id;\nconst offerToDelete = show;`),
  ],
  "index.ts": [
    { imports: CORE },
    { imports: CORE, before: "interface MyMetadata { rating?: number }", after: `equal([memory.userId, own.userId], ["ada", "ada"]);` },
  ],
  "lazy.ts": [
    { imports: `import { load } from "conversation-memory/lazy";`, after: `equal([typeof ConversationAgent, typeof openAICompatible], ["function", "function"]);` },
    { imports: `import { ConversationManager } from "conversation-memory/lazy";`, after: `equal(memory.userId, "ada");` },
  ],
  "manager/file-part.ts": [
    {
      ...{ imports: `${CORE}\nimport { isFilePart } from "conversation-memory";` },
      before: `${MEMORY.replace("const message = question;", "")}
const message = await memory.addMessage(conversation.id, { role: "user", parts: [{ type: "text", text: "Which bird?" }, { type: "file", blob: new Blob(["abc"], { type: "image/png" }) }] });
const get = memory.getAttachment.bind(memory);
memory.getAttachment = async (id) => { const file = await get(id); show(file?.size); return file; };`,
      after: "equal(shown, [3]);",
    },
  ],
  "manager/manager.ts": [
    memory(`equal(fullName, "you");`),
    memory(`equal((await memory.getUser()).fullName, "Ada");`),
    memory(`equal((await memory.buildPrompt(id, "Why?")).system.startsWith("You explain step by step."), true);`),
    memory(`equal((await memory.getPersona("tutor"))?.displayName, "Tutor");`),
    memory(`equal(shown.filter((_, index) => index % 2 === 0), ["digital_twin_designer", "transformation_analyst"]);`),
    memory(`equal((await memory.listConversations()).map(({ title }) => title), ["Education", "New Conversation", "How healthy is education?"]);`),
    memory(`equal((await memory.getConversation(id))?.messageCount, 0);`),
    memory("equal([first.length, second.length], [1, 0]);"),
    memory(`equal(title, "Education");`),
    memory(`equal((await memory.getConversation(conversation.id))?.pinned, true);`),
    memory(`equal([shown, await memory.listConversations()], [["deleted"], []]);`),
    memory(`equal(shown, ["How healthy is education?", 2]);`),
    memory(`equal(shown, ["How healthy is education? (2)"]);`),
    memory(`equal(${contents}.at(-1), "How healthy is education?");`),
    memory(`equal(${contents}.length, 4);`),
    memory("equal([first.length, next.length], [2, 0]);"),
    memory(`equal(shown, ["user: How healthy is education?", "assistant: 72 of 100."]);`),
    memory(`equal((await memory.getMessages(conversation.id))[0].metadata, { rating: 5 });`),
    memory(`equal(${contents}[0], "How healthy is education in 2024?");`),
    memory(`equal(${contents}, ["72 of 100."]);`),
    memory("equal([newest.messages.length, older], [2, undefined]);"),
    memory("equal([messages.length, headId, beginnings.map(({ id }) => id)], [2, answer.id, [question.id]]);"),
    memory(
      `equal(image.src.startsWith("blob:"), true);`,
      `\nconst stored = await memory.addMessage(conversation.id, { role: "user", parts: [{ type: "file", blob: new Blob(["abc"], { type: "image/png" }) }] });\nconst part = stored.parts?.[0] as { attachment: string };\nconst image = new Image();`,
    ),
    memory(`equal(context, "User: How healthy is education?\\nAssistant: 72 of 100.");`),
    memory(`equal([typeof system, messages.at(-1)], ["string", { role: "user", content: "And healthcare?" }]);`),
    memory(`equal(shown, ["1 of 1"]);`),
    memory(`equal((await memory.getConversation(conversation.id))?.headId, answer.id);`, `\nawait memory.addMessage(conversation.id, { role: "user", content: "How healthy is water?", parentId: null });`),
    memory(`equal((await memory.getMessages(copy.id)).length, 2);`),
    memory(`equal(shown, ["72 of 100.", ["education"]]);`),
    memory(`equal(shown[0], "My sister Ida moved to Oslo in May.");`, `\nawait memory.addMessage(conversation.id, { role: "user", content: "My sister Ida moved to Oslo in May." });`),
    memory(`input.value = "educ";\nawait input.oninput(new Event("input"));\nequal((shown[0] as unknown[]).length, 2);`, `\nconst input = document.createElement("input") as unknown as { value: string; oninput: (event: Event) => Promise<void> };`),
    memory(`equal(await memory.extractEntities("Is Villa Romano open next Friday at 12:30?"), ["Villa Romano", "next Friday", "12:30"]);`),
    memory(`const [, { metadata }] = await memory.getMessages(conversation.id);\nequal((metadata.visualization as { chartType: string }).chartType, "bar");`),
    memory(`const { id } = await memory.addMessage(conversation.id, { role: "user", content: "More" });\nfor (let waited = 0; shown.length === 0 && waited < 5_000; waited += 20) await new Promise((resolve) => setTimeout(resolve, 20));\nstop();\nequal(shown, [id]);`),
    memory(`equal(link.href.startsWith("blob:"), true);`, `\nconst link = document.createElement("a");`),
    memory("equal([conversations, shown], [1, []]);", "\nconst file = await memory.exportAll();\nawait memory.deleteConversation(conversation.id);"),
    memory("equal([rebuilt, damaged, shown], [0, [], []]);"),
    memory("equal(removed, 0);"),
    memory("equal(await memory.listConversations(), []);"),
    memory(`equal([typeof persisted, shown], ["boolean", []]);`),
    memory(`equal(shown.length, (await memory.storageStatus()).persisted ? 0 : 1);`),
    memory(`equal(shown, ["closed"]);`),
  ],
  "manager/open.ts": [
    { imports: CORE, after: `equal((await memory.createConversation()).messageCount, 0);\nawait memory.close();` },
    {
      imports: CORE,
      before: `const pipeline = async (..._: string[]) => async (texts: string[], _: object) => ({ tolist: () => texts.map(() => [1, 0]) });`,
      after: `equal((await memory.recall("anything")).length, 0);\nawait memory.close();`,
    },
  ],
  "providers/ai-sdk.ts": [{ imports: `${CORE}\nimport type { Prompt } from "conversation-memory";`, before: MEMORY, after: `const prompt: Prompt = await memory.buildPrompt(conversation.id, "And healthcare?");\nconst { text } = await model.generate(prompt, { signal: AbortSignal.timeout(10_000), onDelta: show });\nequal([text, shown], ["72 of 100.", ["72 of 100."]]);` }],
  "providers/browser.ts": [{ imports: CORE, after: `equal([typeof model.generate, model.needsNetwork ?? true], ["function", !hasOne]);` }],
  "providers/offline.ts": [
    {
      ...{ imports: CORE, after: "equal(shown, [prompt]);" },
      before: `${MEMORY}
globalThis.fetch = async () => { throw new TypeError("Failed to fetch"); };
const model = openAICompatible({ baseURL: "http://localhost:11434/v1", model: "llama3.2" });
const prompt = await memory.buildPrompt(conversation.id, "And healthcare?");
const call = { signal: AbortSignal.timeout(10_000), onDelta: () => {} };
const askAgainLater = show;`,
    },
  ],
  "providers/openai.ts": [{ imports: CORE, before: MEMORY + SERVER, after: `equal([text, shown], ["72 of 100.", ["72 of 100."]]);` }],
  "providers/types.ts": [{ imports: CORE, before: MEMORY, after: `const agent = new ConversationAgent({ manager, model: echo });\nequal((await agent.processQuery("Hello")).answer, "You said: Hello");` }],
  "routes/chat-routes.ts": [
    {
      ...{ imports: CORE, after: "equal([response.status, (await response.json()).conversations.length], [200, 1]);" },
      before: `${AGENT}\nconst agents = { get: (_: string) => agent };\nconst userOf = (_: string | null) => "ada";\nconst request = new Request(new URL("/api/v1/chat/conversations", location.href));`,
    },
  ],
  "routes/serve-chat.ts": [{}],
  "slim.ts": [{ imports: `import { ConversationManager, init } from "conversation-memory/slim";`, before: `const load = globalThis.fetch;\nglobalThis.fetch = () => load("/node_modules/conversation-memory/dist/memory.wasm");`, after: `equal((await ConversationManager.open({ userId: "ada" })).userId, "ada");` }],
};
