// Whole turns with a server's streams: what is stored of an answer, of its reasoning, and of how it ended.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answers, chunk, events, finish, modelServer, saying, usage } from "./support/model-server.mjs";
import { failure, importPackage } from "./support/models.mjs";

const { ConversationAgent, ConversationManager, openAICompatible } = await importPackage();

let server;
before(async () => (server = await modelServer()));
after(() => server.close());

/** An agent in a memory of its own; `model` is by default behind the server. */
async function newAgent(context, { model = openAICompatible({ baseURL: server.url, model: "little" }), ...options } = {}) {
  const manager = await ConversationManager.open({ userId: "ada", storage: "memory" });
  const agent = new ConversationAgent({ manager, model, ...options });
  context.after(async () => {
    await agent.dispose();
    await manager.close();
  });
  return { agent, manager };
}

/** What is stored of the only conversation. */
async function stored(manager) {
  const [{ id }] = await manager.listConversations();
  return manager.getMessages(id);
}

const inShort = (messages) => messages.map(({ role, content, status }) => [role, role === "system" ? "" : content, status]);

test("half an answer is stored as interrupted, however often its server says that it is through", async (context) => {
  const through = { finish_reason: "stop" };
  for (const plan of [
    answers.cutAfter(events([chunk({ content: "half " }, through), chunk({ content: "an" }, through)])),
    answers.stream(`${events([chunk({ reasoning_content: "hm" }, through), chunk({ content: "half an" })])}data: {"cho`),
    answers.stream(events([chunk({ content: "half " }), { choices: [{ delta: { content: "an" }, error: { message: "ill" } }] }])),
    answers.stream(events([chunk({ content: "half an" }), finish("error"), "[DONE]"])),
  ]) {
    server.plan(plan);
    const { agent, manager } = await newAgent(context);
    await failure(() => agent.processQuery("q"), "model");
    assert.deepEqual(inShort(await stored(manager)), [["user", "q", "complete"], ["assistant", "half an", "interrupted"], ["system", "", "failed"]]);
  }
});

test("how the answer ended is said by the result and beside the message, which is complete", async (context) => {
  for (const reason of ["stop", "length", "content_filter"]) {
    server.plan(answers.stream(events([chunk({ content: "72" }), finish(reason), "[DONE]"])));
    const { agent, manager } = await newAgent(context);
    const result = await agent.processQuery("q");
    const [question] = await stored(manager);
    const again = await agent.regenerate(result.conversationId, question.id);
    const edited = await agent.editAndResend(result.conversationId, question.id, "q?");
    assert.deepEqual([result, again, edited].map(({ finishReason }) => finishReason), [reason, reason, reason]);
    const [, answer] = await stored(manager);
    assert.deepEqual([answer.status, answer.metadata.finishReason], ["complete", reason]);
  }
  server.plan(answers.stream(events([chunk({ content: "72" }), "[DONE]"])));
  const { agent } = await newAgent(context);
  assert.equal("finishReason" in (await agent.processQuery("q")), false, "none is made up");
});

test("reasoning is told by its own callback, kept beside the answer, and in no later prompt", async (context) => {
  for (const deltas of [
    [{ reasoning_content: "Let me " }, { reasoning_content: "see." }, { content: "72" }],
    [{ reasoning: "Let me see." }, { content: "72" }],
    [{ content: "<thi" }, { content: "nk>Let me see.</th" }, { content: "ink>\n\n72" }],
    [{ content: [{ type: "thinking", thinking: [{ type: "text", text: "Let me see." }] }] }, { content: "72" }],
  ]) {
    server.plan(answers.stream(events([...deltas.map((delta) => chunk(delta)), finish(), "[DONE]"])));
    const { agent, manager } = await newAgent(context);
    const heard = { deltas: "", reasoning: "" };
    const call = { onDelta: (text) => (heard.deltas += text), onReasoning: (text) => (heard.reasoning += text) };
    const { answer, conversationId } = await agent.processQuery("q", call);
    assert.deepEqual([answer, heard], ["72", { deltas: "72", reasoning: "Let me see." }]);
    const [, message] = await stored(manager);
    assert.deepEqual([message.content, message.metadata.reasoning], ["72", "Let me see."]);
    await agent.processQuery("and?", { conversationId });
    assert.deepEqual(server.requests[1].body.messages.filter(({ role }) => role !== "system"), [
      { role: "user", content: "q" },
      { role: "assistant", content: "72" },
      { role: "user", content: "and?" },
    ]);
  }
});

test("an answer of reasoning alone is kept as interrupted, with its reasoning and what it took", async (context) => {
  const thought = [chunk({ reasoning_content: "Let me see." }), finish("length"), usage([]), "[DONE]"];
  server.plan(answers.stream(events(thought)));
  const usages = { inputTokens: 12, outputTokens: 34 };
  const own = { generate: async () => ({ text: "", metadata: { reasoning: "Let me see.", finishReason: "length" }, usage: usages }) };
  for (const options of [{}, { model: own }]) {
    const { agent, manager } = await newAgent(context, options);
    await failure(() => agent.processQuery("q"), "model");
    const messages = await stored(manager);
    assert.deepEqual(inShort(messages), [["user", "q", "complete"], ["assistant", "", "interrupted"], ["system", "", "failed"]]);
    const { reasoning, usage: took, finishReason } = messages[1].metadata;
    assert.deepEqual([reasoning, took, finishReason], ["Let me see.", usages, "length"]);
  }
});

test("reasoning that was cut off or aborted is kept, and so is that of a model of the application's own", async (context) => {
  server.plan(answers.cutAfter(events([chunk({ reasoning_content: "Let me" })])));
  const torn = await newAgent(context);
  await failure(() => torn.agent.processQuery("q"), "model");
  server.plan(answers.stall(events([chunk({ reasoning_content: "Let me" })])));
  const stopped = await newAgent(context);
  const controller = new AbortController();
  await failure(() => stopped.agent.processQuery("q", { signal: controller.signal, onReasoning: () => controller.abort() }), "aborted");
  for (const { manager } of [torn, stopped]) {
    const [, { content, status, metadata }] = await stored(manager);
    assert.deepEqual([content, status, metadata.reasoning], ["", "interrupted", "Let me"]);
  }
  const model = {
    async generate(_, { onReasoning }) {
      for (const text of ["Let ", "me ", "see."]) {
        onReasoning(text);
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      return { text: "72" };
    },
  };
  const own = await newAgent(context, { model, maxSilence: 400 });
  await own.agent.processQuery("q", { onReasoning: () => { throw new Error("the page's own"); } });
  const [, { content, metadata }] = await stored(own.manager);
  assert.deepEqual([content, metadata.reasoning], ["72", "Let me see."], "and who reasons is not silent");
  await failure(() => own.agent.processQuery("q", { onReasoning: 3 }), "invalid-input");
});

test("a server that refuses stream_options answers the next question at once", async (context) => {
  server.plan((response, { body }) =>
    (body.stream_options ? answers.json({ error: { message: "unknown field stream_options" } }, 400) : answers.stream(saying("72")))(response));
  const { agent } = await newAgent(context);
  const { conversationId } = await agent.processQuery("q");
  await agent.processQuery("and?", { conversationId });
  assert.equal(server.requests.length, 3);
});
