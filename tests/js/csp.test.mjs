// A page with a strict content security policy.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { launchBrowser } from "./support/engine.mjs";
import { packageFolder } from "./support/package.mjs";
import { supportFolder } from "./support/page.mjs";

const types = { ".html": "text/html", ".js": "text/javascript" };
let browser, server, policy;

before(async () => {
  browser = await launchBrowser();
  server = createServer(async (request, response) => {
    const [path] = request.url.split("?");
    const folder = path.startsWith("/node_modules/") ? packageFolder : supportFolder;
    const body = await readFile(join(folder, path)).catch(() => undefined);
    const headers = { "content-type": types[extname(path)] ?? "application/octet-stream", "content-security-policy": policy };
    response.writeHead(body ? 200 : 404, headers).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  await browser?.close();
  server?.close();
});

/** What the work of support/csp.js came to under a policy. */
async function outcomeUnder(header) {
  policy = header;
  const page = await browser.newPage();
  try {
    await page.goto(`http://127.0.0.1:${server.address().port}/csp.html`);
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
