// Starts the page, and sees to it that nothing fails in the console only.
import { byId } from "./dom.js";
import { notify, report } from "./notice.js";

window.addEventListener("unhandledrejection", (event) => report(event.reason));
window.addEventListener("error", (event) => report(event.error ?? event.message));

// Imported when the line above already listens: a package that is not built or not served is then told in the page.
import("./app.js").catch((error) => {
  byId("panes").remove();
  byId("switch").remove();
  report(error);
  notify("The page could not start. What is stored in this browser was not touched.", { error: true, action: { label: "Try again", run: () => location.reload() } });
});
