// In a page of tests about turns: models that do what they are told, and agents with them.

/** A model whose calls wait until they are told: `calls[n].say(text)`, `.end(text)`, `.fail(error)`. */
globalThis.patientModel = () => {
  const calls = [];
  return {
    calls,
    generate: (prompt, { signal, onDelta }) =>
      new Promise((resolve, reject) => {
        // What the user said before it without an answer stands in the same message.
        const query = prompt.messages.at(-1).content.split("\n\n").at(-1);
        signal.addEventListener("abort", () => reject(signal.reason));
        const end = (text = `to ${query}`) => resolve({ text });
        calls.push({ prompt, query, signal, say: onDelta, end, fail: reject });
      }),
  };
};

/** An agent with a model, by default a patient one. */
globalThis.makeAgent = async (options = {}, userId = "user-1") => {
  const { ConversationAgent } = await import("conversation-memory");
  const memory = options.manager ?? (await openMemory(userId));
  const model = options.model ?? patientModel();
  return { memory, model, calls: model.calls, agent: new ConversationAgent({ ...options, manager: memory, model }) };
};

/** A model that answers at once. */
globalThis.echo = { generate: async ({ messages }) => ({ text: `to ${messages.at(-1).content}` }) };

/** One that reaches nobody, as `fetch` says it. */
globalThis.unreachable = { generate: async () => Promise.reject(new TypeError("Failed to fetch")) };

globalThis.setOnline = (isOnline) => {
  if (isOnline) delete navigator.onLine;
  else Object.defineProperty(navigator, "onLine", { value: false, configurable: true });
};

/** Until no other tab holds the lock of a turn: the browser says a little later that a tab is gone. */
globalThis.untilNobodyAnswers = () =>
  until(async () => !((await navigator.locks?.query())?.held ?? []).some(({ name }) => name.includes(": turn ")));

/** The active branch, in short. */
globalThis.active = async (memory, id) =>
  (await memory.getMessages(id, { limit: 1000 })).map(({ content, status }) => (status === "complete" ? content : `${content} (${status})`));

/** What is wrong with a conversation, and with what waits; nothing at best. */
globalThis.faults = async (memory) => {
  const found = [];
  const { drafts } = await storedRecords();
  if (drafts.length > 0) found.push(`${drafts.length} turns are not over`);
  const { rebuilt } = await memory.repair();
  if (rebuilt > 0) found.push(`${rebuilt} had to be rebuilt`);
  return found;
};
