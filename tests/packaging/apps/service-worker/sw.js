import { chat } from "./chat.js";

self.addEventListener("message", (event) => {
  const answer = chat().then(
    (said) => event.source.postMessage(said),
    (error) => event.source.postMessage(String(error)),
  );
  event.waitUntil(answer);
});
