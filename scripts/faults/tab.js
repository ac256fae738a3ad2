// In the page: one of several tabs that write to the same conversations and listen to each other.
import { ConversationManager } from "conversation-memory";
import { contentOf } from "/faults/content.js";
import { randomOf } from "/faults/random.mjs";

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What this tab has heard. */
const heard = [];
let memory, writing;
let isStopped = false;
let isAsleep = false;
let wake = () => {};

// No browser that is driven by a program can be made to freeze a tab, so sleep is made here, and of the worst kind: what
// is told meanwhile is not kept for later.
const { get, set } = Object.getOwnPropertyDescriptor(BroadcastChannel.prototype, "onmessage");
Object.defineProperty(BroadcastChannel.prototype, "onmessage", {
  get,
  set(listener) {
    set.call(this, listener && ((event) => isAsleep || listener.call(this, event)));
  },
});

globalThis.tab = {
  async open(databaseName) {
    memory = await ConversationManager.open({ userId: "ada", databaseName });
    memory.subscribe((change) => heard.push(change));
  },

  async create(count) {
    const ids = [];
    for (let number = 0; number < count; number += 1) ids.push((await memory.createConversation({ title: `Shared ${number}` })).id);
    return ids;
  },

  /** Writes until it is stopped: mostly single messages, sometimes several, sometimes changed metadata. */
  write({ writer, conversations, seed, pace }) {
    const { between, pick } = randomOf(seed);
    const numbers = new Map(conversations.map((id) => [id, 0]));
    const newest = new Map();
    const one = async () => {
      const id = pick(conversations);
      const kind = between(0, 10);
      if (kind === 0 && newest.has(id)) {
        await memory.updateMessageMetadata(id, newest.get(id), { writer });
        return tell({ kind: "updated", writer, conversation: id, messageId: newest.get(id) });
      }
      const call = `${writer}-${numbers.get(id)}`;
      numbers.set(id, numbers.get(id) + 1);
      const size = kind === 1 ? 3 : 1;
      const messages = Array.from({ length: size }, (_, index) => ({ role: "user", content: contentOf(call, index, size) }));
      const stored = size === 1 ? [await memory.addMessage(id, messages[0])] : await memory.addMessages(id, messages);
      newest.set(id, stored.at(-1).id);
      return tell({ kind: "stored", writer, conversation: id, call, ids: stored.map((message) => message.id) });
    };
    writing = (async () => {
      while (!isStopped) {
        if (isAsleep) await new Promise((resolve) => (wake = resolve));
        await one();
        await pause(between(0, pace));
      }
    })();
  },

  sleep() {
    isAsleep = true;
  },

  /** As a browser wakes a tab. */
  wake() {
    isAsleep = false;
    wake();
    document.dispatchEvent(new Event("resume"));
  },

  async stop() {
    isStopped = true;
    await writing;
  },

  /** What was heard, once nothing new has come for a while. */
  async heard() {
    for (let before = -1; before !== heard.length; await pause(700)) before = heard.length;
    return heard;
  },

  /** A last change of each conversation, which makes a gap before it known to everybody. */
  async close(writer, conversations) {
    for (const id of conversations) await memory.addMessage(id, { role: "user", content: contentOf(`${writer}-0`) });
  },
};
