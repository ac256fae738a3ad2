// What is arriving: the question as it was asked, until it is stored, and the answer word by word.
import { byId, element } from "./dom.js";
import { withoutStructure } from "./structure.js";

/** `show(turn)` gives the list items of the turn under way, which stay the same elements while its words come. */
export function liveItems() {
  const question = element("li", { class: "message user" },
    element("header", {}, element("strong", {}, "User")), element("p", { class: "content", dir: "auto" }));
  const words = document.createTextNode("");
  const state = element("span", { class: "status arriving" });
  const answer = element("li", { class: "message assistant live" },
    element("header", {}, element("strong", {}, "Assistant"), state),
    element("p", { class: "content", dir: "auto" }, words, element("span", { class: "caret", "aria-hidden": "true" })));
  const speak = speaker();

  function show(turn) {
    if (turn === undefined) {
      speak(words.data, true);
      words.data = "";
      return [];
    }
    const text = withoutStructure(turn.text);
    const isHidden = text.length < turn.text.trimEnd().length;
    if (words.data !== text) words.data = text;
    state.textContent = !turn.begun ? "waiting for its turn" : isHidden ? "adding figures" : text === "" ? "thinking" : "answering";
    speak(text, false);
    if (turn.question === undefined) return [answer];
    question.querySelector(".content").textContent = turn.question;
    return [question, answer];
  }
  return { show };
}

/** Where sentences end. */
const ENDS = [". ", "! ", "? ", "\n", "。", "؟ "];

/** Tells a screen reader the answer sentence by sentence; word by word it would only stammer. */
function speaker() {
  const place = byId("spoken");
  let told = 0;
  return (text, isOver) => {
    // What was said last stays until the next answer: a reader may not have come to it yet.
    if (told === 0 && text !== "" && !isOver) place.replaceChildren();
    const end = isOver ? text.length : Math.max(...ENDS.map((mark) => text.lastIndexOf(mark))) + 1;
    if (end > told) place.append(element("p", { dir: "auto" }, text.slice(told, end)));
    told = isOver ? 0 : Math.max(told, end);
  };
}
