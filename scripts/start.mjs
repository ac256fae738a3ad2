// Builds when dist/ is stale and serves the demo page, which imports the package by its name.

import { join } from "node:path";
import { build } from "./build.mjs";
import { Failure } from "./lib/log.mjs";
import { main } from "./lib/main.mjs";
import { root } from "./lib/root.mjs";
import { serve } from "./lib/serve.mjs";

const FIRST_PORT = 4173;

const routes = [
  ["/node_modules/conversation-memory/dist/", join(root, "dist")],
  ["/", join(root, "www")],
];

/** On PORT when that is given, otherwise on the first free port from 4173 on. */
async function servePage() {
  const wanted = process.env.PORT;
  if (wanted && !/^\d{1,5}$/.test(wanted)) throw new Failure(`PORT is "${wanted}", which is no port.`);
  const last = wanted ? Number(wanted) : FIRST_PORT + 99;
  for (let port = wanted ? last : FIRST_PORT; port <= last; port++) {
    try {
      return await serve({ routes, port });
    } catch (error) {
      if (error.code !== "EADDRINUSE") throw new Failure(`Port ${port} cannot be served: ${error.message}`);
    }
  }
  throw new Failure(wanted ? `Port ${wanted} is in use.` : `The ports ${FIRST_PORT} to ${last} are all in use.`);
}

await main(import.meta.url, async () => {
  await build();
  const { url } = await servePage();
  console.log(`The demo is at ${url} (Ctrl+C ends it).`);
});
