// Messages that are made of parts: stored as they are given, their content derived from them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("parts come back exactly, by every way and out of a file, and the content is what they say", async () => {
  const differences = await inPage(async () => {
    const given = [
      { type: "step-start" },
      { type: "reasoning", text: "Hm.", providerMetadata: { a: { signature: "x" } }, state: "done" },
      { type: "text", text: "One", state: "done" },
      { type: "tool-weather", toolCallId: "c1", state: "output-available", input: { city: "Lima" }, output: { list: [-0, 1e308, null], "\ud800": "\udfff" } },
      JSON.parse('{"type":"data-x","__proto__":{"polluted":1},"2":2,"1":1}'),
      { type: "", parts: [[], {}] },
      { type: "text", text: "" },
      { type: "image", image: "https://pictures.example/a", attachment: "not ours" },
      { type: "text", text: "Two" },
    ];
    const { memory, id } = await openConversation();
    const expected = exact(given);
    const stored = await memory.addMessage(id, { id: "m", role: "assistant", parts: given, metadata: { a: 1 } });
    const empty = await memory.addMessage(id, { role: "user", parts: [] });
    await memory.close();
    const again = await openMemory();
    const other = await openMemory("grace");
    const report = await other.importAll(await again.exportAll());
    const copy = await again.forkConversation(id, empty.id);
    const tree = await again.getTree(id);
    const ways = {
      returned: stored,
      getMessages: (await again.getMessages(id))[0],
      getRecentMessages: (await again.getRecentMessages(id))[0],
      getThread: (await again.getThread(id)).messages[0],
      getTree: tree.messages[0],
      listBranches: (await again.listBranches(id, "m"))[0],
      "given back": await again.addMessage(id, tree.messages[0]),
      copied: (await again.getMessages(copy.id))[0],
      imported: (await other.getMessages(id))[0],
      annotated: await again.updateMessageMetadata(id, "m", { b: 1 }),
    };
    const differences = Object.entries(ways)
      .filter(([, message]) => exact(message.parts) !== expected || message.content !== "One\n\nTwo")
      .map(([way, message]) => `${way}: ${exact(message)}`);
    if (empty.content !== "" || exact(empty.parts) !== "[]") differences.push(`empty: ${exact(empty)}`);
    if (report.problems.length > 0 || (await again.repair()).rebuilt > 0) differences.push(exact(report));
    if ({}.polluted !== undefined) differences.push("a prototype was polluted");
    return differences;
  });
  assert.deepEqual(differences, []);
});

test("what does not fit is named, and nothing is stored", async () => {
  const { failures, count } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const text = { type: "text", text: "a" };
    const wrong = [
      {},
      { parts: "text" },
      { parts: {} },
      { parts: [text, "b"] },
      { parts: [{ text: "b" }] },
      { parts: [{ type: 5 }] },
      { parts: [text, { type: "x", when: new Date(0) }] },
      { parts: [{ type: "x", list: [{ f: () => {} }] }] },
      { parts: [text, { type: "picture", blob: new Blob(["x"]) }] },
      { parts: [new (class Part { type = "text"; })()] },
      { parts: [text], content: "b" },
      { parts: [{ type: "x", much: "é".repeat(5 * 1024 * 1024) }] },
      { parts: { length: 2 ** 32 } },
    ];
    const failures = [];
    for (const message of wrong) failures.push(await failure(() => memory.addMessage(id, { role: "user", ...message })));
    return { failures, count: (await memory.getMessages(id)).length };
  });
  assert.equal(count, 0);
  assert.deepEqual(failures.map(({ code }) => code), Array(failures.length).fill("invalid-input"));
  assert.deepEqual(failures.map(({ message }) => message.split(" must ")[0].replace(/^.*: /, "")), [
    "message.content", "message.parts", "message.parts", "message.parts[1]", "message.parts[0].type", "message.parts[0].type",
    "message.parts[1].when", "message.parts[0].list[0].f", "message.parts[1].blob", "message.parts[0]", "message.content",
    "message.parts", "message.parts",
  ]);
});

test("a change of the text leaves the other parts, and a change of the parts changes the text", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const parts = [{ type: "tool", toolCallId: "c" }, { type: "text", text: "a", state: "done" }, { type: "text", text: "b" }];
    const { id: messageId } = await memory.addMessage(id, { role: "assistant", parts });
    const same = await memory.updateMessage(id, messageId, { content: "a\n\nb" });
    const worded = await memory.updateMessage(id, messageId, { content: "c" });
    const remade = await memory.updateMessage(id, messageId, { parts: [{ type: "x" }], metadata: { kept: true } });
    const added = await memory.updateMessage(id, messageId, { content: "d" });
    return { same, worded, remade, added };
  });
  const { same, worded, remade, added } = seen;
  assert.deepEqual([same.parts.length, same.metadata], [3, {}]);
  assert.deepEqual(worded.parts, [{ type: "tool", toolCallId: "c" }, { type: "text", text: "c", state: "done" }]);
  assert.equal(typeof worded.metadata.editedAt, "string");
  assert.deepEqual([remade.content, remade.parts, remade.metadata.kept], ["", [{ type: "x" }], true]);
  assert.ok(remade.metadata.editedAt >= worded.metadata.editedAt);
  assert.deepEqual(added.parts, [{ type: "x" }, { type: "text", text: "d" }]);
});

test("the first question names the conversation by its text, and what is repeated is told from what is not", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const message = { id: "q", role: "user", parts: [{ type: "image", image: "https://pictures.example/a" }, { type: "text", text: "What is this?" }] };
    const [first, again] = await memory.addMessages(id, [message, message]);
    const codes = [];
    for (const change of [{ parts: [{ type: "text", text: "What is this?" }] }, { parts: undefined, content: "What is this?" }]) {
      codes.push(await codeOf(() => memory.addMessage(id, { ...message, ...change })));
      codes.push(await codeOf(() => memory.addMessages(id, [{ ...message, id: "new" }, { ...message, ...change, id: "new" }])));
    }
    return { title: (await memory.getConversation(id)).title, same: exact(first) === exact(again), codes };
  });
  assert.deepEqual(seen, { title: "What is this?", same: true, codes: Array(4).fill("invalid-input") });
});
