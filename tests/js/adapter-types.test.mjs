// The declarations of the adapters against those of the frameworks, in every version that they are for.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/lib/root.mjs";
import { packageFolder } from "./support/package.mjs";

const folder = await mkdtemp(join(packageFolder, "types-test-"));
after(() => rm(folder, { recursive: true, force: true }));

/** What the compiler says of a file of TypeScript, with these packages at these places of node_modules. */
async function complaints(source, paths) {
  const nodeModules = (name) => [join(root, "node_modules", name)];
  const compilerOptions = {
    ...{ target: "es2022", module: "preserve", moduleResolution: "bundler", lib: ["es2022", "dom"], types: [] },
    ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true, noEmit: true, jsx: "react-jsx" },
    paths: Object.fromEntries(Object.entries(paths).map(([name, place]) => [name, nodeModules(place)])),
  };
  await writeFile(join(folder, "use.tsx"), source);
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["use.tsx"] }));
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  return promisify(execFile)(process.execPath, [compiler, "--project", folder]).then(() => "", ({ stdout }) => stdout.trim());
}

const REACT = { react: "@types/react", "react/jsx-runtime": "@types/react/jsx-runtime" };

test("the hooks of React", async () => {
  const use = (query) => `
    import { ConversationAgent, ConversationManager, type LanguageModel } from "conversation-memory";
    import * as slim from "conversation-memory/slim";
    import { MemoryProvider, useConversations, useMemory, useSearch, useThread, useTurn } from "conversation-memory/react";
    declare const model: LanguageModel;
    interface Noted { sources: string[] }
    function Chat({ id }: { id: string | undefined }) {
      const { memory, agent } = useMemory();
      const cancelled: Promise<boolean> | undefined = agent?.cancelQueued?.("id");
      const flushed = agent?.flushQueue?.();
      const { conversations, loadMore } = useConversations({ limit: 20 });
      const { messages, arriving } = useThread<Noted>(id);
      const { ask, stop } = useTurn(id, { onConversation: (id: string) => console.log(id) });
      const { hits } = useSearch("a", { limit: 3 });
      const rename = () => memory?.renameConversation(conversations[0]!.id, "x");
      const answer: Promise<string | undefined> = ask(${query}).then((result) => result?.answer);
      const sources: readonly string[] | undefined = messages[0]?.metadata.sources;
      return <p onClick={stop}>{[arriving?.content, hits[0]?.snippet, sources?.length].join()}</p>;
    }
    export const own = <MemoryProvider open={() => ConversationManager.open({ userId: "ada" })} agent={(manager) => new ConversationAgent({ manager, model })}><Chat id="a" /></MemoryProvider>;
    export const typed = <MemoryProvider open={() => slim.ConversationManager.open<Noted>({ userId: "ada" })}><Chat id={undefined} /></MemoryProvider>;
  `;
  assert.equal(await complaints(use('"Hello"'), REACT), "");
  assert.match(await complaints(use("7"), REACT), /'number' is not assignable/);
});

test("assistant-ui", async () => {
  const use = (accept) => `
    import { useAui, useLocalRuntime, useRemoteThreadListRuntime, type AttachmentAdapter, type ChatModelAdapter, type RemoteThreadListAdapter, type ThreadHistoryAdapter } from "@assistant-ui/react";
    import { ConversationManager } from "conversation-memory";
    import { createAttachmentAdapter, createChatModelAdapter, createThreadHistoryAdapter, createThreadListAdapter, followThreads } from "conversation-memory/assistant-ui";
    import type { LanguageModel } from "conversation-memory";
    declare const languageModel: LanguageModel;
    const model: ChatModelAdapter = createChatModelAdapter({ model: languageModel, manager: await ConversationManager.open({ userId: "ada" }) });
    const manager = await ConversationManager.open({ userId: "ada" });
    const adapter: RemoteThreadListAdapter = createThreadListAdapter({ manager, useAui, persona: "a" });
    export const useThreads = () => useRemoteThreadListRuntime({ adapter, runtimeHook: () => useLocalRuntime(model) });
    export const useFollowed = (): (() => void) => followThreads({ manager, runtime: useThreads() });
    export const history: ThreadHistoryAdapter = createThreadHistoryAdapter({ manager, conversationId: "id" });
    export const useOwn = () => { const aui = useAui(); return createThreadHistoryAdapter({ manager, thread: () => aui.threadListItem }); };
    export const attachments: AttachmentAdapter = createAttachmentAdapter({ manager, accept: ${accept} });
  `;
  const paths = { "@assistant-ui/react": "@assistant-ui/react", ...REACT };
  assert.equal(await complaints(use('"image/*"'), paths), "");
  assert.match(await complaints(use("7"), paths), /'number' is not assignable/);
});

test("useChat of the AI SDK", async () => {
  const use = (chat) => `
    import { useChat } from "@ai-sdk/react";
    import type { UIMessage } from "ai";
    import type { ConversationManager } from "conversation-memory";
    import { useChatUpdates } from "conversation-memory/react";
    type Own = UIMessage<{ tokens: number }>;
    export function useOwn(memory: ConversationManager | undefined, messages: Own[]) {
      const chat = useChat({ id: "id", messages });
      useChatUpdates(memory, ${chat}, { limit: 50 });
      return chat.messages[0]?.metadata?.tokens;
    }
  `;
  const paths = { ai: "ai", "@ai-sdk/react": "@ai-sdk/react", ...REACT };
  assert.equal(await complaints(use("chat"), paths), "");
  assert.match(await complaints(use("chat.messages"), paths), /is missing the following properties/);
});

for (const version of [5, 6, 7]) {
  test(`the AI SDK ${version}`, async () => {
    const use = (id) => `
      import type { AbstractChat, ChatInit, ChatTransport, UIMessage } from "ai";
      import { ConversationAgent, ConversationManager, type LanguageModel } from "conversation-memory";
      import { createChatTransport, followChat, loadUIMessages, saveUIMessages } from "conversation-memory/ai-sdk";
      declare const model: LanguageModel;
      type Own = UIMessage<{ tokens: number }, { weather: { celsius: number } }>;
      const manager = await ConversationManager.open({ userId: "ada" });
      const transport: ChatTransport<Own> = createChatTransport<Own>({ agent: new ConversationAgent({ manager, model }) });
      const messages: Own[] = await loadUIMessages<Own>(manager, ${id}, { limit: 10 });
      export const init: ChatInit<Own> = { transport, messages, onFinish: ({ message }) => void saveUIMessages(manager, "id", [message]) };
      declare const chat: AbstractChat<Own>;
      export const stop: () => void = followChat(manager, chat, { limit: 50 });
      export const plain: UIMessage[] = await loadUIMessages(manager, "id");
    `;
    const paths = { ai: version === 6 ? "ai" : `ai${version}` };
    assert.equal(await complaints(use('"id"'), paths), "");
    assert.match(await complaints(use("7"), paths), /'number' is not assignable/);
  });
}
