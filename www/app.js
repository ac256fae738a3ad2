// The workbench: opens a memory and ties the three panes together. The open conversation's id is the address's hash.
import { ConversationManager } from "conversation-memory";
import { composer } from "./composer.js";
import { byId, element } from "./dom.js";
import { heading } from "./heading.js";
import { inspector } from "./inspector.js";
import { conversationList } from "./list.js";
import { loadPanel } from "./load-panel.js";
import { newest } from "./newest.js";
import { attempt, notify } from "./notice.js";
import { FIRST_PAGE, thread } from "./thread.js";
import { renewTimes } from "./time.js";

const GONE = { upgraded: "Another tab opened a newer version of this memory.", deleted: "This memory's database was deleted.", evicted: "The browser removed this memory's database." };

const memory = await ConversationManager.open({
  userId: "workbench",
  databaseName: "conversation-memory-workbench",
  onClosed: (reason) => notify(GONE[reason], { error: true, action: { label: "Reload", run: () => location.reload() } }),
});

const list = conversationList(memory);
const messages = thread(memory, { onInspect: choose, onEntity: ask });
const inspect = inspector(memory, {
  onStored(message) {
    messages.replace(message);
    mark(message);
  },
  async onReveal(id) {
    showPane("thread");
    const message = await messages.reveal(id);
    if (message) mark(message);
  },
});
const head = heading(memory, { onChanged: refreshHead, onDeleted: deleted });
const write = composer(memory, added);
const open = newest();

const openId = () => location.hash.slice(1);

/** Which pane is seen where there is room for one only. */
function showPane(name) {
  document.body.dataset.pane = name;
  for (const button of document.querySelectorAll("[data-show]")) {
    if (button.dataset.show === name) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  // Focus must not stay in a pane that can no longer be seen.
  if (!document.activeElement.checkVisibility()) document.querySelector(`.pane[data-name="${name}"]`).focus();
}

/** Shows the conversation the address names; the pane follows when `turn` is set. */
function showConversation({ turn = false } = {}) {
  const id = openId();
  return open(async () => {
    if (id === "") return undefined;
    const [conversation, summary] = await Promise.all([memory.getConversation(id), memory.getConversationSummary(id)]);
    if (conversation === undefined) {
      notify("There is no such conversation in this browser.", { error: true });
      return undefined;
    }
    return { conversation, summary, newestMessages: await memory.getRecentMessages(id, FIRST_PAGE) };
  }, (found) => {
    byId("nothing-open").hidden = found !== undefined;
    byId("open-conversation").hidden = found === undefined;
    // Before its messages are shown: what cannot be seen cannot be scrolled to its end.
    if (turn) showPane(found === undefined ? "conversations" : "thread");
    list.mark(found ? id : "");
    document.title = found ? `${found.conversation.title} · Conversation memory` : "Conversation memory";
    if (found === undefined) return inspect.close();
    head.show(found.conversation, found.summary);
    messages.show(id, found.newestMessages);
    write.open(id);
    messages.mark(found.newestMessages.at(-1)?.id);
    return inspect.open(id, found.newestMessages);
  });
}

async function refreshHead() {
  const id = openId();
  const [conversation, summary] = await attempt(() => Promise.all([memory.getConversation(id), memory.getConversationSummary(id)])) ?? [];
  if (conversation && id === openId()) head.show(conversation, summary);
  return list.refresh();
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

function added(message) {
  // Another tab wrote in between: read the whole page of messages again.
  if (!messages.append(message)) showConversation();
  else if (message.conversationId === openId()) {
    mark(message);
    inspect.added(message);
  }
  refreshHead();
}

function deleted() {
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

byId("new-conversation").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const { id } = await memory.createConversation({ persona: byId("persona").value });
    await goTo(id);
    write.focus();
  });
});

loadPanel(memory, goTo);

for (const button of document.querySelectorAll("[data-show]")) button.addEventListener("click", () => showPane(button.dataset.show));
byId("conversations").addEventListener("click", (event) => {
  // Any other link changes the address, and the page follows that.
  if (event.target.closest("a")?.hash === location.hash) showPane("thread");
});
addEventListener("hashchange", () => showConversation({ turn: true }));
// Another tab may have written while this one was out of sight.
document.addEventListener("visibilitychange", () => attempt(async () => {
  if (document.hidden) return;
  const conversation = await memory.getConversation(openId());
  if (conversation && conversation.headId !== messages.newestId()) await showConversation();
  await refreshHead();
}));

byId("persona").append(...(await memory.listPersonas()).map(({ name, displayName }) => element("option", { value: name, selected: name === "transformation_analyst" }, displayName)));
byId("panes").inert = false;
showPane(openId() === "" ? "conversations" : "thread");
await Promise.all([list.refresh(), showConversation({ turn: true })]);
renewTimes();
document.body.dataset.ready = "";
