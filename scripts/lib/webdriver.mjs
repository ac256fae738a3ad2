// Pages of a Firefox or WebKit as distributions ship them, which playwright-core cannot drive. It offers what the tests
// use of Playwright's Browser, BrowserContext and Page under the same names, by the protocol that every browser speaks.

import { setTimeout as pause } from "node:timers/promises";
import { argumentsOf, callScript, outcomeOf } from "./page-calls.mjs";

/** How long one tab's call is waited for before another tab has its turn. */
const TURN_MS = 50;

const loadedScript = `
  const [done] = arguments;
  if (document.readyState === "complete") done();
  else addEventListener("load", () => done());`;

/** Sends one command to a driver. */
export async function command(url, method, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

/**
 * The browser of a session, in which nothing else may open pages meanwhile. Its contexts share one profile, so tests
 * that are to have storage of their own need an origin of their own. Windows are used again, because a new one takes
 * longer than most tests.
 */
export async function attach(session) {
  const send = (method, path, body) => command(`${session}${path}`, method, body);
  const inTurn = turns();
  const free = await send("GET", "/window/handles");
  let current;
  let calls = 0;

  // Windows and not tabs: WebKit slows down the timers of hidden tabs.
  const newWindow = async () => (await send("POST", "/window/new", { type: "window" })).handle;

  async function newPage(context) {
    const handle = free.pop() ?? (await inTurn(newWindow));
    const prepared = []; // each a function and its argument
    const problems = [];
    let address;
    let closed = false;

    /** One command for this window, which has to be made the session's current one if it is not. */
    const inWindow = (method, path, body) =>
      inTurn(async () => {
        if (closed) throw new Error("the page is closed");
        if (current !== handle) await send("POST", "/window", { handle });
        current = handle;
        return send(method, path, body);
      });

    async function evaluate(work, argument) {
      calls += 1;
      const [first, later] = [argumentsOf(calls, TURN_MS, work, argument), argumentsOf(calls, TURN_MS)];
      const run = (args) => inWindow("POST", "/execute/async", { script: callScript, args });
      let text = await run(first);
      while (text === null) text = await run(later);
      return outcomeOf(text);
    }

    /** WebKit's driver answers sooner; and a module has run only when the page has loaded. */
    const untilLoaded = () => inWindow("POST", "/execute/async", { script: loadedScript, args: [] });

    async function load(path, body) {
      await inWindow("POST", path, body);
      await untilLoaded();
      for (const [work, argument] of prepared) await evaluate(work, argument);
    }

    const page = {
      context: () => context,
      evaluate,
      goto(url) {
        address = url;
        return load("/url", { url });
      },
      async reload() {
        await page.problems();
        await load("/refresh", {});
      },
      /** For each page that is loaded from now on. Runs when the page's own scripts have run, and not before them. */
      async addInitScript(script) {
        prepared.push(typeof script === "string" ? [(text) => void (0, eval)(text), script] : [script]);
        return { dispose: async () => void prepared.splice(0) };
      },
      url: () => inWindow("GET", "/url"),
      async waitForURL(pattern) {
        while (!pattern.test(await page.url())) await pause(TURN_MS);
        await untilLoaded();
      },
      /** What support/problems.js has collected in this page, also in what it showed before a reload. */
      async problems() {
        if (!closed) problems.push(...(await evaluate(() => globalThis.problems?.splice(0) ?? [])));
        return problems;
      },
      isClosed: () => closed,
      async close() {
        if (closed) return;
        // A session ends with its last window.
        if ((await send("GET", "/window/handles")).length === 1) free.push(await inTurn(newWindow));
        await inWindow("DELETE", "/window");
        current = undefined;
        closed = true;
      },
      /** Ends what the page does, and keeps its window. */
      async leave() {
        if (closed) return;
        // To a place of the same site, of which it matters not whether it is there: "about:blank" would cost a process.
        if (address) await inWindow("POST", "/url", { url: new URL("/left", address).href }).catch(() => {});
        closed = true;
        free.push(handle);
      },
    };
    return page;
  }

  async function newContext() {
    const pages = [];
    const context = {
      async newPage() {
        pages.push(await newPage(context));
        return pages.at(-1);
      },
      async close() {
        for (const page of pages) await page.leave();
      },
    };
    return context;
  }

  return { newContext, newPage };
}

/** Lets one piece of work begin when the one before it has ended, however that ended. */
function turns() {
  let last = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}
