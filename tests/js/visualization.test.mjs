// storeVisualizationConfig: a chart's settings, kept with the answer they belong to.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";
import { isoTime } from "./support/shapes.mjs";

const { inPage } = pagesForThisFile();

test("the settings go beside the metadata of the newest assistant message, and are saved", async () => {
  const { returned, found, before, conversations } = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "assistant", content: "older" });
    await memory.addMessage(id, { role: "assistant", content: "newest", metadata: { entities: ["Education"], zero: -0 } });
    await memory.addMessage(id, { role: "user", content: "thanks" });
    const [before, conversation] = [await memory.getMessages(id), await memory.getConversation(id)];
    await laterMillisecond();
    const returned = await memory.storeVisualizationConfig(id, "bar", { x: "year", series: [{ y: 1.5 }] });
    await memory.close();
    const again = await openMemory();
    return { returned, before, found: await again.getMessages(id), conversations: [conversation, await again.getConversation(id)] };
  });
  const { visualization, ...rest } = returned.metadata;
  assert.deepEqual(rest, { entities: ["Education"], zero: -0 });
  const { generatedAt, ...settings } = visualization;
  assert.deepEqual(settings, { chartType: "bar", config: { x: "year", series: [{ y: 1.5 }] } });
  assert.match(generatedAt, isoTime);
  assert.ok(generatedAt > before[2].createdAt);
  assert.deepEqual(found, [before[0], returned, before[2]]);
  assert.equal(returned.content, "newest");
  assert.deepEqual(conversations[1], conversations[0]);
});

test("a second call replaces the first", async () => {
  const visualizations = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "assistant", content: "x", metadata: { visualization: "something else", kept: 1 } });
    const first = await memory.storeVisualizationConfig(id, "bar", { a: 1 });
    const second = await memory.storeVisualizationConfig(id, "line", { b: 2 });
    return [first.metadata, second.metadata];
  });
  const { generatedAt: _, ...first } = visualizations[0].visualization;
  const { generatedAt: __, ...second } = visualizations[1].visualization;
  assert.deepEqual([first, visualizations[0].kept], [{ chartType: "bar", config: { a: 1 } }, 1]);
  assert.deepEqual([second, visualizations[1].kept], [{ chartType: "line", config: { b: 2 } }, 1]);
});

test("any JSON value is a config, and comes back exactly", async () => {
  const different = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "assistant", content: "x" });
    const configs = [null, true, 0, -0, 5e-324, "", "text", [], [[1], { a: null }], {}, JSON.parse('{"__proto__":{"a":1}}')];
    const different = [];
    for (const config of configs) {
      const { metadata } = await memory.storeVisualizationConfig(id, "bar", config);
      const [found] = await memory.getMessages(id);
      for (const { visualization } of [metadata, found.metadata]) {
        if (exact(visualization.config) !== exact(config)) different.push(exact(config));
      }
    }
    return different;
  });
  assert.deepEqual(different, []);
});

test("the newest assistant message is found however far back it is", async () => {
  const [returned, found] = await inPage(async () => {
    const { memory, id } = await openConversation();
    await memory.addMessage(id, { role: "assistant", content: "far back" });
    await memory.addMessages(id, numbered(300));
    const returned = await memory.storeVisualizationConfig(id, "bar", {});
    return [returned, (await memory.getMessages(id, { limit: 1 }))[0]];
  });
  assert.equal(returned.content, "far back");
  assert.deepEqual(found, returned);
});

test("it is the newest of the active branch", async () => {
  const content = await inPage(async () => {
    const { memory, id } = await openConversation();
    const [question] = await memory.addMessages(id, [
      { role: "user", content: "a question" },
      { role: "assistant", content: "an answer" },
    ]);
    const first = await memory.getRecentMessages(id, 1);
    await memory.addMessage(id, { role: "assistant", content: "another answer", parentId: question.id });
    await memory.addMessage(id, { role: "user", content: "back to the first", parentId: first[0].id });
    return (await memory.storeVisualizationConfig(id, "bar", {})).content;
  });
  assert.equal(content, "an answer");
});

test("without an assistant message it is undefined, in an unknown conversation not-found", async () => {
  const seen = await inPage(async () => {
    const { memory, id } = await openConversation();
    const empty = await memory.storeVisualizationConfig(id, "bar", {});
    await memory.addMessages(id, numbered(3));
    const unknown = "01890000-0000-7000-8000-000000000000";
    return {
      empty,
      onlyUsers: await memory.storeVisualizationConfig(id, "bar", {}),
      unchanged: (await memory.getMessages(id)).every((message) => exact(message.metadata) === "{}"),
      unknown: await codeOf(() => memory.storeVisualizationConfig(unknown, "bar", {})),
    };
  });
  assert.deepEqual(seen, { empty: undefined, onlyUsers: undefined, unchanged: true, unknown: "not-found" });
});
