// The middle pane: the messages of the open conversation, newest page first, older ones on request, and the answer that is
// arriving.
import { byId } from "./dom.js";
import { liveItems } from "./live.js";
import { messageItem } from "./message.js";
import { attempt, notify } from "./notice.js";

const PAGE = 50;
/** So many pages are loaded to get to an older message. */
const MOST_PAGES = 5;
/** So near its end the reader follows what comes. */
const NEAR_END = 80; // pixels

/** `handlers` are those of a message; `readOlder(count)` gives the newest `count` messages with their branches. */
export function thread({ handlers, readOlder }) {
  const list = byId("messages");
  const scroll = byId("messages-scroll");
  const older = byId("older");
  const arriving = liveItems();
  /** Message id → { key, item }: what is shown already stays as it is, with its focus. */
  let shown = new Map();
  let conversationId = "";
  let messages = [];
  let branches = new Map();
  let turn;
  let marked;

  const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;
  const toEnd = () => { scroll.scrollTop = scroll.scrollHeight; };

  /** Shows the newest messages of a conversation, with the turn that is under way in it. */
  function show(id, found, foundBranches, liveTurn) {
    const follow = id !== conversationId || isAtEnd() || liveTurn !== undefined && turn === undefined;
    if (id !== conversationId) shown = new Map();
    messages = fromFirstShown(id, found);
    conversationId = id;
    branches = foundBranches;
    turn = liveTurn;
    lay();
    if (follow) toEnd();
  }

  /** What is read again begins where what is shown does, unless that is gone. */
  function fromFirstShown(id, found) {
    const first = id === conversationId ? messages[0]?.id : undefined;
    const at = found.findIndex((message) => message.id === first);
    return at < 0 ? found.slice(-PAGE) : found.slice(at);
  }

  /** Shows a turn that was just asked for and of which nothing is stored yet. */
  function begin(liveTurn) {
    turn = liveTurn;
    lay();
    toEnd();
  }

  /** Shows what came of the turn's answer since. */
  function more(liveTurn) {
    const follow = isAtEnd();
    turn = liveTurn;
    arriving.show(turn);
    if (follow) toEnd();
  }

  function lay() {
    const before = shown;
    const { activeElement } = document;
    shown = new Map();
    for (const message of seen()) {
      const ids = branches.get(message.id);
      const key = JSON.stringify([message, ids, turn !== undefined, message.status === "queued" && navigator.onLine]);
      const known = before.get(message.id);
      const item = known?.key === key ? known.item : messageItem(message, { ...handlers, branches: ids, busy: turn !== undefined });
      shown.set(message.id, { key, item });
    }
    const wanted = [...[...shown.values()].map(({ item }) => item), ...arriving.show(turn)];
    const kept = new Set(wanted);
    for (const item of [...list.children]) if (!kept.has(item)) item.remove();
    wanted.forEach((item, index) => {
      if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
    });
    // Moving an element takes the focus from it.
    if (activeElement?.isConnected && list.contains(activeElement)) activeElement.focus({ preventScroll: true });
    mark(marked);
    const first = messages[0];
    older.hidden = first === undefined || first.parentId === undefined;
    byId("no-messages").hidden = wanted.length > 0;
  }

  /** All messages, or those that lead to the answer which is arriving. */
  function seen() {
    const at = (id) => messages.findIndex((message) => message.id === id);
    if (turn?.before !== undefined) return messages.slice(0, Math.max(0, at(turn.before)));
    if (turn?.after !== undefined && at(turn.after) >= 0) return messages.slice(0, at(turn.after) + 1);
    return messages;
  }

  /** Gives true when there were some. */
  async function loadOlder() {
    const asked = conversationId;
    const before = messages[0];
    older.disabled = true;
    const found = await attempt(() => readOlder(asked, messages.length + PAGE));
    older.disabled = false;
    if (found === undefined || asked !== conversationId || messages[0] !== before) return false;
    // What the person is reading stays where it is while the older messages come in above it.
    const first = list.firstElementChild;
    const top = first.getBoundingClientRect().top;
    const isMore = found.messages.length > messages.length;
    ({ messages, branches } = found);
    lay();
    scroll.scrollTop += first.getBoundingClientRect().top - top;
    return isMore;
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
    marked = id;
    list.querySelector('header [aria-pressed="true"]')?.setAttribute("aria-pressed", "false");
    list.querySelector(`[data-id="${id}"] header button`)?.setAttribute("aria-pressed", "true");
  }

  older.addEventListener("click", loadOlder);
  return {
    show, begin, more, reveal, mark,
    /** How many messages are to be read again, so that none of those shown is lost. */
    wanted: (id) => (id === conversationId ? Math.max(PAGE, messages.length + 2) : PAGE),
    newest: () => messages.at(-1),
    find: (id) => messages.find((message) => message.id === id),
    itemOf: (id) => list.querySelector(`[data-id="${id}"]`),
    indexOf: (item) => [...list.children].indexOf(item),
    itemAt: (index) => list.children[index],
  };
}
