// Imports large files in a real page and prints how long the page was kept from anything else at most. By hand:
//   node tests/js/large-import.mjs [megabytes]     (PACKAGE names an unpacked package, as for the tests)
import { setTimeout as pause } from "node:timers/promises";
import { newOrigin, servePages } from "./support/page.mjs";
import { launchBrowser } from "./support/engine.mjs";
import { traced } from "./support/traced.mjs";

const megabytes = Number(process.argv[2] ?? 100);
/** What a person begins to notice. */
const NOTICEABLE = 100;

const [browser, server] = await Promise.all([launchBrowser(), servePages()]);
try {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${newOrigin(server)}page.html?database=large`);
  // The page's module has run.
  await page.evaluate(() => import("/in-page.js").then(() => {}));
  const files = {
    "own format": ["own", 4_000],
    "like ChatGPT's": ["chatgpt", 50_000],
    "like ChatGPT's, pretty": ["pretty", 50_000],
    "like ChatGPT's, conversations of 1 MB": ["chatgpt", 1_000_000],
    "like ChatGPT's, conversations of 10 MB": ["chatgpt", 10_000_000],
  };
  let longest = 0;
  for (const [name, [kind, each]] of Object.entries(files)) {
    await page.evaluate(prepare, { kind, each, bytes: megabytes * 1_000_000 });
    // What the preparation has left to be collected must not be taken for the import's.
    await pause(3_000);
    const stop = await traced(browser, page);
    const found = await page.evaluate(measure, { kind, each });
    const work = await stop();
    const tasks = found.tasks.length > 0 ? `, longest task ${Math.max(...found.tasks).toFixed(0)} ms (${found.tasks.length} over 50 ms)` : ", no task over 50 ms";
    console.log(
      `${name}: ${(found.size / 1e6).toFixed(0)} MB, ${found.messages} messages, ${found.problems} problems in ${(found.time / 1000).toFixed(1)} s; ` +
        `longest gap ${found.longest.toFixed(0)} ms, 99 of 100 up to ${found.most.toFixed(0)} ms${tasks}; ` +
        `longest without anything to do: ${found.idle.toFixed(0)} ms` +
        (work ? `; of the thread's own time the longest tasks took ${work.slice(0, 5).map((time) => time.toFixed(0)).join(", ")} ms` : ""),
    );
    if (each < 1_000_000) longest = Math.max(longest, found.longest);
  }
  console.log(longest <= NOTICEABLE ? "nobody would notice" : `longer than ${NOTICEABLE} ms`);
} finally {
  await browser.close();
  await server.close();
}

/** Makes a file of that kind, of conversations of `each` bytes. Runs in the page. */
async function prepare({ kind, each, bytes }) {
  const words = "how much rain falls on the valley when the wind comes from the sea ".repeat(60);
  const text = (index, length) => `${index} ${words.slice(0, length)}`;
  const file = kind === "own" ? await ownFile() : foreignFile();
  globalThis.largeFile = file;

  async function ownFile() {
    const writer = await openMemory("writer");
    for (let length = 0; length < bytes; ) {
      const { id } = await writer.createConversation();
      const messages = Array.from({ length: 100 }, (_, index) => ({ role: index % 2 ? "assistant" : "user", content: text(index, each), metadata: { index } }));
      await writer.addMessages(id, messages);
      length += 100 * (each + 300);
    }
    const file = await writer.exportAll();
    await writer.forgetEverything();
    await writer.close();
    return file;
  }

  function foreignFile() {
    const parts = ["["];
    for (let length = 0, count = 0; length < bytes; count += 1) {
      const mapping = { root: { id: "root", parent: null, children: ["0"], message: null } };
      for (let index = 0; index < each / 1_400; index += 1) {
        const message = { id: `${index}`, author: { role: index % 2 ? "assistant" : "user", name: null, metadata: {} }, create_time: 1764000000 + index };
        Object.assign(message, { content: { content_type: "text", parts: [text(index, 800)] }, status: "finished_successfully", end_turn: true, weight: 1 });
        Object.assign(message, { metadata: { model_slug: "gpt-4o", request_id: "r".repeat(36), timestamp_: "absolute", citations: [], message_type: "next" }, recipient: "all", channel: null });
        mapping[index] = { id: `${index}`, parent: index === 0 ? "root" : `${index - 1}`, children: [`${index + 1}`], message };
      }
      const last = Object.keys(mapping).length - 2;
      mapping[last].children = [];
      const conversation = { id: `chat ${count}`, title: `Chat ${count}`, create_time: 1764000000, update_time: 1764000001, current_node: `${last}`, mapping };
      parts.push(count === 0 ? "" : ",", kind === "pretty" ? JSON.stringify(conversation, null, 2) : JSON.stringify(conversation));
      length += parts.at(-1).length;
    }
    return new Blob([...parts, "]"]);
  }
}

/** Imports it. Runs in the page. */
async function measure({ kind, each }) {
  const file = globalThis.largeFile;
  const idle = await blocked(() => new Promise((resolve) => setTimeout(resolve, 3_000)));
  const memory = await openMemory(`reader of ${kind} ${each}`);
  const start = performance.now();
  let report;
  const busy = await blocked(async () => (report = await memory.importAll(file)));
  const time = performance.now() - start;
  await memory.forgetEverything();
  await memory.close();
  const { messages, problems } = report;
  return { size: file.size, messages, problems: problems.length, time, ...busy, idle: idle.longest };

  /** The times in which nothing else had its turn while the work went on, in milliseconds. */
  async function blocked(work) {
    const gaps = [];
    const tasks = [];
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)));
    if (PerformanceObserver.supportedEntryTypes.includes("longtask")) observer.observe({ entryTypes: ["longtask"] });
    const { port1, port2 } = new MessageChannel();
    let last = performance.now();
    port1.onmessage = () => {
      const now = performance.now();
      gaps.push(now - last);
      last = now;
      // Not at once: what the page waits for is not always there already.
      setTimeout(() => port2.postMessage(undefined));
    };
    port2.postMessage(undefined);
    await work();
    await new Promise((resolve) => setTimeout(resolve, 100));
    port1.close();
    observer.disconnect();
    gaps.sort((one, other) => one - other);
    return { longest: gaps.at(-1), most: gaps[Math.floor(gaps.length * 0.99)], tasks };
  }
}
