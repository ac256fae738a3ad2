// Generated arguments for every public method, with something wrong in most of them. Runs in the page.
import { ConversationAgent, ConversationManager, createChatRoutes, isMemoryError } from "conversation-memory";

/** Every public call by its name: what makes one with new arguments. */
export function callsOf(values, world) {
  const { any, below, chance, hostileProxy, lyingArray, named, numbers, pick, strings, thrower, withGetter, realm, trace } = values;
  /** How many arguments of a call fit: where none may be wrong, calls get further. */
  let mood = 1;
  const other = (fit) => () => (chance(mood) ? fit() : any());
  const text = other(() => (chance(0.5) ? "plain" : named(strings)));
  const count = other(() => (chance(0.7) ? below(20) : pick(numbers)));
  const flag = other(() => chance(0.5));
  const id = other(() => (chance(0.9) ? pick(world.ids) : pick([...world.messageIds, "unknown"])));
  const messageId = other(() => (chance(0.9) ? pick(world.messageIds) : pick([...world.ids, "unknown"])));
  const json = (depth) => {
    const kinds = [() => "text", () => pick(numbers), () => null, () => chance(0.5), () => named(strings)];
    if (depth > 0) {
      kinds.push(() => Array.from({ length: below(4) }, () => other(() => json(depth - 1))()));
      kinds.push(() => Object.fromEntries(Array.from({ length: below(4) }, () => [pick(["a", "entities", "dimensions", "__proto__", "name", ""]), other(() => json(depth - 1))()])));
    }
    return pick(kinds)();
  };
  const list = (item, most = 4) => other(() => shaped(Array.from({ length: below(most) }, item)));
  const metadata = other(() => shaped(Object.fromEntries([["entities", json(2)], ["more", json(3)]].slice(below(3)))));

  /** The same in other clothes. */
  function shaped(object) {
    const kinds = {
      endless: () => (Array.isArray(object) ? lyingArray(pick([2 ** 32 - 1, 2 ** 53]), object[0]) : object),
      "in a proxy": () => new Proxy(object, {}),
      "in a hostile proxy": () => hostileProxy(object),
      frozen: () => Object.freeze(object),
      inherited: () => (Array.isArray(object) ? object : Object.create(object)),
      "of a class": () => (Array.isArray(object) ? object : Object.assign(new (class Sample {})(), object)),
      "of another window": () => (Array.isArray(object) ? realm.Array.from(object) : realm.Object.assign(realm.eval("({})"), object)),
      "with a getter that throws": () => withGetter(object, pick([...Object.keys(object), "more"]), thrower()),
      "with more": () => Object.assign(object, { more: any(), [Symbol("more")]: 1 }),
    };
    return chance(mood - 0.1) ? object : named(kinds);
  }

  /** An object of fields, some of which are missing or something else. */
  const record = (fields) => other(() => {
    const made = {};
    for (const [name, make] of Object.entries(fields)) if (chance(mood)) made[name] = make();
    return shaped(made);
  });
  const page = record({ limit: count, offset: count });
  const listPage = record({ limit: count, offset: count, before: record({ id, updatedAt: other(() => pick(["2026-01-01T00:00:00.000Z", "x"])) }) });
  const role = other(() => pick(["user", "assistant", "system", "tool"]));
  const part = record({ type: other(() => pick(["text", "file", "tool", "tool-x", ""])), text, attachment: text, blob: other(() => pick([undefined, new Blob(["x".repeat(below(9))])])), name: text, mediaType: text, input: () => json(2), state: text });
  const message = record({ role, content: other(() => pick([text(), undefined])), parts: other(() => pick([undefined, list(part)()])), metadata, parentId: other(() => pick([undefined, ...world.messageIds])) });
  const callback = other(() => (chance(0.6) ? reaction() : named(values.functions)));
  /** A function that uses the memory while that is at work. */
  const reaction = () => pick([
    () => 3,
    () => any(),
    () => void world.memory.getMessages(pick(world.ids)).catch(() => {}),
    () => void world.memory.addMessage(pick(world.ids), { role: "user", content: "from a callback" }).catch(() => {}),
    () => (chance(0.1) ? void close() : 1),
    thrower(),
  ]);
  const close = () => {
    world.isClosed = true;
    return world.memory.close();
  };
  const signal = other(() => {
    const controller = new AbortController();
    const abort = () => controller.abort(chance(0.5) ? undefined : named(values.throwable));
    const when = pick(["never", "never", "never", "never", "before", "soon", "later"]);
    trace.push(`aborted ${when}`);
    if (when === "before") abort();
    if (when === "soon") queueMicrotask(abort);
    if (when === "later") setTimeout(abort, below(20));
    return controller.signal;
  });
  const source = other(() => new Blob([pick([
    "", "[]", "{", '[{"uuid": "c", "name": "T", "chat_messages": [{"uuid": "m", "sender": "human", "text": "x"}]}]',
    '{"format":"conversation-memory","version":1}\n{"type":"message"}\n', "PK\u0003\u0004".padEnd(below(200), "x"), "PK\u0005\u0006".padEnd(22, "\u0000"),
    '{"id": "g", "mapping": {"a": {"parent": null, "children": ["a", 1], "message": {"author": {"role": "user"}, "content": {"parts": ["x"]}}}}}',
  ])]));

  /** What a model or a layer gives or throws. It always settles: what does not is the application's own. */
  const given = (fit) => {
    const what = pick(["fit", "fit", "fit", "any", "throws", "rejects"]);
    trace.push(`gives ${what}`);
    if (what === "throws") return thrower();
    const fails = thrower();
    return async (...args) => {
      if (chance(0.3)) args.at(-1)?.onDelta?.(text());
      return what === "fit" ? fit() : what === "rejects" ? fails() : any();
    };
  };
  const hook = (fit) => other(() => (chance(0.1) ? named(values.functions) : given(fit)));
  const mediaTypes = list(() => pick(["image/*", "image/png", "*/*", "text/csv", "image"]));
  const model = record({
    generate: hook(record({ text: () => pick(["an answer", '{"answer": "x", "dimensions": [{"name": "a", "value": 1}]}']), metadata, usage: metadata })),
    needsNetwork: other(() => pick([true, false, undefined])),
    mediaTypes,
  });
  const layers = record({
    understandIntent: hook(record({ query: text, resolvedQuery: text, entities: list(text), references: list(record({ text, entity: text })) })),
    retrieveData: hook(() => json(2)),
    analyzeData: hook(record({ answer: text, dimensions: list(record({ name: text })), insights: list(text), metadata })),
    generateVisualization: hook(record({ chartType: text, config: () => json(2) })),
  });
  const prompt = record({ maxTokens: other(() => 4096), countTokens: callback, maxMessages: count, recallLimit: count, mediaTypes });
  const calm = () => new ConversationAgent({ manager: world.memory, model: { generate: async () => ({ text: "calm" }) } });
  const agent = () => (world.agents.length > 0 && chance(0.6) ? pick(world.agents) : calm());
  const turn = { signal, onDelta: callback };
  const agentOptions = record({ manager: other(() => world.memory), model, layers: chance(0.5) ? layers : () => undefined, prompt });

  const request = other(() => {
    const path = pick(["/message", "/conversations", `/conversations/${pick(world.ids)}`, "/else"]);
    const method = pick(["GET", "POST", "DELETE", "PUT", "HEAD"]);
    const body = method === "POST" || method === "PUT" ? pick(["{", '{"query": "x"}', '{"query": 5, "persona": []}']) : undefined;
    return new Request(`https://chat.example/api/v1/chat${path}`, { method, body });
  });
  const routesOptions = record({
    prefix: other(() => pick([undefined, "/api/v1/chat", "", "x"])),
    authenticate: hook(() => pick(["victim", "", undefined])),
    agentFor: hook(() => pick([agent(), any()])),
    onError: callback,
  });

  const manager = {
    getUser: [],
    updateUser: [record({ email: text, fullName: text })],
    definePersona: [record({ name: text, displayName: text, systemPrompt: text, description: text, colorHex: text, icon: text })],
    getPersona: [text],
    listPersonas: [],
    createConversation: [record({ persona: text, title: text })],
    getConversation: [id],
    listConversations: [listPage],
    renameConversation: [id, text],
    pinConversation: [id, flag],
    deleteConversation: [other(() => (chance(0.1) ? pick(world.ids) : "unknown"))],
    getConversationSummary: [id],
    listConversationSummaries: [listPage],
    addMessage: [id, message],
    addMessages: [id, list(message)],
    getMessages: [id, page],
    getRecentMessages: [id, count],
    getThread: [id, record({ before: other(() => pick([undefined, "0.x", "1", ""])), after: text, limit: count })],
    getTree: [id],
    getAttachment: [text],
    updateMessage: [id, messageId, record({ content: text, parts: list(part), metadata, status: other(() => pick(["complete", "failed", "queued"])) })],
    deleteMessage: [id, messageId],
    updateMessageMetadata: [id, messageId, metadata],
    buildConversationContext: [id, record({ maxMessages: count, maxCharacters: count })],
    buildPrompt: [id, text, prompt],
    listBranches: [id, messageId],
    switchBranch: [id, messageId],
    forkConversation: [id, messageId],
    getRelevantPastResults: [id, list(text), record({ limit: count, scope: other(() => pick(["conversation", "user", "x"])) })],
    recall: [text, record({ limit: count, conversationId: id, roles: list(other(() => pick(["user", "assistant", "x"]))), before: text, after: text })],
    search: [text, record({ limit: count, conversationId: id })],
    extractEntities: [text],
    storeVisualizationConfig: [id, text, () => json(3)],
    exportAll: [record({ files: flag })],
    importAll: [source, record({ onProgress: callback, signal })],
    applyRetention: [record({ maxAgeDays: other(() => pick([1_000, 1e9, ...numbers])), keepPinned: flag })],
    repair: [],
    storageStatus: [],
    requestPersistence: [],
    forgetEverything: [],
  };
  const agents = {
    processQuery: [text, record({ conversationId: id, persona: text, ...turn })],
    regenerate: [id, messageId, record(turn)],
    editAndResend: [id, messageId, text, record(turn)],
    cancelQueued: [messageId, id],
    flushQueue: [],
  };

  /** Arguments in their number, or fewer, or more. */
  function argumentsOf(makers) {
    mood = pick([0.7, 0.85, 0.95, 0.98]);
    const made = makers.map((make) => make());
    if (chance(0.03)) made.length = below(made.length + 1);
    if (chance(0.03)) made.push(any());
    return made;
  }
  const calls = {};
  for (const [name, makers] of Object.entries(manager)) {
    calls[name] = () => {
      const [memory, given] = [world.memory, argumentsOf(makers)];
      return { run: () => memory[name](...given) };
    };
  }
  for (const [name, makers] of Object.entries(agents)) {
    // Each goes through many lines.
    for (const time of ["", " again"]) {
      calls[`agent.${name}${time}`] = () => {
        const [one, given] = [agent(), argumentsOf(makers)];
        return { run: () => one[name](...given) };
      };
    }
  }
  const one = (makers, sync, run) => () => {
    const given = argumentsOf(makers);
    return { sync, run: () => run(...given) };
  };
  const openOptions = record({
    userId: () => (chance(0.7) ? "victim" : text()),
    databaseName: other(() => world.databaseName),
    storage: other(() => pick(["indexeddb", "memory", "memory", "memory", undefined])),
    durability: other(() => pick(["relaxed", "strict", undefined])),
    onClosed: callback,
  });
  calls.open = one([openOptions], false, (...given) => ConversationManager.open(...given));
  calls.subscribe = one([callback], true, (...given) => {
    const stop = world.memory.subscribe(...given);
    setTimeout(stop, 50);
  });
  calls["new ConversationAgent"] = one([agentOptions], true, (...given) => new ConversationAgent(...given));
  calls["new ConversationAgent, again"] = calls["new ConversationAgent"];
  calls.createChatRoutes = one([routesOptions], true, (...given) => void createChatRoutes(...given));
  calls.routes = () => {
    const routes = createChatRoutes({ authenticate: given(() => "victim"), agentFor: given(() => pick([agent(), any()])), onError: reaction() });
    const [asked] = argumentsOf([request]);
    return { run: () => routes(asked) };
  };
  calls.isMemoryError = one([() => (chance(0.5) ? any() : named(values.throwable))], true, (...given) => void isMemoryError(...given));
  const { forgetEverything } = calls;
  calls.forgetEverything = () => (chance(0.3) ? forgetEverything() : calls.listPersonas());
  calls.close = () => (chance(0.2) ? { run: close } : calls.getUser());
  return calls;
}
