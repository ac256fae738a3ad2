// The page: opens a memory and ties the three panes together. The open conversation's id is the address's hash.
import { ConversationManager } from "conversation-memory";
import { branchesOf } from "./branches.js";
import { composer } from "./composer.js";
import { SUGGESTIONS } from "./demo-model.js";
import { byId, element } from "./dom.js";
import { editIn } from "./edit.js";
import { heading } from "./heading.js";
import { inspector } from "./inspector.js";
import { conversationList } from "./list.js";
import { loadPanel } from "./load-panel.js";
import { modelSettings } from "./model.js";
import { network } from "./network.js";
import { newest } from "./newest.js";
import { attempt, notify, report } from "./notice.js";
import { showPane } from "./panes.js";
import { thread } from "./thread.js";
import { renewTimes } from "./time.js";
import { turns } from "./turns.js";

const GONE = { upgraded: "Another tab opened a newer version of this memory.", deleted: "This memory's database was deleted.", evicted: "The browser removed this memory's database." };

const memory = await ConversationManager.open({
  userId: "workbench",
  databaseName: "conversation-memory-workbench",
  onClosed: (reason) => notify(GONE[reason], { error: true, action: { label: "Reload", run: () => location.reload() } }),
});

const chat = turns(memory, modelSettings(answerWaiting), turnChanged);
const list = conversationList(memory);
const messages = thread({
  readOlder: read,
  handlers: { onInspect: choose, onEntity: ask, onBranch: switchBranch, onAgain: again, onEdit: edit, onCancel: cancel, onNow: answerWaiting },
});
const inspect = inspector(memory, {
  async onStored(message) {
    await showConversation();
    mark(message);
  },
  async onReveal(id) {
    showPane("thread");
    const message = await messages.reveal(id);
    if (message) mark(message);
  },
});
const head = heading(memory, { onChanged: renew, onDeleted: deleted });
const write = composer(memory, { begin, onAsk: askModel, onAdded: renew, onStop: () => chat.stop(openId()) });
const open = newest();
let shownId = "";
let isMoreDue = false;

const openId = () => location.hash.slice(1);

/** A conversation with its newest messages and their branches; undefined when there is none. */
async function read(id, count = messages.wanted(id)) {
  const [conversation, summary] = await Promise.all([memory.getConversation(id), memory.getConversationSummary(id)]);
  if (conversation === undefined) return undefined;
  const found = await memory.getRecentMessages(id, count);
  return { conversation, summary, messages: found, branches: await branchesOf(memory, conversation, found) };
}

/** Shows the conversation the address names, as it is stored now; the pane follows when `turn` is set. */
function showConversation({ turn = false } = {}) {
  const id = openId();
  return open(async () => {
    if (id === "") return undefined;
    const found = await read(id);
    if (found === undefined) notify("There is no such conversation in this browser.", { error: true });
    return found;
  }, (found) => {
    byId("nothing-open").hidden = found !== undefined;
    byId("open-conversation").hidden = found === undefined;
    // Before its messages are shown: what cannot be seen cannot be scrolled to its end.
    if (turn) showPane(found === undefined ? "conversations" : "thread");
    list.mark(found ? id : "");
    document.title = found ? `${found.conversation.title} · Conversation memory` : "Conversation memory";
    const isAnother = id !== shownId;
    shownId = found ? id : "";
    write.open(shownId);
    write.busy(chat.of(shownId));
    if (found === undefined) return inspect.close();
    const before = messages.newest();
    head.show(found.conversation, found.summary);
    messages.show(id, found.messages, found.branches, chat.of(id));
    const last = found.messages.at(-1);
    if (isAnother) {
      messages.mark(last?.id);
      return inspect.open(id, found.messages);
    }
    if (last === undefined || last.id === before?.id && last.status === before.status) return inspect.renew();
    mark(last);
    return inspect.renew(last);
  });
}

/** Answers what waits for the network. */
function answerWaiting() {
  return attempt(() => chat.answerWaiting());
}

/** After something was stored: what is open, and the list. */
function renew() {
  return Promise.all([showConversation(), list.refresh()]);
}

function mark(message) {
  messages.mark(message.id);
  inspect.inspect(message);
}

function choose(message) {
  mark(message);
  showPane("inspector");
  byId("metadata-title").scrollIntoView();
}

async function ask(entity) {
  showPane("inspector");
  await inspect.ask(entity);
  byId("past-title").scrollIntoView();
}

/** Hears of the turns: see `turns`. */
function turnChanged(id, change) {
  if (id !== undefined && id !== openId()) return list.refresh();
  if (change === "more") return showMore();
  if (change !== "asked") return renew();
  const turn = chat.of(id);
  write.busy(turn);
  return messages.begin(turn);
}

/** Words may come faster than the screen is drawn. */
function showMore() {
  if (isMoreDue) return;
  isMoreDue = true;
  requestAnimationFrame(() => {
    isMoreDue = false;
    const turn = chat.of(shownId);
    if (turn) messages.more(turn);
  });
}

/** Tells of a failure that does not stand in the conversation. */
async function told(id, work) {
  const error = await work;
  if (error === undefined) return;
  if (error.messageId !== undefined) {
    // Without a network the page says so already.
    if (navigator.onLine) notify(error.message, { error: true });
  } else if (id !== openId() || messages.newest()?.metadata.errorType === undefined) report(error);
}

function askModel(id, question) {
  return told(id, chat.ask(id, question));
}

/** Another answer to the question that this message is, or answers. */
async function again(message) {
  const id = openId();
  let question = message;
  while (question !== undefined && question.role !== "user") {
    const { parentId } = question;
    question = parentId && (messages.find(parentId) ?? (await attempt(() => memory.listBranches(id, parentId)))?.find((one) => one.id === parentId));
  }
  if (question === undefined) return notify("There is no question before this message.");
  const work = chat.again(id, question.id);
  byId("stop").focus();
  return told(id, work);
}

function edit(message) {
  const id = openId();
  editIn(messages.itemOf(message.id), message, (words) => {
    const work = chat.edit(id, message.id, words);
    byId("stop").focus();
    told(id, work);
  });
}

function cancel(message) {
  return attempt(async () => {
    await chat.cancel(message.conversationId, message.id);
    await renew();
    messages.itemOf(message.id)?.querySelector(".actions button")?.focus();
  });
}

/** `step` says whether it is the branch before or behind, `button` where the person pressed. */
function switchBranch(branchId, step, button) {
  return attempt(async () => {
    const place = messages.indexOf(button.closest("li"));
    await memory.switchBranch(openId(), branchId);
    await renew();
    const item = messages.itemAt(place);
    const arrow = item?.querySelector(`[data-step="${step}"]:enabled`) ?? item?.querySelector(".arrow:enabled");
    arrow?.focus({ preventScroll: true });
    item?.scrollIntoView({ block: "nearest" });
  });
}

function deleted(id) {
  chat.stop(id);
  // No way back to what is gone.
  history.replaceState(null, "", location.pathname);
  showConversation({ turn: true });
  list.refresh();
  notify("The conversation was deleted.");
}

/** Goes to a conversation that was just made. */
async function goTo(id) {
  history.pushState(null, "", `#${id}`);
  await Promise.all([list.refresh(), showConversation({ turn: true })]);
}

/** A new conversation of the chosen persona, which is then open. */
async function begin() {
  const { id } = await memory.createConversation({ persona: byId("persona").value });
  await goTo(id);
  return id;
}

byId("new-conversation").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    await begin();
    write.focus();
  });
});

byId("suggestions").append(...SUGGESTIONS.map((question) => element("button", {
  type: "button", onclick: () => attempt(async () => {
    const id = await begin();
    write.focus();
    await askModel(id, question);
  }),
}, question)));

loadPanel(memory, goTo);

for (const button of document.querySelectorAll("[data-show]")) button.addEventListener("click", () => showPane(button.dataset.show));
byId("conversations").addEventListener("click", (event) => {
  // Any other link changes the address, and the page follows that.
  if (event.target.closest("a")?.hash === location.hash) showPane("thread");
});
addEventListener("hashchange", () => showConversation({ turn: true }));
network({ onChange: showConversation, onBack: answerWaiting });
// Another tab may have written while this one was out of sight.
document.addEventListener("visibilitychange", () => { if (!document.hidden) renew(); });

byId("persona").append(...(await memory.listPersonas()).map(({ name, displayName }) => element("option", { value: name, selected: name === "transformation_analyst" }, displayName)));
byId("panes").inert = false;
const isNew = (await memory.listConversations({ limit: 1 })).length === 0;
await Promise.all([list.refresh(), showConversation({ turn: true })]);
showPane(openId() === "" && !isNew ? "conversations" : "thread");
renewTimes();
document.body.dataset.ready = "";
// What waited since an earlier visit.
answerWaiting();
