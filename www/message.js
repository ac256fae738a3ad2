// One message as the thread shows it.
import { chartOf } from "./chart.js";
import { element } from "./dom.js";
import { entitiesOf } from "./entities.js";
import { timeElement } from "./time.js";

export const ROLE_NAMES = { user: "User", assistant: "Assistant", system: "System", tool: "Tool" };

/** A message can hold megabytes; the page lays out this much until it is asked for the rest. */
const SHOWN_AT_FIRST = 2000;

/** The list item of a message. `onInspect` gets the message, `onEntity` the entity of a chip. */
export function messageItem(message, { onInspect, onEntity }) {
  const entities = entitiesOf(message.metadata);
  const chart = chartOf(message.metadata.visualization);
  return element("li", { class: `message ${message.role}`, "data-id": message.id },
    element("header", {},
      element("strong", {}, ROLE_NAMES[message.role]),
      timeElement(message.createdAt),
      element("span", { class: `status ${message.status}` }, message.status),
      element("button", {
        type: "button", class: "small", "aria-pressed": "false",
        "aria-label": `Inspect message ${message.seq + 1}`, onclick: () => onInspect(message),
      }, "Inspect")),
    ...contentOf(message.content),
    entities.length > 0
      ? element("ul", { class: "chips", "aria-label": "Entities" }, ...entities.map((entity) => chip(entity, onEntity)))
      : undefined,
    chart);
}

function contentOf(content) {
  if (content === "") return [element("p", { class: "content quiet" }, "(empty message)")];
  // A cut between the halves of one code point would show a broken character.
  const start = content.length > SHOWN_AT_FIRST ? content.slice(0, SHOWN_AT_FIRST).replace(/[\uD800-\uDBFF]$/, "") : content;
  const text = element("p", { class: "content", dir: "auto" }, start);
  if (start === content) return [text];
  const rest = element("button", { type: "button", class: "small", onclick: () => {
    text.textContent = content;
    rest.remove();
  } }, `Show all ${content.length.toLocaleString("en")} characters`);
  return [text, rest];
}

const chip = (entity, onEntity) => element("li", {},
  element("button", { type: "button", class: "chip", dir: "auto", title: "Find past results about this", onclick: () => onEntity(entity) }, entity));
