// Metadata and chart settings that JSON cannot hold: refused, with the path to the culprit; nothing is stored.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

test("every value that JSON cannot hold is refused in every place that takes metadata", async () => {
  const { problems, count, contents } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const { id: messageId } = await memory.addMessage(id, { role: "assistant", content: "kept", metadata: { old: 1 } });
    const ways = {
      addMessage: (make) => memory.addMessage(id, { role: "user", content: "x", metadata: { when: make() } }),
      addMessages: (make) =>
        memory.addMessages(id, [
          { role: "user", content: "x" },
          { role: "user", content: "x", metadata: { when: make() } },
        ]),
      updateMessageMetadata: (make) => memory.updateMessageMetadata(id, messageId, { when: make() }),
      "updateMessageMetadata, the whole": (make) => memory.updateMessageMetadata(id, messageId, make()),
      storeVisualizationConfig: (make) => memory.storeVisualizationConfig(id, "bar", { when: make() }),
      "storeVisualizationConfig, the whole": (make) => memory.storeVisualizationConfig(id, "bar", make()),
    };
    const before = exact(await storedRecords());
    const problems = [];
    let count = 0;
    for (const [way, call] of Object.entries(ways)) {
      const root = way.startsWith("store") ? "config" : "metadata";
      const name = way.endsWith("whole") ? root : `${root}\\.when`;
      for (const [what, make] of Object.entries(notJson)) {
        count += 1;
        const { code, message } = await failure(() => call(make));
        if (code !== "invalid-input") problems.push(`${way}, ${what}: ${code}: ${message}`);
        else if (!new RegExp(name).test(message)) problems.push(`${way}, ${what}: does not name ${name}: ${message}`);
        if (exact(await storedRecords()) !== before) problems.push(`${way}, ${what}: changed what is stored`);
      }
    }
    await memory.addMessage(id, { role: "user", content: "works" });
    return { problems, count, contents: (await memory.getMessages(id)).map((message) => message.content) };
  });
  assert.deepEqual(problems, []);
  assert.ok(count > 150, `${count} calls`);
  assert.deepEqual(contents, ["kept", "works"]);
});

test("metadata that is no object is refused", async () => {
  const { problems, metadata } = await inPage(async () => {
    const { memory, id } = await openConversation();
    const { id: messageId } = await memory.addMessage(id, { role: "user", content: "x", metadata: { old: 1 } });
    const problems = [];
    const wrong = { ...notObjects, undefined: () => undefined, "a list": () => [1] };
    for (const [what, make] of Object.entries(wrong)) {
      const { code, message } = await failure(() => memory.updateMessageMetadata(id, messageId, make()));
      if (code !== "invalid-input" || !/\bmetadata\b/.test(message)) problems.push(`${what}: ${code}: ${message}`);
    }
    return { problems, metadata: (await memory.getMessages(id))[0].metadata };
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(metadata, { old: 1 });
});

test("a missing config is refused, and named", async () => {
  const { code, message } = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "assistant", content: "x" });
    return failure(() => memory.storeVisualizationConfig(id, "bar"));
  });
  assert.equal(code, "invalid-input");
  assert.match(message, /\bconfig\b/);
});

test("the path leads to the culprit", async () => {
  const messages = await inPage(async () => {
    const { memory, id } = await openConversation();
    const refused = async (metadata) => (await failure(() => memory.addMessage(id, { role: "user", content: "x", metadata }))).message;
    return [
      await refused({ when: new Date() }),
      await refused({ a: { b: { c: Number.NaN } } }),
      await refused({ fine: 1, list: [1, { n: 5n }] }),
      await refused(cyclic()),
    ];
  });
  for (const [index, path] of [/metadata\.when/, /metadata\.a\.b\.c/, /metadata\.list.*1.*n/, /metadata\.list/].entries()) {
    assert.match(messages[index], path);
  }
});

test("code that runs while metadata is read may use the memory: nothing is mixed up", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    let inner;
    const metadata = {
      get field() {
        inner = memory.addMessage(id, { role: "user", content: "inner" });
        return 1;
      },
    };
    await memory.addMessage(id, { role: "user", content: "outer", metadata });
    await inner;
    const closing = {
      get field() {
        memory.close();
        return 1;
      },
    };
    const code = await codeOf(() => memory.addMessage(id, { role: "user", content: "closing", metadata: closing }));
    const again = await openMemory();
    const contents = (await again.getMessages(id)).map((message) => message.content);
    return { code, closingStored: contents.includes("closing"), others: contents.filter((content) => content !== "closing").sort() };
  });
  assert.ok(["none", "closed"].includes(seen.code), seen.code);
  assert.equal(seen.closingStored, seen.code === "none");
  assert.deepEqual(seen.others, ["inner", "outer"]);
});

test("a message has at most 1,000 entities", async () => {
  const codes = await inPage(async () => {
    const { memory, id } = await openConversation();
    const message = (entities) => ({ role: "assistant", content: "", metadata: { entities } });
    const of = (count) => Array.from({ length: count }, (_, index) => `entity ${index}`);
    const { id: messageId } = await memory.addMessage(id, message(of(1_000)));
    return [
      await codeOf(() => memory.addMessage(id, message(of(1_001)))),
      await codeOf(() => memory.addMessages(id, [message(of(1)), message({ all: of(1_001) })])),
      await codeOf(() => memory.updateMessageMetadata(id, messageId, { entities: of(1_001).map((name) => ({ name })) })),
      await codeOf(() => memory.addMessage(id, message(of(1_000)))),
    ];
  });
  assert.deepEqual(codes, ["invalid-input", "invalid-input", "invalid-input", "none"]);
});
