// The applications of docs/getting-started.md and the service worker of docs/offline.md, as files in a folder and driven as a
// person would.
import assert from "node:assert/strict";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
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
await put({ "react/App.jsx": page("App.jsx"), "react/model.js": page("model.js") });
await put({ "next/App.jsx": `"use client";\n${page("App.jsx")}`, "next/model.js": page("model.js"), "next/page.jsx": page("page.jsx") });
await put({ "react/main.jsx": 'import { createRoot } from "react-dom/client";\nimport App from "./App.jsx";\ncreateRoot(document.getElementById("root")).render(<App />);\n' });
// What Next.js does: the page is rendered as text, and the browser takes that over.
await put({
  "next/main.jsx": `import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server.browser";
import Page from "./page.jsx";
const root = document.getElementById("root");
root.innerHTML = globalThis.rendered = renderToString(<Page />);
hydrateRoot(root, <Page />, { onRecoverableError: (error) => (globalThis.mismatch = String(error)) });
`,
});
const react = await bundle({ file: join(folder, "react/main.jsx") });
const next = await bundle({ file: join(folder, "next/main.jsx") });

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
      await one.goto(file);
      await one.evaluate(person);
      await one.evaluate(() => until((said) => said.length > 0));
      for (const tab of [one, other]) assert.deepEqual(await tab.evaluate(() => said()), expected);
    },
    { file: `node_modules/${PLACE}/plain/index.html` },
  );
});

for (const [name, address] of [["React", react], ["Next.js: rendered as text first", next]]) {
  test(`${name}: a chat, and a second one`, async () => {
    await withPage(
      async (page) => {
        await page.evaluate(person);
        const seen = await page.evaluate(async (address) => {
          document.body.innerHTML = '<div id="root"></div>';
          await import(address);
          await until(() => document.querySelector("form"));
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
          return { titles: titles(), rendered: globalThis.rendered, mismatch: globalThis.mismatch };
        }, address);
        assert.deepEqual(seen.titles, ["New chat", "And water?", "How healthy is education?"]);
        assert.equal(seen.mismatch, undefined);
        if (address === next) assert.match(seen.rendered, /^<main><nav><button>New chat<\/button><\/nav><ol><\/ol><form>/);
      },
      { file: "blank.html" },
    );
  });
}

test("offline: with the service worker of the page the chat loads without its server", onlyIn(["chromium"], "have service workers and a server that ends"), async () => {
  const names = ["index.html", "chat.js", "model.js"].map((name) => `/node_modules/${PLACE}/plain/${name}`);
  const dist = await readdir(join(packageFolder, "node_modules/conversation-memory/dist"));
  const scripts = dist.filter((name) => /^(index|shared-.*)\.js$/.test(name)).map((name) => `/node_modules/conversation-memory/dist/${name}`);
  const files = /^const FILES = .*$/m;
  assert.match(fileOf("docs/offline.md", "sw.js"), files);
  await put({ "plain/sw.js": fileOf("docs/offline.md", "sw.js").replace(files, `const FILES = ${JSON.stringify([...names, ...scripts])};`) });
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
