// One damaged record stops nobody: what IndexedDB can hold in the place of each field, and the calls that do not ask for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("each kind of record, damaged in each of its fields, is in nobody's way", async () => {
  const found = await inPage(async () => {
    const values = { gone: undefined, null: null, "not a number": NaN, date: new Date(0), map: new Map([["a", 1]]), large: 10n, text: "x", list: [[]], bytes: new Uint8Array(3) };
    const keys = { users: ["id"], personas: ["userId", "name"], conversations: ["userId", "id"], pages: ["userId", "conversationId", "firstSeq"], drafts: ["userId", "conversationId", "messageId"], deletions: ["userId", "number"], damaged: ["userId", "conversationId", "record"] };
    const memory = await openMemory();
    await memory.updateUser({ fullName: "Ada" });
    await memory.definePersona({ name: "critic", displayName: "Critic", systemPrompt: "Doubt." });
    const victim = await memory.createConversation({ persona: "critic", title: "Victim" });
    const other = await memory.createConversation({ title: "Other" });
    await memory.deleteConversation((await memory.createConversation()).id);
    for (const { id } of [victim, other]) await memory.addMessages(id, numbered(40));
    const [question] = await memory.getRecentMessages(victim.id, 1);
    const database = await rawDatabase();
    const write = async (store, work) => {
      const transaction = database.transaction(store, "readwrite");
      const done = new Promise((resolve, reject) => Object.assign(transaction, { oncomplete: resolve, onabort: reject }));
      work(transaction.objectStore(store));
      await done;
    };
    await write("drafts", (rows) => rows.put({ userId: "user-1", conversationId: victim.id, messageId: "a", kind: "answer", parentId: question.id, content: "so far", savedAt: question.createdAt }));
    await write("damaged", (rows) => rows.put({ userId: "user-1", conversationId: "", record: "x", reason: "y", value: 1 }));
    const backup = await (async () => { const copy = await openMemory("copy"); const { id } = await copy.createConversation({ title: "Copy" }); await copy.addMessages(id, numbered(3)); return copy.exportAll(); })();
    const ask = async () => {
      const calls = {
        other: () => memory.getConversation(other.id),
        messages: () => memory.getMessages(other.id),
        prompt: () => memory.buildPrompt(other.id, "And?"),
        context: () => memory.buildConversationContext(other.id),
        summary: () => memory.getConversationSummary(other.id),
        list: async () => (await memory.listConversations()).filter(({ id }) => id === other.id),
        summaries: async () => (await memory.listConversationSummaries()).filter(({ id }) => id === other.id),
        personas: async () => (await memory.listPersonas()).filter(({ name }) => name !== "critic").map(({ name }) => name).sort(),
        results: () => memory.getRelevantPastResults(other.id, ["x"]),
        retention: () => memory.applyRetention({ maxAgeDays: 1_000 }),
        export: async () => (await (await memory.exportAll()).text()).split("\n").filter((line) => line.startsWith('{"type":"message"') && line.includes(other.id)).length,
        import: async () => { const { problems, messages, skipped } = await memory.importAll(backup); return [problems, messages + skipped]; },
      };
      const answers = {};
      for (const [name, call] of Object.entries(calls)) answers[name] = await call().then(exact, (error) => `${error.code}: ${error.message}`);
      return answers;
    };
    const before = await ask();
    const different = [];
    let tried = 0;
    for (const [store, keyPath] of Object.entries(keys)) {
      const rows = await settled(database.transaction(store).objectStore(store).getAll());
      const own = rows.filter((row) => row.id === victim.id || row.conversationId === victim.id || row.name === "critic" || row.id === "user-1" || ["deletions", "damaged"].includes(store));
      for (const field of Object.keys(own[0]).filter((name) => !keyPath.includes(name))) {
        for (const [name, value] of Object.entries(values)) {
          await write(store, (into) => own.forEach((row) => into.put({ ...row, [field]: value })));
          const after = await ask();
          for (const call in before) if (after[call] !== before[call]) different.push(`${store}.${field} ${name}: ${call}: ${after[call].slice(0, 200)}`);
          tried += 1;
          await write(store, (into) => own.forEach((row) => into.put(row)));
        }
      }
    }
    database.close();
    return { different, tried, before };
  });
  for (const [call, answer] of Object.entries(found.before)) assert.doesNotMatch(answer, /^[a-z-]+: /, call);
  assert.deepEqual(found.different, []);
  assert.ok(found.tried > 200, `${found.tried}`);
});

test("a damaged persona refuses the prompts of its conversations and names itself, and nothing else", async () => {
  const found = await inPage(async () => {
    const memory = await openMemory();
    await memory.definePersona({ name: "critic", displayName: "Critic", systemPrompt: "Doubt." });
    const [critic, other] = [await memory.createConversation({ persona: "critic" }), await memory.createConversation()];
    const database = await rawDatabase();
    const personas = database.transaction("personas", "readwrite").objectStore("personas");
    await settled(personas.put({ ...(await settled(personas.get(["user-1", "critic"]))), systemPrompt: 5 }));
    database.close();
    const refused = await failure(() => memory.buildPrompt(critic.id, "And?"));
    const { system } = await memory.buildPrompt(other.id, "And?");
    const another = await memory.createConversation({ persona: "critic" });
    await memory.addMessage(critic.id, { role: "user", content: "stored" });
    const damaged = (await (await memory.exportAll()).text()).split("\n").filter((line) => line.startsWith('{"type":"damaged"')).length;
    return { refused, system, another: another.personaName, summary: (await memory.getConversationSummary(critic.id)).persona, damaged };
  });
  assert.equal(found.refused.code, "corrupt");
  assert.match(found.refused.message, /personas \[user-1, critic\]/);
  assert.match(found.system, /transformation analyst/);
  assert.deepEqual([found.another, found.summary, found.damaged], ["critic", "critic", 1]);
});
