// A chat that works without a network: everything that is shown is read from the memory, and read again when that changes.
import { ConversationAgent, ConversationManager } from "conversation-memory";
import { model } from "./model.js";
import "./installation.js";

const page = Object.fromEntries([...document.querySelectorAll("[id]")].map((each) => [each.id, each]));
const memory = await ConversationManager.open({ userId: "me" });
const agent = new ConversationAgent({ manager: memory, model });
agent.start(); // answers what waits for the network, also what a page before this one has left

const PAGE = 50;
let shown; // the id of the conversation that is shown; undefined for one that is to be begun
let around; // the message around which it is shown, as a search has found it; undefined for its end
let count = PAGE; // so many of its messages
let running; // stops the turn that this page has begun
let heard = {}; // what has arrived of an answer: { messageId, content }

// ---- what is shown

async function showList() {
  const text = page.search.value;
  const rows = text.trim() === "" ? await memory.listConversations() : await memory.search(text);
  if (text !== page.search.value) return; // something else is looked for by now
  page.list.replaceChildren(...rows.map(text.trim() === "" ? toChat : toHit));
  if (rows.length === 0) page.list.append(element("p", { className: "quiet" }, text.trim() === "" ? "No chats yet." : "Nothing found."));
}

const toChat = ({ id, title }) =>
  element("button", { type: "button", ariaCurrent: id === shown ? "true" : null, onclick: () => show(id) }, title);

const toHit = ({ conversationId, title, snippet, ranges, message }) =>
  element("button", { type: "button", onclick: () => show(conversationId, { found: message }) },
    ...(message ? [title, element("small", {}, ...marked(snippet, ranges))] : marked(snippet, ranges)));

async function showThread() {
  const id = shown;
  const [conversation, thread] = id ? await Promise.all([memory.getConversation(id), read(id)]) : [];
  if (id !== shown) return;
  const isAtEnd = !around && page.thread.scrollHeight - page.thread.scrollTop - page.thread.clientHeight < 80;
  page.title.textContent = conversation?.title ?? "New chat";
  page.delete.hidden = !conversation;
  page.empty.hidden = page.messages.hidden = false;
  (thread?.messages.length ? page.empty : page.messages).hidden = true;
  page.older.hidden = !thread?.before;
  page.newer.hidden = !thread?.after;
  page.messages.replaceChildren(...(thread?.messages ?? []).map(toMessage));
  if (thread?.arriving) showArriving(thread.arriving);
  if (isAtEnd) toEnd();
}

/** The newest messages; or those around what was found, up to it and behind it. */
async function read(id) {
  if (!around) return memory.getThread(id, { limit: count });
  const behind = await memory.getThread(id, { after: `${around.seq}.${around.id}`, limit: count });
  const { messages, ...upTo } = await memory.getThread(id, { limit: count, ...(behind.before && { before: behind.before }) });
  return { ...upTo, messages: [...messages, ...behind.messages], after: behind.after };
}

/** The answer that arrives stands behind its question, in place of those that the question had before. */
function showArriving({ messageId, parentId, content }) {
  const question = itemOf(parentId);
  if (!question) return;
  while (question.nextSibling && question.nextSibling.dataset.status !== "queued") question.nextSibling.remove();
  const text = heard.messageId === messageId && heard.content.length > content.length ? heard.content : content;
  const item = element("li", { className: "message assistant" }, element("p", { className: "text", dir: "auto" }, text));
  Object.assign(item.dataset, { id: messageId, status: "streaming" });
  question.after(item);
}

/** More of an answer has come. Where it stands is read the first time. */
function showMore({ messageId, content }) {
  heard = { messageId, content };
  const text = itemOf(messageId)?.querySelector(".text");
  if (!text) return showThread();
  const isAtEnd = page.thread.scrollHeight - page.thread.scrollTop - page.thread.clientHeight < 80;
  text.textContent = content;
  if (isAtEnd) toEnd();
}

function toMessage(message) {
  const { id, role, content, status, siblings } = message;
  const states = { interrupted: "Interrupted", queued: "Waits for the network", ...(role === "user" && { failed: "Cancelled" }) };
  const item = element("li", { className: `message ${role}` },
    element("p", { className: "text", dir: "auto" }, content),
    states[status] ? element("p", { className: "state" }, states[status]) : "",
    element("div", { className: "actions" },
      ...(siblings.count > 1 ? [arrow("‹", "Previous version", message, -1), element("span", {}, `${siblings.index + 1} / ${siblings.count}`), arrow("›", "Next version", message, 1)] : []),
      role !== "user" ? element("button", { type: "button", onclick: () => run((options) => agent.regenerate(shown, id, options)) }, "Again") : "",
      status === "queued" ? element("button", { type: "button", onclick: () => agent.cancelQueued(id, shown) }, "Cancel") : "",
      role === "user" && status !== "queued" ? element("button", { type: "button", onclick: () => edit(item, message) }, "Edit") : ""));
  Object.assign(item.dataset, { id, status });
  return item;
}

function arrow(sign, label, { siblings: { index, ids } }, step) {
  const other = ids[index + step];
  return element("button", { type: "button", ariaLabel: label, disabled: !other, onclick: () => memory.switchBranch(shown, other) }, sign);
}

function edit(item, { id, content }) {
  const field = element("textarea", { rows: 3, value: content, ariaLabel: "The question in other words" });
  const form = element("form", { className: "edit" }, field, element("div", {},
    element("button", { type: "button", onclick: () => void showThread() }, "Cancel"),
    element("button", { type: "submit", className: "primary" }, "Ask")));
  form.onsubmit = (event) => {
    event.preventDefault();
    if (field.value.trim()) void run((options) => agent.editAndResend(shown, id, field.value, options));
  };
  item.replaceChildren(form);
  field.focus();
}

// ---- what is done

const itemOf = (id) => page.messages.querySelector(`[data-id="${CSS.escape(id)}"]`);
const toEnd = () => (page.thread.scrollTop = page.thread.scrollHeight);
const fail = (error) => ([page.problem.textContent, page.problem.hidden] = [error.message, false]);
addEventListener("unhandledrejection", ({ reason }) => fail(reason));

/** Shows a conversation, at its end or where something was found. The address names it: a reload shows it again, and "Back" the one before. */
async function show(id, { found, isAddressed = false } = {}) {
  [shown, count, around] = [id, PAGE, found];
  page.problem.hidden = true;
  const address = id ? `#${id}` : location.pathname;
  if (isAddressed) history.replaceState(null, "", address); // the address may name one that is not there
  else if (location.hash !== (id ? `#${id}` : "")) history.pushState(null, "", address);
  delete page.chat.dataset.menu;
  void showList();
  await showThread();
  if (found && itemOf(found.id)) itemOf(found.id).scrollIntoView({ block: "center" });
  else toEnd();
}

const showAddressed = async () => show((await memory.getConversation(location.hash.slice(1)))?.id, { isAddressed: true });
addEventListener("popstate", () => void showAddressed());

/** Runs a turn: what it stores and what arrives is shown because the memory tells of it. */
async function run(turn) {
  if (around) void show(shown); // what is asked and answered is at the end
  running = new AbortController();
  page.problem.hidden = page.send.hidden = true;
  page.stop.hidden = false;
  const onBegin = ({ conversationId }) => conversationId !== shown && show(conversationId);
  await turn({ signal: running.signal, onBegin }).catch((error) => {
    // What a model's failure was is said in the thread, by a message of the role "system"; and a question that waits says so.
    if (error.code !== "aborted" && error.code !== "model") fail(error);
  });
  running = undefined;
  page.send.hidden = false;
  page.stop.hidden = true;
}

page.ask.onsubmit = (event) => {
  event.preventDefault();
  const text = page.question.value;
  if (text.trim() === "" || running) return;
  page.question.value = "";
  if (!shown) void memory.requestPersistence(); // so that the browser keeps the chats when it is short of room
  void run((options) => agent.processQuery(text, { conversationId: shown, ...options }));
};
page.question.onkeydown = (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  page.ask.requestSubmit();
};
page.stop.onclick = () => running?.abort();
page.new.onclick = () => show(undefined).then(() => page.question.focus());
page.menu.onclick = (event) => {
  event.stopPropagation(); // a click on anything else closes it
  page.chat.dataset.menu = "open";
};
page.main.onclick = () => delete page.chat.dataset.menu;
page.search.oninput = () => void showList();
page.older.onclick = page.newer.onclick = () => ((count += PAGE), showThread());
page.delete.onclick = () => confirm(`Delete “${page.title.textContent}”?`) && memory.deleteConversation(shown);

// Told of every change by any tab; what was stored together comes together.
memory.subscribe((changes) => {
  const own = changes.filter(({ conversationId, type }) => conversationId === shown || type === "everything-forgotten");
  if (own.some(({ type }) => type === "conversation-deleted" || type === "everything-forgotten")) void show(undefined, { isAddressed: true });
  else if (own.some(({ type }) => type !== "answer-progress")) void showThread();
  else if (own.length > 0) void showMore(own.at(-1));
  if (changes.some(({ type }) => type !== "answer-progress")) void showList();
}, { batch: true });

await showAddressed();
page.question.disabled = page.send.disabled = false;

// ---- elements

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** A text with the parts that were found marked. */
function marked(text, ranges) {
  const parts = [];
  let end = 0;
  for (const [from, to] of ranges) {
    parts.push(text.slice(end, from), element("mark", {}, text.slice(from, to)));
    end = to;
  }
  return [...parts, text.slice(end)];
}
