// Checked by `tsc`, never run: the package's declarations against the contract, and right and wrong uses.
import * as contract from "./contract.js";
import { aiSdkModel, browserModel, ConversationAgent, ConversationManager, createChatRoutes, isFilePart, isMemoryError, openAICompatible } from "conversation-memory";
import type {
  Analysis,
  Completion,
  Conversation,
  ConversationSummary,
  Json,
  LanguageModel,
  MemoryChange,
  MemoryError,
  MemoryErrorCode,
  Message,
  MessageStatus,
  Metadata,
  MessageChange,
  NewFile,
  NewMessage,
  NewPart,
  OpenOptions,
  Page,
  Part,
  PastResult,
  Persona,
  Role,
  TurnResult,
  User,
} from "conversation-memory";
import * as slim from "conversation-memory/slim";

// ------------------------------------------------------------------ the same types

type Both<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** Each assignable to the other, with the same keys; the keys also tell optional fields apart. */
type Same<A, B> = Both<A, B> extends true ? (Both<keyof A, keyof B> extends true ? Both<Required<A>, Required<B>> : false) : false;
const same = <A, B>(..._: Same<A, B> extends true ? [] : ["these types differ"]): void => {};

same<User, contract.User>();
same<Persona, contract.Persona>();
same<Conversation, contract.Conversation>();
same<Message, contract.Message>();
same<NewMessage, contract.NewMessage>();
same<MessageChange, contract.MessageChange>();
same<Part, contract.Part>();
same<NewFile, contract.NewFile>();
same<NewPart, contract.NewPart>();
same<ConversationSummary, contract.ConversationSummary>();
same<PastResult, contract.PastResult>();
same<Page, contract.Page>();
same<OpenOptions, contract.OpenOptions>();
same<Role, contract.Role>();
same<MessageStatus, contract.MessageStatus>();
same<Json, contract.Json>();
same<Metadata, contract.Metadata>();
same<MemoryErrorCode, contract.MemoryErrorCode>();
same<MemoryChange, contract.MemoryChange>();
({}) as MemoryError satisfies contract.MemoryError;
same<MemoryError["code"], MemoryErrorCode>();
same<Parameters<ConversationManager["definePersona"]>, [persona: contract.NewPersona]>();
same<Parameters<typeof ConversationManager.open>, [options: contract.OpenOptions]>();
same<ReturnType<typeof ConversationManager.open>, Promise<ConversationManager>>();

// Every method takes and gives what the contract says, no more and no less.
type Method = { [Name in keyof contract.Manager]: contract.Manager[Name] extends (...parts: never[]) => unknown ? Name : never }[keyof contract.Manager];
type Differing = {
  [Name in Method]: Same<Parameters<ConversationManager[Name]>, Parameters<contract.Manager[Name]>> extends true
    ? Same<Awaited<ReturnType<ConversationManager[Name]>>, Awaited<ReturnType<contract.Manager[Name]>>> extends true
      ? never
      : Name
    : Name;
}[Method];
const differing: Differing[] = [];
differing satisfies never[];

// The comparison itself can tell types apart.
// @ts-expect-error another field
same<User, contract.User & { age: number }>();
// @ts-expect-error an optional field more
same<Page, contract.Page & { after?: string }>();
// @ts-expect-error a field that need not be there
same<User, Omit<contract.User, "id"> & { id?: string }>();
// @ts-expect-error one role less
same<Role, Exclude<contract.Role, "tool">>();

// ------------------------------------------------------------------ right uses

export async function rightUses(): Promise<void> {
  const memory: ConversationManager = await ConversationManager.open({ userId: "user-1" });
  const options: OpenOptions = {
    userId: "user-1",
    databaseName: "another",
    storage: "memory",
    durability: "strict",
    onClosed: (reason) => reason satisfies "upgraded" | "deleted" | "evicted",
    worker: true,
  };
  await ConversationManager.open(options);
  memory satisfies contract.Manager;
  const { id }: Conversation = await memory.createConversation({ persona: "librarian" });
  await memory.createConversation();
  const found: Conversation | undefined = await memory.getConversation(id);
  found?.headId satisfies string | undefined;
  const message: Message = await memory.addMessage(id, { role: "user", content: "x", metadata: { list: [1, { a: null }] } });
  message.metadata["list"] satisfies Json | undefined;
  const batch: NewMessage[] = [{ role: "tool", content: "", parentId: message.id }];
  (await memory.addMessages(id, batch)).map((stored) => stored.seq);
  for (const { title, persona } of await memory.listConversationSummaries({ limit: 5 })) `${title} ${persona}`;
  (await memory.getMessages(id, { offset: 5 })).at(-1)?.status satisfies MessageStatus | undefined;
  (await memory.getRecentMessages(id, 5)).length;
  (await memory.buildConversationContext(id, { maxMessages: 5 })).length;
  (await memory.getRelevantPastResults(id, ["Education"], { limit: 5 })).flatMap((result) => result.overlap);
  (await memory.storeVisualizationConfig(id, "bar", { x: "year" }))?.metadata;
  (await memory.updateUser({ fullName: "Some Body" })).updatedAt;
  try {
    await memory.deleteConversation(id);
  } catch (error) {
    if (isMemoryError(error)) error.code satisfies MemoryErrorCode;
    if (isMemoryError(error)) [error.argument, error.record] satisfies (string | undefined)[];
  }
  await memory.close();
}

export async function slimUses(): Promise<void> {
  await slim.init(new Uint8Array());
  await slim.init(new ArrayBuffer(0));
  await slim.init(await WebAssembly.compile(new ArrayBuffer(0)));
  await slim.init(await fetch("memory.wasm"));
  await slim.init(new URL("https://example.org/memory.wasm"));
  const memory: slim.ConversationManager = await slim.ConversationManager.open({ userId: "user-1" });
  memory satisfies contract.Manager;
  slim.isMemoryError(null) satisfies boolean;
}

// ------------------------------------------------------------------ wrong uses

export async function wrongUses(memory: ConversationManager, id: string): Promise<void> {
  // @ts-expect-error the options are missing
  await ConversationManager.open();
  // @ts-expect-error the user is missing
  await ConversationManager.open({ databaseName: "x" });
  // @ts-expect-error no such storage
  await ConversationManager.open({ userId: "x", storage: "disk" });
  // @ts-expect-error a function that makes it
  await ConversationManager.open({ userId: "x", worker: new Worker("x.js") });
  // @ts-expect-error no such reason
  await ConversationManager.open({ userId: "x", onClosed: (reason: "bored") => reason });
  // @ts-expect-error made by open() only
  new ConversationManager();
  // @ts-expect-error whose memory it is never changes
  memory.userId = "user-2";
  // @ts-expect-error no such role
  await memory.addMessage(id, { role: "robot", content: "x" });
  // @ts-expect-error the role is missing
  await memory.addMessage(id, { content: "x" });
  // @ts-expect-error parts are a list
  await memory.addMessage(id, { role: "user", parts: { type: "text", text: "x" } });
  // @ts-expect-error a part has a type
  await memory.addMessage(id, { role: "user", parts: [{ text: "x" }] });
  // @ts-expect-error which is a text
  await memory.updateMessage(id, "x", { parts: [{ type: 1 }] });
  // @ts-expect-error a Date is no JSON
  await memory.addMessage(id, { role: "user", content: "x", metadata: { when: new Date() } });
  // @ts-expect-error metadata is an object
  await memory.updateMessageMetadata(id, "x", [1]);
  // @ts-expect-error messages are a list
  await memory.addMessages(id, { role: "user", content: "x" });
  // @ts-expect-error a limit is a number
  await memory.getMessages(id, { limit: "10" });
  // @ts-expect-error no such option
  await memory.listConversations({ first: 5 });
  // @ts-expect-error the display name is missing
  await memory.definePersona({ name: "x", systemPrompt: "x" });
  // @ts-expect-error entities are a list
  await memory.getRelevantPastResults(id, "Education");
  // @ts-expect-error a function is no JSON
  await memory.storeVisualizationConfig(id, "bar", () => 1);
  // @ts-expect-error the persona may be missing
  (await memory.getPersona("x")).name;
  // @ts-expect-error the conversation may be missing
  (await memory.getConversation(id)).title;
  const error: unknown = undefined;
  // @ts-expect-error not known to be a MemoryError
  error.code;
  // @ts-expect-error no such code
  if (isMemoryError(error)) error.code satisfies "lost";
  // @ts-expect-error the source is missing
  await slim.init();
  // @ts-expect-error null is no module
  await slim.init(null);
}

// ------------------------------------------------------------------ turns

export async function turns(manager: ConversationManager, model: LanguageModel): Promise<void> {
  const agent = new ConversationAgent({ manager, model, maxSilence: Infinity, prompt: { maxTokens: 1000 } });
  agent.start() satisfies void;
  const listeners = { onDelta: (text: string) => void text, onReasoning: (text: string) => void text };
  const result: TurnResult = await agent.processQuery("How healthy is education?", listeners);
  const { conversationId, messageId, answer, insights } = result;
  result.finishReason satisfies string | undefined;
  (await agent.regenerate(conversationId, messageId)) satisfies TurnResult;
  (await agent.cancelQueued(messageId)) satisfies boolean;
  (await agent.cancelQueued(messageId, conversationId)) satisfies boolean;
  (await agent.flushQueue()) satisfies TurnResult[];
  await (agent.dispose() satisfies Promise<void>);
  [answer, ...insights] satisfies string[];
  const error: unknown = undefined;
  if (isMemoryError(error)) [error.messageId, error.conversationId] satisfies (string | undefined)[];
  // A model need not listen for reasoning, nor tell of it.
  await model.generate(await manager.buildPrompt(conversationId, "q"), { signal: AbortSignal.timeout(1), onDelta: () => {} });
  // A model of the application's own is given files where it says which it takes.
  const sees: LanguageModel = {
    mediaTypes: ["image/*"],
    generate: async ({ messages }) => ({ text: `${messages.flatMap(({ files }) => files ?? []).map(({ blob }) => blob?.size)}` }),
  };
  new ConversationAgent({ manager, model: sees, prompt: { mediaTypes: [] } });
  // @ts-expect-error media types are a list
  await manager.buildPrompt(conversationId, "q", { mediaTypes: "image/*" });
  // @ts-expect-error a silence is a number
  new ConversationAgent({ manager, model, maxSilence: "long" });
}

// ------------------------------------------------------------------ metadata of the application's own

interface Source {
  readonly url: string;
  readonly pages?: readonly number[] | undefined;
}
interface Noted {
  sources: readonly Source[];
  note?: string;
  kind: "web" | "file" | null;
}

export async function ownMetadata(url: string | undefined): Promise<void> {
  const memory: ConversationManager<Noted> = await ConversationManager.open<Noted>({ userId: "user-1" });
  const { id } = await memory.createConversation();
  const metadata: Noted = { sources: [{ url: "x", pages: undefined }], kind: "web" };
  const message: Message<Noted> = await memory.addMessage(id, { role: "user", content: "x", metadata });
  message.metadata.sources.map((source) => source.pages?.length) satisfies (number | undefined)[];
  message.metadata.kind satisfies "web" | "file" | null;
  const batch: NewMessage<Noted>[] = [{ role: "assistant", content: "x", metadata }, { role: "user", content: "y" }];
  for (const { metadata: { sources } } of await memory.addMessages(id, batch)) sources.length;
  for (const { metadata: { kind } } of await memory.getMessages(id)) kind satisfies string | null;
  (await memory.getRecentMessages(id)).at(-1)?.metadata.note satisfies string | undefined;
  (await memory.updateMessageMetadata(id, message.id, { sources: [], kind: null })).metadata.kind;
  (await memory.listBranches(id, message.id))[0]?.metadata.sources;
  (await memory.getRelevantPastResults(id, ["x"])).map((result: PastResult<Noted>) => result.metadata.kind);
  (await memory.storeVisualizationConfig(id, "bar", metadata))?.metadata.sources;
  await memory.close();
  // An agent and the chat API take a manager of whatever metadata.
  const agent = new ConversationAgent({ manager: memory, model: { generate: async () => ({ text: "x" }) } });
  slim.createChatRoutes({ authenticate: () => "user-1", agentFor: () => agent });
  (await slim.ConversationManager.open<Noted>({ userId: "user-1" })) satisfies slim.ConversationManager<Noted>;

  // @ts-expect-error not what its messages have
  await memory.addMessage(id, { role: "user", content: "x", metadata: { sources: [], kind: "paper" } });
  // @ts-expect-error something is missing
  await memory.updateMessageMetadata(id, message.id, { kind: "web" });
  // @ts-expect-error there is no such field
  message.metadata.author;
  // @ts-expect-error metadata is an object
  await ConversationManager.open<string>({ userId: "user-1" });

  // Without a type of its own a manager takes whatever JSON can hold, and gives back JSON.
  const any: ConversationManager = await ConversationManager.open({ userId: "user-1" });
  const list: readonly string[] = ["a"];
  (await any.addMessage(id, { role: "user", content: "x", metadata })).metadata["kind"] satisfies Json | undefined;
  await any.addMessage(id, { role: "user", content: "x", metadata: { list, url, nested: { url, list } } });
  await any.addMessages(id, [{ role: "user", content: "x", metadata }, { role: "user", content: "x", metadata }]);
  await any.updateMessageMetadata(id, "x", metadata);
  await any.storeVisualizationConfig(id, "bar", metadata);
  await any.storeVisualizationConfig(id, "bar", list);
  interface Tree { name: string; children?: readonly Tree[] }
  const tree: Tree = { name: "root" };
  await any.addMessage(id, { role: "user", content: "x", metadata: tree });
  interface Timed { at: Date }
  const timed: Timed = { at: new Date() };
  // @ts-expect-error a Date is no JSON, in an interface either
  await any.addMessage(id, { role: "user", content: "x", metadata: timed });
  // @ts-expect-error a function is none
  await any.updateMessageMetadata(id, "x", { call: () => 1 });
  // @ts-expect-error an item of a list cannot be left out
  await any.updateMessageMetadata(id, "x", { list: [url] });
  // @ts-expect-error metadata is no list
  await any.addMessage(id, { role: "user", content: "x", metadata: list });
  // @ts-expect-error nor one of objects
  await any.updateMessageMetadata(id, "x", [metadata]);
}

// ------------------------------------------------------------------ parts, also of frameworks

/** As the AI SDK, assistant-ui and LangChain declare theirs: interfaces, generics, unknown values, readonly lists. */
interface TextPart { readonly type: "text"; readonly text: string; readonly parentId?: string }
interface ToolPart<Input> { type: `tool-${string}`; toolCallId: string; state: "input-available"; input: Input; output?: never; callProviderMetadata?: Record<string, unknown> | undefined }
interface Block { [key: string]: unknown; type: string }
type TheirPart = TextPart | ToolPart<unknown> | { type: `data-${string}`; id?: string; data: { rows: readonly number[] } };

export async function parts(memory: ConversationManager, own: ConversationManager<Noted>, id: string, theirs: readonly TheirPart[], blocks: Block[]): Promise<void> {
  const message = await memory.addMessage(id, { role: "user", parts: theirs, metadata: { a: 1 } });
  await own.addMessage(id, { role: "user", parts: theirs, metadata: { sources: [], kind: null } });
  await memory.addMessages(id, [{ role: "user", parts: blocks }, { role: "user", content: "x", parts: undefined }]);
  await memory.addMessage(id, message);
  await memory.updateMessage(id, message.id, { parts: [{ type: "text", text: "x" }, { type: "data-x", rows: [1] }] });
  for (const part of message.parts ?? []) {
    if (part.type === "text") part.text satisfies Json | undefined;
    if (part.type === "file") part.attachment satisfies Json | undefined;
  }
  (message.parts as TheirPart[] | undefined)?.map(({ type }) => type);
  const given: NewPart[] = [...theirs, ...(message.parts ?? [])];
  await memory.addMessage(id, { role: "tool", parts: given });
  await memory.addMessage(id, { role: "user", parts: [{ type: "text", text: "x" }, { type: "file", blob: new Blob(), name: undefined }] });
  await memory.updateMessage(id, message.id, { parts: [{ type: "file", blob: new File([], "x"), mediaType: "image/png" }] });
  for (const part of message.parts ?? []) {
    if (isFilePart(part)) [part.attachment, part.mediaType, part.name] satisfies [string, string, string | undefined];
    if (part.type === "file" && "attachment" in part) (await memory.getAttachment(String(part.attachment))) satisfies Blob | undefined;
  }
  (await memory.exportAll({ files: true })) satisfies Blob;
}

// ------------------------------------------------------------------ what one may not have is handed on as it is

export async function exactOptional(text: string | undefined, count: number | undefined, signal: AbortSignal | undefined): Promise<void> {
  const memory = await ConversationManager.open({ userId: "x", databaseName: text, onClosed: undefined, durability: undefined, defaultPersona: text });
  const { id, headId } = await memory.createConversation({ persona: text, title: text });
  await memory.listConversations({ limit: count, offset: count });
  await memory.addMessage(id, { role: "user", content: "x", parentId: headId, metadata: undefined });
  await memory.buildConversationContext(id, { maxMessages: count, maxCharacters: count });
  await memory.buildPrompt(id, "x", { maxTokens: count, countTokens: undefined, maxMessages: count, recallLimit: count, mediaTypes: undefined });
  await memory.getRelevantPastResults(id, [], { limit: count });
  await memory.definePersona({ name: "x", displayName: "x", systemPrompt: "x", description: text, colorHex: text, icon: text });
  await memory.updateUser({ email: text, fullName: text });
  await memory.importAll(new Blob(), { onProgress: undefined, signal });
  await memory.applyRetention({ maxAgeDays: 1, keepPinned: undefined });
  const model = openAICompatible({ baseURL: "/llm", model: "x", apiKey: text, headers: undefined, fetch: undefined, mediaTypes: undefined });
  browserModel({ temperature: count, mediaTypes: undefined });
  aiSdkModel({}, { streamText: undefined, maxRetries: count, mediaTypes: undefined });
  const layers = { understandIntent: undefined, generateVisualization: undefined };
  const agent = new ConversationAgent({ manager: memory, model, layers, prompt: undefined, maxSilence: count });
  await agent.processQuery("x", { conversationId: text, persona: text, signal, onBegin: undefined, onDelta: undefined, onReasoning: undefined });
  createChatRoutes({ prefix: text, authenticate: () => text, agentFor: () => agent, onError: undefined });
  ({ text: "x", metadata: undefined, usage: { inputTokens: count } }) satisfies Completion;
  ({ answer: "x", dimensions: [], insights: [], visualization: undefined, metadata: undefined }) satisfies Analysis;
  ({ conversationId: "x", messageId: "x", answer: "x", insights: [], finishReason: text }) satisfies TurnResult;
}

// ------------------------------------------------------------------ changes and errors

export function changes(memory: ConversationManager): void {
  const stop: () => void = memory.subscribe((change) => {
    if (change.type === "answer-progress") change.content satisfies string;
    else if (change.type === "message-added") change.messageId satisfies string;
    // @ts-expect-error everything has no conversation
    else if (change.type === "everything-forgotten") change.conversationId;
  });
  stop();
  memory.subscribe((batch) => batch.map(({ type }) => type), { batch: true });
  memory.subscribe((change: MemoryChange) => void change, { batch: false });
  // @ts-expect-error a batch is a list
  memory.subscribe((batch) => batch.type, { batch: true });
  // @ts-expect-error one by one they are none
  memory.subscribe((change) => change.length);
}

export function errors(error: unknown): string | undefined {
  if (!isMemoryError(error)) return undefined;
  switch (error.code) {
    case "invalid-input":
      return error.argument;
    case "storage-full":
      return error.argument;
    case "not-found":
    case "corrupt":
      return error.record;
    case "model":
      error.argument satisfies undefined;
      error.offline satisfies true | undefined;
      return error.messageId;
    case "closed":
      error.offline satisfies undefined;
      return error.message;
    default:
      error.code satisfies "storage-unavailable" | "storage-blocked" | "schema-too-new" | "storage" | "aborted";
      return error.stack;
  }
}
