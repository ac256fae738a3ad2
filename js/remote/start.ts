// A worker for a memory: its script, and the way to it.

import type { Core } from "../core/core.js";
import { memoryError, type MemoryError } from "../errors.js";
import { loadedModule } from "../wasm/load.js";
import type { Home } from "./home.js";
import { serve } from "./host.js";
import { Link, unstarted } from "./link.js";
import { RemoteCore } from "./remote-core.js";
import { RemoteFiles } from "./remote-files.js";

/**
 * In development Vite, up to version 7, lays a package out anew and leaves worker.js behind; but its page loads this file as it
 * is. So there this file is the worker's script as well, and knows it by the worker's name.
 */
const OWN_ADDRESS = import.meta.url;
const IS_LAID_OUT_BY_VITE = /\/deps\/[^/?]+\.js\?v=[0-9a-f]+$/.test(OWN_ADDRESS);
const OWN_NAME = "conversation-memory in this file";

if ("WorkerGlobalScope" in globalThis && (globalThis as { name?: unknown }).name === OWN_NAME) serve();

function makeWorker(): Worker {
  if (IS_LAID_OUT_BY_VITE) return new Worker(OWN_ADDRESS, { type: "module", name: OWN_NAME });
  // In these words, by which bundlers know it.
  return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
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
    fileCalls: (core, place) => {
      link.call("place", place).catch(() => {}); // whoever uses it hears of it
      return new RemoteFiles(core as RemoteCore, link);
    },
  };
}
