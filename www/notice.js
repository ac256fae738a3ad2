// What the page tells the person: errors stay until they are dismissed, other notices leave by themselves.
import { byId, element } from "./dom.js";

const SECONDS_SHOWN = 8;
const MOST_AT_ONCE = 4;

/** Shows a notice and gives it, so that it can be removed. `action` is an optional { label, run } button. */
export function notify(text, { error = false, action } = {}) {
  const notices = byId("notices");
  const box = element("div", { class: error ? "notice error" : "notice", role: error ? "alert" : "status" },
    element("p", { dir: "auto" }, text),
    action && element("button", { type: "button", onclick: action.run }, action.label),
    element("button", { type: "button", class: "close", "aria-label": "Dismiss this notice", onclick: () => box.remove() }, "×"),
  );
  // The same words once are enough: a held key must not fill the page with notices.
  for (const shown of [...notices.children]) {
    if (shown.querySelector("p").textContent === text) shown.remove();
  }
  notices.append(box);
  while (notices.children.length > MOST_AT_ONCE) notices.firstElementChild.remove();
  if (!error && !action) setTimeout(() => box.remove(), SECONDS_SHOWN * 1000);
  return box;
}

/** Shows an error. The memory's own errors carry a stable code, which is shown with the message. */
export function report(error) {
  const text = error instanceof Error ? error.message : String(error);
  notify(error?.name === "MemoryError" ? `${error.code}: ${text}` : text, { error: true });
}

/** Does the work; when it fails the person sees why, and the result is undefined. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    report(error);
    return undefined;
  }
}
