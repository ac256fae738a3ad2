// The context string of the open conversation, with the two numbers that shape it.
import { byId } from "./dom.js";
import { newest } from "./newest.js";

/** The number in a field; undefined when it is empty, so that the memory's own default holds. */
export const numberIn = (field) => (field.value === "" ? undefined : Number(field.value));

export function contextPanel(memory) {
  const read = newest();
  const form = byId("context-form");
  let conversationId = "";

  /** What stands there stays while a number does not fit. */
  function refresh() {
    if (!form.checkValidity()) return undefined;
    const options = { maxMessages: numberIn(byId("max-messages")), maxCharacters: numberIn(byId("max-characters")) };
    return read(() => memory.buildConversationContext(conversationId, options), (text) => {
      byId("context").textContent = text ?? "";
    });
  }

  function open(id) {
    conversationId = id;
    if (!form.checkValidity()) form.reset();
    byId("context").textContent = "";
    return refresh();
  }

  form.addEventListener("input", ({ target }) => {
    target.reportValidity();
    refresh();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  return { open, refresh };
}
