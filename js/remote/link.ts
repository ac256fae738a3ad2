// The page's end of the way to a worker: calls, what they come to, and what becomes of them when the worker is gone.

import { type BirpcReturn, createBirpc } from "birpc";
import { v7 as newId } from "uuid";
import { call } from "../concurrency/callbacks.js";
import { whenFree } from "../concurrency/locks.js";
import { memoryError, type MemoryError } from "../errors.js";
import type { ImportProgress } from "../import-export/import.js";
import { errorOf } from "./error-copy.js";
import type { CloseReason } from "./home.js";
import type { Answer, News, PageFunctions, WorkerFunctions } from "./protocol.js";

/** How long a worker may take to answer for the first time: by then its script is loaded, or is another one. */
const ANSWER_WITHIN_MS = 30_000;

/** What the page counts, or is told, for a call that runs in the worker. */
interface Helper {
  count?: (text: string) => number;
  onProgress?: (progress: ImportProgress) => void;
}

type Method = Exclude<keyof WorkerFunctions, "stop">;

export class Link {
  readonly #worker: Worker;
  readonly #rpc: BirpcReturn<WorkerFunctions, PageFunctions>;
  readonly #helpers = new Map<number, Helper>();
  readonly #over = new AbortController();
  // Makes the error of what is asked when the worker is gone.
  #refusal: (() => MemoryError) | undefined;
  #calls = 0;
  #underWay = 0;
  /** Told what was changed, before the call ends that changed it. */
  onNews: (news: News) => void = () => {};
  /** Told that the database, or the worker, has gone away. */
  onClosed: (reason: CloseReason) => void = () => {};

  constructor(worker: Worker) {
    this.#worker = worker;
    const functions: PageFunctions = {
      changed: (news) => this.onNews(news),
      closed: (reason) => this.onClosed(reason),
      progress: (id, progress) => call(this.#helpers.get(id)?.onProgress ?? (() => {}), progress),
      count: (id, texts) => texts.map((text) => counted(this.#helpers.get(id)?.count, text)),
    };
    this.#rpc = createBirpc<WorkerFunctions, PageFunctions>(functions, {
      post: (message) => worker.postMessage(message),
      on: (hear) => worker.addEventListener("message", ({ data }) => hear(data)),
      eventNames: ["stop"],
      timeout: -1,
    });
    worker.addEventListener("error", this.#fail);
  }

  /** Has the worker load the module. Rejects with `storage-unavailable` when it does not come to that. */
  async begin(module: WebAssembly.Module): Promise<void> {
    const life = `conversation-memory: worker ${newId()}`;
    const tooLate = () => this.end(() => unstarted(`it has not answered within ${ANSWER_WITHIN_MS / 1000} s`));
    const late = setTimeout(tooLate, ANSWER_WITHIN_MS);
    try {
      const isHeld = await this.call("begin", module, life);
      // There is no event that tells that a worker was ended. But its lock is free then.
      if (isHeld) whenFree(life, this.#over.signal, () => this.#died());
    } finally {
      clearTimeout(late);
      this.#worker.removeEventListener("error", this.#fail);
    }
  }

  /** Whether a call is under way. */
  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  async call<Name extends Method>(name: Name, ...given: Parameters<WorkerFunctions[Name]>): Promise<unknown> {
    if (this.#refusal) throw this.#refusal();
    this.#underWay += 1;
    try {
      const { result, error, ...news } = (await this.#rpc.$call(name, ...given)) as Answer;
      this.onNews(news);
      if (error) throw errorOf(error);
      return result;
    } finally {
      this.#underWay -= 1;
    }
  }

  /** The same for a call that needs the page meanwhile: `given` is behind its number. */
  async callWithHelp(name: "buildPrompt" | "importAll", given: unknown, helper: Helper, signal?: AbortSignal): Promise<unknown> {
    const id = (this.#calls += 1);
    const stop = () => void this.#rpc.stop(id).catch(() => {}); // where the worker is gone, so is the call
    this.#helpers.set(id, helper);
    try {
      const answer = this.call(name, id, given as never);
      signal?.addEventListener("abort", stop);
      if (signal?.aborted) stop();
      return await answer;
    } finally {
      this.#helpers.delete(id);
      signal?.removeEventListener("abort", stop);
    }
  }

  /** Whether the worker is gone. */
  get isOver(): boolean {
    return this.#refusal !== undefined;
  }

  /** Ends the worker. Calls under way reject with what `refusal` makes, and later ones. */
  end(refusal: () => MemoryError): void {
    const wasOver = this.isOver;
    this.#refusal = refusal;
    if (wasOver) return;
    this.#over.abort();
    this.#worker.terminate();
    this.#rpc.$rejectPendingCalls(({ reject }) => reject(refusal()));
    this.#rpc.$close();
  }

  /** Before it has answered for the first time, whatever error there is keeps its script from running. */
  readonly #fail = (event: ErrorEvent): void => {
    event.preventDefault();
    this.end(() => unstarted(event.message || "its script could not be loaded"));
  };

  #died(): void {
    this.end(() => memoryError("storage", "the worker of this memory was ended from outside, maybe for want of memory; " +
      "it is not known whether what did not resolve was stored: open the memory again and look"));
    this.onClosed("evicted");
  }
}

/** The error of a worker that does not start. */
export const unstarted = (why: string, cause?: unknown): MemoryError =>
  memoryError("storage-unavailable", `the worker for this memory did not start: ${why}. A bundler must support ` +
    "new Worker(new URL(…, import.meta.url)), and a Content-Security-Policy allow it in worker-src; otherwise give `worker` a " +
    "function that makes a worker whose script imports \"conversation-memory/worker\"", cause);

/** What the module takes for a failure is no number. */
function counted(count: Helper["count"], text: string): number {
  try {
    const tokens: unknown = count?.(text);
    return typeof tokens === "number" ? tokens : NaN;
  } catch {
    return NaN;
  }
}
