// The head of the open conversation: its facts, and renaming, pinning and deleting it.
import { byId } from "./dom.js";
import { attempt } from "./notice.js";
import { answerTo, confirmed } from "./question.js";
import { timeElement } from "./time.js";

/** `onChanged` is called after a rename or a pin, `onDeleted` after the conversation is gone. */
export function heading(memory, { onChanged, onDeleted }) {
  let open;

  function show(conversation, summary) {
    open = conversation;
    byId("title").textContent = conversation.title;
    // The inspector is a pane of its own on a phone, and says there whose memory it shows.
    byId("inspected").textContent = conversation.title;
    const count = `${summary.messageCount.toLocaleString("en")} ${summary.messageCount === 1 ? "message" : "messages"}`;
    byId("facts").replaceChildren(`${summary.persona} · ${count} · started `, timeElement(summary.createdAt));
    byId("pin").setAttribute("aria-pressed", String(conversation.pinned));
    byId("pin").textContent = conversation.pinned ? "Pinned" : "Pin";
  }

  byId("rename").addEventListener("click", () => attempt(async () => {
    const { id, title } = open;
    const wanted = await answerTo("What shall this conversation be called?", "Rename", title);
    if (wanted === undefined || wanted === title) return;
    await memory.renameConversation(id, wanted);
    onChanged();
  }));

  byId("pin").addEventListener("click", () => attempt(async () => {
    await memory.pinConversation(open.id, !open.pinned);
    onChanged();
  }));

  byId("delete").addEventListener("click", () => attempt(async () => {
    const { id, title, messageCount } = open;
    const count = `${messageCount.toLocaleString("en")} ${messageCount === 1 ? "message" : "messages"}`;
    if (!await confirmed(`Delete “${title}” and its ${count}? This cannot be undone.`, "Delete")) return;
    await memory.deleteConversation(id);
    onDeleted(id);
  }));

  return { show };
}
