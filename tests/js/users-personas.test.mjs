// The profile record and the personas.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";
import { isoTime } from "./support/shapes.mjs";

const { inPage } = pagesForThisFile();

const analyst = {
  name: "transformation_analyst",
  displayName: "Transformation Analyst",
  description: "Analyzes organizational transformation metrics and health",
  systemPrompt: "You are a transformation analyst helping users understand digital transformation progress.",
  colorHex: "#4F46E5",
  icon: "chart-bar",
  isActive: true,
};
const designer = {
  name: "digital_twin_designer",
  displayName: "Digital Twin Designer",
  description: "Helps design and model digital twin architectures",
  systemPrompt: "You are a digital twin architect helping users model organizational systems.",
  colorHex: "#10B981",
  icon: "cube",
  isActive: true,
};
const byName = (first, second) => (first.name < second.name ? -1 : 1);
const withoutTime = ({ createdAt, ...rest }) => (assert.match(createdAt, isoTime), rest);

test("a user's profile exists from the first open and holds no fields nobody gave", async () => {
  const user = await inPage(async () => (await openMemory("user-1")).getUser());
  assert.deepEqual(Object.keys(user).sort(), ["createdAt", "id", "updatedAt"]);
  assert.equal(user.id, "user-1");
  assert.match(user.createdAt, isoTime);
  assert.equal(user.updatedAt, user.createdAt);
});

test("updateUser changes the fields given, keeps the others, moves updatedAt and is saved", async () => {
  const { first, second, third, again, other } = await inPage(async () => {
    const memory = await openMemory();
    const first = await memory.getUser();
    await laterMillisecond();
    const second = await memory.updateUser({ email: "somebody@example.org" });
    await laterMillisecond();
    const third = await memory.updateUser({ fullName: "Some Body" });
    await memory.close();
    const again = await (await openMemory()).getUser();
    return { first, second, third, again, other: await (await openMemory("user-2")).getUser() };
  });
  assert.deepEqual(second, { ...first, email: "somebody@example.org", updatedAt: second.updatedAt });
  assert.ok(second.updatedAt > first.updatedAt);
  assert.deepEqual(third, { ...second, fullName: "Some Body", updatedAt: third.updatedAt });
  assert.ok(third.updatedAt > second.updatedAt);
  assert.deepEqual(again, third);
  assert.deepEqual([other.email, other.fullName], [undefined, undefined]);
});

test("the two default personas exist from the first open, word for word", async () => {
  const [list, one] = await inPage(async () => {
    const memory = await openMemory();
    return [await memory.listPersonas(), await memory.getPersona("digital_twin_designer")];
  });
  assert.deepEqual(list.map(withoutTime).sort(byName), [designer, analyst].sort(byName));
  assert.deepEqual(withoutTime(one), designer);
});

test("an unknown persona is undefined", async () => {
  const persona = await inPage(async () => (await openMemory()).getPersona("nobody"));
  assert.equal(persona, undefined);
});

test("definePersona stores what was given, and a second one under the same name replaces it", async () => {
  const given = {
    name: "librarian",
    displayName: "Librarian",
    description: "Finds books",
    systemPrompt: "You are a librarian.\nBe brief. 📚",
    colorHex: "#123456",
    icon: "book",
  };
  const { first, found, second, list } = await inPage(async (given) => {
    const memory = await openMemory();
    const first = await memory.definePersona(given);
    const found = await memory.getPersona(given.name);
    const second = await memory.definePersona({ ...given, systemPrompt: "You are a quiet librarian." });
    return { first, found, second, list: await memory.listPersonas() };
  }, given);
  assert.deepEqual(withoutTime(first), { ...given, isActive: true });
  assert.deepEqual(found, first);
  assert.equal(second.systemPrompt, "You are a quiet librarian.");
  assert.equal(list.length, 3);
  assert.deepEqual(list.find((persona) => persona.name === "librarian"), second);
});

test("a persona needs only name, display name and system prompt", async () => {
  const persona = await inPage(async () =>
    (await openMemory()).definePersona({ name: "brief", displayName: "Brief", systemPrompt: "" }),
  );
  assert.deepEqual(Object.keys(persona).sort(), Object.keys({ ...analyst, createdAt: "" }).sort());
  for (const key of ["description", "colorHex", "icon"]) assert.equal(typeof persona[key], "string", key);
  assert.equal(persona.isActive, true);
});

test("a default persona that was changed stays changed after the next open", async () => {
  const seen = await inPage(async () => {
    const memory = await openMemory();
    const changed = { name: "transformation_analyst", displayName: "My Analyst", systemPrompt: "You are mine." };
    const stored = await memory.definePersona(changed);
    await memory.close();
    const again = await openMemory();
    return { stored, found: await again.getPersona("transformation_analyst"), count: (await again.listPersonas()).length };
  });
  assert.equal(seen.stored.displayName, "My Analyst");
  assert.deepEqual(seen.found, seen.stored);
  assert.equal(seen.count, 2);
});

test("an unknown persona of createConversation is made from the default's settings under that name", async () => {
  const { conversation, persona, list } = await inPage(async () => {
    const memory = await openMemory();
    const conversation = await memory.createConversation({ persona: "weather_expert" });
    return { conversation, persona: await memory.getPersona("weather_expert"), list: await memory.listPersonas() };
  });
  assert.equal(conversation.personaName, "weather_expert");
  assert.equal(list.length, 3);
  const { displayName, ...settings } = withoutTime(persona);
  const { displayName: _, ...expected } = { ...analyst, name: "weather_expert" };
  assert.ok(displayName.length > 0);
  assert.deepEqual(settings, expected);
});

test("conversations that name no persona have the one with which the memory was opened, however they begin", async () => {
  const { named, personas, prompts, later } = await inPage(async () => {
    const { ConversationAgent, createChatRoutes } = await import("conversation-memory");
    const memory = await openMemory("user-1", { defaultPersona: "cook" });
    const named = { created: (await memory.createConversation()).personaName, other: (await memory.createConversation({ persona: "librarian" })).personaName };
    await memory.definePersona({ name: "cook", displayName: "Cook", systemPrompt: "You cook." });
    const prompts = [];
    const model = { generate: async ({ system }) => (prompts.push(system), { text: "soup" }) };
    const agent = new ConversationAgent({ manager: memory, model });
    const personaOf = async (id) => (await memory.getConversation(id)).personaName;
    named.asked = await personaOf((await agent.processQuery("What is there?")).conversationId);
    named.askedOther = await personaOf((await agent.processQuery("And?", { persona: "librarian" })).conversationId);
    const routes = createChatRoutes({ authenticate: () => "user-1", agentFor: () => agent });
    const request = new Request("/api/v1/chat/message", { method: "POST", body: JSON.stringify({ query: "What is there?" }) });
    named.routed = await personaOf((await (await routes(request)).json()).conversation_id);
    // Out of another product's export; the persona may not be there yet.
    const uuid = "0192f0c1-0000-7000-8000-000000000001";
    const time = "2026-01-01T00:00:00.000Z";
    const said = { uuid: "m", text: "hello", sender: "human", created_at: time, updated_at: time, content: [] };
    const claude = [{ uuid, name: "From elsewhere", created_at: time, updated_at: time, chat_messages: [said] }];
    await memory.importAll(new Blob([JSON.stringify(claude)]));
    named.imported = await personaOf(uuid);
    const user = await openMemory("user-2", { defaultPersona: "gardener" });
    await user.importAll(new Blob([JSON.stringify(claude)]));
    named.isLikeDefault = (await user.getPersona("gardener"))?.systemPrompt === (await user.getPersona("transformation_analyst")).systemPrompt;
    const again = await openMemory();
    return { named, personas: (await memory.listPersonas()).map(({ name }) => name), prompts, later: (await again.createConversation()).personaName };
  });
  assert.deepEqual(named, { created: "cook", other: "librarian", asked: "cook", askedOther: "librarian", routed: "cook", imported: "cook", isLikeDefault: true });
  assert.deepEqual(personas.sort(), ["cook", "digital_twin_designer", "librarian", "transformation_analyst"]);
  assert.deepEqual([prompts[0], prompts[2]], ["You cook.", "You cook."]);
  assert.equal(later, "transformation_analyst");
});

test("a default persona that does not fit is refused before there is a database", async () => {
  const found = await inPage(async () => {
    const wrong = ["", " ", "x".repeat(501), "\ud800", 5, null, {}];
    const failures = [];
    for (const storage of ["memory", "indexeddb"]) {
      for (const defaultPersona of wrong) failures.push(await failure(() => openMemory("ada", { storage, defaultPersona })));
    }
    const databases = await indexedDB.databases();
    await openMemory("ada", { defaultPersona: undefined });
    return { failures, databases };
  });
  for (const { code, argument } of found.failures) assert.deepEqual([code, argument.replace("options.", "")], ["invalid-input", "defaultPersona"]);
  assert.deepEqual(found.databases, []);
});

test("a known persona of createConversation is taken as it is", async () => {
  const { conversation, before, after } = await inPage(async () => {
    const memory = await openMemory();
    await memory.definePersona({ name: "librarian", displayName: "Librarian", systemPrompt: "You are a librarian." });
    const before = await memory.listPersonas();
    const conversation = await memory.createConversation({ persona: "librarian" });
    return { conversation, before, after: await memory.listPersonas() };
  });
  assert.equal(conversation.personaName, "librarian");
  assert.deepEqual(after, before);
});

test("persona names of any spelling are kept apart", async () => {
  const names = ["a", "A", "á", "a\u0301", "a b", "名前", "🙂", "__proto__", "constructor", "a\u0000b"];
  const found = await inPage(async (names) => {
    const memory = await openMemory();
    for (const name of names) await memory.definePersona({ name, displayName: name, systemPrompt: `I am ${name}` });
    return Promise.all(names.map(async (name) => (await memory.getPersona(name)).systemPrompt));
  }, names);
  assert.deepEqual(found, names.map((name) => `I am ${name}`));
});

test("a persona made for a conversation that fails is not left behind", async () => {
  const list = await inPage(async () => {
    const memory = await openMemory();
    await codeOf(() => memory.createConversation({ persona: "never", title: "x".repeat(501) }));
    return (await memory.listPersonas()).map((persona) => persona.name).sort();
  });
  assert.deepEqual(list, ["digital_twin_designer", "transformation_analyst"]);
});
