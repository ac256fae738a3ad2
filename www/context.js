// The context string of the open conversation, with the two numbers that shape it.
import { byId } from "./dom.js";
import { newest } from "./newest.js";

/** The number in a field; undefined when it is empty, so that the memory's own default holds. */
export const numberIn = (field) => (field.value === "" ? undefined : Number(field.value));

export function contextPanel(memory) {
  const read = newest();
  let conversationId = "";

  function refresh() {
    const options = { maxMessages: numberIn(byId("max-messages")), maxCharacters: numberIn(byId("max-characters")) };
    return read(() => memory.buildConversationContext(conversationId, options), (text) => {
      byId("context").textContent = text ?? "";
    });
  }

  function open(id) {
    conversationId = id;
    byId("context").textContent = "";
    return refresh();
  }

  byId("context-form").addEventListener("input", refresh);
  byId("context-form").addEventListener("submit", (event) => event.preventDefault());
  return { open, refresh };
}
