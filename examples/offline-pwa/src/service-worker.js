// Keeps the application's own files, so that it opens without a network. What people say is not here: that is in the memory.

const { version, files } = __SHELL__; // by the build, see vite.config.js
const NAME = `chat ${version}`;

addEventListener("install", (event) => event.waitUntil(keep()));
addEventListener("activate", (event) => event.waitUntil(dropOlder()));
addEventListener("message", ({ data }) => data === "take over" && skipWaiting());
addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && new URL(url).origin === location.origin) event.respondWith(answer(event.request));
});

/** All of them or none: a version is there as a whole. */
async function keep() {
  const cache = await caches.open(NAME);
  await cache.addAll(files.map((file) => new Request(file, { cache: "reload" })));
}

async function dropOlder() {
  for (const name of await caches.keys()) if (name.startsWith("chat ") && name !== NAME) await caches.delete(name);
  await clients.claim();
}

async function answer(request) {
  const cache = await caches.open(NAME);
  const kept = await cache.match(request.mode === "navigate" ? "./" : request);
  return kept ?? fetch(request);
}
