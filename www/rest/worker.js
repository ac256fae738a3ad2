// The service worker: answers the chat API on this device, and keeps the files of the page, so that it opens without a network.
// A worker has no import map, so the package is imported by its address.
import { ConversationAgent, ConversationManager } from "/node_modules/conversation-memory/dist/index.js";
import { serveChat } from "/node_modules/conversation-memory/dist/service-worker.js";
import { demoModel } from "../demo-model.js";

// The answer goes out as a whole, so nobody would see its words come. It is made on this device: no question waits for a network.
const model = { ...demoModel({ pause: 0 }), needsNetwork: false };

serveChat({
  async agentFor(userId) {
    // Not the memory of the chat page: a question that waits there for its server would be answered by this model.
    const manager = await ConversationManager.open({ userId, databaseName: "conversation-memory-rest" });
    return new ConversationAgent({ manager, model });
  },
});

// What the worker itself imports is kept by the browser.
const FILES = [
  "./", "api.js", "client.js", "log.js", "registration.js", "rest.css",
  "../chart.js", "../dom.js", "../line.js", "../notice.js", "../panes.js", "../question.js", "../time.js",
  "../chat.css", "../panes.css", "../records.css", "../small.css", "../style.css", "../icon.svg",
].map((path) => new URL(path, location).href);

const keepFiles = async () => (await caches.open("conversation-memory-rest")).addAll(FILES);

addEventListener("install", (event) => event.waitUntil(keepFiles()));
addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const file = origin + pathname;
  if (FILES.includes(file)) event.respondWith(fetch(event.request).catch(() => caches.match(file)));
});
