// The log of requests, newest first. What was sent and received stands in it as text, whatever it is.
import { byId, element } from "../dom.js";

const MOST_SHOWN = 100;

/** Shows a request; the function that it gives adds the answer, once. Without a status there was none. */
export function logRequest({ method, url, body }) {
  const log = byId("log");
  const outcome = element("span", { class: "answered" }, "…");
  const bodies = element("details", {},
    element("summary", {}, element("span", { class: "method" }, method), element("span", { class: "url" }, url), outcome),
    ...shown("Sent", body));
  log.prepend(element("li", {}, bodies));
  while (log.children.length > MOST_SHOWN) log.lastElementChild.remove();
  let isTold = false;
  return (status, answer) => {
    if (isTold) return;
    isTold = true;
    outcome.textContent = status ?? "no answer";
    outcome.classList.toggle("refused", !(status < 400));
    bodies.append(...shown("Received", answer));
  };
}

const shown = (title, body) => (body === undefined ? [] : [
  element("h3", {}, title),
  element("pre", { class: "text", tabindex: "0", "aria-label": title }, JSON.stringify(body, undefined, 2)),
]);
