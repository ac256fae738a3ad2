async function ask() {
  await navigator.serviceWorker.register("./sw.js", { type: "module" });
  const { active } = await navigator.serviceWorker.ready;
  navigator.serviceWorker.addEventListener("message", ({ data }) => (document.title = data));
  navigator.serviceWorker.startMessages();
  active.postMessage("chat");
}

ask().catch((error) => (document.title = String(error)));
