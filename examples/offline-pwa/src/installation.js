// Registers the service worker, and says when there is no network, or a new version.

const [offline, update, reload] = ["offline", "update", "reload"].map((id) => document.getElementById(id));

const look = () => (offline.hidden = navigator.onLine);
addEventListener("online", look);
addEventListener("offline", look);
look();

async function register() {
  const { serviceWorker } = navigator;
  const isFirst = !serviceWorker.controller;
  const registration = await serviceWorker.register("./sw.js");
  const offer = () => (update.hidden = isFirst || !registration.waiting);
  offer();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
  reload.onclick = () => registration.waiting?.postMessage("take over");
  serviceWorker.addEventListener("controllerchange", () => isFirst || location.reload());
}

// While it is developed every file is to be the newest.
if (import.meta.env.PROD && "serviceWorker" in navigator) register().catch((error) => console.warn("The chat will not open without a network.", error));
