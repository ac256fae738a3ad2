// The chat API in a service worker: fetch in a page, answered on the device.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { importPackage, memoryError } from "./support/chat.mjs";
import { engine, launchBrowser } from "./support/engine.mjs";
import { newOrigin, servePages } from "./support/page.mjs";

let browser, server, other;

before(async () => {
  [browser, server, other] = await Promise.all([launchBrowser(), servePages(), servePages()]);
});
after(async () => {
  await browser?.close();
  await Promise.all([server?.close(), other?.close()]);
});

/** Runs `work` with a page whose requests go through a new service worker, and the origin of both. */
async function withWorker(work, parameters = "", from = server) {
  const context = await browser.newContext();
  const database = `test-${randomUUID()}`;
  const origin = newOrigin(from);
  try {
    const page = await context.newPage();
    await page.goto(`${origin}page.html?database=${database}`);
    await page.evaluate(async (script) => {
      const controlled = new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve));
      await navigator.serviceWorker.register(script, { type: "module" });
      await controlled;
      globalThis.chat = async (method, path, body) => {
        const response = await fetch(`/api/v1/chat${path}`, { method, body: body && JSON.stringify(body) });
        return [response.status, await response.json()];
      };
    }, `/chat-worker.js?database=${database}${parameters}`);
    return await work(page, origin);
  } finally {
    await context.close();
  }
}

const inWorker = (work, argument, parameters) => withWorker((page) => page.evaluate(work, argument), parameters);

test("a conversation by fetch, stored on the device where the page's own memory finds it", async () => {
  const { first, second, list, opened, stored, deleted, gone } = await inWorker(async () => {
    const first = await chat("POST", "/message", { query: "How healthy is education?" });
    const conversation_id = first[1].conversation_id;
    const second = await chat("POST", "/message", { query: "And water?", conversation_id });
    const list = await chat("GET", "/conversations");
    const opened = await chat("GET", `/conversations/${conversation_id}`);
    const memory = await openMemory("local");
    const stored = await memory.getMessages(conversation_id);
    const deleted = await chat("DELETE", `/conversations/${conversation_id}`);
    const gone = await chat("GET", `/conversations/${conversation_id}`);
    return { first, second, list, opened, stored, deleted, gone };
  });
  const id = first[1].conversation_id;
  const turn = { conversation_id: id, message: "agent 1", visualization: null, insights: ["local"] };
  assert.deepEqual([first, second], [[200, turn], [200, turn]], "one agent for both");
  assert.deepEqual(list[1].conversations.map(({ id, message_count }) => [id, message_count]), [[id, 4]]);
  assert.deepEqual(opened[1].messages.map(({ content }) => content), stored.map(({ content }) => content));
  assert.deepEqual(stored.map(({ content }) => content), ["How healthy is education?", "agent 1", "And water?", "agent 1"]);
  assert.deepEqual(deleted, [200, { message: "Conversation deleted" }]);
  assert.deepEqual(gone, [404, { detail: "Conversation not found" }]);
});

test("it answers without a network, and the pages that are opened later", async () => {
  const away = await servePages();
  await withWorker(async (page, origin) => {
    const later = await page.context().newPage();
    await later.goto(`${origin}page.html?database=unused`);
    await away.close();
    assert.equal(await later.evaluate(async () => (await fetch("/api/v1/chat/conversations")).status), 200);
  }, "", away);
});

test("other requests go where they went", async () => {
  const seen = await inWorker(async (elsewhere) => {
    const look = async (address, options) => {
      const response = await fetch(address, options);
      return [response.status, response.type, (await response.text()).slice(0, 15)];
    };
    return {
      page: await look("/page.html"),
      besides: await look("/api/v1/chat/health"),
      above: await look("/api/v1/chat"),
      // Opaque: the other server was asked, and allows no look at its answer.
      elsewhere: await look(`${elsewhere}api/v1/chat/conversations`, { mode: "no-cors" }),
    };
  }, other.url);
  assert.deepEqual(seen, {
    page: [200, "basic", "<!doctype html>"],
    besides: [404, "basic", "404\n"],
    above: [404, "basic", "404\n"],
    elsewhere: [0, "opaque", ""],
  });
});

test("a form cannot ask, as other sites could send one", async () => {
  await withWorker(async (page, origin) => {
    await page.evaluate(() => {
      const form = Object.assign(document.createElement("form"), { method: "POST", enctype: "text/plain" });
      form.action = "/api/v1/chat/message";
      form.append(Object.assign(document.createElement("input"), { name: '{"query":"x","padding":"', value: '"}' }));
      document.body.append(form);
    });
    await page.evaluate(() => document.forms[0].submit());
    await page.waitForURL(/message$/);
    assert.equal(await page.evaluate(() => document.body.innerText.trim()), "405", "the server's own answer to a POST");
    await page.goto(`${origin}api/v1/chat/conversations`);
    assert.equal(await page.evaluate(() => document.body.innerText), '{"conversations":[]}');
  });
});

test("after the database was deleted under it, the next request is answered by a new agent", async () => {
  const { before, after, list } = await inWorker(async () => {
    const before = await chat("POST", "/message", { query: "before" });
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(databaseName);
      request.onsuccess = resolve;
      request.onerror = request.onblocked = () => reject(new Error("the database is held"));
    });
    const after = await Promise.all([1, 2, 3].map(() => chat("POST", "/message", { query: "after" })));
    return { before, after, list: await chat("GET", "/conversations") };
  });
  assert.equal(before[1].message, "agent 1");
  assert.deepEqual(after.map(([status, { message }]) => [status, message]), Array(3).fill([200, "agent 2"]), "one for all");
  assert.equal(list[1].conversations.length, 3);
});

test("an agent that could not be made is 500, the worker's console says why, and it is tried again", async () => {
  await withWorker(async (page) => {
    const isWhy = (message) => message.text().includes("not at the first time");
    // Other engines' drivers do not tell what a worker prints.
    const printed = engine === "chromium" && page.context().waitForEvent("console", isWhy);
    const statuses = await page.evaluate(async () => {
      const first = await chat("GET", "/conversations");
      return [first, await chat("GET", "/conversations")];
    });
    await printed;
    assert.deepEqual(statuses, [[500, { detail: "Internal Server Error" }], [200, { conversations: [] }]]);
  }, "&fails");
});

test("a page that does not wait for the answer finds it stored", async () => {
  const contents = await inWorker(async () => {
    const controller = new AbortController();
    const body = JSON.stringify({ query: "slow" });
    // Once the worker is at it: what is aborted before that is asked nowhere.
    new BroadcastChannel("asked").onmessage = () => controller.abort();
    const asked = fetch("/api/v1/chat/message", { method: "POST", body, signal: controller.signal });
    const outcome = await asked.catch(({ name }) => name);
    const memory = await openMemory("local");
    for (;;) {
      const [conversation] = await memory.listConversations();
      const messages = conversation ? await memory.getMessages(conversation.id) : [];
      if (messages.length > 0) return [outcome, ...messages.map(({ content }) => content)];
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  assert.deepEqual(contents, ["AbortError", "slow", "agent 1"]);
});

/** Calls serveChat in a scope like a service worker's, which a test keeps; gives the listeners by their event. */
async function listenersOf(test, options) {
  const { serveChat } = await importPackage("conversation-memory/service-worker");
  const listeners = {};
  const scope = {
    location: { origin: "https://chat.example" },
    skipWaiting: async () => {},
    clients: { claim: async () => {} },
    addEventListener: (type, listener) => void (listeners[type] = listener),
  };
  Object.assign(globalThis, scope);
  test.after(() => {
    for (const name of Object.keys(scope)) delete globalThis[name];
  });
  serveChat(options);
  return listeners;
}

test("whether a request is answered is said at once, by its address", async (test) => {
  const authenticate = (request) => request.headers.get("x-user") ?? undefined;
  const options = { prefix: "/talk/", authenticate, agentFor: () => undefined };
  const { install, activate, fetch } = await listenersOf(test, options);
  for (const listener of [install, activate]) {
    let waited;
    listener({ waitUntil: (work) => void (waited = work) });
    await waited;
  }
  const ask = (address, options) => {
    let answer;
    fetch({ request: new Request(address, options), respondWith: (response) => void (answer = response) });
    return answer;
  };
  const own = "https://chat.example";
  for (const path of ["/api/v1/chat/conversations", "/talk", "/talk/", "/talk/x", "/", "/sw.js"]) {
    assert.equal(ask(own + path), undefined, path);
  }
  for (const origin of ["http://chat.example", "https://chat.example:8443", "https://example.org"]) {
    assert.equal(ask(`${origin}/talk/conversations`), undefined, origin);
  }
  assert.equal((await ask(`${own}/talk/conversations`)).status, 401);
  assert.equal((await ask(`${own}/talk/message`, { method: "PUT" })).status, 405);
});

test("requests at once share one agent, also when the memory was closed before them", async (test) => {
  let made = 0;
  const closed = memoryError("closed");
  const { fetch } = await listenersOf(test, {
    agentFor() {
      const number = (made += 1);
      const getConversation = async () => (number === 1 ? Promise.reject(closed) : undefined);
      return { manager: { getConversation, listConversationSummaries: async () => [] } };
    },
  });
  const ask = async () => {
    let answer;
    const request = new Request("https://chat.example/api/v1/chat/conversations");
    fetch({ request, respondWith: (response) => void (answer = response) });
    return (await answer).status;
  };
  assert.equal(await ask(), 200);
  assert.equal(made, 1);
  assert.deepEqual(await Promise.all([ask(), ask(), ask(), ask()]), [200, 200, 200, 200]);
  assert.equal(made, 2);
  assert.equal(await ask(), 200);
  assert.equal(made, 2);
});

test("options that do not fit are refused with invalid-input naming them", async (test) => {
  const { isMemoryError } = await importPackage();
  const agentFor = () => undefined;
  const wrong = [
    ["options", undefined],
    ["options", null],
    ["agentFor", {}],
    ["agentFor", { agentFor: "x" }],
    ["authenticate", { agentFor, authenticate: "ada" }],
    ["onError", { agentFor, onError: 5 }],
    ["prefix", { agentFor, prefix: "talk" }],
  ];
  for (const [name, options] of wrong) {
    const error = await listenersOf(test, options).then(() => undefined, (error) => error);
    assert.ok(isMemoryError(error) && error.code === "invalid-input" && error.message.startsWith(name), `${name}: ${error}`);
  }
});

test("outside of a service worker it is refused with invalid-input", async () => {
  const { serveChat } = await importPackage("conversation-memory/service-worker");
  const { isMemoryError } = await importPackage();
  const refused = (error) => isMemoryError(error) && error.code === "invalid-input" && /service worker/.test(error.message);
  assert.throws(() => serveChat({ agentFor: () => assert.fail("asked") }), refused);
});
