// Every example in the comments of the TypeScript compiles against the packed package, and is executed in a fresh page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bundleModules, complaintsOf, examplesInComments, layModules, moduleOf } from "./support/comments.mjs";
import { launchBrowser } from "./support/engine.mjs";
import { newOrigin, pagesForThisFile, servePages } from "./support/page.mjs";
import { SCENES, STUBS } from "./support/scenes.mjs";

/** The example that is two files: a service worker, and the page that it answers. */
const TWO_FILES = "routes/serve-chat.ts";

const { inPage } = pagesForThisFile();
const examples = examplesInComments();
const nameOf = ({ file, number }) => `${file.replaceAll(/\W/g, "-")}-${number}`;
const sceneOf = ({ file, number }) => SCENES[file]?.[number];
const modules = examples.map((example) => [nameOf(example), moduleOf(example, sceneOf(example) ?? {})]);
const [worker, page] = examples.find(({ file }) => file === TWO_FILES).source.split("// in the page");
const folder = await layModules(modules, STUBS);

/** As they are executed: a worker's script is one of the test's, which has no import map. */
const running = [
  ...modules.map(([name, text]) => [name, text.replaceAll("import.meta.url", "location.href")]),
  ["service-worker", worker],
  ["page", `export async function example(register: (script: string) => string) {\n${page.replace('register("/sw.js", ', 'register(register("/sw.js"), ')}\nreturn conversations;\n}`],
];
const runFolder = await layModules(running, STUBS);
const addressOf = await bundleModules(runFolder, running.map(([name]) => name), STUBS);

test("every example has a scene, and every scene an example", () => {
  assert.ok(examples.length > 50, `${examples.length} examples`);
  const counts = {};
  for (const { file } of examples) counts[file] = (counts[file] ?? 0) + 1;
  assert.deepEqual(counts, Object.fromEntries(Object.entries(SCENES).map(([file, all]) => [file, all.length])));
});

test("every example compiles", async () => {
  assert.equal(await complaintsOf(folder, STUBS), "");
});

for (const example of examples.filter(({ file }) => file !== TWO_FILES)) {
  test(`js/${example.file}, the example in the comment of line ${example.line}`, async () => {
    await inPage(
      async (address) => {
        const { example } = await import(address);
        const shown = [];
        const equal = (seen, wanted) => {
          if (JSON.stringify(seen) !== JSON.stringify(wanted)) throw new Error(`${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`);
        };
        await example((...words) => void shown.push(...words), equal, shown);
        await new Promise((resolve) => setTimeout(resolve, 50)); // so that a promise nobody awaited can still fail
      },
      addressOf(nameOf(example)),
      { file: "blank.html" },
    );
  });
}

test(`js/${TWO_FILES}, the example of a service worker and its page`, async () => {
  const server = await servePages({ headers: { "service-worker-allowed": "/" } });
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${newOrigin(server)}blank.html`);
    const conversations = await page.evaluate(async ([script, module]) => {
      // The bundle does not lie at the root, so the scope has to be said.
      const { register } = navigator.serviceWorker;
      navigator.serviceWorker.register = (script, options) => register.call(navigator.serviceWorker, script, { ...options, scope: "/" });
      const { example } = await import(module);
      return example(() => script);
    }, [addressOf("service-worker"), addressOf("page")]);
    assert.deepEqual(conversations, []);
  } finally {
    await browser.close();
    await server.close();
  }
});
