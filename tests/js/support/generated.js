// Calls of every public method with generated arguments. Runs in the page.
import { ConversationAgent, ConversationManager, isMemoryError } from "conversation-memory";
import { callsOf } from "./generated-arguments.js";
import { hostileValues, seeded } from "./hostile.js";

const CODES = [
  "not-found", "invalid-input", "storage-unavailable", "storage-full", "storage-blocked", "schema-too-new", "closed",
  "corrupt", "model", "aborted", "storage",
];

/** How long a call may take. */
const CALL_TIMEOUT_MS = 20_000;

/** How many calls of methods come before the memory is looked after. */
const CHECK_EVERY_CALLS = 250;

/** Makes `count` calls; `databaseName` is one that nobody else uses. */
export async function generatedCalls({ seed, count, databaseName }) {
  const frame = document.body.appendChild(document.createElement("iframe"));
  const values = hostileValues(seeded(seed), frame.contentWindow);
  const outcome = { calls: 0, panics: 0, faults: [], codes: {}, resolved: {}, checks: 0 };
  const told = new Set();
  /** Of many that are alike only the first is told. */
  const fault = (text) => {
    const kind = text.replace(/\(.*?\)|[\d.:]+/g, "").slice(0, 120);
    if (told.has(kind) || told.size === 20) return;
    told.add(kind);
    outcome.faults.push(text);
  };

  // What is thrown where nobody can catch it is the application's own, or a fault.
  const uncaught = (value, how, event) => {
    event.preventDefault();
    if (isA(WebAssembly.RuntimeError, value)) outcome.panics += 1;
    if (!values.thrown.has(value) && !isUncallable(value)) fault(`${how}: ${spell(value)}; last calls: ${recent.join(" | ")}`);
  };
  addEventListener("error", (event) => uncaught(event.error, "uncaught", event));
  addEventListener("unhandledrejection", (event) => uncaught(event.reason, "unhandled rejection", event));

  const recent = [];
  const healthy = await ConversationManager.open({ userId: "healthy", databaseName });
  const { id } = await healthy.createConversation();
  let healthyMessages = 0;
  const world = await openWorld(databaseName);
  const calls = callsOf(values, world);

  while (outcome.calls < count) {
    await world.whole();
    values.trace.length = 0;
    const name = values.pick(Object.keys(calls));
    const call = calls[name]();
    outcome.calls += 1;
    recent.push(`${name}(${values.trace.join(", ").slice(0, 300)})`);
    if (recent.length > 3) recent.shift();
    await judge(name, call);
    if (outcome.calls % CHECK_EVERY_CALLS === 0) await check();
  }
  await check();
  await new Promise((resolve) => setTimeout(resolve, 300));
  frame.remove();
  return outcome;

  async function judge(name, { sync, run }) {
    const label = recent.at(-1);
    let result;
    try {
      result = run();
      if (!sync && !(result instanceof Promise)) fault(`${label} gave no promise`);
    } catch (error) {
      if (!sync) fault(`${label} threw instead of rejecting`);
      return refused(label, error);
    }
    let timer;
    const late = new Promise((resolve) => { timer = setTimeout(resolve, CALL_TIMEOUT_MS); });
    try {
      const value = sync ? result : await Promise.race([result, late.then(() => fault(`${label} hangs`))]);
      outcome.resolved[name] = (outcome.resolved[name] ?? 0) + 1;
      world.remember(value);
      if (name === "forgetEverything" || value?.removed > 0) world.calls = 0;
    } catch (error) {
      refused(label, error);
    } finally {
      clearTimeout(timer);
    }
  }

  function refused(label, error) {
    if (isA(WebAssembly.RuntimeError, error)) outcome.panics += 1;
    if (!isOurs(error)) return fault(`${label} failed with ${spell(error)}`);
    if (typeof error.message !== "string" || !isA(Error, error)) fault(`${label} failed with half an error`);
    outcome.codes[error.code] = (outcome.codes[error.code] ?? 0) + 1;
  }

  async function check() {
    outcome.checks += 1;
    const content = `message ${(healthyMessages += 1)}`;
    await healthy.addMessage(id, { role: "user", content });
    const messages = await healthy.getMessages(id, { limit: 1_000 });
    if (messages.length !== healthyMessages || messages.at(-1).content !== content) fault("the healthy conversation is not what it was");
    const { userId } = await healthy.getConversation(id);
    if (userId !== "healthy") fault("the healthy conversation is somebody else's");
  }
}

function isOurs(error) {
  try {
    return isMemoryError(error) && CODES.includes(error.code);
  } catch {
    return false;
  }
}

/** Like `instanceof`, which proxies can make throw. */
function isA(kind, value) {
  try {
    return value instanceof kind;
  } catch {
    return false;
  }
}

/** Whether this is what every engine throws when a callback is a class or a revoked proxy. */
const isUncallable = (error) => isA(TypeError, error) && /class constructor|proxy/i.test(error.message);

/** Any value as text, whatever it does. */
function spell(value) {
  try {
    return `${value?.name ?? ""} ${value?.code ?? ""} ${value?.stack ?? String(value)}`.slice(0, 420);
  } catch {
    return `a ${typeof value} without a text`;
  }
}

/** The memory that the calls are made on, with what is in it. */
async function openWorld(databaseName) {
  const open = () => ConversationManager.open({ userId: "victim", databaseName });
  const world = {
    databaseName,
    memory: await open(),
    agents: [],
    ids: [],
    messageIds: [],
    /** Something is always there, and never too much. A call that is still under way may close it meanwhile. */
    async whole() {
      while (world.isClosed || world.calls % 60 === 0) {
        try {
          await world.renew();
          break;
        } catch (error) {
          if (error.code !== "closed") throw error;
        }
      }
      world.calls += 1;
    },
    async renew() {
      if (world.isClosed) {
        world.isClosed = false;
        world.memory = await open();
        world.agents = [];
      }
      await world.memory.forgetEverything();
      world.ids = [];
      world.messageIds = [];
      for (let index = 0; index < 2; index += 1) {
        const { id } = await world.memory.createConversation();
        world.ids.push(id);
        const messages = ["user", "assistant", "user"].map((role) => ({ role, content: "Education?", metadata: { entities: ["Education"] } }));
        world.messageIds.push(...(await world.memory.addMessages(id, messages)).map((message) => message.id));
      }
    },
    calls: 0,
    isClosed: false,
    remember(value) {
      if (isA(ConversationManager, value)) void value.close();
      else if (isA(ConversationAgent, value)) world.agents = [...world.agents.slice(-5), value];
    },
  };
  return world;
}
