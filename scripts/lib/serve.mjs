import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";

const CONTENT_TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/**
 * Serves folders as static files on this machine only. `routes` pairs a path prefix with a folder, and the first
 * prefix that fits decides: a file missing there is a 404, even where a later route has one.
 */
export async function serve({ routes, port = 0 }) {
  const server = createServer((request, response) => {
    answer(routes, request, response).catch((error) => response.destroy(error));
  });
  await new Promise((listening, failed) => {
    server.once("error", failed);
    server.listen(port, "127.0.0.1", listening);
  });
  const bound = server.address().port;
  return {
    url: `http://127.0.0.1:${bound}/`,
    port: bound,
    close() {
      server.closeAllConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}

async function answer(routes, request, response) {
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405);
  const path = pathOf(request.url);
  if (path === undefined) return refuse(response, 400);
  const file = await find(routes, path);
  if (!file) return refuse(response, 404);
  response.writeHead(200, {
    "content-type": CONTENT_TYPES[extname(file.path).toLowerCase()] ?? "application/octet-stream",
    "content-length": file.size,
    "cache-control": "no-store",
  });
  if (request.method === "HEAD") return response.end();
  createReadStream(file.path)
    .on("error", (error) => response.destroy(error))
    .pipe(response);
}

function pathOf(url) {
  try {
    const path = decodeURIComponent(url.split(/[?#]/, 1)[0]);
    return path.startsWith("/") && !path.includes("\0") ? path : undefined;
  } catch {
    return undefined; // a "%" that encodes nothing
  }
}

async function find(routes, path) {
  const route = routes.find(([prefix]) => path.startsWith(prefix));
  if (!route) return undefined;
  const folder = resolve(route[1]);
  let wanted = resolve(folder, "." + sep + path.slice(route[0].length));
  if (path.endsWith("/")) wanted = join(wanted, "index.html");
  if (!wanted.startsWith(folder + sep)) return undefined;
  const facts = await stat(wanted).catch(() => undefined);
  return facts?.isFile() ? { path: wanted, size: facts.size } : undefined;
}

function refuse(response, status) {
  response.writeHead(status, { "content-type": "text/plain", "cache-control": "no-store" });
  response.end(`${status}\n`);
}
