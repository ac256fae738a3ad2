// The applications of docs/getting-started.md and the service worker of docs/offline.md, as files in a folder and driven as a
// person would.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/lib/root.mjs";
import { bundle } from "./support/bundle.mjs";
import { fileOf } from "./support/documents.mjs";
import { launchBrowser, onlyIn } from "./support/engine.mjs";
import { packageFolder } from "./support/package.mjs";
import { newOrigin, pagesForThisFile, servePages } from "./support/page.mjs";

const { withPage, withTabs } = pagesForThisFile();
const PLACE = ".getting-started";
const folder = join(packageFolder, "node_modules", PLACE);
after(() => rm(folder, { recursive: true, force: true }));

async function put(files) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const page = (name) => fileOf("docs/getting-started.md", name);
// A favicon of its own, so that the browser asks for none that is not there.
const icon = '<link rel="icon" href="data:,">';
await put({ "plain/index.html": page("index.html").replace("<title>", `${icon}<title>`), "plain/chat.js": page("chat.js"), "plain/model.js": page("model.js") });
/** model.js as the page says that it is in TypeScript. */
const model = page("model.js").replace("export const model = {\n", () => page("model.ts"));
await put({ "react/App.tsx": page("App.tsx"), "react/Memory.tsx": page("Memory.tsx"), "react/model.ts": model });
await put({ "lazy/App.tsx": page("App.tsx"), "lazy/Memory.tsx": page("lazy/Memory.tsx"), "lazy/model.ts": model });
const onClient = (source) => `"use client";\n${source}`;
await put({ "next/App.tsx": onClient(page("App.tsx")), "next/Memory.tsx": onClient(page("Memory.tsx")), "next/model.ts": model, "next/page.tsx": page("page.tsx") });
const main = 'import { createRoot } from "react-dom/client";\nimport App from "./App";\ncreateRoot(document.getElementById("root")!).render(<App />);\n';
await put({ "react/main.tsx": main, "lazy/main.tsx": main });
// What Next.js does: the page is rendered as text, and the browser takes that over.
await put({
  "next/main.jsx": `import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server.browser";
import Page from "./page";
const root = document.getElementById("root");
root.innerHTML = globalThis.rendered = renderToString(<Page />);
hydrateRoot(root, <Page />, { onRecoverableError: (error) => (globalThis.mismatch = String(error)) });
`,
});
const bundled = { React: "react/main.tsx", "React with /lazy": "lazy/main.tsx", "Next.js: rendered as text first": "next/main.jsx" };
for (const [name, file] of Object.entries(bundled)) bundled[name] = await bundle({ file: join(folder, file) });

/** What a person sees and does, in the page. */
function person() {
  const said = () => [...document.querySelectorAll("li")].map((item) => item.textContent.trim());
  const until = async (condition) => {
    for (let waited = 0; !condition(said()); waited += 20) {
      if (waited > 10_000) throw new Error(`${condition}: ${document.body.innerText}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const ask = (text) => {
    document.querySelector("input").value = text;
    [...document.querySelectorAll("button")].find((button) => button.textContent === "Ask").click();
  };
  Object.assign(globalThis, { said, until, ask });
}

/** Until the answer of the only conversation is stored. */
async function stored() {
  const { ConversationManager } = await import("conversation-memory");
  const memory = await ConversationManager.open({ userId: "ada" });
  const [{ id }] = await memory.listConversations();
  while ((await memory.getConversation(id)).messageCount < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  await memory.close();
}

test("a plain page: an answer comes word by word, in both tabs, and is there after a reload", async () => {
  await withTabs(
    2,
    async ([one, other]) => {
      for (const tab of [one, other]) await tab.evaluate(person);
      const file = await other.evaluate(() => location.href);
      await one.evaluate(() => until(() => !document.querySelector("form").hidden));
      await other.goto(file); // once the first has made the conversation
      await other.evaluate(person);
      const seen = await one.evaluate(async () => {
        ask("How healthy is education?");
        const seen = new Set();
        await until((said) => (seen.add(said[1]), said[1] === "I heard: How healthy is education?"));
        return [...seen].filter(Boolean);
      });
      assert.ok(seen.length > 1, `seen at once: ${seen}`);
      const expected = ["How healthy is education?", "I heard: How healthy is education?"];
      await other.evaluate(() => until((said) => said[1] === "I heard: How healthy is education?"));
      await other.evaluate(stored); // a word is seen before it is stored
      await one.goto(file);
      await one.evaluate(person);
      await one.evaluate(() => until((said) => said.length > 0));
      for (const tab of [one, other]) assert.deepEqual(await tab.evaluate(() => said()), expected);
    },
    { file: `node_modules/${PLACE}/plain/index.html` },
  );
});

test("a plain page that shows nothing yet: after an import it shows what was imported", async () => {
  await withPage(async (tab) => {
    await tab.evaluate(person);
    await tab.evaluate(() => until(() => !document.querySelector("form").hidden));
    const before = await tab.evaluate(async () => {
      const { ConversationManager } = await import("conversation-memory");
      const elsewhere = await ConversationManager.open({ userId: "ada", storage: "memory" });
      const { id } = await elsewhere.createConversation();
      await elsewhere.addMessages(id, [{ role: "user", content: "Asked elsewhere" }, { role: "assistant", content: "Answered elsewhere" }]);
      const memory = await ConversationManager.open({ userId: "ada" });
      const before = (await memory.listConversations()).length;
      await memory.importAll(await elsewhere.exportAll());
      await memory.close();
      return before;
    });
    assert.equal(before, 0, "looking at it stores nothing");
    assert.deepEqual(await tab.evaluate(() => until((said) => said.length === 2).then(said)), ["Asked elsewhere", "Answered elsewhere"]);
    await tab.evaluate(() => (ask("And here?"), until((said) => said.at(-1) === "I heard: And here?")));
  }, { file: `node_modules/${PLACE}/plain/index.html` });
});

for (const [name, address] of Object.entries(bundled)) {
  test(`${name}: a chat, a second one, back, and a reload`, async () => {
    await withPage(
      async (page) => {
        const start = async () => {
          await page.evaluate(person);
          await page.evaluate(async (address) => {
            document.body.innerHTML = '<div id="root"></div>';
            await import(address);
            await until(() => document.querySelector("form"));
          }, address);
        };
        await start();
        const seen = await page.evaluate(async () => {
          ask("How healthy is education?");
          await until((said) => said[1] === "I heard: How healthy is education?");
          const titles = () => [...document.querySelectorAll("nav button")].map((button) => button.textContent);
          await until(() => titles().length === 2);
          const press = (label) => [...document.querySelectorAll("nav button")].find((button) => button.textContent === label).click();
          press("New chat");
          await until((said) => said.length === 0);
          await until(() => [...document.querySelectorAll("button")].some((button) => button.textContent === "Ask"));
          ask("And water?");
          await until((said) => said[1] === "I heard: And water?");
          await until(() => titles().length === 3);
          press("How healthy is education?");
          await until((said) => said[0] === "How healthy is education?");
          history.back();
          await until((said) => said[0] === "And water?");
          return { titles: titles(), rendered: globalThis.rendered, mismatch: globalThis.mismatch };
        });
        assert.deepEqual(seen.titles, ["New chat", "And water?", "How healthy is education?"]);
        assert.equal(seen.mismatch, undefined);
        if (name.startsWith("Next")) assert.match(seen.rendered, /^<main><nav><button>New chat<\/button><\/nav><ol><\/ol><form>/);
        await page.evaluate(stored);
        // What is loaded anew has the address, and nothing else.
        await page.reload();
        await start();
        assert.deepEqual(await page.evaluate(() => until((said) => said.length === 2).then(said)), ["And water?", "I heard: And water?"]);
        assert.equal(await page.evaluate(() => globalThis.mismatch), undefined);
      },
      { file: "blank.html" },
    );
  });
}

test("the applications of React compile in strict TypeScript", async () => {
  const nodeModules = (name) => [join(root, "node_modules", name)];
  const compilerOptions = {
    ...{ target: "es2023", module: "esnext", moduleResolution: "bundler", lib: ["es2023", "dom", "dom.iterable"], types: [], jsx: "react-jsx" },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUnusedLocals: true, noUnusedParameters: true, verbatimModuleSyntax: true, skipLibCheck: true, noEmit: true },
    paths: { react: nodeModules("@types/react"), "react/jsx-runtime": nodeModules("@types/react/jsx-runtime") },
  };
  await put({ "tsconfig.json": JSON.stringify({ compilerOptions, files: ["react/App.tsx", "lazy/App.tsx", "next/page.tsx"] }) });
  const compile = () => promisify(execFile)(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--project", folder]).then(() => "", ({ stdout }) => stdout);
  assert.equal(await compile(), "");
  await put({ "react/Memory.tsx": page("Memory.tsx").replace("{ children: ReactNode }", "any") });
  assert.match(await compile(), /'ReactNode' is declared but never used/);
});

test("offline: with the service worker of the page the chat loads without its server", onlyIn(["chromium"], "have service workers and a server that ends"), async () => {
  const names = ["index.html", "chat.js", "model.js"].map((name) => `/node_modules/${PLACE}/plain/${name}`);
  const files = /^const FILES = .*$/m;
  assert.match(fileOf("docs/offline.md", "sw.js"), files);
  await put({ "plain/sw.js": fileOf("docs/offline.md", "sw.js").replace(files, `const FILES = ${JSON.stringify(names)};`) });
  const server = await servePages();
  const browser = await launchBrowser();
  let isServed = true;
  try {
    const tab = await (await browser.newContext()).newPage();
    await tab.goto(`${newOrigin(server)}${names[0].slice(1)}`);
    await tab.evaluate(person);
    await tab.evaluate(async () => {
      await until(() => !document.querySelector("form").hidden);
      ask("Hello");
      await until((said) => said[1] === "I heard: Hello");
    });
    await tab.evaluate(stored);
    await tab.evaluate(async () => {
      await navigator.serviceWorker.register("sw.js");
      await navigator.serviceWorker.ready;
    });
    await server.close();
    isServed = false;
    await tab.reload();
    await tab.evaluate(person);
    assert.deepEqual(await tab.evaluate(() => until((said) => said.length === 2).then(said)), ["Hello", "I heard: Hello"]);
  } finally {
    await browser.close();
    if (isServed) await server.close();
  }
});
