import { chat } from "./chat.js";

chat().then(
  (said) => postMessage(said),
  (error) => postMessage(String(error)),
);
