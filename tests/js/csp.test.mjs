// A page with a strict content security policy.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser } from "./support/engine.mjs";
import { servePages } from "./support/page.mjs";

/** Sent with every file; each test sets its policy here. */
const headers = {};
let browser, server;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), servePages({ headers })]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** What the work of support/csp.js came to under a policy. */
async function outcomeUnder(policy, query = "") {
  headers["content-security-policy"] = policy;
  const page = await browser.newPage();
  try {
    await page.goto(`${server.url}csp.html${query}`);
    // The page writes the outcome into its address, because asking it would need what the policy forbids.
    await page.waitForURL(/#/);
    return decodeURIComponent(new URL(await page.url()).hash.slice(1));
  } finally {
    await page.close();
  }
}

test("the memory works where only the page's own scripts and WebAssembly are allowed", async () => {
  assert.equal(await outcomeUnder("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"), "User: hello");
});

test("where WebAssembly is not allowed, the error is ours and names the cure", async () => {
  const outcome = await outcomeUnder("default-src 'none'; script-src 'self'");
  assert.match(outcome, /^MemoryError: .*wasm-unsafe-eval/s);
});

test("in a worker too, for whose script the policy of scripts is enough; where workers are forbidden, the error names the cure", async () => {
  const strict = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";
  assert.equal(await outcomeUnder(strict, "?worker"), "User: hello");
  assert.match(await outcomeUnder(`${strict}; worker-src 'none'`, "?worker"), /^MemoryError: .*worker-src/s);
});
