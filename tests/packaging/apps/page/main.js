import { chat } from "./chat.js";

chat().then(
  (said) => (document.title = said),
  (error) => (document.title = String(error)),
);
