// A worker for a memory: its script, and the way to it.

import type { Core } from "../core/core.js";
import { memoryError, type MemoryError } from "../errors.js";
import { loadedModule } from "../wasm/load.js";
import type { Home } from "./home.js";
import { serve } from "./host.js";
import { Link, unstarted } from "./link.js";
import { RemoteCore } from "./remote-core.js";
import { RemoteFiles } from "./remote-files.js";

/** What a worker is called of which this file is the script. */
const OWN_NAME = "conversation-memory in this file";

if ("WorkerGlobalScope" in globalThis && (globalThis as { name?: unknown }).name === OWN_NAME) serve();

function makeWorker(): Worker {
  const address = addressInVite();
  if (address) return new Worker(address, { type: "module", name: OWN_NAME });
  // In these words, by which bundlers know it.
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
}

/**
 * Where Vite's development server has this file, if it has laid the package out anew: up to version 7 it leaves worker.js behind
 * then, and this file has to be the script. From the stack, because in the scope of a bare `import.meta.url` webpack writes
 * where the file lay on the machine that built.
 */
function addressInVite(): string | undefined {
  const [own] = /https?:\/\/[^\s()]+/.exec(new Error().stack ?? "") ?? [];
  return /^.*\/deps\/[^/?]+\.js\?v=[0-9a-f]+(?=:)/.exec(own ?? "")?.[0];
}

/** A worker in which a memory can be opened. `loading`, on this side, brings its module: turns need that here too. */
export async function startWorker(make: (() => Worker) | undefined, loading: Promise<void>): Promise<Home> {
  loading.catch(() => {}); // it is heard of when it is awaited
  if (make === undefined && typeof Worker !== "function") {
    throw memoryError("storage-unavailable", "there are no workers here (Node.js and service workers have none): open the memory without `worker`");
  }
  const link = new Link(made(make ?? makeWorker));
  await endedWhenFailed(link, loading);
  await link.begin(loadedModule());
  return homeAt(link);
}

function made(make: () => Worker): Worker {
  try {
    return make();
  } catch (error) {
    throw unstarted(String(error), error);
  }
}

/** What a step towards an open memory gives; where it fails the worker has nothing to do any more. */
async function endedWhenFailed<T>(link: Link, step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    link.end(() => error as MemoryError);
    throw error;
  }
}

function homeAt(link: Link): Home {
  const opened = async (opening: Promise<unknown>): Promise<Core> => {
    const { waited } = (await endedWhenFailed(link, opening)) as { waited: boolean };
    return new RemoteCore(link, waited);
  };
  return {
    openInMemory: (...given) => opened(link.call("openInMemory", ...given)),
    openInIndexedDb: (userId, databaseName, isStrict, onClosed, defaultPersona) => {
      link.onClosed = onClosed;
      return opened(link.call("openInIndexedDb", userId, databaseName, isStrict, defaultPersona));
    },
    fileCalls: (core, scope) => {
      link.call("scope", scope).catch(() => {}); // whoever uses it hears of it
      return new RemoteFiles(core as RemoteCore, link);
    },
  };
}
