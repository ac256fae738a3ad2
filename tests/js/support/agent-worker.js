// A worker of an application's own with a memory and an agent. Pages ask it, and have its model say things, over a
// BroadcastChannel. (Workers have no import map, so the package is imported by its address.)
import { ConversationAgent, ConversationManager } from "/node_modules/conversation-memory/dist/index.js";

const pages = new BroadcastChannel("agent");
const manager = await ConversationManager.open({ userId: "user-1", databaseName: new URL(self.location).searchParams.get("database") });
let model;
const generate = (_, { onDelta }) =>
  new Promise((resolve) => {
    model = { say: onDelta, end: (text) => resolve({ text }) };
    pages.postMessage(["model"]);
  });
const agent = new ConversationAgent({ manager, model: { generate } });

pages.onmessage = async ({ data: [type, ...given] }) => {
  if (type === "say") return model.say(...given);
  if (type === "end") return model.end(...given);
  if (type !== "ask") return;
  const [id, ...question] = given;
  const tell = (event) => (value) => pages.postMessage([event, id, value]);
  await agent.regenerate(...question, { onBegin: tell("begin"), onDelta: tell("delta"), onReasoning: tell("reasoning") }).then(tell("answer"), ({ message }) => tell("failure")(message));
};
self.postMessage("ready");
