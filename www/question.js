// One dialog for the two questions the page asks: "are you sure?" and "what shall it be called?".
import { byId } from "./dom.js";

/** Resolves to true when the person agrees to what cannot be undone. */
export async function confirmed(text, yes) {
  return (await ask(text, yes, { className: "danger" })) !== undefined;
}

/** Resolves to what the person typed, or undefined when they changed their mind. */
export function answerTo(text, yes, before) {
  return ask(text, yes, { className: "primary", before });
}

function ask(text, yes, { className, before }) {
  const dialog = byId("question");
  const answer = byId("question-answer");
  byId("question-text").textContent = text;
  byId("question-yes").textContent = yes;
  byId("question-yes").className = className;
  byId("question-no").onclick = () => dialog.close("no");
  answer.hidden = before === undefined;
  // A field that is not asked for must not hold the dialog back by being empty.
  answer.disabled = answer.hidden;
  answer.value = before ?? "";
  dialog.returnValue = "no";
  dialog.showModal();
  if (before !== undefined) answer.select();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? answer.value : undefined), { once: true });
  });
}
