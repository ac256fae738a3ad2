// Keeps the files of the page, so that it opens without a network. With one they come from the server: what was changed is seen.

const PACKAGE = "./node_modules/conversation-memory/dist/";
const FILES = ["./", "app.js", "model.js", "style.css", "icon.svg"];
const NAME = "chat";

addEventListener("install", (event) => event.waitUntil(keep()));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && new URL(url).origin === location.origin) event.respondWith(answer(event.request));
});

/** What the package consists of is in a list beside it: its files have other names with each release. */
async function keep() {
  const { index } = await (await fetch(`${PACKAGE}files.json`, { cache: "reload" })).json();
  const cache = await caches.open(NAME);
  await cache.addAll([...FILES, ...index.map((name) => PACKAGE + name)].map((file) => new Request(file, { cache: "reload" })));
}

async function answer(request) {
  const cache = await caches.open(NAME);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(request);
    if (kept) return kept;
    throw error;
  }
}
