// In a page: generated histories of turns in several tabs, which are frames of this page, so that they can be killed.

const random = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
  return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
};

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

globalThis.runHistory = async (seed, script) => {
  const next = random(seed);
  const choose = (list) => list[Math.floor(next() * list.length)];
  const userId = `history ${seed}`;
  const open = async () => {
    const frame = document.createElement("iframe");
    frame.src = location.href;
    document.body.append(frame);
    await new Promise((resolve) => (frame.onload = resolve));
    const { contentWindow: window } = frame;
    window.eval(script);
    const made = await window.eval("makeAgent")({}, userId);
    return { ...made, window, frame };
  };
  const tabs = await Promise.all([open(), open()]);
  const { memory: reader } = await makeAgent({ model: echo }, userId);
  const { id } = await reader.createConversation();
  const asked = []; // { query, told, ended, tab, controller, again }
  const [log, problems, words] = [[], [], { said: 0 }];
  const say = (what) => `${what} ${(words.said += 1)}`;
  const tree = async () => (await exported(reader)).messages.filter(({ conversationId }) => conversationId === id);
  const prompts = [];
  const callsOf = (tab) => tab.calls.filter((call) => !call.isOver && !call.signal.aborted);

  const ask = async (tab) => {
    const questions = (await tree()).filter(({ role }) => role === "user");
    const kind = questions.length === 0 ? "new" : choose(["new", "new", "new", "again", "edit"]);
    const controller = new tab.window.AbortController();
    const turn = { tab, kind, told: "", controller, query: say("question"), ended: false };
    const options = { signal: controller.signal, onDelta: (text) => (turn.told += text) };
    const target = questions.length > 0 && choose(questions);
    if (kind === "again") turn.query = target.content;
    const call =
      kind === "new" ? tab.agent.processQuery(turn.query, { conversationId: id, ...options })
      : kind === "again" ? tab.agent.regenerate(id, target.id, options)
      : tab.agent.editAndResend(id, target.id, turn.query, options);
    turn.promise = call.then(
      (result) => Object.assign(turn, { ended: true, result }),
      (error) => Object.assign(turn, { ended: true, error: `${error.code}: ${error.message}`, messageId: error.messageId }),
    );
    asked.push(turn);
    return `${kind} "${turn.query}"`;
  };

  const events = {
    ask: (tab) => ask(tab),
    network: (tab) => (tab.window.setOnline(tab.window.navigator.onLine === false), `online: ${tab.window.navigator.onLine}`),
    hear: (tab) => {
      const call = choose(callsOf(tab));
      call?.say(say("word"));
      return call && `hear for "${call.query}"`;
    },
    end: (tab) => {
      const call = choose(callsOf(tab));
      if (!call) return undefined;
      call.isOver = true;
      const how = choose(["end", "end", "end", "fail", "unreachable"]);
      if (how === "end") call.end(say("answer"));
      else call.fail(how === "fail" ? new Error("it failed") : new tab.window.TypeError("Failed to fetch"));
      return `${how} "${call.query}"`;
    },
    abort: () => {
      const turn = choose(asked.filter(({ ended }) => !ended));
      turn?.controller.abort();
      return turn && `abort "${turn.query}"`;
    },
    kill: async (tab) => {
      if (next() < 0.5) return undefined;
      tab.frame.remove();
      tab.isDead = true;
      for (const turn of asked) if (turn.tab === tab) turn.ended = true;
      tabs[tabs.indexOf(tab)] = await open();
      return "kill";
    },
    add: async () => {
      const parent = next() < 0.5 ? choose(await tree()) : undefined;
      await reader.addMessage(id, { role: "system", content: say("note"), ...(parent && { parentId: parent.id }) });
      return "add";
    },
    switch: async () => {
      const message = choose(await tree());
      if (message) await reader.switchBranch(id, message.id);
      return message && `switch to "${message.content}"`;
    },
    fork: async () => {
      const message = choose(await tree());
      if (message) {
        const fork = await reader.forkConversation(id, message.id);
        const copies = await reader.getMessages(fork.id, { limit: 1000 });
        if (copies.some(({ status }) => status === "queued")) problems.push("the copy of a question waits");
        await reader.deleteConversation(fork.id);
      }
      return message && "fork";
    },
    metadata: async () => {
      const message = choose(await tree());
      if (message) await reader.updateMessageMetadata(id, message.id, { ...message.metadata, note: say("note") });
      return message && "metadata";
    },
    cancel: async (tab) => {
      const message = choose((await tree()).filter(({ role }) => role === "user"));
      return message && `cancel "${message.content}": ${await tab.agent.cancelQueued(message.id)}`;
    },
  };

  const names = Object.keys(events).concat(Array(5).fill("ask"), Array(3).fill("end"), "hear", "network");
  const steps = 10 + Math.floor(next() * 25);
  for (let step = 0; step < steps; step += 1) {
    const name = choose(names);
    const done = await events[name](choose(tabs));
    if (done) log.push(done);
    if (next() < 0.6) await pause(next() * 15);
  }
  // Everything comes to its end.
  for (const tab of tabs) {
    tab.window.setOnline(true);
    tab.agent.start();
  }
  const drafts = async () => (await storedRecords()).drafts.filter((draft) => draft.userId === userId);
  const start = performance.now();
  while (asked.some(({ ended }) => !ended) || (await drafts()).length > 0) {
    for (const tab of tabs) {
      for (const call of callsOf(tab)) {
        call.isOver = true;
        call.end(say("answer"));
      }
    }
    void tabs[0].agent.flushQueue().catch(() => {});
    await pause(20);
    if (performance.now() - start > 40_000) {
      problems.push(`it does not end: ${JSON.stringify(asked.filter(({ ended }) => !ended).map(({ query, kind }) => [kind, query]))} ${JSON.stringify(await drafts())}`);
      break;
    }
  }
  for (const tab of tabs) prompts.push(...tab.calls.map(({ prompt, query }) => ({ prompt, query })));
  const messages = await tree();
  const byId = new Map(messages.map((message) => [message.id, message]));
  if (byId.size !== messages.length) problems.push("an id is there twice");
  const pathTo = (message) => {
    const path = [];
    for (let at = message; at; at = byId.get(at.parentId)) path.push(at);
    return path;
  };
  for (const message of messages) {
    if (message.status === "queued") problems.push(`"${message.content}" stays queued`);
    const question = message.metadata.questionId;
    if (question && !pathTo(message).some((one) => one.id === question)) problems.push(`"${message.content}" is not behind its question`);
  }
  for (const { prompt, query } of prompts) {
    const question = messages.find((message) => message.role === "user" && message.content === query);
    const leading = new Set(pathTo(question).map(({ content }) => content));
    const said = prompt.messages.flatMap(({ content }) => content.split("\n\n"));
    for (const words of said) {
      const isQuoted = words.startsWith("Earlier answers") || words.startsWith("About ");
      if (!leading.has(words) && !isQuoted) problems.push(`the prompt for "${query}" has "${words}"`);
    }
  }
  for (const { tab, told, query, kind, result, error } of asked) {
    if (result && byId.get(result.messageId)?.content !== result.answer) problems.push(`the answer to "${query}" is not stored`);
    const isStored = messages.some(({ content, role, metadata }) => role === "assistant" && (content.startsWith(told) || byId.get(metadata.questionId)?.content === query && content.startsWith("answer")));
    if (!tab.isDead && told !== "" && !isStored) problems.push(`"${told}", told for ${kind} "${query}", is not stored (${error ?? "answered"})`);
    if (!tab.isDead && kind !== "again" && !messages.some(({ content }) => content === query)) problems.push(`"${query}" is lost`);
  }
  const { rebuilt } = await reader.repair();
  if (rebuilt > 0) problems.push(`${rebuilt} had to be rebuilt`);
  for (const tab of tabs) tab.frame.remove();
  await reader.close();
  return problems.length === 0 ? [] : [{ seed, problems, log }];
};

/** All messages of all branches, as a file has them. */
async function exported(memory) {
  const text = await (await memory.exportAll()).text();
  const records = text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return { messages: records.filter(({ type }) => type === "message") };
}
