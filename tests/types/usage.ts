// Checked by `tsc`, never run: the package's declarations against the contract, and right and wrong uses.
import * as contract from "./contract.js";
import { ConversationAgent, ConversationManager, isMemoryError } from "conversation-memory";
import type {
  Conversation,
  ConversationSummary,
  Json,
  LanguageModel,
  MemoryError,
  MemoryErrorCode,
  Message,
  MessageStatus,
  Metadata,
  NewMessage,
  OpenOptions,
  Page,
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
same<ConversationSummary, contract.ConversationSummary>();
same<PastResult, contract.PastResult>();
same<Page, contract.Page>();
same<OpenOptions, contract.OpenOptions>();
same<Role, contract.Role>();
same<MessageStatus, contract.MessageStatus>();
same<Json, contract.Json>();
same<Metadata, contract.Metadata>();
same<MemoryErrorCode, contract.MemoryErrorCode>();
same<MemoryError, contract.MemoryError>();
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
  // @ts-expect-error no such reason
  await ConversationManager.open({ userId: "x", onClosed: (reason: "bored") => reason });
  // @ts-expect-error made by open() only
  new ConversationManager();
  // @ts-expect-error whose memory it is never changes
  memory.userId = "user-2";
  // @ts-expect-error no such role
  await memory.addMessage(id, { role: "robot", content: "x" });
  // @ts-expect-error the content is missing
  await memory.addMessage(id, { role: "user" });
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
  (await agent.flushQueue()) satisfies TurnResult[];
  await (agent.dispose() satisfies Promise<void>);
  [answer, ...insights] satisfies string[];
  const error: unknown = undefined;
  if (isMemoryError(error)) [error.messageId, error.conversationId] satisfies (string | undefined)[];
  // A model need not listen for reasoning, nor tell of it.
  await model.generate(await manager.buildPrompt(conversationId, "q"), { signal: AbortSignal.timeout(1), onDelta: () => {} });
  // @ts-expect-error a silence is a number
  new ConversationAgent({ manager, model, maxSilence: "long" });
}
