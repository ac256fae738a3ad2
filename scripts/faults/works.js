// In the page: work without end, until somebody kills the browser. `tell` is the harness's ear; what was told has been
// resolved before, so it is acknowledged and must never be lost.
import { ConversationAgent, ConversationManager } from "conversation-memory";
import { answerOf, contentOf } from "/faults/content.js";

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const open = (databaseName) => ConversationManager.open({ userId: "ada", databaseName });

async function create(memory, database) {
  const { id } = await memory.createConversation();
  tell({ kind: "created", database, conversation: id });
  return id;
}

/** One call of `size` messages. */
async function store(memory, database, conversation, call, size = 1) {
  const messages = Array.from({ length: size }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: contentOf(call, index, size),
    metadata: { entities: [call] },
  }));
  const stored = size === 1 ? [await memory.addMessage(conversation, messages[0])] : await memory.addMessages(conversation, messages);
  tell({ kind: "stored", database, conversation, call, ids: stored.map(({ id }) => id) });
}

const lanes = (count, work) => Promise.all(Array.from({ length: count }, (_, lane) => work(lane)));

globalThis.works = {
  /** Single messages, in three conversations at once. */
  async appends({ database, round }) {
    const memory = await open(database);
    tell({ kind: "begun" });
    await lanes(3, async (lane) => {
      const id = await create(memory, database);
      for (let number = 0; ; number += 1) await store(memory, database, id, `a${round}.${lane}-${number}`);
    });
  },

  /** 200 messages in a call. */
  async bulk({ database, round }) {
    const memory = await open(database);
    tell({ kind: "begun" });
    for (let conversation = 0; ; conversation += 1) {
      const id = await create(memory, database);
      for (let number = 0; number < 5; number += 1) await store(memory, database, id, `b${round}.${conversation}-${number}`, 200);
    }
  },

  /** Answers of a slow model, in two conversations at once. */
  async stream({ database, round }) {
    const memory = await open(database);
    tell({ kind: "begun" });
    await lanes(2, async (lane) => {
      const conversation = await create(memory, database);
      let call;
      const model = {
        needsNetwork: false,
        async generate(_, { onDelta }) {
          const text = answerOf(call);
          for (let length = 0; length < text.length; await pause(12)) {
            onDelta(text.slice(length, length + 40));
            length = Math.min(length + 40, text.length);
            tell({ kind: "heard", database, conversation, call, length, at: performance.now() });
          }
          return { text };
        },
      };
      const agent = new ConversationAgent({ manager: memory, model });
      for (let number = 0; ; number += 1) {
        call = `s${round}.${lane}-${number}`;
        const { messageId } = await agent.processQuery(contentOf(call), { conversationId: conversation });
        tell({ kind: "answered", database, conversation, call, messageId });
      }
    });
  },

  /** Conversations go, while new ones come. */
  async deletes({ database, round }) {
    const memory = await open(database);
    const ids = [];
    let made = 0;
    const add = async () => {
      const id = await create(memory, database);
      await store(memory, database, id, `d${round}.${made++}-0`, 30);
      ids.push(id);
    };
    while (made < 24) await add();
    tell({ kind: "begun" });
    await lanes(2, async () => {
      for (;;) {
        const conversation = ids.shift();
        // Heard before it begins: otherwise one that is gone without an acknowledgement would look lost.
        await tell({ kind: "deleting", database, conversation });
        await memory.deleteConversation(conversation);
        tell({ kind: "deleted", database, conversation });
        await add();
      }
    });
  },

  /** Messages with files of several portions, every third of which has been stored before. */
  async files({ database, round }) {
    const memory = await open(database);
    tell({ kind: "begun" });
    await lanes(2, async (lane) => {
      const id = await create(memory, database);
      for (let number = 0; ; number += 1) {
        const call = `f${round}.${lane}-${number}`;
        const blob = new Blob([new Uint8Array(6_000_000).fill(number % 3), String(number - (number % 3 === 0 ? 1 : 0))]);
        const parts = [{ type: "text", text: contentOf(call) }, { type: "file", blob }];
        const stored = await memory.addMessage(id, { role: "user", parts, metadata: { entities: [call] } });
        tell({ kind: "stored", database, conversation: id, call, ids: [stored.id] });
      }
    });
  },

  /** A file of some thousand messages, into one database after the other. */
  async import({ database }) {
    const file = await (await fetch("/files/export.jsonl")).blob();
    for (let number = 0; ; number += 1) {
      const name = `${database}.${number}`;
      const memory = await open(name);
      tell({ kind: "begun", database: name });
      await memory.importAll(file);
      tell({ kind: "imported", database: name });
    }
  },

  /** Databases that are new, or of the oldest schema, are opened for the first time by this release. */
  async upgrade({ database }) {
    const fixture = await (await fetch("/fixtures/schema-1.json")).json();
    for (let number = 0; ; number += 1) {
      const name = `${database}.${number}`;
      const isOld = number % 2 === 1;
      if (isOld) await lay(name, fixture);
      tell({ kind: isOld ? "laid" : "new", database: name });
      if (number === 0) tell({ kind: "begun" });
      const memory = await open(name);
      if (!isOld) await store(memory, name, await create(memory, name), `u${number}-0`);
      tell({ kind: "opened", database: name });
      await memory.close();
    }
  },
};

/** Makes a database of a frozen fixture with the browser's own means. */
async function lay(name, { version, stores, records }) {
  const upgrade = (fresh) => {
    for (const { name, keyPath, indexes } of stores) {
      const store = fresh.createObjectStore(name, { keyPath });
      for (const index of indexes) store.createIndex(index.name, index.keyPath);
    }
  };
  const database = await rawDatabase({ name, version, upgrade });
  const transaction = database.transaction(stores.map((store) => store.name), "readwrite");
  const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  for (const [store, rows] of Object.entries(records)) {
    for (const row of rows) transaction.objectStore(store).put(store === "chunks" ? { ...row, bytes: bytesOf(row.bytes) } : row);
  }
  await new Promise((resolve, reject) => Object.assign(transaction, { oncomplete: resolve, onabort: reject }));
  database.close();
}

/** An export of `count` messages, as text. */
globalThis.makeExport = async (count) => {
  const memory = await ConversationManager.open({ userId: "ada", storage: "memory" });
  for (const title of [undefined, "A branched one", undefined]) {
    const { id } = await memory.createConversation(title && { title });
    const messages = Array.from({ length: Math.floor(count / 3) }, (_, index) => ({ role: "user", content: contentOf(`file-${index}`) }));
    const [first] = await memory.addMessages(id, messages);
    if (title) await memory.addMessage(id, { role: "user", content: contentOf("branch-0"), parentId: first.id });
  }
  const text = await (await memory.exportAll()).text();
  await memory.close();
  return text;
};

/** Imports the file again where it was interrupted; what the reports say, and what an export says afterwards. */
globalThis.importAgain = async (database) => {
  const file = await (await fetch("/files/export.jsonl")).blob();
  const memory = await open(database);
  const second = await memory.importAll(file);
  const third = await memory.importAll(file);
  const text = await (await memory.exportAll()).text();
  await memory.close();
  return { second, third, text };
};

/** Whether a memory takes and gives back a message. */
globalThis.isOfUse = async (database) => {
  const memory = await open(database);
  const { id } = await memory.createConversation();
  await memory.addMessage(id, { role: "user", content: "still there?" });
  const [message] = await memory.getMessages(id);
  await memory.deleteConversation(id);
  await memory.close();
  return message?.content === "still there?";
};
