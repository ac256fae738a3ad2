// A model of this package for assistant-ui's local runtime.

import type { ChatModelAdapter, ChatModelRunResult, ThreadMessage } from "@assistant-ui/react";
import { raceAbort } from "../../concurrency/abort.js";
import type { ChatMessage, Json, PromptFile } from "../../core/core.js";
import { memoryError } from "../../errors.js";
import type { AnyManager } from "../../manager/manager.js";
import { readMediaTypes, takes } from "../../providers/files.js";
import type { LanguageModel } from "../../providers/types.js";
import * as argument from "../../validation/arguments.js";
import { fileIn } from "../data-urls.js";
import type { Fields } from "./files.js";
import { PartialAnswer } from "./partial.js";
import { readManager } from "./store.js";

/** Which model answers. */
export interface ChatModelOptions {
  /** Such as `openAICompatible({ baseURL, model })`, or one of your own. */
  model: LanguageModel;
  /**
   * The memory of the threads. With it what has arrived of an answer is saved four times a second: a page that is closed or
   * loaded anew meanwhile keeps it, as an answer that was stopped, and other tabs show it. Without it an answer is stored when it is over.
   */
  manager?: AnyManager;
}

/**
 * Lets a model of this package answer in `useLocalRuntime`: its answer streams, with its reasoning. It is given all messages of
 * the branch, the pictures and files of the user (with their bytes those that its `mediaTypes` name), and assistant-ui's
 * instructions as the system prompt; tools of assistant-ui are not called.
 *
 * @throws `invalid-input` when an option does not fit; its `argument` names it.
 *
 * @example
 * const model = openAICompatible({ baseURL: "http://localhost:11434/v1", model: "llama3.2" });
 * const chatModel = createChatModelAdapter({ model, manager: memory });
 * // In the component:
 * const runtime = useRemoteThreadListRuntime({ adapter, runtimeHook: () => useLocalRuntime(chatModel) });
 */
export function createChatModelAdapter(options: ChatModelOptions): ChatModelAdapter {
  const option = argument.options("options", options ?? null);
  const { model, mediaTypes } = option("model", (path, value) => {
    const field = argument.fields(path, value);
    field("generate", argument.callback);
    return { model: value as LanguageModel, mediaTypes: field("mediaTypes", readMediaTypes) };
  });
  const manager = option("manager", argument.optional(readManager));
  return {
    async *run({ messages, abortSignal, context, ...run }) {
      const partial = manager && new PartialAnswer(manager, run);
      const arrived = { reasoning: "", text: "" };
      let isOver = false;
      let wake = () => {};
      const hear = (kind: keyof typeof arrived) => (delta: string) => {
        arrived[kind] += delta;
        partial?.heard();
        wake();
      };
      const prompt = { system: context.system ?? "", messages: messages.flatMap((message) => toChatMessage(message, mediaTypes)), context: "", pastResults: [], tokens: 0, report: [] };
      // Also of a model that does not notice that it is stopped.
      const answering = raceAbort(Promise.resolve(model.generate(prompt, { signal: abortSignal, onDelta: hear("text"), onReasoning: hear("reasoning") })), abortSignal);
      const over = () => ((isOver = true), wake());
      answering.then(over, over);
      try {
        // One update for all that has come since the last one.
        for (let shown = ""; ; ) {
          const now = arrived.reasoning + arrived.text;
          // What came last is shown also when the model fails then.
          if (now !== shown) yield { content: contentOf(arrived) };
          else if (isOver) break;
          else await new Promise<void>((resolve) => (wake = resolve));
          shown = now;
        }
        const { text, metadata } = (await answering) ?? {};
        if (typeof text !== "string") throw memoryError("model", "the model's generate gave no text");
        yield { content: contentOf({ ...arrived, text }), ...(metadata && { metadata: { custom: metadata } }) };
      } finally {
        await partial?.end();
      }
    },
  };
}

function contentOf({ reasoning, text }: { reasoning: string; text: string }): NonNullable<ChatModelRunResult["content"]> {
  return [...(reasoning === "" ? [] : [{ type: "reasoning" as const, text: reasoning }]), { type: "text", text }];
}

/** What a model is told of a message; of one without words and files nothing. */
function toChatMessage({ role, content, ...rest }: ThreadMessage, mediaTypes: readonly string[] | undefined): ChatMessage[] {
  const { attachments = [] } = rest as { attachments?: readonly { content?: readonly unknown[] }[] };
  const parts = [...content, ...attachments.flatMap(({ content = [] }) => content)] as Fields[];
  const words = parts.filter(({ type }) => type === "text").map(({ text }) => String(text)).filter((text) => text.trim() !== "");
  const files = role === "user" ? parts.flatMap((part) => toFile(part, mediaTypes)) : [];
  // What has no bytes here is named.
  if (role === "user") words.push(...parts.flatMap(addressOf).map((address) => `[image: ${address}]`));
  if (words.length === 0 && files.length === 0) return [];
  return [{ role, content: words.join("\n\n"), ...(files.length > 0 && { files }) } satisfies { [field: string]: Json | PromptFile[] }];
}

/** The address of a picture that lies elsewhere. */
function addressOf({ type, image }: Fields): string[] {
  return type === "image" && /^https?:/.test(String(image)) ? [String(image)] : [];
}

/** With its bytes where the model takes them: of a long branch they are many. */
function toFile({ type, image, data, mimeType, filename }: Fields, mediaTypes: readonly string[] | undefined): PromptFile[] {
  const url = type === "image" ? image : type === "file" ? data : undefined;
  const mediaType = type === "image" ? /^data:([^;,]+)/.exec(String(image))?.[1] : mimeType;
  if (typeof url !== "string" || typeof mediaType !== "string") return [];
  const isTaken = takes(mediaTypes ?? [], mediaType);
  const blob = isTaken ? fileIn(url.startsWith("data:") ? url : `data:${mediaType};base64,${url}`, mediaType) : undefined;
  return [{ mediaType, ...(typeof filename === "string" && { name: filename }), ...(blob && { blob }) }];
}
