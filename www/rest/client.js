// A chat frontend as one writes it for a server: lists, opens, asks and deletes through `api.js`. The open conversation's id is
// the address's hash.
import { chartOf } from "../chart.js";
import { byId, element } from "../dom.js";
import { attempt, report } from "../notice.js";
import { showPane } from "../panes.js";
import { confirmed } from "../question.js";
import { renewTimes, timeElement } from "../time.js";
import { chatApi } from "./api.js";
import { logRequest } from "./log.js";
import { workerReady } from "./registration.js";

const ROLES = { user: "User", assistant: "Assistant", system: "System", tool: "Tool" };

const api = chatApi(logRequest);
let shows = 0;
let isAsking = false;

const openId = () => location.hash.slice(1);

function mark() {
  for (const link of byId("conversations").querySelectorAll("a")) {
    if (link.hash === location.hash) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Reads the list again, and gives it. */
async function refresh() {
  const conversations = (await attempt(() => api.list())) ?? [];
  byId("conversations").replaceChildren(...conversations.map(row));
  byId("no-conversations").hidden = conversations.length > 0;
  mark();
  return conversations;
}

function row({ id, title, persona, message_count, updated_at }) {
  return element("li", {},
    element("a", { href: `#${id}` },
      element("span", { class: "line" }, element("span", { class: "name", dir: "auto" }, title), timeElement(updated_at)),
      element("span", { class: "line" },
        element("span", { class: "who" }, persona),
        element("span", {}, `${message_count} ${message_count === 1 ? "message" : "messages"}`))));
}

/** A message of any role, with what an answer brings. */
function message({ role, content, insights, chart }) {
  return element("li", { class: `message ${role}` },
    element("header", {}, element("strong", {}, ROLES[role] ?? role)),
    element("p", { class: "content", dir: "auto" }, content),
    chart && chartOf(chart),
    insights?.length > 0
      ? element("ul", { class: "insights", "aria-label": "Insights" }, ...insights.map((insight) => element("li", { dir: "auto" }, insight)))
      : undefined);
}

function add(...items) {
  byId("messages").append(...items);
  byId("messages-scroll").scrollTop = byId("messages-scroll").scrollHeight;
}

function head(conversation) {
  byId("title").textContent = conversation?.title ?? "New conversation";
  byId("facts").replaceChildren(...(conversation ? [`${conversation.persona} · started `, timeElement(conversation.created_at)] : []));
  byId("delete").hidden = conversation === undefined;
  document.title = `${conversation ? `${conversation.title} · ` : ""}Chat API without a server`;
}

function showThread(isShown) {
  byId("nothing-open").hidden = isShown;
  byId("open-conversation").hidden = !isShown;
}

/** Shows the conversation that the address names. */
async function show() {
  const id = openId();
  const number = (shows += 1);
  const found = id === "" ? undefined : await attempt(() => api.open(id));
  if (number !== shows) return; // another one was opened meanwhile
  // The next question is not to go to a conversation that is not there.
  if (found === undefined) history.replaceState(null, "", location.pathname);
  mark();
  head(found?.conversation);
  showThread(found !== undefined);
  byId("messages").replaceChildren();
  add(...(found?.messages ?? []).map(({ role, content, metadata }) =>
    message({ role, content, insights: metadata.insights, chart: metadata.visualization })));
}

async function ask(query) {
  if (isAsking) return;
  const id = openId();
  const number = shows;
  const waiting = message({ role: "assistant", content: "Answering…" });
  showThread(true);
  add(message({ role: "user", content: query }), waiting);
  isAsking = byId("send").disabled = true;
  try {
    const answer = await api.ask(query, id || undefined);
    const conversation = (await refresh()).find((one) => one.id === answer.conversation_id);
    byId("spoken").textContent = answer.message;
    if (number === shows) {
      const { message: content, insights, visualization: chart } = answer;
      waiting.remove();
      add(message({ role: "assistant", content, insights, chart }));
      history.replaceState(null, "", `#${answer.conversation_id}`);
      head(conversation);
      mark();
    } else if (openId() === answer.conversation_id) await show(); // left and opened again meanwhile
  } catch (error) {
    report(error);
    byId("content").value ||= query.trim();
    if (number === shows) await show();
  } finally {
    isAsking = byId("send").disabled = false;
  }
}

async function remove() {
  const id = openId();
  if (!await confirmed(`Delete “${byId("title").textContent}” and its messages? This cannot be undone.`, "Delete")) return;
  await attempt(() => api.remove(id));
  // No way back to what is gone.
  if (openId() === id) history.replaceState(null, "", location.pathname);
  await Promise.all([show(), refresh()]);
  byId("content").focus();
}

function send() {
  if (isAsking) return;
  const query = byId("content").value;
  byId("content").value = "";
  // What is blank is sent too: what the API makes of it is to be seen.
  ask(query);
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
byId("content").addEventListener("keydown", (event) => {
  // While an input method composes, Enter chooses a word; a soft keyboard has no Shift+Enter to start a new line.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
  event.preventDefault();
  send();
});
byId("suggestions").addEventListener("click", ({ target }) => {
  if (target.matches("button")) ask(target.textContent);
});
byId("new").addEventListener("click", () => {
  history.pushState(null, "", location.pathname);
  showPane("thread");
  show();
  byId("content").focus();
});
byId("delete").addEventListener("click", remove);
byId("conversations").addEventListener("click", (event) => {
  if (event.target.closest("a")) showPane("thread");
});
for (const button of document.querySelectorAll("[data-show]")) button.addEventListener("click", () => showPane(button.dataset.show));
addEventListener("hashchange", show);

function showNetwork() {
  byId("offline").textContent = navigator.onLine ? "" : "Offline. Nothing is missing: ask, or reload this page.";
}
addEventListener("online", showNetwork);
addEventListener("offline", showNetwork);
showNetwork();

try {
  await workerReady();
  byId("where").textContent = "No server: a service worker answers, also offline.";
  byId("where").classList.remove("away");
  byId("panes").inert = false;
  await Promise.all([refresh(), show()]);
  renewTimes();
  document.body.dataset.ready = "";
} catch (error) {
  report(error);
  byId("where").textContent = "Nobody answers here.";
}
