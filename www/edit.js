// A question in other words: its text becomes a field in its place.
import { element } from "./dom.js";

/** `onSend` gets the new words; Escape and Cancel leave everything as it was. */
export function editIn(item, message, onSend) {
  if (item.querySelector(".edit")) return;
  const hidden = [...item.children].filter((child) => child.matches(".content, .content + button, .actions, .chips"));
  const field = element("textarea", { dir: "auto", rows: 1, "aria-label": "The question in other words" });
  const form = element("form", { class: "edit", onsubmit: send },
    field,
    element("div", { class: "row" },
      element("button", { type: "button", onclick: cancel }, "Cancel"),
      element("button", { type: "submit", class: "primary" }, "Ask again")));
  field.value = message.content;
  field.addEventListener("input", grow);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      cancel();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !matchMedia("(pointer: coarse)").matches) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  for (const child of hidden) child.hidden = true;
  item.classList.add("editing");
  item.append(form);
  grow();
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);

  function grow() {
    field.style.blockSize = "auto";
    field.style.blockSize = `${Math.min(field.scrollHeight + 2, innerHeight / 3)}px`;
  }

  function close() {
    form.remove();
    item.classList.remove("editing");
    for (const child of hidden) child.hidden = false;
  }

  function cancel() {
    close();
    item.querySelector('.actions button[aria-label^="Edit"]')?.focus();
  }

  function send(event) {
    event.preventDefault();
    const words = field.value;
    if (words.trim() === "") return field.focus();
    close();
    onSend(words);
  }
}
