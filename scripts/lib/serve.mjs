import { createServer } from "node:http";

/** Pages see a changed file at once, and no test has to know of a cache or of parts of a file. */
const OPTIONS = { acceptRanges: false, cacheControl: false, dotfiles: "allow", etag: false, lastModified: false };

/**
 * Serves folders as static files on this machine only. `routes` pairs a path prefix with a folder, and the first
 * prefix that fits decides: a file missing there is a 404, even where a later route has one. `headers` go with every
 * file, as they are when it is asked for.
 */
export async function serve({ routes, port = 0, headers = {} }) {
  const { default: send } = await import("send"); // not above: `npm start` loads this file before it installs packages
  const server = createServer((request, response) => answer(send, { routes, headers }, request, response));
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

function answer(send, { routes, headers }, request, response) {
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405);
  const path = request.url.split(/[?#]/, 1)[0];
  const route = routes.find(([prefix]) => path.startsWith(prefix));
  if (!route) return refuse(response, 404);
  const [prefix, root] = route;
  send(request, path.slice(prefix.length - 1), { ...OPTIONS, root })
    .on("headers", () => response.setHeaders(new Headers({ "cache-control": "no-store", ...headers })))
    .on("directory", () => refuse(response, 404))
    .on("error", ({ status }) => refuse(response, status))
    .pipe(response);
}

/** A file that vanishes after it was found is refused too; its length is set by then. */
function refuse(response, status) {
  if (response.headersSent) return response.destroy();
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.writeHead(status, { "content-type": "text/plain", "cache-control": "no-store" });
  response.end(`${status}\n`);
}
