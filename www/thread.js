// The middle pane: the messages of the open conversation, newest page first, older ones on request.
import { byId } from "./dom.js";
import { messageItem } from "./message.js";
import { attempt, notify } from "./notice.js";

const PAGE = 50;
/** So many pages are loaded to get to an older message. */
const MOST_PAGES = 5;

/** `handlers` are those of a message: onInspect(message), onEntity(entity). */
export function thread(memory, handlers) {
  const list = byId("messages");
  const scroll = byId("messages-scroll");
  const older = byId("older");
  let conversationId = "";
  let messages = [];

  const items = (some) => some.map((message) => messageItem(message, handlers));

  /** Shows the newest messages of a conversation. */
  function show(id, newestMessages) {
    conversationId = id;
    messages = newestMessages;
    list.replaceChildren(...items(messages));
    afterChange();
    scroll.scrollTop = scroll.scrollHeight;
  }

  /** Adds a message that was just stored. false when others came before it that are not shown yet. */
  function append(message) {
    const newestSeq = messages.at(-1)?.seq ?? -1;
    if (message.conversationId !== conversationId) return true;
    if (message.seq !== newestSeq + 1) return false;
    messages.push(message);
    list.append(...items([message]));
    afterChange();
    scroll.scrollTop = scroll.scrollHeight;
    return true;
  }

  /** Shows a message anew after its metadata changed. */
  function replace(message) {
    const at = messages.findIndex(({ id }) => id === message.id);
    if (at < 0) return;
    messages[at] = message;
    list.children[at].replaceWith(...items([message]));
  }

  /** Gives true when there were some. This page makes no branches, so a message's seq is also its offset from the oldest. */
  async function loadOlder() {
    const before = messages[0].seq;
    const asked = conversationId;
    older.disabled = true;
    const found = await attempt(() => memory.getMessages(asked, { offset: Math.max(0, before - PAGE), limit: Math.min(PAGE, before) }));
    older.disabled = false;
    if (found === undefined || asked !== conversationId || messages[0]?.seq !== before) return false;
    // What the person is reading stays where it is while the older messages come in above it.
    const first = list.firstElementChild;
    const top = first.getBoundingClientRect().top;
    messages.unshift(...found);
    list.prepend(...items(found));
    afterChange();
    scroll.scrollTop += first.getBoundingClientRect().top - top;
    return true;
  }

  function afterChange() {
    const hidden = messages[0]?.seq ?? 0;
    older.hidden = hidden === 0;
    older.textContent = `Load older messages (${hidden.toLocaleString("en")} more)`;
    byId("no-messages").hidden = messages.length > 0;
  }

  /** Brings a message into sight, loading older ones until it is there, and gives it. */
  async function reveal(id) {
    const row = () => list.querySelector(`[data-id="${id}"]`);
    const asked = conversationId;
    for (let pages = 0; row() === null && pages < MOST_PAGES && !older.hidden; pages++) {
      if (!await loadOlder()) break;
    }
    if (asked !== conversationId) return undefined;
    if (row() === null) notify("This message is further up: load older messages to get to it.");
    row()?.scrollIntoView({ block: "center" });
    row()?.querySelector("header button").focus({ preventScroll: true });
    return messages.find((message) => message.id === id);
  }

  /** Marks the message the inspector shows. */
  function mark(id) {
    list.querySelector('header [aria-pressed="true"]')?.setAttribute("aria-pressed", "false");
    list.querySelector(`[data-id="${id}"] header button`)?.setAttribute("aria-pressed", "true");
  }

  older.addEventListener("click", loadOlder);
  return { show, append, replace, reveal, mark, newestId: () => messages.at(-1)?.id };
}

/** How many messages a conversation shows when it is opened. */
export const FIRST_PAGE = PAGE;
