// Registers the service worker. That is all this frontend needs in place of a server.

const LONGEST_WAIT = 15_000; // milliseconds

/** Until the requests of this page go through the worker: those before would go to whoever serves the page. */
export function workerReady() {
  const { serviceWorker } = navigator;
  if (serviceWorker === undefined) {
    throw new Error("This page needs a service worker, and there are none here: browsers have them at https addresses, "
      + "at localhost and at 127.0.0.1, some of them not in private windows.");
  }
  const late = new Promise((_, reject) => {
    setTimeout(reject, LONGEST_WAIT, new Error("The service worker does not start. The browser's console may say why."));
  });
  return Promise.race([controlled(serviceWorker), late]);
}

async function controlled(serviceWorker) {
  const claimed = new Promise((resolve) => serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
  await serviceWorker.register("worker.js", { type: "module" });
  const { active } = await serviceWorker.ready;
  if (serviceWorker.controller) return;
  // A reload with Shift goes past a worker that is there already; it takes such a page when it is asked to.
  active.postMessage("conversation-memory: claim");
  await claimed;
}
