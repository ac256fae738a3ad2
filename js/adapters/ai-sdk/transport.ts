// A transport of the AI SDK's chats that answers on the device.

import type { ChatTransport, UIMessage, UIMessageChunk } from "ai";
import type { ConversationAgent } from "../../agent/agent.js";
import { raceAbort } from "../../concurrency/abort.js";
import { isMemoryError, memoryError, misfit } from "../../errors.js";
import type { AnyManager } from "../../manager/manager.js";
import * as argument from "../../validation/arguments.js";
import { plain } from "../json.js";
import { storedMessage } from "../stored-message.js";
import { Chunks } from "./chunks.js";
import { finishWith, followAnswer } from "./follow.js";
import { rememberConversation, rememberGone, rememberSaved, wasConversation, wasStored } from "./known-messages.js";
import { saveUIMessages } from "./store.js";
import { hasParts, isBlank, isStored, readUIMessage, toNewMessage } from "./ui-messages.js";

/** How soon it is looked again whether the turn of another tab is over. */
const LOOK_EVERY_MS = 100;

/** What answers a chat, and how its conversation begins. */
export interface ChatTransportOptions {
  /** Answers, in its memory: a `ConversationAgent`. */
  agent: Pick<ConversationAgent, "regenerate"> & {
    /** The memory of the agent. */
    readonly manager: AnyManager;
  };
  /** The persona of conversations that a chat begins. */
  persona?: string;
  /**
   * Told the conversation of a chat whose id names none: it is made with the first question. To find the chat again, keep
   * that id, and give it to `useChat` as `id` the next time.
   */
  onConversation?: (conversationId: string, chatId: string) => void;
}

/**
 * A transport for `useChat` that runs the turns on the device: the question is stored, the agent answers it, and what arrives
 * is streamed and kept, whatever becomes of the page. The chat's `id` is the conversation's. An edited question and
 * a regenerated answer are branches.
 *
 * `resumeStream` (`useChat({ resume: true })`) shows an answer that is arriving, in another tab or a worker, or since
 * before the page was loaded, from its beginning to its end.
 *
 * A failure is the chat's `error`, a `MemoryError`. Messages have the ids that the chat gave them; the answer has the one that it
 * is stored under.
 *
 * @throws `invalid-input` when an option does not fit; its `argument` names it.
 *
 * @example
 * const transport = createChatTransport({ agent });
 * // In the component:
 * const { messages, sendMessage } = useChat({ id: conversation.id, transport });
 */
export function createChatTransport<UI extends UIMessage = UIMessage>(options: ChatTransportOptions): ChatTransport<UI> {
  const option = argument.options("options", options ?? null);
  const agent = option("agent", (path, value) => {
    argument.fields(path, value)("regenerate", argument.callback);
    return value as ChatTransportOptions["agent"];
  });
  const persona = option("persona", argument.optional(argument.name));
  const onConversation = option("onConversation", argument.optional(argument.callback<NonNullable<ChatTransportOptions["onConversation"]>>));
  return new AgentTransport<UI>({ agent, persona, onConversation });
}

class AgentTransport<UI extends UIMessage> implements ChatTransport<UI> {
  /** An answer that is followed comes from its beginning. */
  readonly resumeStreamIsReplay = true;
  readonly #agent: ChatTransportOptions["agent"];
  readonly #options: Pick<ChatTransportOptions, "persona" | "onConversation">;
  /** The conversations of chats whose ids name none. */
  readonly #conversations = new Map<string, Promise<string>>();
  /** An edited question has an id of its own; the chat goes on calling it by the id that it had before. */
  readonly #names = new Map<string, string>();

  /** By their conversations, what comes of the turns that were begun last: the answers' ids, when they are over. */
  readonly #turns = new Map<string, Promise<string | undefined>>();

  constructor({ agent, ...options }: ChatTransportOptions) {
    this.#agent = agent;
    this.#options = options;
  }

  readonly sendMessages: ChatTransport<UI>["sendMessages"] = async ({ trigger, chatId, messages: given, abortSignal: signal }) => {
    const isAgain = trigger === "regenerate-message";
    // Behind the question that is to be answered again may stand the message of the role "system" that says why it was not answered.
    let end = given.length;
    while (isAgain && given[end - 1]?.role === "system") end -= 1;
    const messages = given.slice(0, end);
    const question = messages.at(-1);
    if (question?.role !== "user") throw misfit("messages", "end with a question of the user: the agent of this device has no tools to go on with");
    if (isBlank(question)) throw misfit("messages", "end with a question that has words or a file");
    const conversationId = (await this.#conversationOf(chatId)) ?? (await this.#begin(chatId, messages));
    const before = this.#turns.get(conversationId);
    let tell!: (answerId: string | undefined | Promise<string | undefined>) => void;
    const over = new Promise<string | undefined>((resolve) => (tell = resolve));
    this.#turns.set(conversationId, over);
    void over.then(() => this.#turns.get(conversationId) === over && this.#turns.delete(conversationId));
    try {
      // What has arrived of an answer is no message yet: what is asked meanwhile is to follow the whole one.
      const answerId = await this.#turnBefore(conversationId, before, signal);
      const questionId = await this.#store(conversationId, await this.#withoutRefused(conversationId, messages), isAgain, answerId);
      return this.#answer(conversationId, questionId, signal, tell);
    } catch (error) {
      tell(before);
      throw error;
    }
  };

  readonly reconnectToStream: ChatTransport<UI>["reconnectToStream"] = async ({ chatId, ...options }) => {
    const conversationId = await this.#conversationOf(chatId);
    // Older releases of the SDK give no signal.
    const { abortSignal } = options as { abortSignal?: AbortSignal };
    return conversationId === undefined ? null : followAnswer(this.#manager, conversationId, abortSignal);
  };

  get #manager(): AnyManager {
    return this.#agent.manager;
  }

  async #conversationOf(chatId: string): Promise<string | undefined> {
    const begun = this.#conversations.get(chatId);
    if (begun !== undefined) return begun;
    const id = (await this.#manager.getConversation(chatId))?.id;
    if (id !== undefined) rememberConversation(this.#manager, id);
    return id;
  }

  #begin(chatId: string, messages: UI[]): Promise<string> {
    // Another question of the chat may have begun it since it was looked for.
    const known = this.#conversations.get(chatId);
    if (known !== undefined) return known;
    // Otherwise all that the chat shows of it would be stored once more. Of a chat that begins with a new question nothing would.
    const isNew = messages.length === 1 && !wasStored(this.#manager, chatId, plain(messages[0]!));
    if (!isNew && wasConversation(this.#manager, chatId)) throw memoryError("not-found", `the conversation ${chatId} was deleted`);
    const { persona, onConversation } = this.#options;
    const begun = this.#manager.createConversation(persona === undefined ? {} : { persona }).then(({ id }) => id);
    this.#conversations.set(chatId, begun);
    // One that could not be made is made the next time.
    begun.catch(() => this.#conversations.delete(chatId));
    return begun.then((id) => (onConversation?.(id, chatId), id));
  }

  /** Waits until the turn that is under way in the conversation is over, in whatever tab. Gives the id of its answer. */
  async #turnBefore(conversationId: string, before: Promise<string | undefined> | undefined, signal: AbortSignal | undefined): Promise<string | undefined> {
    let answerId = await (before && signal ? raceAbort(before, signal) : before);
    for (;;) {
      signal?.throwIfAborted();
      const { arriving } = await this.#manager.getThread(conversationId, { limit: 1 });
      if (arriving === undefined) return answerId;
      answerId = arriving.messageId;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Without questions that had no words: the chat shows them, and they are stored nowhere. */
  async #withoutRefused(conversationId: string, messages: UI[]): Promise<UI[]> {
    const kept = await Promise.all(messages.map(async (message) => !isBlank(message) || (await storedMessage(this.#manager, conversationId, message.id)) !== undefined));
    return messages.filter((_, index) => kept[index]);
  }

  /** Stores the question, the last of the messages, where it is not stored. Gives its id. */
  async #store(conversationId: string, messages: UI[], isAgain: boolean, answerId: string | undefined): Promise<string> {
    const question = readUIMessage(`messages[${messages.length - 1}]`, messages.at(-1));
    const id = await this.#nameOf(conversationId, question);
    const named = await storedMessage(this.#manager, conversationId, id);
    if (named && (isAgain || (await isStored(this.#manager, named, question)))) return id;
    // Other parts under its id, as of an edit, are something new that is said.
    if (!named && wasStored(this.#manager, conversationId, { ...question, id })) throw memoryError("not-found", `the question ${id} was deleted`);
    // Of an edited question only the version that the chat shows may be deleted.
    const stored = named ?? (id === question.id ? undefined : await storedMessage(this.#manager, conversationId, question.id));
    const { id: own, ...given } = toNewMessage(question);
    if (stored) {
      const { id: other } = await this.#manager.addMessage(conversationId, { ...given, parentId: stored.parentId ?? null });
      this.#names.set(question.id, other);
      rememberSaved(this.#manager, conversationId, [{ ...question, id: other }]);
      return other;
    }
    const last = await this.#parentOf(conversationId, messages.slice(0, -1));
    // The chat may not have shown the answer that was waited for when it asked.
    const answer = answerId === undefined ? undefined : await storedMessage(this.#manager, conversationId, answerId);
    const parentId = answer && (answer.parentId ?? null) === last ? answer.id : last;
    await this.#manager.addMessage(conversationId, { ...given, id: own, parentId });
    rememberSaved(this.#manager, conversationId, [question]);
    return own;
  }

  /** What follows these messages follows the last of them that is stored; null when none is. */
  async #parentOf(conversationId: string, messages: UI[]): Promise<string | null> {
    const named = await Promise.all(messages.map(async (message) => ({ ...message, id: await this.#nameOf(conversationId, message) })));
    const isThere = async ({ id }: UI) => (await storedMessage(this.#manager, conversationId, id)) !== undefined;
    const last = named.at(-1);
    if (last === undefined || (await isThere(last))) return last?.id ?? null;
    // A chat may begin with messages that were never stored, and show some that were deleted.
    await saveUIMessages(this.#manager, conversationId, named);
    while (named.length > 0 && !(await isThere(named.at(-1)!))) named.pop();
    return named.at(-1)?.id ?? null;
  }

  /** The id under which a message is stored that the chat shows: after another branch was chosen it may be the chat's own again. */
  async #nameOf(conversationId: string, message: UIMessage): Promise<string> {
    const name = this.#names.get(message.id);
    if (name === undefined) return message.id;
    const own = await storedMessage(this.#manager, conversationId, message.id);
    return own && (await hasParts(this.#manager, own, plain(message))) ? message.id : name;
  }

  /** `end` is told the id of the answer when the turn is over. */
  #answer(conversationId: string, questionId: string, signal: AbortSignal | undefined, end: (answerId: string | undefined) => void): ReadableStream<UIMessageChunk> {
    let chunks: Chunks;
    let answerId: string | undefined;
    return new ReadableStream({
      start: (controller) => {
        const written = (chunks = new Chunks(controller));
        const turn = this.#agent.regenerate(conversationId, questionId, {
          ...(signal && { signal }),
          onBegin: ({ messageId }) => written.begin((answerId = messageId)),
          onReasoning: (delta) => written.add("reasoning", delta),
          onDelta: (delta) => written.add("text", delta),
        });
        const finish = async ({ messageId }: { messageId: string }) => {
          const message = await storedMessage(this.#manager, conversationId, messageId);
          if (message) (await finishWith(this.#manager, message))(written);
          else written.close(); // deleted meanwhile
        };
        const settle = async (error?: unknown) => {
          // One for which there was no room may be stored later.
          if (error !== undefined && !(isMemoryError(error) && (error.code === "aborted" || error.code === "not-found"))) return;
          const isGone = answerId !== undefined && (await storedMessage(this.#manager, conversationId, answerId)) === undefined;
          // The chat shows what has arrived of it, and would have it stored with the next question.
          if (isGone) rememberGone(this.#manager, conversationId, answerId!);
        };
        turn.then(() => settle(), settle).catch(() => {}).finally(() => end(answerId));
        turn.then(finish).catch((error: unknown) => {
          if (isMemoryError(error) && error.code === "aborted") written.close();
          else written.fail(error);
        });
      },
      // Nobody looks any more: the turn goes on, and its answer is stored.
      cancel: () => chunks.drop(),
    });
  }
}
