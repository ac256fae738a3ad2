// The memory as JavaScript sees it: every method checks the types of its arguments and hands on to the Rust core.

import { asStored, bringFiles } from "../attachments/new-files.js";
import type { ChangeFeed, MemoryChange } from "../changes/change-feed.js";
import type {
  Conversation,
  ConversationSummary,
  Core,
  Json,
  Metadata,
  NewPersona,
  Persona,
  Prompt,
  User,
  UserProfile,
} from "../core/core.js";
import { traceCallers } from "../errors.js";
import type { ImportOptions } from "../import-export/import.js";
import type { ImportReport } from "../import-export/merge.js";
import type { RunningTurns } from "../running-turns/running-turns.js";
import type { BackgroundIndex } from "../recall/background-index.js";
import { type StorageStatus, requestPersistence, storageStatus } from "../storage/storage-status.js";
import * as argument from "../validation/arguments.js";
import { type Internals, type Opened, openMemory, type OpenOptions } from "./open.js";
import { type ContextOptions, type ConversationOptions, type ExportOptions, type ListPage, type Page, readListPage, readPage, type RepairReport, type RetentionPolicy, type ThreadOptions } from "./options.js";
import { withFiles } from "./prompt-files.js";
import { type PromptOptions, readPromptOptions } from "./prompt-options.js";
import { readRecallOptions, readSearchOptions, type RecallOptions, type SearchOptions } from "./recall-options.js";
import type { Given, JsonObjectOf, JsonOf, Message, MessageChange, NewMessage, PastResult, RecallHit, SearchHit, Thread, Tree } from "./records.js";

/** Looks into a manager: for the other modules of this package, not for applications. */
export let internalsOf: (manager: AnyManager) => Internals;

/** A manager of whatever metadata. */
export type AnyManager = Manager<any>;

/**
 * The memory of one user. `M` is the application's own type of its messages' metadata.
 *
 * Every method rejects with a `MemoryError`: `invalid-input` before anything is stored when an argument does not fit,
 * `not-found` for a conversation or message this user does not have (somebody else's look the same), `closed` after
 * {@link close}, and the storage's own codes. A call that stores is one transaction: all of it is stored or nothing.
 */
export class Manager<M extends object = Metadata> {
  static {
    traceCallers(Manager.prototype);
    internalsOf = (manager) => ({
      core: manager.#core,
      runningTurns: manager.#runningTurns,
      files: manager.#files,
      ...(manager.#index && { index: manager.#index }),
    });
  }

  readonly #core: Core;
  readonly #runningTurns: RunningTurns;
  readonly #files: Opened["files"];
  readonly #changes: ChangeFeed;
  readonly #index: BackgroundIndex | undefined;
  readonly #close: () => Promise<void>;
  /** Whose memory this is. */
  readonly userId: string;

  /** A memory is made by `open`. */
  protected constructor({ core, runningTurns, files, changes, index, close, userId }: Opened) {
    this.#core = core;
    this.#runningTurns = runningTurns;
    this.#files = files;
    this.#changes = changes;
    this.#index = index;
    this.#close = close;
    this.userId = userId;
  }

  /** @internal Checks the options, loads the module, opens the store that was asked for. */
  protected static async openCore(load: () => Promise<void>, options: OpenOptions): Promise<Opened> {
    return openMemory(load, options);
  }

  /**
   * The user's profile; it has no more than the id and times as long as `updateUser` has given nothing.
   *
   * @example
   * const { fullName = "you" } = await memory.getUser();
   */
  async getUser(): Promise<User> {
    return this.#core.getUser();
  }

  /**
   * Changes what the profile names; what is left out stays.
   *
   * @throws `invalid-input` when a field is longer than 500 characters.
   *
   * @example
   * await memory.updateUser({ fullName: "Ada" });
   */
  async updateUser(profile: UserProfile): Promise<User> {
    return this.#core.updateUser(argument.profile("profile", profile));
  }

  /**
   * Defines a persona or replaces the one of that name. What a persona is told stands before every prompt of its conversations.
   * `name`, `displayName` and `icon` have at most 500 characters, `systemPrompt` and `description` at most 1 MiB. Defaults:
   * description "", color "#4F46E5", icon "chart-bar".
   *
   * @throws `invalid-input` when a field does not fit.
   *
   * @example
   * await memory.definePersona({ name: "tutor", displayName: "Tutor", systemPrompt: "You explain step by step." });
   * const { id } = await memory.createConversation({ persona: "tutor" });
   */
  async definePersona(persona: NewPersona): Promise<Persona> {
    return this.#core.definePersona(argument.persona("persona", persona));
  }

  /**
   * The persona of that name; undefined when there is none.
   *
   * @example
   * const persona = await memory.getPersona("tutor");
   * if (persona === undefined) await memory.definePersona({ name: "tutor", displayName: "Tutor", systemPrompt: "You explain step by step." });
   */
  async getPersona(name: string): Promise<Persona | undefined> {
    return this.#core.getPersona(argument.name("name", name));
  }

  /**
   * All personas, the oldest first; "transformation_analyst" and "digital_twin_designer" exist from the start.
   *
   * @example
   * for (const { name, displayName } of await memory.listPersonas()) show(name, displayName);
   */
  async listPersonas(): Promise<Persona[]> {
    return this.#core.listPersonas();
  }

  /**
   * Creates a conversation. An unknown persona name is created from the default persona's settings under that name.
   *
   * @throws `invalid-input` when the title or the persona's name has more than 500 characters.
   *
   * @example
   * const { id } = await memory.createConversation(); // it is named after its first question
   * await memory.createConversation({ title: "Education", persona: "digital_twin_designer" });
   */
  async createConversation(options?: ConversationOptions): Promise<Conversation> {
    const option = argument.options("options", options);
    const persona = option("persona", argument.optional(argument.name));
    return this.#core.createConversation(persona, option("title", argument.optional(argument.text)));
  }

  /**
   * The conversation; undefined when there is none of that id for this user.
   *
   * @example
   * const found = await memory.getConversation(location.hash.slice(1));
   * const { id } = found ?? (await memory.createConversation());
   */
  async getConversation(conversationId: string): Promise<Conversation | undefined> {
    argument.string("conversationId", conversationId);
    return this.#core.getConversation(conversationId);
  }

  /**
   * The most recently updated first. Default limit 50. With `before`, the last conversation of the page before, a page costs
   * the same wherever it stands; one that was updated meanwhile has moved to the top.
   *
   * @throws `invalid-input` when `limit` or `offset` is no number from 0, or `before` is no conversation that a page had.
   *
   * @example
   * const first = await memory.listConversations({ limit: 20 });
   * const second = await memory.listConversations({ limit: 20, before: first.at(-1) });
   */
  async listConversations(page?: ListPage): Promise<Conversation[]> {
    const { limit, offset, before } = readListPage(page);
    return this.#core.listConversations(limit, offset, before);
  }

  /**
   * Changes the title (1 to 500 characters); the conversation keeps its place in the list.
   *
   * @throws `not-found` when this user has no such conversation.
   * @throws `invalid-input` when the title is empty or longer than 500 characters.
   *
   * @example
   * const { title } = await memory.renameConversation(conversation.id, "Education");
   */
  async renameConversation(conversationId: string, title: string): Promise<Conversation> {
    argument.string("conversationId", conversationId);
    return this.#core.renameConversation(conversationId, argument.text("title", title));
  }

  /**
   * Pins or unpins; the conversation keeps its place in the list. Pinned ones stay when `applyRetention` removes old ones.
   *
   * @throws `not-found` when this user has no such conversation.
   *
   * @example
   * await memory.pinConversation(conversation.id, true);
   */
  async pinConversation(conversationId: string, pinned: boolean): Promise<Conversation> {
    argument.string("conversationId", conversationId);
    return this.#core.pinConversation(conversationId, argument.boolean("pinned", pinned));
  }

  /**
   * Removes the conversation, all its messages, and the files to which nothing else refers. false when there was none.
   *
   * @example
   * if (await memory.deleteConversation(conversation.id)) show("deleted");
   */
  async deleteConversation(conversationId: string): Promise<boolean> {
    argument.string("conversationId", conversationId);
    return this.#core.deleteConversation(conversationId);
  }

  /**
   * What a list shows of the conversation; undefined when there is none of that id for this user.
   *
   * @example
   * const summary = await memory.getConversationSummary(conversation.id);
   * if (summary) show(summary.title, summary.messageCount);
   */
  async getConversationSummary(conversationId: string): Promise<ConversationSummary | undefined> {
    argument.string("conversationId", conversationId);
    return this.#core.getConversationSummary(conversationId);
  }

  /**
   * What a list shows of the conversations, paged like `listConversations`. Default limit 50.
   *
   * @throws As `listConversations` does.
   *
   * @example
   * for (const { title, messageCount } of await memory.listConversationSummaries({ limit: 20 })) show(`${title} (${messageCount})`);
   */
  async listConversationSummaries(page?: ListPage): Promise<ConversationSummary[]> {
    const { limit, offset, before } = readListPage(page);
    return this.#core.listConversationSummaries(limit, offset, before);
  }

  /**
   * Stores the message at the end of the active branch (or after `parentId`, on a new branch that becomes the active
   * one; `parentId: null` begins the conversation once more), moves `updatedAt`, and names an untitled conversation after
   * its first user message. A lone surrogate in `content` becomes U+FFFD; in `parts` and `metadata` it is kept. Content and
   * parts up to 8 MiB each, metadata up to 1 MiB.
   *
   * A message has `content`, or `parts`: then its content is the texts of its parts of type "text", with a blank line between
   * them, and both may be given only where they agree. A part `{ type: "file", blob, name?, mediaType? }` brings a file of up
   * to 256 MiB, which is stored beside the messages, once for the same bytes: the part is stored with its id as `attachment`.
   * When there is no room for it the call rejects with `storage-full`, whose `argument` names it, and nothing is stored.
   *
   * `id` may be your own: 1 to 128 characters, unique within the conversation. The same id with the same role, author,
   * content and parts again changes nothing and gives the message that is there, so that a call can be repeated; with something else
   * it rejects with `invalid-input`. `createdAt` is when it was said elsewhere, `author` a name within the role.
   *
   * @throws `not-found` when this user has no such conversation, or the conversation no message `parentId`.
   * @throws `invalid-input` when the message does not fit: `argument` says what of it.
   * @throws `storage-full` when there is no room; nothing is stored. Of a file `argument` names it.
   *
   * @example
   * await memory.addMessage(conversation.id, { role: "user", content: "How healthy is education?" });
   */
  async addMessage<T extends Given<M>>(conversationId: string, message: NewMessage<T & JsonObjectOf<T>>): Promise<Message<M>>;
  /** The same with metadata of the manager's own type. */
  async addMessage(conversationId: string, message: NewMessage<M>): Promise<Message<M>>;
  async addMessage(conversationId: string, message: NewMessage<M>): Promise<Message<M>> {
    argument.string("conversationId", conversationId);
    const given = argument.message("message", message);
    const added = bringFiles([given])
      ? this.#runningTurns.call(() => this.#files.storeMessages(conversationId, [given], "message"))
      : this.#core.addMessages(conversationId, [asStored(given)], undefined, true);
    return this.#own(added.then(([message]) => message));
  }

  /**
   * Several messages in one transaction, in order: all of them or none. Those that are there already are not added again. At most
   * 1,000,000 messages.
   *
   * @throws As `addMessage` does; `argument` says which message, such as `messages[3].content`.
   *
   * @example
   * await memory.addMessages(conversation.id, [
   *   { role: "user", content: "How healthy is education?" },
   *   { role: "assistant", content: "72 of 100.", metadata: { entities: ["Education"] } },
   * ]);
   */
  async addMessages<T extends Given<M>>(conversationId: string, messages: readonly NewMessage<T & JsonObjectOf<T>>[]): Promise<Message<M>[]>;
  /** The same with metadata of the manager's own type. */
  async addMessages(conversationId: string, messages: readonly NewMessage<M>[]): Promise<Message<M>[]>;
  async addMessages(conversationId: string, messages: readonly NewMessage<M>[]): Promise<Message<M>[]> {
    argument.string("conversationId", conversationId);
    const given = argument.messages("messages", messages);
    if (!bringFiles(given)) return this.#own(this.#core.addMessages(conversationId, given.map(asStored)));
    return this.#own(this.#runningTurns.call(() => this.#files.storeMessages(conversationId, given, "messages")));
  }

  /**
   * Messages of the active branch, the oldest first. Default limit 100, offset 0 from the oldest. For screens `getThread` fits
   * better: it begins with the newest.
   *
   * @throws `not-found` when this user has no such conversation.
   * @throws `invalid-input` when `limit` or `offset` is no number from 0.
   *
   * @example
   * const first = await memory.getMessages(conversation.id, { limit: 20 });
   * const next = await memory.getMessages(conversation.id, { limit: 20, offset: 20 });
   */
  async getMessages(conversationId: string, page?: Page): Promise<Message<M>[]> {
    argument.string("conversationId", conversationId);
    const { limit, offset } = readPage(page, 100);
    return this.#own(this.#core.getMessages(conversationId, limit, offset));
  }

  /**
   * The newest `count` (default 10) messages of the active branch, in chronological order.
   *
   * @throws `not-found` when this user has no such conversation.
   * @throws `invalid-input` when `count` is no number from 0.
   *
   * @example
   * for (const { role, content } of await memory.getRecentMessages(conversation.id, 2)) show(`${role}: ${content}`);
   */
  async getRecentMessages(conversationId: string, count?: number): Promise<Message<M>[]> {
    argument.string("conversationId", conversationId);
    return this.#own(this.#core.getRecentMessages(conversationId, argument.count(10)("count", count)));
  }

  /**
   * Replaces the metadata of a message as a whole: at most 1 MiB of JSON, nested at most 1,000 levels deep.
   *
   * @throws `not-found` when this user has no such conversation, or the conversation no such message.
   * @throws `invalid-input` when the metadata is no JSON object, or too large.
   *
   * @example
   * await memory.updateMessageMetadata(conversation.id, message.id, { ...message.metadata, rating: 5 });
   */
  async updateMessageMetadata<T extends Given<M>>(conversationId: string, messageId: string, metadata: T & JsonObjectOf<T>): Promise<Message<M>>;
  /** The same with metadata of the manager's own type. */
  async updateMessageMetadata(conversationId: string, messageId: string, metadata: M): Promise<Message<M>>;
  async updateMessageMetadata(conversationId: string, messageId: string, metadata: M): Promise<Message<M>> {
    argument.string("conversationId", conversationId);
    argument.string("messageId", messageId);
    return this.#own(this.#core.updateMessageMetadata(conversationId, messageId, argument.metadata("metadata", metadata)));
  }

  /**
   * Changes what is named of a message: its content, parts, metadata (both as a whole) or status, in one transaction. When
   * content or parts change, `metadata.editedAt` says when. A conversation that was named after the message is
   * named after what it says now.
   *
   * `parts` take the place of those that were, and make the content. `content` alone becomes the only text of a message with
   * parts, at the place of its first one; its other parts stay.
   *
   * @throws `not-found` when this user has no such conversation, or the conversation no such message.
   * @throws `invalid-input` for what is too large, and for the status "queued".
   *
   * @example
   * await memory.updateMessage(conversation.id, message.id, { content: "How healthy is education in 2024?" });
   */
  async updateMessage<T extends Given<M>>(conversationId: string, messageId: string, change: MessageChange<T & JsonObjectOf<T>>): Promise<Message<M>>;
  /** The same with metadata of the manager's own type. */
  async updateMessage(conversationId: string, messageId: string, change: MessageChange<M>): Promise<Message<M>>;
  async updateMessage(conversationId: string, messageId: string, change: MessageChange<M>): Promise<Message<M>> {
    argument.string("conversationId", conversationId);
    argument.string("messageId", messageId);
    const given = argument.messageChange("change", change);
    if (!bringFiles([given])) return this.#own(this.#core.updateMessage(conversationId, messageId, asStored(given)));
    return this.#own(this.#runningTurns.call(() => this.#files.storeChange(conversationId, messageId, given)));
  }

  /**
   * Removes one message, of whatever branch, and nothing that names it stays: what followed it follows its parent. Where it
   * was the newest of the active branch, the newest message that continues its parent takes its place. A conversation that
   * was named after it is named after the first user message that is left. A turn that was to answer it is over.
   * `false` when there was none.
   *
   * Subscribers are told `message-deleted`, and `message-updated` of the messages that follow another one now; a tab that
   * was away meanwhile is told `conversation-updated`.
   *
   * @throws `not-found` when this user has no such conversation.
   *
   * @example
   * await memory.deleteMessage(conversation.id, message.id);
   */
  async deleteMessage(conversationId: string, messageId: string): Promise<boolean> {
    argument.string("conversationId", conversationId);
    argument.string("messageId", messageId);
    return this.#own(this.#core.deleteMessage(conversationId, messageId));
  }

  /**
   * A screen of the active branch: its newest `limit` messages (default 50), or with `before` or `after`, a cursor that
   * another screen gave, those before or behind it. Each message says where it stands among its alternatives; `arriving`
   * is the answer under way, in whatever tab, as far as it was saved.
   *
   * Where the message of a cursor was deleted, it goes on where that stood.
   *
   * @throws `not-found` when this user has no such conversation, or when a cursor is one of another conversation.
   * @throws `invalid-input` when a cursor is none that a screen has given, or both are given.
   *
   * @example
   * const newest = await memory.getThread(conversation.id);
   * const older = newest.before && (await memory.getThread(conversation.id, { before: newest.before }));
   */
  async getThread(conversationId: string, options?: ThreadOptions): Promise<Thread<M>> {
    argument.string("conversationId", conversationId);
    const option = argument.options("options", options);
    const before = option("before", argument.optional(argument.string));
    const after = option("after", argument.optional(argument.string));
    const limit = option("limit", argument.count(50));
    return (await this.#core.getThread(conversationId, before, after, limit)) as Thread<M>;
  }

  /**
   * Every message of every branch, parents before their children, and the newest message of the active branch.
   *
   * @throws `not-found` when this user has no such conversation.
   *
   * @example
   * const { messages, headId } = await memory.getTree(conversation.id);
   * const beginnings = messages.filter(({ parentId }) => parentId === undefined);
   */
  async getTree(conversationId: string): Promise<Tree<M>> {
    argument.string("conversationId", conversationId);
    return (await this.#core.getTree(conversationId)) as Tree<M>;
  }

  /**
   * The file of a part, by its `attachment`; undefined when this user has none of that id, or when it is removed while it is
   * read. Its type is the `mediaType` that it was first stored with.
   *
   * @example
   * const photo = await memory.getAttachment(part.attachment);
   * if (photo) image.src = URL.createObjectURL(photo);
   */
  async getAttachment(id: string): Promise<Blob | undefined> {
    argument.string("id", id);
    // Turns that `close` waits for have models that are given files.
    return this.#runningTurns.read(() => this.#files.get(id));
  }

  /**
   * The newest messages as "User: …" lines, each content cut to `maxCharacters` code points (default 200), never inside
   * a grapheme, with "..." where cut; "No previous conversation history." when there are none. Default 10 messages.
   *
   * @throws `not-found` when this user has no such conversation.
   *
   * @example
   * const context = await memory.buildConversationContext(conversation.id, { maxMessages: 6, maxCharacters: 500 });
   */
  async buildConversationContext(
    conversationId: string,
    options?: ContextOptions,
  ): Promise<string> {
    argument.string("conversationId", conversationId);
    const option = argument.options("options", options);
    const messages = option("maxMessages", argument.count(10));
    const characters = option("maxCharacters", argument.count(200));
    return this.#core.buildConversationContext(conversationId, messages, characters);
  }

  /**
   * The prompt for `query` within `maxTokens` (default 16384, more where the query is long): the persona's system prompt,
   * then as many of the newest `maxMessages` (default 100) messages of the active branch as fit, then up to `recallLimit`
   * (default 3) earlier answers about entities that the query mentions, quoted as such, and the query last. `report` says
   * of every message that was considered whether it is in and why. `countTokens` counts as the target model does; without
   * it an estimate that errs high is used.
   *
   * Every model server takes `messages`: they begin with the user, user and assistant take turns (what one says twice in a
   * row is joined by a blank line), no text is empty, and results of tools stand directly behind their calls. What messages
   * of the role "system" say is added to `system`. A data URL becomes a note of its type and size.
   *
   * Of parts, words are said, and calls of tools that have results; reasoning and what is only shown are not. Pictures and
   * files become a note, unless their type is one of `mediaTypes`: then they are in `files`, which the providers send.
   *
   * @throws `not-found` when this user has no such conversation.
   * @throws `invalid-input` when the query is blank, or when the system prompt and the query alone do not fit in a given
   * `maxTokens`: the message says by how much.
   *
   * @example
   * const { system, messages } = await memory.buildPrompt(conversation.id, "And healthcare?", { maxTokens: 8000 });
   */
  async buildPrompt(conversationId: string, query: string, options?: PromptOptions): Promise<Prompt> {
    argument.string("conversationId", conversationId);
    const text = argument.text("query", query);
    const { maxTokens, limits, recallsMessages, countTokens, mediaTypes } = readPromptOptions(options);
    const turn = mediaTypes && { mediaTypes };
    if (this.#index?.hasModel && recallsMessages) await this.#index.know(text);
    const prompt = await this.#asking(() => this.#core.buildPrompt(conversationId, text, maxTokens, limits, countTokens, turn));
    return withFiles(prompt, (id) => this.getAttachment(id));
  }

  /**
   * The alternatives at this point: the message and those that answer or follow the same one, the oldest first.
   *
   * @throws `not-found` when this user has no such conversation, or the conversation no such message.
   *
   * @example
   * const answers = await memory.listBranches(conversation.id, answer.id);
   * const place = answers.findIndex(({ id }) => id === answer.id);
   * show(`${place + 1} of ${answers.length}`);
   */
  async listBranches(conversationId: string, messageId: string): Promise<Message<M>[]> {
    argument.string("conversationId", conversationId);
    return this.#own(this.#core.listBranches(conversationId, argument.string("messageId", messageId)));
  }

  /**
   * Makes the branch through this message the active one, up to its newest continuation. The conversation keeps its
   * place in the list.
   *
   * @throws `not-found` when this user has no such conversation, or the conversation no such message.
   *
   * @example
   * const [first] = await memory.listBranches(conversation.id, message.id);
   * await memory.switchBranch(conversation.id, first.id);
   */
  async switchBranch(conversationId: string, messageId: string): Promise<Conversation> {
    argument.string("conversationId", conversationId);
    return this.#core.switchBranch(conversationId, argument.string("messageId", messageId));
  }

  /**
   * A new conversation of the same persona and title, with copies of the messages up to and including this one.
   *
   * @throws `not-found` when this user has no such conversation, or the conversation no such message.
   *
   * @example
   * const copy = await memory.forkConversation(conversation.id, answer.id); // what is said there changes nothing here
   */
  async forkConversation(conversationId: string, messageId: string): Promise<Conversation> {
    argument.string("conversationId", conversationId);
    return this.#core.forkConversation(conversationId, argument.string("messageId", messageId));
  }

  /**
   * Past assistant messages of the active branch whose entities meet `entities`, by the number of shared entities,
   * then the newest first. Spellings meet after NFKC, case folding and trimming. Default limit 3. With `scope: "user"` those
   * of all this user's conversations. At most 1,000 entities are asked for.
   *
   * @throws `not-found` when this user has no such conversation.
   * @throws `invalid-input` when there are more entities.
   *
   * @example
   * const [past] = await memory.getRelevantPastResults(conversation.id, ["education", "water"]);
   * if (past) show(past.content, past.overlap); // ["education"], as the caller spells it
   */
  async getRelevantPastResults(
    conversationId: string,
    entities: readonly string[],
    options?: { limit?: number; scope?: "conversation" | "user" },
  ): Promise<PastResult<M>[]> {
    argument.string("conversationId", conversationId);
    const wanted = argument.list("entities", entities, argument.string);
    const option = argument.options("options", options);
    const limit = option("limit", argument.count(3));
    const scope = option("scope", argument.optional(argument.oneOf(["conversation", "user"])));
    if (scope !== "user") return this.#own(this.#core.getRelevantPastResults(conversationId, wanted, limit));
    const results = await this.#own<PastResult<M>[]>(this.#asking(() => this.#core.getPastResultsEverywhere(conversationId, wanted, limit)));
    this.#index?.asked();
    return results;
  }

  /**
   * The messages that answer a question best, best first: of all conversations of this user, or of one. Found by words and
   * their stems, by names, dates and by what stands around, without a model; the same everywhere for the same messages. Of a
   * query longer than 2,000 bytes the first and the last 1,000 count. Messages of branches that are not active are left out.
   * With `embed` of {@link OpenOptions} by meaning, too, as far as messages have vectors.
   *
   * The first call loads the index, and makes what is missing of it; it is kept up to date in the background.
   *
   * @throws `not-found` when this user has no conversation `conversationId`.
   * @throws `invalid-input` when an option does not fit, such as a time that is not ISO 8601.
   *
   * @example
   * for (const { message, ranges } of await memory.recall("Where did Ida move in May?")) show(message.content, ranges);
   */
  async recall(query: string, options?: RecallOptions): Promise<RecallHit<M>[]> {
    const text = argument.string("query", query);
    const wanted = readRecallOptions(options);
    if (this.#index?.hasModel) await this.#index.know(text);
    const hits = await this.#asking(() => this.#core.recall(text, wanted));
    this.#index?.asked();
    return hits as RecallHit<M>[];
  }

  /**
   * What a search box shows for what was typed so far: messages in which all words stand, the last one as a beginning (as a whole with
   * `prefix: false`), and titles;
   * each with a part of the text around the words, and where these stand in it. Conversations whose title matches come first, then
   * those with the best messages, at most three of each; with `conversationId` messages of that conversation alone.
   *
   * @throws `not-found` when this user has no conversation `conversationId`.
   *
   * @example
   * input.oninput = async () => show(await memory.search(input.value));
   */
  async search(text: string, options?: SearchOptions): Promise<SearchHit<M>[]> {
    const typed = argument.string("text", text);
    const { limit, conversationId, prefix } = readSearchOptions(options);
    const hits = await this.#asking(() => this.#core.search(typed, limit, conversationId, prefix));
    this.#index?.asked();
    return hits as SearchHit<M>[];
  }

  /**
   * What a text is about: names, quoted phrases, dates, numbers and identifiers, and every entity that a message of this user
   * has named in its metadata, in any script; in the order in which they stand there, each once, as the text spells it.
   *
   * @example
   * await memory.extractEntities("Is Villa Romano open next Friday at 12:30?"); // ["Villa Romano", "next Friday", "12:30"]
   */
  async extractEntities(text: string): Promise<string[]> {
    const given = argument.string("text", text);
    const entities = await this.#asking(() => this.#core.extractEntities(given));
    this.#index?.asked();
    return entities;
  }

  /**
   * Puts `{ chartType, config, generatedAt }` under `metadata.visualization` of the newest assistant message of the
   * active branch; `generatedAt` is now. undefined when there is none yet.
   *
   * @throws `not-found` when this user has no such conversation.
   * @throws `invalid-input` when `config` is no JSON or more than 1 MiB of it.
   *
   * @example
   * await memory.storeVisualizationConfig(conversation.id, "bar", { mark: "bar", data: { values: [72, 64] } });
   */
  async storeVisualizationConfig<T>(conversationId: string, chartType: string, config: T & JsonOf<T>): Promise<Message<M> | undefined>;
  /** The same with any JSON. */
  async storeVisualizationConfig(conversationId: string, chartType: string, config: Json): Promise<Message<M> | undefined>;
  async storeVisualizationConfig(conversationId: string, chartType: string, config: Json): Promise<Message<M> | undefined> {
    argument.string("conversationId", conversationId);
    const type = argument.text("chartType", chartType);
    return this.#own(this.#core.storeVisualizationConfig(conversationId, type, argument.json("config", config)));
  }

  /**
   * Calls `listener` for every change of this user's conversations by any tab, this one included: once each, after it is
   * stored, and for one conversation in the order in which it was made. A tab that slept is told what it missed.
   * Returns the function that stops it. What a listener throws is reported as an uncaught error and stops nothing.
   *
   * Beside these it is told of every answer that arrives, in whatever tab: `answer-progress` has all that is there so far,
   * under the id that the message will have. It comes behind its question, at most every 100 ms, and soon for an answer that is
   * arriving already. When the message is added, or the turn comes to nothing, it ends.
   *
   * @throws `closed` when the memory was closed, at once: open it again.
   *
   * @example
   * const stop = memory.subscribe((change) => { if (change.type === "message-added") show(change.messageId); });
   */
  subscribe(listener: (change: MemoryChange) => void, options?: { batch?: false | undefined }): () => void;
  /** The same with one call for all that was stored together: an import of thousands of messages is a few calls. */
  subscribe(listener: (changes: MemoryChange[]) => void, options: { batch: true }): () => void;
  subscribe(listener: (change: MemoryChange & MemoryChange[]) => void, options?: { batch?: boolean }): () => void {
    const heard = argument.callback<typeof listener>("listener", listener);
    const isBatched = argument.options("options", options)("batch", argument.optional(argument.boolean));
    return isBatched ? this.#changes.subscribeBatched(heard as never) : this.#changes.subscribe(heard as never);
  }

  /**
   * Everything of this user as JSON Lines: a header with format, version and counts, then the profile, the personas, every
   * conversation followed by all messages of all its branches, and a closing line with a checksum; every line has one
   * of its own. Each conversation is as it was at one moment: a long one, which is read a thousand messages at a time, ends
   * where it ended when it was begun, and is left out when it is deleted meanwhile. When everything is forgotten meanwhile,
   * the file is of what there is then. Records that are damaged are in it too, set apart. The files of messages are named;
   * with `files: true` they come along, and the export is a zip archive.
   *
   * @example
   * const file = await memory.exportAll();
   * link.href = URL.createObjectURL(file);
   */
  async exportAll(options?: ExportOptions): Promise<Blob> {
    const withFiles = argument.options("options", options)("files", argument.optional(argument.boolean));
    return this.#files.exportAll(withFiles ?? false);
  }

  /**
   * Merges a file: an export of this package, ChatGPT's or Claude's `conversations.json`, one of the other exports
   * that docs/export-and-import.md lists, or the zip archive they come in.
   * What is there stays as it is, conversations and messages are told apart by their ids, and importing the same file
   * again changes nothing. It goes in transactions of at most 2,000 messages and lets the page have its turn in between.
   * What is torn, altered or unknown is left out and reported with its line; what is whole is imported. A conversation or a
   * message that is deleted while the import runs, in whatever tab, stays away; after `forgetEverything`, or more than 1,000
   * deletions, nothing more is stored. The report says all of that. Files in an archive of this package, of ChatGPT or of Claude
   * come along with the messages that name them.
   *
   * @throws `invalid-input` when nothing of the file is known, or it cannot be read: the message says which files are known.
   * @throws `aborted` when `signal` stops it; importing the file again goes on where it was stopped.
   * @throws `storage-full` when there is no room for more; what was imported before stays.
   *
   * @example
   * const { conversations, problems } = await memory.importAll(file); // one of an <input type="file">
   * for (const { line, reason } of problems) show(`line ${line}: ${reason}`);
   */
  async importAll(source: Blob, options?: ImportOptions): Promise<ImportReport> {
    const file = argument.blob("source", source);
    const option = argument.options("options", options);
    const onProgress = option("onProgress", argument.optional(argument.callback<NonNullable<ImportOptions["onProgress"]>>));
    const signal = option("signal", argument.optional(argument.signal));
    return this.#files.importAll(file, { onProgress, signal });
  }

  /**
   * Rebuilds what is derived from the messages (counts, numbers, heads, pages), one conversation in a transaction, and sets
   * records that cannot be read aside: they are out of the way, named here, and part of the next export. A conversation of
   * which only messages are left comes back, named after them. `rebuilt` says
   * how many conversations, or of what is beside them, were not as they should be.
   *
   * @example
   * const { rebuilt, damaged } = await memory.repair();
   * for (const { record, reason } of damaged) show(`${record}: ${reason}`);
   */
  async repair(): Promise<RepairReport> {
    await this.#files.removeOrphans();
    const repaired = [await this.#core.repairPeople()];
    for (const id of await this.#core.traces()) repaired.push(await this.#core.repair(id));
    repaired.push(await this.#core.repairFiles());
    const damaged = repaired.flatMap((each) => each.damaged.map(({ record, reason }) => ({ record, reason })));
    return { rebuilt: repaired.filter(({ rebuilt }) => rebuilt).length, damaged };
  }

  /**
   * Removes the conversations that were last updated `maxAgeDays` days ago or longer, in one transaction; with 0 all that
   * there are. Pinned ones stay unless `keepPinned` is false.
   *
   * @throws `invalid-input` when `maxAgeDays` is no number from 0.
   *
   * @example
   * const { removed } = await memory.applyRetention({ maxAgeDays: 90 });
   */
  async applyRetention(policy: RetentionPolicy): Promise<{
    /** How many conversations were removed. */
    removed: number;
  }> {
    const field = argument.fields("policy", policy);
    const days = field("maxAgeDays", argument.number);
    const keepPinned = field("keepPinned", argument.optional(argument.boolean)) ?? true;
    return { removed: await this.#core.applyRetention(days, keepPinned) };
  }

  /**
   * Removes everything this user has on this device: the profile, personas, conversations, messages, drafts. The memory
   * can be used on, and is then as it was when it was first opened.
   *
   * @example
   * await memory.forgetEverything(); // when the person signs out
   */
  async forgetEverything(): Promise<void> {
    await this.#core.forgetEverything();
  }

  /**
   * Whether the browser keeps this site's data even when space gets short, and how much of it there is and may be.
   *
   * @throws `closed` when the memory was closed.
   *
   * @example
   * const { persisted, usageBytes, quotaBytes } = await memory.storageStatus();
   * if (usageBytes && quotaBytes && usageBytes > 0.9 * quotaBytes) show("The disk is nearly full.");
   */
  async storageStatus(): Promise<StorageStatus> {
    await this.#core.getUser();
    return storageStatus();
  }

  /**
   * Asks the browser never to evict this site's data on its own. Whether it agrees: it may ask the person, or decide.
   *
   * @throws `closed` when the memory was closed.
   *
   * @example
   * if (!(await memory.requestPersistence())) show("The browser may remove the chats when the disk runs low.");
   */
  async requestPersistence(): Promise<boolean> {
    await this.#core.getUser();
    return requestPersistence();
  }

  /**
   * Lets go of the database; later calls reject with `closed`. Calls under way still finish, and are waited for, turns too:
   * those of the queue are stopped and stay there. (`agent.dispose()` aborts all of an agent's.) `importAll`, `exportAll` and
   * `repair` take many transactions, and may reject with `closed` half-way: call them again after the next `open`.
   *
   * @example
   * await memory.close();
   * await memory.getUser().catch(({ code }) => show(code)); // "closed"
   */
  async close(): Promise<void> {
    await this.#close();
  }

  /** Runs a call of several transactions that read. `close` waits for it. */
  #asking<T>(work: () => Promise<T>): Promise<T> {
    return this.#runningTurns.read(work);
  }

  /** What is stored, as the application says that it is. */
  #own<R>(stored: Promise<unknown>): Promise<R> {
    return stored as Promise<R>;
  }
}
