// What can be done with a message: another answer, other words, another branch, no more waiting.
import { element } from "./dom.js";

/**
 * The row of buttons of a message, or undefined when there are none. `branches` are the ids of the alternatives at this
 * message; while the conversation is `busy` with an answer, nothing here can be pressed.
 */
export function actionsOf(message, { branches, busy, onBranch, onAgain, onEdit, onCancel, onNow }) {
  const { role, status, metadata } = message;
  const button = (label, name, run, options) => element("button", { type: "button", class: "small", "aria-label": name, title: name, disabled: busy, onclick: run, ...options }, label);
  const parts = [];
  if (branches) parts.push(arrows(message, branches, busy, onBranch));
  if (status === "queued") {
    // One that is being answered is queued no more, so that these work also while others are.
    parts.push(button("Cancel", "Cancel this question", () => onCancel(message), { disabled: false }));
    if (navigator.onLine) parts.push(button("Try now", "Try to answer this question now", () => onNow(message)));
  } else if (role === "assistant") {
    parts.push(button("Regenerate", "Answer this question again", () => onAgain(message)));
  } else if (role === "system" && metadata.errorType !== undefined || role === "user" && status === "failed") {
    parts.push(button("Try again", "Answer this question again", () => onAgain(message)));
  }
  if (role === "user" && status !== "queued") parts.push(button("Edit", "Edit this question and ask again", () => onEdit(message)));
  return parts.length > 0 ? element("footer", { class: "actions" }, ...parts) : undefined;
}

function arrows({ id }, branches, busy, onBranch) {
  const place = branches.indexOf(id);
  const arrow = (sign, name, step) => element("button", {
    type: "button", class: "small arrow", "aria-label": name, title: name, "data-step": step,
    disabled: busy || branches[place + step] === undefined, onclick: ({ currentTarget }) => onBranch(branches[place + step], step, currentTarget),
  }, sign);
  return element("span", { class: "branches", role: "group", "aria-label": "Branches" },
    arrow("‹", "Previous branch", -1),
    element("span", { class: "place" }, `${place + 1} / ${branches.length}`),
    arrow("›", "Next branch", 1));
}
