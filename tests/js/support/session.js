// What the tests of the OpenAI Agents SDK's session find in scope.
import { MemorySession } from "conversation-memory/openai-agents";
import { Agent, run, setTracingDisabled, tool } from "@openai/agents";
import { ScriptedModel, assistantMessage, functionCall, modelResponse } from "@openai/agents-core/testing";

setTracingDisabled(true);

/** A session of a new conversation. */
globalThis.openSession = async (options) => {
  const { memory, id } = await openConversation();
  return { memory, id, session: new MemorySession({ manager: memory, conversationId: id, ...options }) };
};

/** A session of that conversation, with a memory of its own, as another tab has it. */
globalThis.sessionOf = async (conversationId) => new MemorySession({ manager: await openMemory(), conversationId });

/** JSON with sorted fields. */
globalThis.sorted = (value) =>
  JSON.stringify(value, (_, part) => (part && typeof part === "object" && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort()) : part));

/** The model of the examples in docs/. */
globalThis.model = new ScriptedModel(Array.from({ length: 9 }, () => modelResponse([assistantMessage("72 of 100.")])));

/** An agent whose model asks for the weather, answers, and says one thing more; `ask` runs it. */
globalThis.agent = async (options) => {
  const model = new ScriptedModel([
    modelResponse([functionCall("weather", { city: "Lima" }, { callId: "c1" })]),
    modelResponse([assistantMessage("It is 19 °C.")]),
    modelResponse([assistantMessage("The same.")]),
  ]);
  const weather = tool({
    name: "weather",
    description: "The weather of a city.",
    strict: false,
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: true },
    execute: ({ city }) => `${city}: 19 °C`,
  });
  const own = new Agent({ name: "Analyst", model, tools: [weather], ...options });
  return { model, ask: (input, session) => run(own, input, { session }) };
};
