// Past results of the open conversation: assistant messages that share entities with those in the field.
import { numberIn } from "./context.js";
import { byId, element } from "./dom.js";
import { joinEntities, splitEntities } from "./entities.js";
import { newest } from "./newest.js";
import { fullTime, relativeTime } from "./time.js";

export function pastPanel(memory) {
  const field = byId("past-entities");
  const read = newest();
  let conversationId = "";

  function refresh() {
    const entities = splitEntities(field.value);
    return read(() => memory.getRelevantPastResults(conversationId, entities, { limit: numberIn(byId("past-limit")) }), (results) => {
      byId("past-results").replaceChildren(...(results ?? []).map(item));
      byId("past-summary").textContent = results === undefined ? "" : summary(entities, results);
    });
  }

  function summary(entities, results) {
    if (entities.length === 0) return "Type entities, or press one on a message.";
    if (results.length === 0) return "No earlier answer is about these.";
    return results.length === 1 ? "1 earlier answer, by shared entities." : `${results.length} earlier answers, most shared entities first.`;
  }

  const item = ({ content, overlap, createdAt, messageId }) => element("li", { "data-id": messageId },
    element("p", { class: "content", dir: "auto" }, content),
    element("p", { class: "shares" },
      element("span", {}, `Shares ${overlap.length}:`),
      ...overlap.map((entity) => element("span", { class: "chip", dir: "auto" }, entity)),
      element("time", { datetime: createdAt, title: fullTime(createdAt) }, relativeTime(createdAt))));

  /** Turns to a conversation, asking about these entities first. */
  function open(id, entities) {
    conversationId = id;
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

  /** Asks about one more entity. */
  function add(entity) {
    field.value = joinEntities([...new Set([...splitEntities(field.value), entity])]);
    return refresh();
  }

  byId("past-form").addEventListener("input", refresh);
  byId("past-form").addEventListener("submit", (event) => {
    event.preventDefault();
    refresh();
  });
  return { open, suggest, add };
}
