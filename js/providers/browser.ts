// The browser's own model, behind the Prompt API.

import { invalid, isMemoryError, memoryError, type MemoryError } from "../errors.js";
import * as argument from "../validation/arguments.js";
import { throwIfAborted, untilAborted } from "./abort.js";
import { toSimpleMessages, readCall, readPrompt, type SimpleMessage } from "./convert-messages.js";
import { readMediaTypes } from "./files.js";
import { isNetworkFailure, unreachable } from "./offline.js";
import type { Completion, LanguageModel, ModelCall } from "./types.js";

/** How the browser's model is called. */
export interface BrowserModelOptions {
  /** How freely the model answers, from 0; default: the browser's. Browsers that fix it leave it out of account. */
  temperature?: number;
  /** The media types of pictures and sounds that it is to take: of "image/*" and "audio/*". Default: none. */
  mediaTypes?: readonly string[];
}

/** What is used of the Prompt API; TypeScript does not know it yet. */
interface PromptApi {
  availability(options?: object): Promise<string>;
  create(options: object): Promise<Session>;
  params?(): Promise<{ defaultTopK?: number } | null>;
}

/** Chrome's model takes 9,216 tokens, from which its answer takes too. */
const MAX_PROMPT_TOKENS = 6144;

interface Session extends EventTarget {
  promptStreaming(input: string | object[], options: { signal: AbortSignal }): ReadableStream<string>;
  destroy(): void;
}

/**
 * The model that the browser itself brings: on the device, without a server or a key. At the time of writing that is
 * Chrome on computers; only a window has it, no worker. Ask for it before you rely on it, as in the example.
 *
 * `metadata.contextOverflow` of the completion is true when the browser had no room for all and forgot a part.
 *
 * `generate` rejects with
 * - `invalid-input` when the prompt does not fit; its messages must end with one of the user,
 * - `aborted` when the signal ended the call,
 * - `model` when there is no such model (the message says what would bring it), when the prompt is too long for it
 *   (build it with a smaller `maxTokens`), or when it fails or answers with nothing. See also `isOffline`: it may have to
 *   be downloaded.
 *
 * The first use may download the model, which takes minutes and which the browser allows only after a click.
 *
 * @throws `invalid-input` when an option does not fit; its `argument` names it.
 *
 * @example
 * const hasOne = "LanguageModel" in globalThis;
 * const model = hasOne ? browserModel() : openAICompatible({ baseURL: "/v1", model: "llama3.2" });
 */
export function browserModel(options?: BrowserModelOptions): LanguageModel {
  const option = argument.options("options", options);
  const temperature = option("temperature", argument.optional(heat));
  const taken = option("mediaTypes", readMediaTypes)?.filter((type) => kindOf(type) !== undefined);
  const kinds = [...new Set(taken?.map(kindOf))];
  const inputs = kinds.length > 0 ? { expectedInputs: kinds.map((type) => ({ type })) } : {};
  return {
    needsNetwork: false,
    maxPromptTokens: MAX_PROMPT_TOKENS,
    ...(taken && { mediaTypes: taken }),
    async generate(prompt, given) {
      const { system, messages } = toSimpleMessages(readPrompt(prompt, taken));
      const call = readCall(given);
      throwIfAborted(call.signal);
      const before = messages.slice(0, -1).map(withContent);
      const history = system === "" ? before : [{ role: "system", content: system }, ...before];
      const metadata: Completion["metadata"] = {};
      const onOverflow = () => {
        metadata.contextOverflow = true;
      };
      let text = "";
      for await (const delta of answer(history, messages.at(-1) as SimpleMessage, { temperature, inputs }, call, onOverflow)) {
        text += delta;
        call.onDelta(delta);
        throwIfAborted(call.signal);
      }
      if (text.trim() === "") throw memoryError("model", "the browser's model gave an answer with nothing in it");
      return { text, metadata };
    },
  };
}

/** The pieces of the answer, from a session of its own. */
async function* answer(
  history: object[],
  query: SimpleMessage,
  { temperature, inputs }: { temperature: number | undefined; inputs: object },
  { signal }: ModelCall,
  onOverflow: () => void,
): AsyncGenerator<string, void> {
  let session: Session | undefined;
  let reader: ReadableStreamDefaultReader<string> | undefined;
  try {
    const api = await available(inputs, signal);
    const sampling = await untilAborted(samplingOf(api, temperature), signal);
    // The history is what the session begins with: unlike what is said later, that is never forgotten.
    const creating = api.create({ ...sampling, ...inputs, ...(history.length > 0 && { initialPrompts: history }), signal });
    session = await untilAborted(creating, signal, (late) => late.destroy());
    session.addEventListener("contextoverflow", onOverflow);
    const input = query.files ? [withContent(query)] : query.content;
    reader = session.promptStreaming(input, { signal }).getReader();
    for (;;) {
      const { done, value } = await untilAborted(reader.read(), signal);
      if (done) return;
      if (value !== "") yield value;
    }
  } catch (error) {
    throw isMemoryError(error) ? error : promptApiError(error);
  } finally {
    reader?.cancel().catch(() => {});
    session?.destroy();
  }
}

/** What the Prompt API calls files of a media type; undefined where it takes none. */
function kindOf(mediaType: string): string | undefined {
  return ["image", "audio"].find((kind) => mediaType.startsWith(`${kind}/`));
}

/** A message as the Prompt API takes it: with files its content is a list. */
function withContent({ files, ...message }: SimpleMessage): object {
  if (files === undefined) return message;
  const words = message.content.trim() === "" ? [] : [{ type: "text", value: message.content }];
  return { ...message, content: [...words, ...files.map(({ mediaType, blob }) => ({ type: kindOf(mediaType), value: blob }))] };
}

async function available(inputs: object, signal: AbortSignal): Promise<PromptApi> {
  const { LanguageModel: api } = globalThis as { LanguageModel?: PromptApi };
  if (api === undefined) {
    const needed = "it takes the Prompt API, which Chrome on computers has, and a window: workers have none";
    throw memoryError("model", `this browser has no model of its own (no LanguageModel): ${needed}`);
  }
  const state = await untilAborted(api.availability(inputs), signal);
  // A model that is yet to be downloaded is, by creating a session.
  if (state !== "unavailable") return api;
  const needed = "it needs enough free storage and memory, and settings that allow it";
  throw memoryError("model", `the browser's own model is unavailable on this device: ${needed}`);
}

/** The API takes a temperature only together with the number of words to choose from. */
async function samplingOf(api: PromptApi, temperature: number | undefined): Promise<object> {
  if (temperature === undefined) return {};
  const topK = (await api.params?.())?.defaultTopK;
  return topK === undefined ? { temperature } : { temperature, topK };
}

function heat(path: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value < Infinity) return value;
  throw invalid(path, "a number from 0", value);
}

/** What the Prompt API threw, in words. */
function promptApiError(thrown: unknown): MemoryError {
  const { name, message, requested, quota } = Object(thrown) as { [key: string]: unknown };
  switch (name) {
    case "QuotaExceededError": {
      const areKnown = typeof requested === "number" && typeof quota === "number";
      const sizes = areKnown ? ` (${requested} tokens, of which ${quota} fit)` : "";
      const cure = "build it with a smaller maxTokens";
      return memoryError("model", `the prompt is too long for the browser's model${sizes}: ${cure}`, thrown);
    }
    case "NotAllowedError": {
      const cure = "a first use, which downloads it, must follow a click";
      return memoryError("model", `the browser does not let this page use its model now: ${cure}`, thrown);
    }
    default: {
      const why = typeof message === "string" && message !== "" ? message : String(thrown);
      const error = memoryError("model", `the browser's model failed: ${why}`, thrown);
      // It may have to be downloaded.
      return isNetworkFailure(thrown) ? unreachable(error) : error;
    }
  }
}
