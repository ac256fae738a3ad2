// The left pane: the conversations, most recently updated first, each a link to its own address.
import { byId, element } from "./dom.js";
import { newest } from "./newest.js";
import { timeElement } from "./time.js";

const PAGE = 50;

export function conversationList(memory) {
  const rows = byId("conversations");
  const more = byId("more-conversations");
  const read = newest();
  let shown = PAGE;
  let openId = "";
  let broughtToSight = "";

  /** Reads the list again. Summaries have what is shown; the records add the pin and the persona's name. */
  function refresh() {
    return read(async () => {
      // One more than is shown tells whether there is more to show.
      const page = { limit: shown + 1 };
      const [summaries, conversations, personas] = await Promise.all([
        memory.listConversationSummaries(page), memory.listConversations(page), memory.listPersonas(),
      ]);
      const colours = new Map(personas.map(({ name, colorHex }) => [name, colorHex]));
      const records = new Map(conversations.map((conversation) => [conversation.id, conversation]));
      return summaries.map((summary) => ({ summary, pinned: records.get(summary.id)?.pinned, colour: colours.get(records.get(summary.id)?.personaName) }));
    }, (found) => {
      if (found === undefined) return;
      rows.replaceChildren(...found.slice(0, shown).map(row));
      more.hidden = found.length <= shown;
      byId("no-conversations").hidden = found.length > 0;
      mark(openId);
    });
  }

  function row({ summary, pinned, colour }) {
    const dot = element("span", { class: "dot", "aria-hidden": "true" });
    if (colour) dot.style.background = colour;
    const count = `${summary.messageCount.toLocaleString("en")} ${summary.messageCount === 1 ? "message" : "messages"}`;
    return element("li", {},
      element("a", { href: `#${summary.id}` },
        element("span", { class: "line" },
          element("span", { class: "name", dir: "auto" }, summary.title),
          timeElement(summary.updatedAt)),
        element("span", { class: "line" },
          dot, element("span", { class: "who" }, summary.persona),
          pinned ? element("span", { class: "tag" }, "pinned") : undefined,
          element("span", {}, count))));
  }

  /** Marks the row of the open conversation, and brings it into sight when that has just been opened. */
  function mark(id) {
    openId = id;
    for (const link of rows.querySelectorAll("a")) {
      if (link.hash !== `#${id}`) link.removeAttribute("aria-current");
      else {
        link.setAttribute("aria-current", "page");
        if (id !== broughtToSight) link.scrollIntoView({ block: "nearest" });
        broughtToSight = id;
      }
    }
  }

  more.addEventListener("click", () => {
    shown += PAGE;
    refresh();
  });

  return { refresh, mark };
}
