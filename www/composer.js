// The composer: a message of any role, with entities. What was typed and not sent stays with its conversation.
import { byId } from "./dom.js";
import { joinEntities, splitEntities } from "./entities.js";
import { notify, report } from "./notice.js";

/** `onAdded` gets the stored message. */
export function composer(memory, onAdded) {
  const form = byId("composer");
  const content = byId("content");
  const entities = byId("entities");
  const drafts = new Map();
  let complaint;
  let conversationId;

  /** Turns to another conversation. */
  function open(id) {
    if (id === conversationId) return;
    drafts.set(conversationId, { content: content.value, entities: entities.value });
    conversationId = id;
    fill(drafts.get(id));
    form.elements.role.value = "user";
  }

  function fill(draft = { content: "", entities: "" }) {
    content.value = draft.content;
    entities.value = draft.entities;
    grow();
  }

  async function send() {
    const id = conversationId;
    const typed = { content: content.value, entities: entities.value };
    if (typed.content.trim() === "") {
      complaint = notify("Write something first.");
      content.focus();
      return;
    }
    const named = splitEntities(typed.entities);
    const role = form.elements.role.value;
    fill();
    content.focus();
    try {
      onAdded(await memory.addMessage(id, { role, content: typed.content, ...(named.length > 0 && { metadata: { entities: named } }) }));
      complaint?.remove();
    } catch (error) {
      report(error);
      // Nothing was stored, so nothing of what was typed may be lost.
      if (id !== conversationId) drafts.set(id, typed);
      else fill({
        content: [typed.content, content.value].filter(Boolean).join("\n"),
        entities: joinEntities([...named, ...splitEntities(entities.value)]),
      });
    }
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
    form.requestSubmit();
  });

  const focus = () => content.focus();
  byId("skip").addEventListener("click", focus);
  return { open, focus };
}
