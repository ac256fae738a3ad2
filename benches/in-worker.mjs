// What a worker costs and brings, side by side in one page. By hand, with a package that is built:
//   node benches/in-worker.mjs [messages]     (PACKAGE names an unpacked package, as for the tests)
import { launchBrowser } from "../tests/js/support/engine.mjs";
import { newOrigin, servePages } from "../tests/js/support/page.mjs";
import { traced } from "../tests/js/support/traced.mjs";

const messages = Number(process.argv[2] ?? 100_000);

const [browser, server] = await Promise.all([launchBrowser(), servePages()]);
try {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${newOrigin(server)}page.html?database=in-worker`);
  await page.evaluate(() => import("/in-page.js").then(() => {}));
  await page.evaluate(prepare, messages);
  // Each twice, and the worker first: what is only slow for the first time is not the page's own fault then.
  for (const worker of [true, false, true, false]) {
    const stop = await traced(browser, page);
    const found = await page.evaluate(imported, worker);
    print(worker, { ...found, own: await stop() });
  }
  console.log("\nmedian of a call, in milliseconds");
  for (const [name, page_, worker] of await page.evaluate(calls)) console.log(`${name}: ${page_.toFixed(2)} on the page, ${worker.toFixed(2)} in a worker`);
} finally {
  await browser.close();
  await server.close();
}

/** `own`: of the page's tasks, what each took of its thread. Where a machine does other things too, this says more than the clock. */
function print(worker, { seconds, opening, own }) {
  const sum = own.reduce((total, time) => total + time, 0);
  console.log(
    `import of ${messages} messages ${worker ? "in a worker" : "on the page"}: ${seconds.toFixed(1)} s, of which the page worked ${(sum / 1_000).toFixed(2)} s; its longest tasks ` +
      `${own.slice(0, 3).map((time) => time.toFixed(0)).join(", ")} ms; opened in ${opening.toFixed(0)} ms`,
  );
}

/** Makes the file to import. Runs in the page. */
async function prepare(count) {
  const memory = await openMemory("writer", { worker: false });
  const words = "how much rain falls on the valley when the wind comes from the sea ".repeat(6);
  for (let n = 0; n < count; n += 1_000) {
    const { id } = await memory.createConversation();
    await memory.addMessages(id, Array.from({ length: 1_000 }, (_, index) => ({ role: index % 2 ? "assistant" : "user", content: `${n + index} ${words}`, metadata: { entities: [`place ${index % 40}`] } })));
  }
  globalThis.file = await memory.exportAll();
  await memory.close();
}

/** Imports it, with somebody listening, as an application has. Runs in the page. */
async function imported(worker) {
  const begun = performance.now();
  const memory = await openMemory(crypto.randomUUID(), { worker });
  const opening = performance.now() - begun;
  let heard = 0;
  memory.subscribe((changes) => (heard += changes.length), { batch: true });
  const start = performance.now();
  await memory.importAll(file);
  const seconds = (performance.now() - start) / 1_000;
  await new Promise((resolve) => setTimeout(resolve, 300));
  if (heard < 1_000) throw new Error(`${heard} changes were heard`);
  await memory.forgetEverything();
  await memory.close();
  return { opening, seconds };
}

/** Calls by turns. Runs in the page. */
async function calls() {
  const memories = [await openMemory("calls", { worker: false }), await openMemory("calls", { worker: true })];
  const { id } = await memories[0].createConversation();
  await memories[0].addMessages(id, talk(2_000));
  const works = {
    "getRecentMessages(id, 20)": (memory) => memory.getRecentMessages(id, 20),
    addMessage: (memory) => memory.addMessage(id, { role: "user", content: "a question of the usual length, as people ask it" }),
    "getMessages(id, { limit: 1000 })": (memory) => memory.getMessages(id, { limit: 1_000 }),
    buildPrompt: (memory) => memory.buildPrompt(id, "And the valley?"),
    "buildPrompt with countTokens": (memory) => memory.buildPrompt(id, "And the valley?", { countTokens: (text) => text.length / 3 }),
  };
  const results = [];
  for (const [name, work] of Object.entries(works)) {
    const times = [[], []];
    for (let round = 0; round < 300; round += 1) {
      for (const [index, memory] of memories.entries()) {
        const start = performance.now();
        await work(memory);
        times[index].push(performance.now() - start);
      }
    }
    results.push([name, ...times.map((each) => each.sort((one, other) => one - other)[150])]);
  }
  return results;
}
