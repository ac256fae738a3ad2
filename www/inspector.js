// The right pane: what the memory gives for the open conversation, and the chosen message in full.
import { chartOf } from "./chart.js";
import { contextPanel } from "./context.js";
import { byId } from "./dom.js";
import { entitiesOf } from "./entities.js";
import { ROLE_NAMES } from "./message.js";
import { attempt, notify } from "./notice.js";
import { pastPanel } from "./past.js";

/** So many entities of the newest message that has some are asked about when a conversation is opened. */
const ASKED_AT_FIRST = 6;

/** `onStored` gets the message that now carries a visualization, `onReveal` the id of a past result's message. */
export function inspector(memory, { onStored, onReveal }) {
  const context = contextPanel(memory);
  const past = pastPanel(memory, onReveal);
  let conversationId = "";

  function open(id, messages) {
    conversationId = id;
    byId("inspector").hidden = byId("inspected").hidden = false;
    byId("nothing-to-inspect").hidden = true;
    const entities = messages.map(({ metadata }) => entitiesOf(metadata)).findLast((some) => some.length > 0) ?? [];
    inspect(messages.at(-1));
    return Promise.all([context.open(id), past.open(id, entities.slice(0, ASKED_AT_FIRST))]);
  }

  function close() {
    byId("inspector").hidden = byId("inspected").hidden = true;
    byId("nothing-to-inspect").hidden = false;
  }

  /** After something was stored: the same questions again. `message` is the newest, where it is a new one. */
  const renew = (message) => Promise.all([context.refresh(), past.suggest(message ? entitiesOf(message.metadata) : [])]);

  /** Shows one message's metadata, exactly as it was stored, and its chart. */
  function inspect(message) {
    byId("metadata-of").textContent = message ? `Message ${message.seq + 1}, ${ROLE_NAMES[message.role]}, ${message.id}` : "No message yet.";
    byId("metadata").textContent = message ? JSON.stringify(message.metadata, undefined, 2) : "";
    byId("chart").replaceChildren(drawn(message?.metadata.visualization));
  }

  function drawn(visualization) {
    if (visualization === undefined) return "The chosen message has no visualization.";
    return chartOf(visualization) ?? "This visualization's configuration has no simple series; it stands in the metadata above.";
  }

  byId("chart-form").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      let config;
      try {
        config = JSON.parse(byId("chart-config").value);
      } catch (error) {
        throw new Error(`The configuration is not JSON: ${error.message}`);
      }
      const message = await memory.storeVisualizationConfig(conversationId, byId("chart-type").value, config);
      if (message === undefined) notify("This conversation has no assistant message yet that could carry a visualization.");
      else onStored(message);
    });
  });

  return { open, close, renew, inspect, ask: past.ask };
}
