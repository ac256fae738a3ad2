// The worker's end: the core and the calls of files, which the page asks for.

import { type BirpcReturn, createBirpc } from "birpc";
import { yieldToMain } from "../concurrency/scheduler.js";
import { heldForLife } from "../concurrency/locks.js";
import type { Core, Prompt } from "../core/core.js";
import { load } from "../wasm/load.js";
import { copyOf } from "./error-copy.js";
import { here } from "./home.js";
import type { Answer, News, PageFunctions, WorkerFunctions } from "./protocol.js";

type Methods = Record<string, (...given: unknown[]) => unknown>;

let page: BirpcReturn<PageFunctions, WorkerFunctions>;
/** What the page has open in this worker. */
let core: (Core & { [method: string]: unknown }) | undefined;
let files: ReturnType<typeof here.fileCalls> | undefined;
/** The imports under way. */
const imports = new Map<number, AbortController>();

const functions: WorkerFunctions = {
  begin: (module, life) =>
    answered(async () => {
      await load(() => module);
      return heldForLife(life);
    }),
  openInMemory: (userId, defaultPersona) => answered(async () => opened(await here.openInMemory(userId, defaultPersona))),
  openInIndexedDb: (userId, databaseName, isStrict, defaultPersona) =>
    answered(async () => opened(await here.openInIndexedDb(userId, databaseName, isStrict, (reason) => void page.closed(reason), defaultPersona))),
  scope: (scope) =>
    answered(() => {
      files = here.fileCalls(core!, scope);
    }),
  core: (method, given) => answered(() => (core as unknown as Methods)[method]!(...given)),
  buildPrompt: (call, given) => answered(() => countedPrompt(call, given)),
  file: (method, given) => answered(() => (files as unknown as Methods)[method]!(...given)),
  importAll: (call, source) =>
    answered(() => {
      const controller = new AbortController();
      imports.set(call, controller);
      const onProgress = (progress: { done: number }) => page.progress(call, progress);
      return files!.importAll(source, { onProgress, signal: controller.signal }).finally(() => imports.delete(call));
    }),
  stop: (call) => imports.get(call)?.abort(),
};

/** Answers the page that made this worker from now on: all that it is there for. */
export function serve(): void {
  page ??= createBirpc<PageFunctions, WorkerFunctions>(functions, {
    post: (message) => self.postMessage(message),
    on: (hear) => self.addEventListener("message", ({ data }) => hear(data)),
    eventNames: ["changed", "closed", "progress"],
    timeout: -1,
  });
}

/** Has the page hear of what is changed. */
function opened(made: Core): { waited: boolean } {
  core = made as typeof core;
  // In a turn of their own: most come with the answer of the call that made them.
  made.listen(() => {}, () => void yieldToMain().then(tellNews));
  return { waited: made.waited };
}

function tellNews(): void {
  const told = news();
  if (told.changes.length > 0) page.changed(told);
}

function news(): News {
  try {
    if (core) return { changes: core.takeChanges(), stamp: core.stamp() };
  } catch {
    // The module has failed: the calls themselves say so.
  }
  return { changes: [], stamp: 0 };
}

async function answered(work: () => unknown): Promise<Answer> {
  try {
    const result = await work();
    return { ...news(), result };
  } catch (error) {
    return { ...news(), error: copyOf(error) };
  }
}

/**
 * A prompt by counts of the page, which cannot be waited for while the prompt is made: it is made with guesses for the texts that
 * were not counted yet, and again when the page has counted them, until there are none.
 */
async function countedPrompt(call: number, [conversationId, query, maxTokens, limits, , turn]: unknown[]): Promise<Prompt> {
  const counts = new Map<string, number>();
  for (;;) {
    const uncounted = new Set<string>();
    const count = (text: string): number => {
      const counted = counts.get(text);
      if (counted === undefined) uncounted.add(text);
      return counted ?? Math.ceil(text.length / 4);
    };
    const prompt = (core!.buildPrompt as Methods[string])(conversationId, query, maxTokens, limits, count, turn) as Promise<Prompt>;
    // With guesses it may not fit where it does, or the other way round.
    await prompt.catch(() => {});
    if (uncounted.size === 0) return prompt;
    const texts = [...uncounted];
    const counted = await page.count(call, texts);
    texts.forEach((text, index) => counts.set(text, counted[index]!));
  }
}
