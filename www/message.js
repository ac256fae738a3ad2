// One message as the thread shows it.
import { actionsOf } from "./actions.js";
import { chartOf } from "./chart.js";
import { element } from "./dom.js";
import { entitiesOf } from "./entities.js";
import { withoutStructure } from "./structure.js";
import { timeElement } from "./time.js";

export const ROLE_NAMES = { user: "User", assistant: "Assistant", system: "System", tool: "Tool" };

/** What a status is called; nothing where all is as it should be. */
const STATUS_NAMES = { interrupted: "interrupted", queued: "waiting", failed: "failed", streaming: "answering" };

/** A message can hold megabytes; the page lays out this much until it is asked for the rest. */
const SHOWN_AT_FIRST = 2000;

/** The list item of a message. `onInspect` gets the message, `onEntity` the entity of a chip; the rest is for its actions. */
export function messageItem(message, { onInspect, onEntity, ...rest }) {
  const { role, status, metadata } = message;
  const entities = entitiesOf(metadata);
  const state = STATUS_NAMES[status];
  const content = status === "interrupted" ? withoutStructure(message.content) : message.content;
  return element("li", { class: ["message", role, status, metadata.errorType && "failure"].filter(Boolean).join(" "), "data-id": message.id },
    element("header", {},
      element("strong", {}, ROLE_NAMES[role]),
      timeElement(message.createdAt),
      state && element("span", { class: `status ${status}` }, state),
      element("button", {
        type: "button", class: "small", "aria-pressed": "false",
        "aria-label": `Inspect message ${message.seq + 1}`, onclick: () => onInspect(message),
      }, "Inspect")),
    ...contentOf(content),
    chartOf(metadata.visualization),
    insightsOf(metadata),
    entities.length > 0
      ? element("ul", { class: "chips", "aria-label": "Entities" }, ...entities.map((entity) => chip(entity, onEntity)))
      : undefined,
    actionsOf(message, rest));
}

function contentOf(content) {
  if (content === "") return [element("p", { class: "content quiet" }, "(empty message)")];
  // A cut between the halves of one code point would show a broken character.
  const start = content.length > SHOWN_AT_FIRST ? content.slice(0, SHOWN_AT_FIRST).replace(/[\uD800-\uDBFF]$/, "") : content;
  const text = element("p", { class: "content", dir: "auto" }, start);
  if (start === content) return [text];
  const more = element("button", { type: "button", class: "small", onclick: () => {
    text.textContent = content;
    more.remove();
  } }, `Show all ${content.length.toLocaleString("en")} characters`);
  return [text, more];
}

function insightsOf({ insights }) {
  const told = Array.isArray(insights) ? insights.filter((insight) => typeof insight === "string" && insight.trim() !== "") : [];
  if (told.length === 0) return undefined;
  return element("ul", { class: "insights", "aria-label": "Insights" }, ...told.map((insight) => element("li", { dir: "auto" }, insight)));
}

const chip = (entity, onEntity) => element("li", {},
  element("button", { type: "button", class: "chip", dir: "auto", title: "Find past results about this", onclick: () => onEntity(entity) }, entity));
