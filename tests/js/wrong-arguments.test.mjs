// Wrong arguments from plain JavaScript: refused with invalid-input, naming the argument; nothing is stored.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

/**
 * Runs every wrong call of a table made in the page and gives back those that were not refused as they should be.
 * `makeTable(memory, id, messageId)` returns rows of [label, name the argument must have in its path, call].
 */
async function refusedAll(makeTable, atLeast) {
  const { count, problems, contents } = await inPage(
    async (source) => {
      const { memory, id } = await openConversation();
      const { id: messageId } = await memory.addMessage(id, { role: "assistant", content: "kept" });
      const table = (0, eval)(`(${source})`)(memory, id, messageId);
      const before = exact(await storedRecords());
      const problems = [];
      for (const [label, name, call] of table) {
        const { code, message, argument } = await failure(call);
        if (code !== "invalid-input") problems.push(`${label}: ${code}: ${message}`);
        else if (!new RegExp(`\\b${name}\\b`).test(argument)) problems.push(`${label}: the argument is ${argument}, not ${name}: ${message}`);
        else if (!message.startsWith(`${argument} must `)) problems.push(`${label}: does not begin with ${argument}: ${message}`);
        if (exact(await storedRecords()) !== before) problems.push(`${label}: changed what is stored`);
        if (problems.length > 30) break;
      }
      await memory.addMessage(id, { role: "user", content: "works" });
      const contents = (await memory.getMessages(id)).map((message) => message.content);
      return { count: table.length, problems, contents };
    },
    makeTable.toString(),
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(contents, ["kept", "works"], "the memory works afterwards");
  assert.ok(count >= atLeast, `${count} rows`);
}

test("identifiers and other strings", async () => {
  await refusedAll((memory, id, messageId) => {
    const user = { role: "user", content: "x" };
    const calls = {
      conversationId: {
        getConversation: (value) => memory.getConversation(value),
        renameConversation: (value) => memory.renameConversation(value, "x"),
        pinConversation: (value) => memory.pinConversation(value, true),
        deleteConversation: (value) => memory.deleteConversation(value),
        getConversationSummary: (value) => memory.getConversationSummary(value),
        addMessage: (value) => memory.addMessage(value, user),
        addMessages: (value) => memory.addMessages(value, [user]),
        getMessages: (value) => memory.getMessages(value),
        getRecentMessages: (value) => memory.getRecentMessages(value, 5),
        updateMessageMetadata: (value) => memory.updateMessageMetadata(value, messageId, {}),
        buildConversationContext: (value) => memory.buildConversationContext(value),
        getRelevantPastResults: (value) => memory.getRelevantPastResults(value, ["Education"]),
        storeVisualizationConfig: (value) => memory.storeVisualizationConfig(value, "bar", {}),
      },
      messageId: { updateMessageMetadata: (value) => memory.updateMessageMetadata(id, value, {}) },
      name: { getPersona: (value) => memory.getPersona(value) },
      title: { renameConversation: (value) => memory.renameConversation(id, value) },
      chartType: { storeVisualizationConfig: (value) => memory.storeVisualizationConfig(id, value, {}) },
      entities: {
        "getRelevantPastResults, one of the list": (value) => memory.getRelevantPastResults(id, ["Education", value]),
      },
    };
    return Object.entries(calls).flatMap(([name, methods]) =>
      Object.entries(methods).flatMap(([method, call]) =>
        Object.entries(notStrings).map(([what, make]) => [`${method}(${name}: ${what})`, name, () => call(make())]),
      ),
    );
  }, 200);
});

test("fields of a message", async () => {
  await refusedAll((memory, id) => {
    const rows = [];
    const both = (label, name, makeMessage) => {
      rows.push([`addMessage ${label}`, name, () => memory.addMessage(id, makeMessage())]);
      rows.push([`addMessages ${label}`, name, () => memory.addMessages(id, [{ role: "user", content: "x" }, makeMessage()])]);
    };
    for (const [what, make] of Object.entries(notStrings)) {
      both(`role ${what}`, "role", () => ({ role: make(), content: "x" }));
      both(`content ${what}`, "content", () => ({ role: "user", content: make() }));
      if (what !== "undefined" && what !== "null") both(`parentId ${what}`, "parentId", () => ({ role: "user", content: "x", parentId: make() }));
    }
    for (const [what, make] of Object.entries(notStrings).filter(([what]) => what !== "undefined")) {
      for (const field of ["id", "author", "status", "createdAt"]) both(`${field} ${what}`, field, () => ({ role: "user", content: "x", [field]: make() }));
    }
    for (const role of ["", "User", "robot", "user ", "__proto__"]) both(`role ${role}`, "role", () => ({ role, content: "x" }));
    for (const [what, make] of Object.entries(notObjects)) {
      both(`metadata ${what}`, "metadata", () => ({ role: "user", content: "x", metadata: make() }));
    }
    both("metadata a list", "metadata", () => ({ role: "user", content: "x", metadata: [{}] }));
    both("without role", "role", () => ({ content: "x" }));
    both("without content", "content", () => ({ role: "user" }));
    for (const field of ["id", "role", "author", "content", "metadata", "parentId", "status", "createdAt"]) {
      const start = { role: "user", content: "x" };
      both(`${field} throws`, field, () => Object.defineProperty(start, field, Object.getOwnPropertyDescriptor(throwing(field), field)));
    }
    return rows;
  }, 100);
});

test("messages, lists and options that are none", async () => {
  await refusedAll((memory, id) => {
    const calls = {
      message: { addMessage: (value) => memory.addMessage(id, value) },
      messages: {
        addMessages: (value) => memory.addMessages(id, value),
        "addMessages, one of the list": (value) => memory.addMessages(id, [value]),
      },
      entities: { getRelevantPastResults: (value) => memory.getRelevantPastResults(id, value) },
      page: {
        listConversations: (value) => memory.listConversations(value),
        listConversationSummaries: (value) => memory.listConversationSummaries(value),
        getMessages: (value) => memory.getMessages(id, value),
      },
      options: {
        createConversation: (value) => memory.createConversation(value),
        buildConversationContext: (value) => memory.buildConversationContext(id, value),
        getRelevantPastResults: (value) => memory.getRelevantPastResults(id, ["Education"], value),
      },
      persona: { definePersona: (value) => memory.definePersona(value) },
    };
    const rows = Object.entries(calls).flatMap(([name, methods]) =>
      Object.entries(methods).flatMap(([method, call]) =>
        Object.entries(notObjects).map(([what, make]) => [`${method}(${name}: ${what})`, name, () => call(make())]),
      ),
    );
    rows.push(["addMessage()", "message", () => memory.addMessage(id)]);
    rows.push(["addMessages()", "messages", () => memory.addMessages(id)]);
    rows.push(["addMessages({})", "messages", () => memory.addMessages(id, {})]);
    rows.push(["addMessages(array-like)", "messages", () => memory.addMessages(id, { length: 1, 0: { role: "user", content: "x" } })]);
    rows.push(["getRelevantPastResults(id)", "entities", () => memory.getRelevantPastResults(id)]);
    rows.push(["getRelevantPastResults(id, {})", "entities", () => memory.getRelevantPastResults(id, {})]);
    rows.push(["definePersona()", "persona", () => memory.definePersona()]);
    rows.push(["updateUser(null)", "(user|changes|profile)", () => memory.updateUser(null)]);
    return rows;
  }, 80);
});

test("limits, offsets and counts", async () => {
  await refusedAll((memory, id) => {
    const calls = {
      limit: {
        listConversations: (limit) => memory.listConversations({ limit }),
        listConversationSummaries: (limit) => memory.listConversationSummaries({ limit }),
        getMessages: (limit) => memory.getMessages(id, { limit }),
        getRelevantPastResults: (limit) => memory.getRelevantPastResults(id, ["Education"], { limit }),
      },
      offset: {
        listConversations: (offset) => memory.listConversations({ offset }),
        listConversationSummaries: (offset) => memory.listConversationSummaries({ offset }),
        getMessages: (offset) => memory.getMessages(id, { offset }),
      },
      count: { getRecentMessages: (count) => memory.getRecentMessages(id, count) },
      maxMessages: { buildConversationContext: (maxMessages) => memory.buildConversationContext(id, { maxMessages }) },
      maxCharacters: { buildConversationContext: (maxCharacters) => memory.buildConversationContext(id, { maxCharacters }) },
    };
    const rows = Object.entries(calls).flatMap(([name, methods]) =>
      Object.entries(methods).flatMap(([method, call]) =>
        Object.entries(notCounts).map(([what, make]) => [`${method}(${name}: ${what})`, name, () => call(make())]),
      ),
    );
    for (const name of ["limit", "offset"]) rows.push([`${name} throws`, name, () => memory.getMessages(id, throwing(name))]);
    return rows;
  }, 100);
});

test("personas, profiles, titles and pins", async () => {
  await refusedAll((memory, id) => {
    const persona = { name: "librarian", displayName: "Librarian", systemPrompt: "You are a librarian." };
    const rows = [];
    for (const [what, make] of Object.entries(notStrings)) {
      for (const field of ["name", "displayName", "systemPrompt", "description", "colorHex", "icon"]) {
        if (what === "undefined" && ["description", "colorHex", "icon"].includes(field)) continue;
        rows.push([`definePersona ${field} ${what}`, field, () => memory.definePersona({ ...persona, [field]: make() })]);
      }
      if (what === "undefined") continue;
      rows.push([`createConversation persona ${what}`, "persona", () => memory.createConversation({ persona: make() })]);
      rows.push([`createConversation title ${what}`, "title", () => memory.createConversation({ title: make() })]);
      rows.push([`updateUser email ${what}`, "email", () => memory.updateUser({ email: make() })]);
      rows.push([`updateUser fullName ${what}`, "fullName", () => memory.updateUser({ fullName: make() })]);
    }
    for (const blank of ["", " \t\n", "\u3000"]) {
      rows.push([`definePersona blank name`, "name", () => memory.definePersona({ ...persona, name: blank })]);
      rows.push([`createConversation blank persona`, "persona", () => memory.createConversation({ persona: blank })]);
      rows.push([`createConversation blank title`, "title", () => memory.createConversation({ title: blank })]);
      rows.push([`renameConversation blank`, "title", () => memory.renameConversation(id, blank)]);
    }
    rows.push(["lone surrogate in a name", "name", () => memory.definePersona({ ...persona, name: "a\ud800" })]);
    rows.push(["lone surrogate in a persona", "persona", () => memory.createConversation({ persona: "\udfff" })]);
    for (const value of [undefined, null, 1, 0, "true", {}, []]) {
      rows.push([`pinConversation ${typeof value}`, "pinned", () => memory.pinConversation(id, value)]);
    }
    return rows;
  }, 120);
});

test("open: each wrong option is named, and no database is made", async () => {
  const { problems, databases, personas } = await inPage(async () => {
    const rows = [];
    for (const [what, make] of Object.entries(notStrings)) {
      rows.push([`userId ${what}`, "userId", () => ({ userId: make(), databaseName })]);
      if (what === "undefined") continue;
      for (const field of ["databaseName", "storage", "durability"]) {
        rows.push([`${field} ${what}`, field, () => ({ userId: "user-1", databaseName, [field]: make() })]);
      }
    }
    for (const value of [null, 5, "function", {}]) {
      rows.push([`onClosed ${value}`, "onClosed", () => ({ userId: "user-1", databaseName, onClosed: value })]);
    }
    for (const [field, value] of [["storage", "disk"], ["storage", ""], ["durability", "hard"], ["userId", ""]]) {
      rows.push([`${field} "${value}"`, field, () => ({ userId: "user-1", databaseName, [field]: value })]);
    }
    rows.push(["lone surrogate in userId", "userId", () => ({ userId: "a\ud800", databaseName })]);
    rows.push(["lone surrogate in databaseName", "databaseName", () => ({ userId: "user-1", databaseName: "\udfff" })]);
    rows.push(["without userId", "userId", () => ({ databaseName })]);
    rows.push(["a getter that throws", "userId", () => throwing("userId")]);
    for (const [what, make] of Object.entries({ ...notObjects, nothing: () => undefined })) rows.push([what, "options", make]);
    const problems = [];
    for (const [label, name, makeOptions] of rows) {
      const { code, message, argument } = await failure(() => ConversationManager.open(makeOptions()));
      if (code !== "invalid-input") problems.push(`${label}: ${code}: ${message}`);
      else if (!new RegExp(`\\b${name}\\b`).test(argument)) problems.push(`${label}: the argument is ${argument}, not ${name}: ${message}`);
      else if (!message.startsWith(`${argument} must `)) problems.push(`${label}: does not begin with ${argument}: ${message}`);
    }
    const databases = await indexedDB.databases();
    return { problems, databases, personas: (await (await openMemory()).listPersonas()).length };
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(databases, []);
  assert.equal(personas, 2);
});
