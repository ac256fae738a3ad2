// Past results of the open conversation: assistant messages that share entities with those in the field.
import { numberIn } from "./context.js";
import { byId, element } from "./dom.js";
import { joinEntities, splitEntities } from "./entities.js";
import { newest } from "./newest.js";
import { timeElement } from "./time.js";

/** `onReveal` gets the id of the message whose result was pressed. */
export function pastPanel(memory, onReveal) {
  const form = byId("past-form");
  const field = byId("past-entities");
  const read = newest();
  let conversationId = "";

  /** What stands there stays while the limit does not fit. */
  function refresh() {
    if (!form.checkValidity()) return undefined;
    const entities = splitEntities(field.value);
    const limit = numberIn(byId("past-limit"));
    return read(() => memory.getRelevantPastResults(conversationId, entities, { limit }), (results) => {
      byId("past-results").replaceChildren(...(results ?? []).map(item));
      byId("past-summary").textContent = results === undefined ? "" : summary(entities, limit, results);
    });
  }

  function summary(entities, limit, results) {
    if (entities.length === 0) return "Type entities, or press one on a message.";
    if (limit === 0) return "At most 0: no answer was asked for.";
    if (results.length === 0) return "No earlier answer is about these.";
    return results.length === 1 ? "1 earlier answer, by shared entities." : `${results.length} earlier answers, most shared entities first.`;
  }

  const item = ({ content, overlap, createdAt, messageId }) => element("li", { "data-id": messageId },
    element("button", { type: "button", title: "Show this message in the conversation", onclick: () => onReveal(messageId) },
      element("span", { class: "content", dir: "auto" }, content),
      element("span", { class: "shares" },
        element("span", {}, `Shares ${overlap.length}:`),
        ...overlap.map((entity) => element("span", { class: "chip", dir: "auto" }, entity)),
        timeElement(createdAt))));

  /** Turns to a conversation, asking about these entities first. */
  function open(id, entities) {
    conversationId = id;
    forgetBadLimit();
    field.value = joinEntities(entities);
    // What was found in another conversation must not be seen beside this one, not even for a moment.
    byId("past-results").replaceChildren();
    byId("past-summary").textContent = "";
    return refresh();
  }

  /** Asks about these entities unless the person already asks about others. */
  function suggest(entities) {
    if (field.value === "") field.value = joinEntities(entities);
    return refresh();
  }

  /** Asks about this entity alone. */
  function ask(entity) {
    forgetBadLimit();
    field.value = joinEntities([entity]);
    return refresh();
  }

  /** A new question is not held up by what was mistyped for an older one. */
  function forgetBadLimit() {
    if (!form.checkValidity()) form.reset();
  }

  form.addEventListener("input", ({ target }) => {
    target.reportValidity();
    refresh();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    refresh();
  });
  return { open, suggest, ask };
}
