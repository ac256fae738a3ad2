// In the page: a memory on a full disk. Each case gives the reason why it fails, or nothing.
import { ConversationAgent, ConversationManager } from "conversation-memory";

/** Text that no disk can make smaller. */
function noise(length) {
  let text = "";
  while (text.length < length) text += btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(30_000))));
  return text.slice(0, length);
}

const message = (length = 5) => ({ role: "user", content: noise(length) });
const heard = [];
const echo = { needsNetwork: false, generate: async () => ({ text: "an answer" }) };
let memory, kept, fat, before, file;

const QUESTION = "Is there room?";
const agentWith = (model) => new ConversationAgent({ manager: memory, model });

const same = async () => exact(await storedRecords());
const text = async (blob) => (await blob.text()).split("\n").slice(1).join("\n");

/** The call must be refused for want of room, and leave everything as it was. */
async function refused(call) {
  const { code, message } = await failure(call);
  if (code !== "storage-full") return `${code}: ${message}`;
  return (await same()) === before ? undefined : "something of it was stored";
}

/** The call must succeed, and what it gives must be as expected. */
async function works(call, expected = () => true) {
  try {
    const result = await call();
    return expected(result) ? undefined : `it gives ${JSON.stringify(result)?.slice(0, 200)}`;
  } catch (error) {
    return `${error.code}: ${error.message}`;
  }
}

const whenFull = {
  "one message": () => refused(() => memory.addMessage(kept, message())),
  "200 messages in one call": () => refused(() => memory.addMessages(kept, Array.from({ length: 200 }, () => message(500)))),
  "a new conversation": () => refused(() => memory.createConversation()),
  "a new title": () => refused(() => memory.renameConversation(kept, "Another")),
  "changed metadata": async () => {
    const [{ id }] = await memory.getMessages(kept);
    return refused(() => memory.updateMessageMetadata(kept, id, { note: noise(100) }));
  },
  "a turn": () => refused(() => agentWith(echo).processQuery("A question", { conversationId: kept })),
  "a film, which is named": () => refusedFilm(),
  "a film in the place of what was said, which is named": async () => {
    const [{ id }] = await memory.getMessages(kept);
    return refusedFilm("change.parts[0].blob", (part) => memory.updateMessage(kept, id, { parts: [part] }));
  },
  "a film in a question, which is named": () =>
    refusedFilm("files[0]", ({ blob }) => agentWith(echo).processQuery("What is this?", { conversationId: kept, files: [blob] })),
  "an import": () => refused(() => memory.importAll(file)),
  "no event of what was refused": () => works(async () => heard.length, (count) => count === 0),
  "reading": () =>
    works(
      async () => [await memory.getMessages(kept), await memory.listConversations(), await memory.buildPrompt(kept, "And?"), await memory.exportAll()],
      ([messages, conversations]) => messages.length === 3 && conversations.length === 2,
    ),
  "opening again": () => works(async () => (await openMemory("ada")).close()),
  "another user's first opening": async () => {
    const { code, message } = await failure(async () => (await openMemory("grace")).close());
    return ["none", "storage-full"].includes(code) ? undefined : `${code}: ${message}`;
  },
  "deleting": () =>
    works(
      async () => {
        const deleted = await memory.deleteConversation(fat);
        // Changes are told in a turn of their own.
        for (let waits = 0; waits < 50 && heard.at(-1)?.type !== "conversation-deleted"; waits += 1) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return deleted;
      },
      (deleted) => deleted && heard.at(-1)?.type === "conversation-deleted",
    ),
};

/** A film of 20 MiB that no disk can make smaller. */
function film() {
  const piece = () => crypto.getRandomValues(new Uint8Array(65_536));
  return { type: "file", blob: new Blob(Array.from({ length: 320 }, piece)) };
}

/** The film must be refused, by its name, and leave nothing. */
async function refusedFilm(name = "message.parts[0].blob", add = (part) => memory.addMessage(kept, { role: "user", parts: [part] })) {
  const earlier = await same();
  const part = film();
  const { code, argument, message } = await failure(() => add(part));
  if (code !== "storage-full" || argument !== name || !message.includes(String(part.blob.size))) return `${code} ${argument}: ${message}`;
  return (await same()) === earlier ? undefined : "something of it was stored";
}

const whenFreed = {
  "a film larger than the room": () => refusedFilm(),
  "the message after it": () => works(() => memory.addMessage(kept, message())),
  "the photo after it": () =>
    works(
      async () => {
        const { parts } = await memory.addMessage(kept, { role: "user", parts: [{ type: "file", blob: new Blob([crypto.getRandomValues(new Uint8Array(60_000))]) }] });
        return memory.getAttachment(parts[0].attachment);
      },
      ({ size }) => size === 60_000,
    ),
  "the import after it, as a whole": () => works(() => memory.importAll(file), ({ messages, problems }) => messages === 500 && problems.length === 0),
  "the turn after it": () => works(() => agentWith(echo).processQuery("A question", { conversationId: kept }), ({ answer }) => answer === "an answer"),
  "nothing to repair": () => works(() => memory.repair(), ({ rebuilt, damaged }) => rebuilt === 0 && damaged.length === 0),
};

async function run(cases) {
  const results = [];
  for (const [name, work] of Object.entries(cases)) results.push({ name, fault: await work().catch((error) => String(error)) });
  return results;
}

globalThis.full = {
  /** Writes until there is no room; how many messages that took. */
  async fill() {
    const source = await ConversationManager.open({ userId: "ada", storage: "memory" });
    const { id } = await source.createConversation({ title: "From a file" });
    await source.addMessages(id, Array.from({ length: 500 }, () => message(300)));
    file = await source.exportAll();
    memory = await openMemory("ada");
    [kept, fat] = [(await memory.createConversation()).id, (await memory.createConversation()).id];
    await memory.addMessages(kept, [message(), message(), message()]);
    let written = 0;
    for (const size of [90_000, 9_000]) {
      while ((await codeOf(() => memory.addMessage(fat, message(size)))) === "none") if (++written > 5_000) return written;
    }
    return written;
  },

  /** Waits until the browser, which remembers for a while how much room there was, has noticed that there is none. */
  async settle() {
    for (let refusals = 0; refusals < 3; await new Promise((resolve) => setTimeout(resolve, 200))) {
      refusals = (await codeOf(() => memory.addMessage(fat, message()))) === "storage-full" ? refusals + 1 : 0;
    }
    before = await same();
    memory.subscribe((change) => heard.push(change));
    await new Promise((resolve) => setTimeout(resolve, 300));
  },

  whenFull: () => run(whenFull),
  whenFreed: () => run(whenFreed),

  /** A turn whose answer is larger than the room that is left. */
  async largeAnswer() {
    const model = { needsNetwork: false, generate: async () => ({ text: noise(7_000_000) }) };
    const { code } = await failure(() => agentWith(model).processQuery(QUESTION, { conversationId: kept }));
    if (code !== "storage-full") return `it ends with ${code}`;
    const [question, error] = await memory.getRecentMessages(kept, 2);
    if (question.content !== QUESTION || question.status !== "complete") return "the question is not there any more";
    if (error.role !== "system" || error.status !== "failed") return "the conversation does not say what happened";
    if ((await storedRecords()).drafts.length > 0) return "something waits for ever";
    return works(() => agentWith(echo).regenerate(kept, question.id), ({ answer }) => answer === "an answer");
  },

  /** On a disk that is full again, everything of this user goes. */
  async forget() {
    return (await works(() => memory.forgetEverything())) ?? works(() => memory.listConversations(), (list) => list.length === 0);
  },

  /** After the import the user has all of the file, and can go on. */
  async compare() {
    const other = await openMemory("ada");
    const exported = await text(await other.exportAll());
    const lines = (await text(file)).split("\n").filter((line) => line.includes('"type":"message"'));
    const ids = lines.map((line) => JSON.parse(line).id);
    return ids.every((id) => exported.includes(id)) ? undefined : "not everything of the file is there";
  },
};
