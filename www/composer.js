// The composer: a question to the model, or a message of any role by hand, with entities. What was typed and not sent stays
// with its conversation.
import { byId } from "./dom.js";
import { joinEntities, splitEntities } from "./entities.js";
import { notify, report } from "./notice.js";

const PLACEHOLDERS = { ask: "Ask something", user: "A question", assistant: "An answer", system: "A system message", tool: "What a tool gave" };

/**
 * `onAsk` gets the conversation's id and the question, `onAdded` the message that was stored by hand, `onStop` is called
 * when the answer is to end. `begin` makes a conversation where none is open, and gives its id.
 */
export function composer(memory, { begin, onAsk, onAdded, onStop }) {
  const form = byId("composer");
  const content = byId("content");
  const entities = byId("entities");
  const role = byId("role");
  const drafts = new Map();
  let complaint;
  let conversationId = "";
  let isBusy = false;

  /** Turns to another conversation; "" is none yet. */
  function open(id) {
    if (id === conversationId) return;
    drafts.set(conversationId, { content: content.value, entities: entities.value });
    conversationId = id;
    fill(drafts.get(id));
    role.value = "ask";
    follow();
  }

  function fill(draft = { content: "", entities: "" }) {
    content.value = draft.content;
    entities.value = draft.entities;
    grow();
  }

  /** What a message by hand needs is there when one is written. */
  function follow() {
    const asks = role.value === "ask";
    entities.hidden = asks;
    byId("send").textContent = asks ? "Ask" : "Add message";
    content.placeholder = PLACEHOLDERS[role.value];
  }

  /** While an answer arrives, nothing can be sent: it would come between the question and its answer. */
  function busy(turn) {
    isBusy = turn !== undefined;
    const canStop = turn?.abort !== undefined;
    const focused = document.activeElement;
    byId("stop").hidden = !canStop;
    byId("send").hidden = canStop;
    byId("send").disabled = isBusy;
    // Focus must not stay on a button that can no longer be pressed.
    if (![byId("stop"), byId("send")].includes(focused) || !focused.hidden && !focused.disabled) return;
    // On a phone a focused field brings up the keyboard, over the answer.
    if (matchMedia("(pointer: coarse)").matches) byId("messages-scroll").focus({ preventScroll: true });
    else content.focus();
  }

  async function send() {
    const typed = { content: content.value, entities: entities.value };
    if (isBusy) return;
    if (typed.content.trim() === "") {
      complaint = notify("Write something first.");
      content.focus();
      return;
    }
    const kind = role.value;
    fill();
    content.focus();
    let id = conversationId;
    try {
      id ||= await begin();
      if (kind === "ask") onAsk(id, typed.content);
      else {
        const named = splitEntities(typed.entities);
        onAdded(await memory.addMessage(id, { role: kind, content: typed.content, ...(named.length > 0 && { metadata: { entities: named } }) }));
      }
      complaint?.remove();
    } catch (error) {
      report(error);
      giveBack(id, typed);
    }
  }

  /** Nothing was stored, so nothing of what was typed may be lost. */
  function giveBack(id, typed) {
    if (id !== conversationId) drafts.set(id, typed);
    else fill({
      content: [typed.content, content.value].filter(Boolean).join("\n"),
      entities: joinEntities([...splitEntities(typed.entities), ...splitEntities(entities.value)]),
    });
  }

  function grow() {
    content.style.blockSize = "auto";
    content.style.blockSize = `${Math.min(content.scrollHeight + 2, innerHeight / 3)}px`;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  content.addEventListener("input", grow);
  addEventListener("resize", grow);
  content.addEventListener("keydown", (event) => {
    // While an input method composes, Enter chooses a word; a soft keyboard has no Shift+Enter to start a new line.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    send();
  });
  role.addEventListener("change", follow);
  byId("stop").addEventListener("click", onStop);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isBusy && document.querySelector("dialog[open]") === null) onStop();
  });
  follow();

  const focus = () => content.focus();
  byId("skip").addEventListener("click", focus);
  return { open, focus, busy, giveBack };
}
